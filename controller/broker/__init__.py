"""A broker for packs: its configuration, and who may do what there."""
