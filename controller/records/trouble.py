"""What the database says is wrong, as a sentence for a person."""

import errno
import os
import sqlite3
from pathlib import Path

from controller.records.entry import StorageError

# SQLite's primary result codes are the low byte of the extended ones (https://sqlite.org/rescode.html).
_PRIMARY = 0xFF
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SENTENCES = {
    sqlite3.SQLITE_FULL: "The disk is full: the log {path} cannot be written. Free some space.",
    sqlite3.SQLITE_READONLY: "The log {path} is read-only: it cannot be written.",
    sqlite3.SQLITE_BUSY: "The log {path} is locked by another program.",
    sqlite3.SQLITE_LOCKED: "The log {path} is locked by another program.",
    sqlite3.SQLITE_CORRUPT: "The log {path} is damaged.",
    sqlite3.SQLITE_NOTADB: "The log {path} is damaged: it is not a log database.",
    sqlite3.SQLITE_CANTOPEN: "The log {path} cannot be opened: is its folder there, and allowed?",
    sqlite3.SQLITE_PERM: "The log {path} cannot be opened: permission denied.",
}
_ERRNO = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.EACCES: sqlite3.SQLITE_PERM,
    errno.EPERM: sqlite3.SQLITE_PERM,
}


class DamagedError(sqlite3.DatabaseError):
    """A page gave what was never written: as good as a page that SQLite itself finds damaged."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


#: What reading a file may raise that a damaged page has a part in; ``is_damage`` tells.
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)


def sentence(error: Exception, path: Path) -> str:
    """Say what keeps the log at ``path`` from being read or written."""
    if isinstance(error, StorageError):
        return str(error)
    code = _ERRNO.get(error.errno or 0, 0) if isinstance(error, OSError) else _code(error)
    if is_damage(error) and code not in _DAMAGED:
        code = sqlite3.SQLITE_CORRUPT
    if code == sqlite3.SQLITE_IOERR and _is_full(path):
        code = sqlite3.SQLITE_FULL
    known = _SENTENCES.get(code, "The log {path} cannot be used: {error}.")
    return known.format(path=path, error=error)


def is_damage(error: Exception) -> bool:
    """Tell damage of the file from trouble with its disk, which passes."""
    # Text that is none carries no code: Python's own module raises it, for a column or SQLite's own words.
    no_text = isinstance(error, UnicodeDecodeError) or "Could not decode to UTF-8" in str(error)
    return no_text or _code(error) in _DAMAGED


def _code(error: Exception) -> int:
    # Errors that Python's own module raises carry no code.
    return int(getattr(error, "sqlite_errorcode", 0)) & _PRIMARY


def free_bytes(path: Path) -> int:
    """Return what may still be written in the folder of ``path``.

    Raises:
        OSError: the folder is not there.
    """
    disk = os.statvfs(path.parent)
    return disk.f_bavail * disk.f_frsize


def _is_full(path: Path) -> bool:
    try:
        return free_bytes(path) < 65536
    except OSError:
        return False
