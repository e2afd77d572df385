"""Reads what the kernel, the firmware and the disk show. Opens no device."""

import contextlib
import grp
import os
import pwd
import stat
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from config.settings import Settings
from controller.doctor.facts import Files, Machine, Node, Room, Software, Time

_CONFIG_TXT = ("boot/firmware/config.txt", "boot/config.txt")


def software() -> Software:
    """Return the interpreter and the packages that matter."""
    names = ("heatpack", "gpiozero", "lgpio", "aiomqtt", "pydantic")
    return Software(".".join(map(str, sys.version_info[:3])), {name: _version(name) for name in names})


def machine(settings: Settings, root: Path = Path("/")) -> Machine:
    """Return board, kernel and devices; ``root`` is where they are looked for."""
    adc = settings.hardware.adc
    return Machine(
        model=_model(root),
        config_txt=_config_txt(root),
        keeps_outputs=_keeps_outputs(root),
        spi=node(root / f"dev/spidev{adc.spi_port}.{adc.spi_device}"),
        spi_loaded=any(root.glob("sys/bus/spi/devices/spi*")),
        watchdog=next(
            (f"/dev/{name}" for name in ("watchdog", "watchdog0") if (root / "dev" / name).exists()), None
        ),
    )


def files(settings: Settings, root: Path = Path("/")) -> Files:
    """Return the pack's own files and who guards them."""
    state, runtime = settings.paths.state, settings.paths.runtime
    password = settings.mqtt.password_file
    return Files(
        state=node(state),
        runtime=node(runtime),
        ledger=node(state / "ledger.json"),
        log=node(state / "log.db"),
        password=None if password is None else node(password),
        guard_pid=holder(state / "guard.lock", root) or holder(runtime / "guard.lock", root),
        hidden=_hidden(state) or _hidden(runtime),
    )


def room(settings: Settings, root: Path = Path("/")) -> Room | None:
    """Return disk and memory; None if neither can be asked."""
    try:
        disk = os.statvfs(_existing(settings.paths.state))
        memory = {
            key: int(value.split()[0]) * 1024
            for key, _, value in (line.partition(":") for line in _read(root / "proc/meminfo").splitlines())
        }
        return Room(
            disk=disk.f_blocks * disk.f_frsize,
            disk_free=disk.f_bavail * disk.f_frsize,
            read_only=bool(disk.f_flag & os.ST_RDONLY),
            memory=memory["MemTotal"],
            memory_free=memory["MemAvailable"],
        )
    except (OSError, KeyError, ValueError, IndexError):
        return None


def clock(synchronised: bool | None) -> Time:
    """Return the time as this machine has it."""
    return Time(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), synchronised)


def node(path: Path) -> Node | None:
    """Return how a file lies there; None if it does not, or nobody may know."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Node(
        str(path),
        _name(pwd.getpwuid, found.st_uid),
        _name(grp.getgrgid, found.st_gid),
        stat.S_IMODE(found.st_mode),
        os.access(path, os.R_OK | os.W_OK),
    )


def holder(lock: Path, root: Path = Path("/")) -> int | None:
    """Return the process that holds a lock file, without trying the lock: that would be in a guard's way."""
    try:
        found = lock.stat()
    except OSError:
        return None
    for line in _read(root / "proc/locks").splitlines():
        words = line.split()
        # By the inode alone: what stat calls a device differs from this list on overlays and btrfs.
        if len(words) >= 6 and words[1] == "FLOCK" and words[5].split(":")[-1] == str(found.st_ino):
            return int(words[4])
    return None


def user() -> str:
    """Return who looks."""
    return _name(pwd.getpwuid, os.geteuid())


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _model(root: Path) -> str | None:
    model = _read(root / "proc/device-tree/model").rstrip("\0\n")
    return model if model.startswith("Raspberry Pi") else None


def _config_txt(root: Path) -> tuple[str, ...] | None:
    for name in _CONFIG_TXT:
        if (root / name).is_file():
            lines = (line.partition("#")[0].strip() for line in _read(root / name).splitlines())
            return tuple(line for line in lines if line)
    return None


def _keeps_outputs(root: Path) -> bool | None:
    for parameter in root.glob("sys/module/pinctrl_*/parameters/persist_gpio_outputs"):
        return _read(parameter).strip().upper() in ("Y", "1")
    return None


def _hidden(folder: Path) -> bool:
    try:
        (folder / "guard.lock").lstat()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _existing(folder: Path) -> Path:
    return next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))


def _read(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""


def _name(look_up: Callable[[int], "pwd.struct_passwd | grp.struct_group"], number: int) -> str:
    try:
        return look_up(number)[0]
    except KeyError:
        return str(number)
