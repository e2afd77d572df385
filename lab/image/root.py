"""The machine's root file system: Debian 12, the product as it is shipped, and the lab's few files."""

import shutil
from pathlib import Path

from lab.image.kernel import Kernel
from lab.image.run import run

PACKAGES = (
    "systemd",
    "systemd-sysv",
    "python3",
    "python3-venv",
    "mosquitto",
    "mosquitto-clients",
    "kmod",
    "procps",
)
_REPOSITORY = Path(__file__).parents[2]
_GUEST = _REPOSITORY / "lab/guest"
_PYTHON = "3.11"  # Debian 12's
_GLIBC = ("2014", "_2_17", "_2_28", "_2_34", "_2_36")
#: Takes seconds of an emulated boot, and a machine without hardware has no use for it.
_MASKED = (
    "systemd-binfmt.service",
    "systemd-hwdb-update.service",
    "systemd-timesyncd.service",
    "systemd-update-utmp.service",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty.target",
    "systemd-logind.service",
    "console-getty.service",
)
_JOURNALD = "[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\n"


def make_base(folder: Path) -> None:
    """Install Debian 12 with what the product needs of it. Takes a minute or two.

    Raises:
        BuildError: as ``run``.
    """
    shutil.rmtree(folder, ignore_errors=True)
    slim = ["man", "doc", "locale", "info"]
    run(
        "mmdebstrap",
        "--variant=essential",
        f"--include={','.join(PACKAGES)}",
        '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in slim),
        "bookworm",
        folder,
    )


def wheels(folder: Path, python: Path) -> None:
    """Build the product's wheel and fetch what it needs, for the machine's Python.

    Raises:
        BuildError: as ``run``.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(python, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, _REPOSITORY)
    run(
        python, "-m", "pip", "download", "--quiet", "--only-binary=:all:", "--implementation=cp",
        f"--python-version={_PYTHON}", *(f"--platform=manylinux{glibc}_x86_64" for glibc in _GLIBC),
        "--dest", folder, next(folder.glob("heatpack-*.whl")), "lgpio>=0.2.2",
    )  # fmt: skip


def install(root: Path, kernel: Kernel, wheelhouse: Path) -> None:
    """Put kernel modules, product and lab into a fresh copy of the base.

    Raises:
        BuildError: as ``run``.
    """
    modules = root / "lib/modules" / kernel.version
    shutil.copytree(kernel.modules, modules)
    run("depmod", "-b", root, kernel.version)
    _install_product(root, wheelhouse)
    _install_lab(root)


def _install_product(root: Path, wheelhouse: Path) -> None:
    shutil.copytree(wheelhouse, root / "opt/wheels")
    run("chroot", root, "python3", "-m", "venv", "/opt/heatpack")
    run(
        "chroot", root, "/opt/heatpack/bin/pip", "install", "--quiet", "--no-index",
        "--find-links=/opt/wheels", "heatpack", "lgpio",
    )  # fmt: skip
    units = _REPOSITORY / "systemd"
    for unit in units.glob("*.service"):
        shutil.copy(unit, root / "etc/systemd/system")
    for kind in ("sysusers.d", "tmpfiles.d"):
        for file in (units / kind).iterdir():
            shutil.copy(file, root / "usr/lib" / kind)
    run("systemd-sysusers", f"--root={root}")
    run("systemd-tmpfiles", f"--root={root}", "--create", "heatpack.conf")
    (root / "etc/heatpack").mkdir(exist_ok=True)
    example = (_REPOSITORY / "config/examples/pad.toml").read_text()
    (root / "etc/heatpack/heatpack.toml").write_text(with_the_labs_pins(example))
    run(
        "systemctl",
        f"--root={root}",
        "enable",
        "heatpack-guard.service",
        "heatpack.service",
        "mosquitto.service",
    )


def with_the_labs_pins(configuration: str) -> str:
    """Return the shipped configuration with the lab's pin factory in place of lgpio alone."""
    shipped, ours = 'pin_factory = "lgpio"', 'pin_factory = "heatpack_lab.pins:LabFactory"'
    assert configuration.count(shipped) == 1, "the example configuration has another pin factory"
    return configuration.replace(shipped, ours)


def _install_lab(root: Path) -> None:
    packages = next((root / "opt/heatpack/lib").glob("python3*/site-packages"))
    (packages / "heatpack_lab").mkdir()
    for name in ("__init__.py", "pins.py", "hang.py"):
        shutil.copy(_GUEST / name, packages / "heatpack_lab")
    (packages / "heatpack_lab.pth").write_text("import heatpack_lab.hang\n")
    run("chroot", root, "/opt/heatpack/bin/python", "-m", "compileall", "-q", "/opt/heatpack/lib")
    (root / "opt/lab").mkdir()
    for name in ("agent.py", "pins.sh"):
        shutil.copy(_GUEST / name, root / "opt/lab")
    for unit in (_GUEST / "units").iterdir():
        shutil.copy(unit, root / "etc/systemd/system")
    run("systemctl", f"--root={root}", "enable", "lab-pins.service", "lab-agent.service")
    run("systemctl", f"--root={root}", "mask", *_MASKED)
    (root / "etc/systemd/journald.conf").write_text(_JOURNALD)
    (root / "etc/fstab").write_text("")
    (root / "etc/hostname").write_text("lab\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost lab\n")
