"""sd_notify: tell systemd that the service is ready or alive. A dozen lines, no binding."""

import os
import socket


def notify(message: str) -> bool:
    """Send e.g. ``READY=1`` or ``WATCHDOG=1`` to ``$NOTIFY_SOCKET``.

    Returns:
        Whether it was sent. Never raises: a missing service manager is not a fault.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.setblocking(False)
            channel.sendto(message.encode(), address)
    except OSError:
        return False
    return True
