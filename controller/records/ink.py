"""Colour in a terminal, only where a person looks at one; and how wide text is there."""

import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

_CODES = {"alarm": "1;31", "caution": "33", "good": "32", "strong": "1", "quiet": "2"}


@dataclass(frozen=True, slots=True)
class Ink:
    """Paints text, or leaves it as it is."""

    colours: bool = False

    def paint(self, style: str, text: str) -> str:
        """Return the text as ``alarm``, ``caution``, ``good``, ``strong``, ``quiet`` or ``plain``."""
        code = _CODES.get(style)
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours and code and text else text


def ink_for(out: TextIO, environment: Mapping[str, str] = os.environ) -> Ink:
    """Return colours for a terminal; none for a pipe or a file, and none with ``NO_COLOR``."""
    wanted = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"  # https://no-color.org
    return Ink(colours=wanted and out.isatty())


def width(text: str) -> int:
    """Return the columns that text takes: two for a wide character, none for a combining one."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def fitted(text: str, columns: int) -> str:
    """Return text in exactly so many columns, cut with an ellipsis or filled with spaces."""
    if width(text) > columns:
        while width(text) > columns - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (columns - width(text))
