"""How the demo is shown: live on a terminal that can, line by line elsewhere."""

import os
from contextlib import AbstractContextManager
from typing import Protocol, TextIO

from controller.demo.plain import Plain
from controller.demo.screen import Screen
from controller.demo.track import Track

_LEAST_COLUMNS, _LEAST_LINES = 70, 20


class View(Protocol):
    """Shows a track again and again; decides itself what is new in it."""

    def show(self, track: Track) -> None:
        """Take another look."""
        ...


def new_view(out: TextIO) -> AbstractContextManager[View]:
    """Return the view that suits ``out``."""
    if not out.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return Plain(out)
    if (out.encoding or "").lower().replace("-", "") != "utf8":
        return Plain(out)
    size = os.get_terminal_size(out.fileno())
    if size.columns < _LEAST_COLUMNS or size.lines < _LEAST_LINES:
        return Plain(out)
    return Screen(out, colour="NO_COLOR" not in os.environ)
