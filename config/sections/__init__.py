"""The sections of a configuration: every key with its range, its default and its own rules."""
