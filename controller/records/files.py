"""Files that are made of records: their names, and who may read them."""

import os
import re

from controller.records.entry import SessionRecord


def file_name(session: SessionRecord) -> str:
    """Return the session's id as what may stand in the name of a file."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", session.row.id)


def private(path: str, flags: int) -> int:
    """Open a file for ``open(opener=...)``; a new one is its owner's alone, as it tells of their health."""
    return os.open(path, flags, 0o600)
