"""What the records cost, whether they notice what was done to them, and how they grow."""
