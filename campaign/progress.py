"""A progress bar on stderr: how far, how fast, how long still."""

import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from controller.records.words import duration

_REDRAW_S = 0.1
_LINE_S = 30.0
_EIGHTHS = " ▏▎▍▌▋▊▉█"


class Progress:
    """Shows the runs that are done; use it as a context manager.

    A terminal gets one line that is drawn again and again, anything else a line each half minute.
    """

    def __init__(
        self,
        title: str,
        total: int,
        before: int = 0,
        *,
        out: TextIO | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start counting.

        Args:
            title: what the runs are: "faults".
            total: how many runs there are to do.
            before: how many of them an earlier campaign has done; they do not count as speed.
            out: where to show it; stderr.
            now_s: monotonic seconds.
        """
        self._title, self._total, self._done, self._before = title, total, before, before
        self._out = out or sys.stderr
        self._now_s = now_s
        self._live = self._out.isatty()
        self._began_s = self._shown_s = now_s()

    def advance(self, runs: int = 1) -> None:
        """Count runs that are done, and show it when it is time."""
        self._done += runs
        if self._now_s() - self._shown_s >= (_REDRAW_S if self._live else _LINE_S):
            self._show()

    def __enter__(self) -> "Progress":
        """Show the start."""
        self._show()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show the end, also that of a campaign which was interrupted."""
        self._show()
        if self._live:
            self._out.write("\n")
            self._out.flush()

    def _show(self) -> None:
        self._shown_s = self._now_s()
        words = f"{self._done:,}/{self._total:,} {self._speed()}"
        if self._live:
            room = shutil.get_terminal_size().columns - len(self._title) - len(words) - 6
            gauge = f"▕{bar(self._share(), min(40, room))}▏ " if room >= 8 else ""
            self._out.write(f"\r{self._title} {gauge}{words}\x1b[K")
        else:
            self._out.write(f"{self._title} {words}\n")
        self._out.flush()

    def _share(self) -> float:
        return self._done / self._total if self._total else 1.0

    def _speed(self) -> str:
        passed_s = self._shown_s - self._began_s
        made = self._done - self._before
        if not made or passed_s <= 0:
            return f"({self._share():.0%})"
        rate = made / passed_s
        if self._done >= self._total:
            return f"(100%), {rate:,.1f} runs/s, took {duration(passed_s)}"
        left = duration((self._total - self._done) / rate)
        return f"({self._share():.0%}), {rate:,.1f} runs/s, {left} left"


def bar(share: float, width: int) -> str:
    """Return a bar of ``width`` characters that is filled by ``share``, 0–1, to the eighth of one."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + _EIGHTHS[part] * (full < width)).ljust(width)
