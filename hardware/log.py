"""Logging that never makes the guard wait."""

import logging
import os
import select
import sys

#: A pipe that poll calls writable takes this much at once (POSIX: PIPE_BUF).
_MOST_BYTES = 4096


class PatientLog(logging.Handler):
    """Writes to stderr what it takes at once, and drops the rest: a stuck reader must not hold a pin."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, or nothing."""
        line = f"{self.format(record)}\n".encode(errors="replace")[:_MOST_BYTES]
        try:
            descriptor = sys.stderr.fileno()
            _, writable, _ = select.select([], [descriptor], [], 0.0)
            if writable:
                os.write(descriptor, line)
        except (OSError, ValueError):
            return  # stderr is closed: there is nobody to tell
