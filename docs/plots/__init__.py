"""The drawings of docs/control.md, made by the code that they explain: ``python -m docs.plots``."""

from collections.abc import Callable
from typing import Final

from docs.plots import late, margins, session

#: For each file in docs/control/ what draws it.
DRAWINGS: Final[dict[str, Callable[[], str]]] = {
    "session": session.draw,
    "late": late.draw,
    "margins": margins.draw,
}
