"""The machine's root file system: Debian 12, the product as it is shipped, and the lab's few files."""

import shutil
from pathlib import Path

from lab.image.kernel import Kernel
from lab.image.run import BuildError, run

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
    run(python, "-m", "ensurepip")  # an environment made by uv has none
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
    """Let ``systemd/install`` do it, as on a card that is prepared for a Raspberry Pi."""
    shutil.copytree(_REPOSITORY / "systemd", root / "opt/src/systemd")
    shutil.copytree(wheelhouse, root / "opt/src/wheels")
    shutil.copy(_REPOSITORY / "config/examples/pad.toml", root / "opt/src/heatpack.toml")
    options = ("--wheels", wheelhouse, "--config", root / "opt/src/heatpack.toml", "--no-broker", "--start")
    run(_REPOSITORY / "systemd/install", "--root", root, *options)
    run("systemctl", f"--root={root}", "enable", "mosquitto.service")


def with_the_labs_pins(entry_points: str) -> str:
    """Put the factory with a pad behind it in the place of ``lgpio``: the configuration stays as shipped."""
    real, ours = "gpiozero.pins.lgpio:LGPIOFactory", "heatpack_lab.pins:LabFactory"
    if entry_points.count(real) != 1:
        raise BuildError("gpiozero names its factory for lgpio in another way than this lab knows")
    return entry_points.replace(real, ours)


def _install_lab(root: Path) -> None:
    packages = next((root / "opt/heatpack/lib").glob("python3*/site-packages"))
    (packages / "heatpack_lab").mkdir()
    for name in ("__init__.py", "pins.py", "hang.py"):
        shutil.copy(_GUEST / name, packages / "heatpack_lab")
    (packages / "heatpack_lab.pth").write_text("import heatpack_lab.hang\n")
    entry_points = next(packages.glob("gpiozero-*.dist-info")) / "entry_points.txt"
    entry_points.write_text(with_the_labs_pins(entry_points.read_text()))
    run("chroot", root, "/opt/heatpack/bin/python", "-m", "compileall", "-q", "/opt/heatpack/lib/")
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
