"""What the probes found, for the checks to judge. Plain values; None is "nobody knows here"."""

from dataclasses import dataclass

from controller.mqtt.messages import StateMessage


@dataclass(frozen=True, slots=True)
class Software:
    """The interpreter, and packages by their names with their versions, None if not installed."""

    python: str
    packages: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Node:
    """A file, folder or device as it lies there. ``mode`` are the permission bits."""

    path: str
    owner: str
    group: str
    mode: int
    writable: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """The board and its kernel.

    ``model`` of a Raspberry Pi, None on other machines. ``config_txt``: the firmware's settings
    without comments, None if there are none. ``keeps_outputs``: what the kernel does with the outputs of a
    process that has died, None for a kernel without that choice. ``spi_loaded``: a driver that makes
    ``/dev/spidev*`` is there.
    """

    model: str | None = None
    config_txt: tuple[str, ...] | None = None
    keeps_outputs: bool | None = None
    spi: Node | None = None
    spi_loaded: bool = False
    watchdog: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """One of the two services, as systemd knows it. ``groups``: its supplementary ones."""

    name: str
    active: str
    enabled: str
    watchdog: bool
    runs_off: bool
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Services:
    """systemd's part. ``guard``, ``controller``: the units that run this configuration.

    ``runtime_watchdog`` as systemd prints it, ``0`` for none.
    """

    runtime_watchdog: str = "0"
    guard: Unit | None = None
    controller: Unit | None = None


@dataclass(frozen=True, slots=True)
class Files:
    """The pack's own files.

    ``guard_pid``: who holds the guard's lock, None if nobody does. ``hidden``: this user may not look into
    the folders, so nobody knows whether a guard runs.
    """

    state: Node | None = None
    runtime: Node | None = None
    ledger: Node | None = None
    log: Node | None = None
    password: Node | None = None
    guard_pid: int | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Broker:
    """One connection with the pack's account.

    ``error``: the sentence why there is none. ``echoed``: a message on the pack's own topics came
    back. ``available`` and ``state`` are what the pack has told the broker.
    """

    error: str | None = None
    echoed: bool = False
    available: str | None = None
    state: StateMessage | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """Disk and memory, in bytes; the disk is the one with ``paths.state``."""

    disk: int
    disk_free: int
    read_only: bool
    memory: int
    memory_free: int


@dataclass(frozen=True, slots=True)
class Time:
    """``now_s`` in Unix seconds, ``up_s`` since the boot. ``synchronised`` None if nobody knows."""

    now_s: float
    up_s: float
    synchronised: bool | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it, without the board.

    ``services`` None: this machine runs no systemd. ``user`` is who looks. ``secrets``: what is wrong with
    the files of ``[mqtt]``, as sentences.
    """

    software: Software
    machine: Machine
    services: Services | None
    files: Files
    broker: Broker
    room: Room | None
    time: Time
    user: str = ""
    is_root: bool = False
    secrets: tuple[str, ...] = ()
