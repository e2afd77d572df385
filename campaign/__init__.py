"""The fault campaign: what happens to the skin, over random pads and wearers, under each single fault."""
