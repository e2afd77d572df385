"""A Debian in a folder, for what installs: made by mmdebstrap once, and unpacked for each use.

Commands run in it by chroot, in a mount namespace of their own. No mount outlives its command.
"""

import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build/debian"
SUITES = {12: "bookworm", 13: "trixie"}
#: What every installed Debian has and the smallest set of packages lacks. No Python, no broker.
PACKAGES = "systemd,udev,ca-certificates"
ENTER = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'


def tarball(version: int) -> Path:
    """Return the packed system of a Debian version; make it if it is not there yet."""
    packed = CACHE / f"debian-{version}.tar"
    if not packed.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        fresh = packed.with_suffix(".new.tar")
        subprocess.run(
            ["mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", SUITES[version], fresh],
            check=True,
            capture_output=True,
        )
        fresh.rename(packed)
    return packed


class Debian:
    """One system. Its files are below ``root``."""

    def __init__(self, root: Path, version: int) -> None:
        self.root = root
        self.version = version

    def path(self, inside: str) -> Path:
        """Return where a path of the system is outside of it."""
        return self.root / inside.lstrip("/")

    def command(self, *words: str | Path) -> list[str]:
        """Return the command that runs ``words`` in the system."""
        return ["unshare", "--mount", "bash", "-c", ENTER, str(self.root), *map(str, words)]

    def run(self, *words: str | Path, user: str = "root", check: bool = True) -> str:
        """Run a command in the system, and return all that it prints.

        Raises:
            AssertionError: it failed, or did not if ``check`` is false.
        """
        as_user = () if user == "root" else ("runuser", "-u", user, "--")
        done = subprocess.run(
            self.command(*as_user, *words),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8"},
        )
        assert (done.returncode == 0) is check, done.stdout
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout

    def digest(self, *folders: str) -> dict[str, str]:
        """Return what each file in these folders is: kind, mode, owner, and content."""
        return {
            str(path.relative_to(self.root)): _describe(path)
            for folder in folders
            for path in (self.path(folder), *sorted(self.path(folder).rglob("*")))
        }


def _describe(path: Path) -> str:
    status = path.lstat()
    words = [f"{status.st_mode:o}", f"{status.st_uid}:{status.st_gid}"]
    if stat.S_ISLNK(status.st_mode):
        words.append(os.readlink(path))
    elif stat.S_ISREG(status.st_mode):  # never a device: some have no end
        words.append(hashlib.sha256(path.read_bytes()).hexdigest())
    return " ".join(words)


@contextmanager
def debian(version: int) -> Iterator[Debian]:
    """Yield a fresh system with this checkout in /root/heatpack."""
    packed = tarball(version)
    with TemporaryDirectory(prefix="heatpack-debian-", ignore_cleanup_errors=True) as name:
        root = Path(name)
        root.chmod(0o755)
        subprocess.run(["tar", "--extract", "--preserve-permissions", "-f", packed, "-C", root], check=True)
        shutil.copyfile("/etc/resolv.conf", root / "etc/resolv.conf")
        (root / "etc/hosts").write_text("127.0.0.1 localhost\n")  # from Debian's installer, elsewhere
        system = Debian(root, version)
        for part in ("config", "controller", "hardware", "systemd"):
            shutil.copytree(
                ROOT / part, system.path("root/heatpack") / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        for part in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / part, system.path("root/heatpack"))
        yield system
