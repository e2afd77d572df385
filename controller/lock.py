"""One controller per state folder: two would write one log and press one guard."""

import contextlib
import fcntl
import os
from collections.abc import Iterator


class BusyError(Exception):
    """The folder cannot be used. The message is a sentence."""


class HeldError(BusyError):
    """Another controller uses it."""


@contextlib.contextmanager
def only_controller(state_dir: str) -> Iterator[None]:
    """Be the folder's controller for a while.

    Raises:
        HeldError: another one is.
        BusyError: the folder cannot be written.
    """
    path = os.path.join(state_dir, "controller.lock")
    with contextlib.ExitStack() as held:
        try:
            os.makedirs(state_dir, mode=0o770, exist_ok=True)
            file = held.enter_context(open(path, "w", encoding="utf-8"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HeldError(f"{path} is held: another controller is running with this folder") from None
        except OSError as error:
            raise BusyError(f"{path} cannot be written: {error.strerror}") from None
        yield
