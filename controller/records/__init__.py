"""What happened: safety log, sessions, and their report."""
