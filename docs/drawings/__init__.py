"""The drawings of docs/hardware/ and docs/architecture.md: ``python -m docs.drawings`` writes them."""

from collections.abc import Callable
from typing import Final

from docs.drawings import deadman, glance, pad, power, processes, sensing, wiring

#: For each file under docs/ what draws it.
DRAWINGS: Final[dict[str, Callable[[], str]]] = {
    "hardware/power.svg": power.draw,
    "hardware/deadman.svg": deadman.draw,
    "hardware/sensing.svg": sensing.draw,
    "hardware/wiring.svg": wiring.draw,
    "hardware/pad.svg": pad.draw,
    "start/session.svg": glance.draw,
    "architecture/processes.svg": processes.draw,
}
