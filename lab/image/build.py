"""Builds what is missing or stale, under ``.lab`` at the top of the repository.

The slow parts (kernel, Debian) are made once; product and saved states again whenever a file of the
product or of the lab changes.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from lab.image import disk, kernel, root
from lab.image.run import BuildError, run
from lab.machine import INSTRUCTION_SHIFT, Image, Machine

_REPOSITORY = Path(__file__).parents[2]
FOLDER = _REPOSITORY / ".lab"
_PRODUCT = ("config", "controller", "hardware", "systemd", "lab/guest", "lab/image", "pyproject.toml")
_TOOLS = ("mmdebstrap", "qemu-system-x86", "qemu-utils", "e2fsprogs")

#: Seconds of heat before the saved state "holding": the way to the target takes less.
_HOLDING_AFTER_S = 120

Say = Callable[[str], None]


def build(say: Say) -> Image:
    """Build what is not there yet.

    Args:
        say: is told what is being done.

    Raises:
        BuildError: it cannot be done here. MachineError: the machine does not start as it should.
    """
    version = kernel.newest_version()
    made = kernel.Kernel(
        version, FOLDER / "kernel/vmlinux", FOLDER / "kernel/initramfs", FOLDER / "kernel/modules"
    )
    image = Image(made.image, made.initramfs, FOLDER / "disk.qcow2")
    parts = {
        "kernel": version,
        "base": " ".join(root.PACKAGES),
        "disk": f"{version} {fingerprint()} {INSTRUCTION_SHIFT}",
    }
    stale = [part for part, state in parts.items() if not _is_fresh(part, state)]
    if stale and os.geteuid() != 0:
        raise BuildError("the lab makes a Debian system, which takes root: sudo ./dev lab build")
    if stale or shutil.which("qemu-system-x86_64") is None:
        say("what it takes")
        _packages(*_TOOLS, *kernel.packages(version))
    if "kernel" in stale:
        say(f"the kernel {version} and gpio-sim")
        made = kernel.build(FOLDER / "kernel", version)
        _is_now("kernel", version)
    if "base" in stale:
        say("a Debian 12")
        root.make_base(FOLDER / "base")
        _is_now("base", parts["base"])
    if stale:
        say("the product")
        _make_disk(made, image.disk)
        say("a session, to go on from")
        _save_states(image, say)
        _is_now("disk", parts["disk"])
    return image


def fingerprint() -> str:
    """Return what changes with the product and the lab."""
    digest = hashlib.sha256()
    for name in _PRODUCT:
        path = _REPOSITORY / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(_REPOSITORY)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def _make_disk(made: kernel.Kernel, image: Path) -> None:
    wheelhouse, tree = FOLDER / "wheels", FOLDER / "root"
    root.wheels(wheelhouse, Path(sys.executable))
    shutil.rmtree(tree, ignore_errors=True)
    run("cp", "-a", FOLDER / "base", tree)  # it has device nodes
    root.install(tree, made, wheelhouse)
    disk.make(image, tree)
    shutil.rmtree(tree)


def _save_states(image: Image, say: Say) -> None:
    with Machine(image, own_copy=False) as machine:
        machine.shell("systemctl is-active heatpack-guard heatpack")
        machine.save("idle")
        machine.shell("/opt/heatpack/bin/heatpack start && sleep 3")
        machine.save("warming")
        say("the pad warms up")
        machine.shell(f"sleep {_HOLDING_AFTER_S}")
        machine.save("holding")


def _packages(*names: str) -> None:
    run("apt-get", "update")
    run("apt-get", "install", "--yes", "--no-install-recommends", *names)


def _is_fresh(part: str, state: str) -> bool:
    stamp = FOLDER / f"{part}.stamp"
    return stamp.is_file() and stamp.read_text() == state


def _is_now(part: str, state: str) -> None:
    (FOLDER / f"{part}.stamp").write_text(state)
