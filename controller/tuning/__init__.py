"""What a pad is like, found on the pad: a small trial with little heat, and what it shows."""
