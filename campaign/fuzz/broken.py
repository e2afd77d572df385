"""What the fuzzer looks for."""


class BrokenError(AssertionError):
    """Something that must be true is not. The message says what; its first word stays the same."""
