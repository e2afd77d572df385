"""The guard's log never makes the guard wait."""

import contextlib
import logging
import os

import pytest

from hardware.log import PatientLog


def test_what_nobody_reads_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with contextlib.ExitStack() as held:
        held.callback(os.close, reader)
        stderr = held.enter_context(os.fdopen(writer, "w"))
        monkeypatch.setattr("sys.stderr", stderr)
        handler = PatientLog()
        record = logging.LogRecord("guard", logging.ERROR, "", 0, "x" * 1000, None, None)
        for _ in range(200):  # more than any pipe holds: a handler that waits would hang here
            handler.emit(record)

        assert os.read(reader, 1001) == b"x" * 1000 + b"\n"


def test_a_closed_stderr_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull, "w") as stderr:
        monkeypatch.setattr("sys.stderr", stderr)
    PatientLog().emit(logging.LogRecord("guard", logging.ERROR, "", 0, "gone", None, None))
