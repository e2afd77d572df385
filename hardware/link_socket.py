"""The link's socket: ``<runtime>/guard.sock``, SOCK_SEQPACKET, 0660."""

import contextlib
import os
import socket
from collections.abc import Callable

NAME = "guard.sock"


def listen(runtime_dir: str) -> socket.socket:
    """Bind and listen. The caller holds the guard's lock, so a socket file left over is stale.

    Raises:
        OSError: the folder is missing or may not be written.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    listener.setblocking(False)
    before = os.umask(0o117)  # the socket is never, not even for a moment, open to others
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(runtime_dir, NAME))
        _at(runtime_dir, listener.bind)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    listener.listen(4)
    return listener


def connect(runtime_dir: str) -> socket.socket:
    """Connect to the guard; the socket is non-blocking.

    Raises:
        OSError: there is no guard, or this user may not talk to it.
    """
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    try:
        _at(runtime_dir, channel.connect)
    except OSError:
        channel.close()
        raise
    channel.setblocking(False)
    return channel


def _at(folder: str, call: Callable[[str], object]) -> None:
    # A socket's address has room for 107 bytes; a path through the folder's descriptor always fits.
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        call(f"/proc/self/fd/{descriptor}/{NAME}")
    finally:
        os.close(descriptor)
