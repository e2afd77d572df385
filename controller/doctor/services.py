"""Asks systemd about the two services, its watchdog, and whether the clock is set."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from controller.doctor.facts import Services, Unit

_PATIENCE_S = 10.0
_GUARDS = ("heatpack-guard.service", "heatpack-guard@*.service")
_CONTROLLERS = ("heatpack.service", "heatpack@*.service")
_ASKED = "Id,LoadState,ActiveState,UnitFileState,ExecStart,ExecStopPost,WatchdogUSec,SupplementaryGroups"


def services(config: Path, root: Path = Path("/")) -> Services | None:
    """Return what systemd says of the units that run ``config``; None where it is not process 1."""
    if not (root / "run/systemd/system").is_dir():
        return None
    watchdog = _said("systemctl", "show", "--property=RuntimeWatchdogUSec", "--value")
    return Services(
        runtime_watchdog=(watchdog or "0").strip(),
        guard=_unit(_GUARDS, config),
        controller=_unit(_CONTROLLERS, config),
    )


def synchronised() -> bool | None:
    """Return whether the time came from elsewhere since the boot; None if nobody knows."""
    answer = (_said("timedatectl", "show", "--property=NTPSynchronized", "--value") or "").strip()
    return {"yes": True, "no": False}.get(answer)


def _unit(names: tuple[str, ...], config: Path) -> Unit | None:
    said = _said("systemctl", "show", "--no-pager", f"--property={_ASKED}", *names) or ""
    for unit in _blocks(said):
        if unit.get("LoadState") == "loaded" and str(config) in unit.get("ExecStart", "").split():
            return Unit(
                name=unit.get("Id", "?"),
                active=unit.get("ActiveState", "unknown"),
                enabled=unit.get("UnitFileState") or "unknown",
                watchdog=unit.get("WatchdogUSec", "0") not in ("0", "infinity"),
                runs_off=" off " in unit.get("ExecStopPost", ""),
                groups=tuple(unit.get("SupplementaryGroups", "").split()),
            )
    return None


def _blocks(said: str) -> Iterator[dict[str, str]]:
    for block in said.split("\n\n"):
        yield dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _said(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
