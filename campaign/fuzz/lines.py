"""Which lines of the guard's functions were run, by a trace function that sees ``hardware/`` alone."""

import contextlib
import functools
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import hardware

_FOLDER = str(Path(hardware.__file__).parent)
#: Not a part of the guard: what stands in for the world, and what runs before or beside it.
_NOT_GUARD = ("simulated", "process.py", "launch.py", "off.py", "notify.py", "missing.py", "pin_factory.py")

Line = tuple[str, int]


class Lines:
    """``seen``: those that ran while ``watching``. A function costs nothing once all of its lines have."""

    def __init__(self) -> None:
        """None ran yet."""
        self.seen: set[Line] = set()
        # By address, for hashing a code object means hashing all of its code.
        self._unseen: dict[int, tuple[CodeType, set[int]]] = {}

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Watch what runs inside; a debugger is put back after."""
        before = sys.gettrace()
        sys.settrace(self._call)
        try:
            yield
        finally:
            sys.settrace(before)

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if id(code) not in self._unseen:
            lines = set(_of(code)) if code.co_filename in _files() else set()
            self._unseen[id(code)] = (code, lines)
        return self._line if self._unseen[id(code)][1] else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        code, unseen = self._unseen[id(frame.f_code)]
        if event == "line" and frame.f_lineno in unseen:
            unseen.remove(frame.f_lineno)
            self.seen.add((code.co_filename, frame.f_lineno))
        return self._line if unseen else None


def all_lines() -> set[Line]:
    """Return every line of every function of the guard."""
    found: set[Line] = set()
    for file in _files():
        code = compile(Path(file).read_text(), file, "exec")
        found |= {(file, line) for line in _of_functions(code)}
    return found


def _of_functions(code: CodeType) -> Iterator[int]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if inner.co_flags & inspect.CO_OPTIMIZED:  # a function, not a class
                yield from _of(inner)
            yield from _of_functions(inner)


def _of(code: CodeType) -> Iterator[int]:
    """Return a function's lines: not its head, unless that is all there is of it."""
    head = None if code.co_name.startswith("<") else code.co_firstlineno
    return (line for *_, line in code.co_lines() if line and line != head)


@functools.cache
def _files() -> frozenset[str]:
    parts = {file: file.relative_to(_FOLDER).parts[0] for file in Path(_FOLDER).rglob("*.py")}
    return frozenset(str(file) for file, part in parts.items() if part not in _NOT_GUARD)
