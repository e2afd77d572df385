"""How much the hold loop forgives: its margins over random pads and wearers."""
