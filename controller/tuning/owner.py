"""Root tunes as the controller's user would, so that no file is left that the controller cannot write."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


class NoOwnerError(Exception):
    """It is not known who the controller's user is. The message is a sentence."""


@contextlib.contextmanager
def as_controller(state: Path) -> Iterator[None]:
    """Be the owner of the state folder's log for a while. Who is not root stays who they are.

    Raises:
        NoOwnerError: the folder is another user's, and there is no log in it yet.
    """
    if os.geteuid() != 0:
        yield
        return
    user, group = _owner(state)
    before = os.getegid()
    os.setegid(group)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(before)


def _owner(state: Path) -> tuple[int, int]:
    log = state / "log.db"
    with contextlib.suppress(OSError):
        found = log.stat()
        return found.st_uid, found.st_gid
    with contextlib.suppress(OSError):
        if state.stat().st_uid != 0:
            raise NoOwnerError(
                f"{log} does not exist yet: run heatpack once (sudo systemctl start heatpack), and tune then"
            )
    return 0, os.getegid()
