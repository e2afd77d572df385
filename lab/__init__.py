"""A virtual Raspberry Pi: the shipped daemons and units on a real kernel, killed at random moments."""
