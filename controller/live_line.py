"""Lines that stay, above one live line; where nobody can rewrite a line, that one stays too."""

from typing import TextIO


class LiveLine:
    """Writes to a terminal or a file. ``close`` leaves the cursor on a line of its own."""

    def __init__(self, out: TextIO) -> None:
        """Write to ``out``."""
        self._out = out
        self._rewrite = "\r\x1b[K" if out.isatty() else ""
        self._live = ""

    @property
    def rewrites(self) -> bool:
        """Whether the live line takes the place of the one before."""
        return bool(self._rewrite)

    def line(self, text: str) -> None:
        """Print a line that stays."""
        print(f"{self._rewrite}{text}", file=self._out, flush=True)
        if self._rewrite:
            self.live(self._live)

    def live(self, text: str) -> None:
        """Show the live line as it is now."""
        self._live = text
        print(f"{self._rewrite}{text}", end="" if self._rewrite else "\n", file=self._out, flush=True)

    def close(self) -> None:
        """End the live line."""
        if self._rewrite and self._live:
            print(file=self._out, flush=True)
