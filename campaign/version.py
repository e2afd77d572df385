"""Which code a campaign was run on."""

import hashlib
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

_ROOT = Path(__file__).parents[1]
#: What a run executes. A change to any of it makes results that do not belong together.
_CODE = (
    *(f"config/{name}.py" for name in ("limits", "steinhart_hart", "thermistor_parts")),
    "hardware",
    "controller/control",
    "controller/active.py",
    "controller/supply.py",
    *(f"campaign/{name}.py" for name in ("draws", "faults", "rig", "run", "watch")),
)
#: What no run executes and no guard loads: what ``heatpack doctor`` looks at a board with, and
#: ``heatpack off``, which comes when the guard is gone.
_NOT_RUN = frozenset({_ROOT / "hardware" / "wiring", _ROOT / "hardware" / "off.py"})


def version() -> str:
    """Return the installed version and the first digits of a digest of the code: 0.1.0+1f2e3d4c."""
    digest = hashlib.sha256()
    for name in _CODE:
        path = _ROOT / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if not _NOT_RUN.isdisjoint((file, *file.parents)):
                continue
            digest.update(file.relative_to(_ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    try:
        number = installed("heatpack")
    except PackageNotFoundError:  # a checkout that was never installed
        number = "0"
    return f"{number}+{digest.hexdigest()[:8]}"
