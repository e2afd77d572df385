"""A client of the link in a process of its own, to be killed: full duty for ever."""

import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.pack import BASE, Client


@dataclass
class Folder:
    runtime: Path
    device_id: str = BASE["device.id"]


def main() -> None:
    with Client(Folder(Path(sys.argv[1]) / "run")) as client:
        client.starts("bench", duration_s=600.0)
        client.wants_it_all("bench", lambda _: False)


if __name__ == "__main__":
    main()
