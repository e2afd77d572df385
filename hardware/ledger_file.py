"""The ledger on disk: checksummed, written atomically, durable before ``save`` returns."""

import contextlib
import hashlib
import json
import os
from dataclasses import replace

from hardware.codec import CodecError, from_plain, to_plain
from hardware.ledger import Ledger

FORMAT = 1


class LedgerCorruptError(Exception):
    """The file exists and is not a ledger. The message says why."""


def serialise(ledger: Ledger) -> bytes:
    """Return the file's bytes: the ledger, its format, and a SHA-256 over both."""
    body = json.dumps(to_plain(ledger), separators=(",", ":"), allow_nan=False)
    digest = hashlib.sha256(f"{FORMAT}:{body}".encode()).hexdigest()
    return f'{{"format":{FORMAT},"sha256":"{digest}","ledger":{body}}}\n'.encode()


def parse(data: bytes) -> Ledger:
    """Read what ``serialise`` wrote.

    Raises:
        LedgerCorruptError: for anything else, down to a single flipped bit.
    """
    try:
        document = json.loads(data)
        ledger = from_plain(Ledger, document["ledger"])
    except (ValueError, KeyError, TypeError, RecursionError, CodecError) as error:
        raise LedgerCorruptError(f"not a ledger: {error}") from None
    if serialise(ledger) != data:
        raise LedgerCorruptError("checksum does not match")
    return ledger


class LedgerFile:
    """``<state>/ledger.json``. One process at a time: the guard holds a lock beside it."""

    def __init__(self, path: str) -> None:
        """Name the file; nothing is opened yet."""
        self.path = path

    def load(self) -> Ledger | None:
        """Read the ledger, or None if this device never had one.

        Raises:
            LedgerCorruptError: the content is wrong.
            OSError: it cannot be read.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with open(descriptor, "rb") as file:
                return parse(file.read())
        except FileNotFoundError:
            return None

    def verify(self, saved: Ledger) -> None:
        """Read back what ``save`` returned, checksum and all.

        It shows what the next start would read, as far as the kernel knows: from its cache, so not
        whether the card keeps it.

        Raises:
            LedgerCorruptError: the file holds something else.
            OSError: it cannot be read.
        """
        if self.load() != saved:
            raise LedgerCorruptError("it does not hold what was written")

    def set_aside(self, now_s: float) -> str:
        """Give a corrupt file a second name, under which it stays; return that name.

        It keeps the first until ``save`` replaces it: a power cut in between must not leave a device
        that seems never to have had a ledger.
        """
        aside = f"{self.path}.corrupt-{now_s:.0f}"
        with contextlib.suppress(OSError):
            os.link(self.path, aside)
        return aside

    def save(self, ledger: Ledger, now_s: float) -> Ledger:
        """Write the ledger so that a power cut leaves the old or the new one, never a mixture.

        Returns:
            The ledger as saved, with its time.

        Raises:
            OSError: disk full, read-only, gone. The old file is intact.
        """
        saved = replace(ledger, saved_wall_s=now_s)
        temporary = self.path + ".new"
        # The controller may make files in this folder. Whatever lies here under the new name, a link
        # to a file of its own perhaps, must not become the ledger.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(temporary, flags, 0o640)
        try:
            data = serialise(saved)
            while data:
                data = data[os.write(descriptor, data) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, self.path)
        folder = os.open(os.path.dirname(self.path) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return saved
