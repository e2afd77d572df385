"""The kernel as Debian ships it, unpacked for a fast boot, with ``gpio-sim`` and a small initramfs."""

import lzma
import os
import re
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

from lab.image import gpio_sim
from lab.image.run import BuildError, run

#: What the machine needs before its root is mounted, with what these need in turn.
_BOOT_MODULES = ("virtio_pci", "virtio_blk", "ext4")
#: What it loads later.
_LATER_MODULES = ("configfs",)

_INIT = """\
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs none /dev
while read -r module; do /bin/busybox insmod "/modules/$module"; done </modules/order
/bin/busybox mount -t ext4 -o noatime /dev/vda /root
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
"""


@dataclass(frozen=True, slots=True)
class Kernel:
    """What a machine boots from.

    Attributes:
        version: as ``uname -r`` will say.
        image: uncompressed.
        initramfs: loads the modules for the disk and hands over to it.
        modules: a tree to be copied to the root's ``/lib/modules/<version>``.
    """

    version: str
    image: Path
    initramfs: Path
    modules: Path


def newest_version() -> str:
    """Return the version of Debian's current kernel, which ``linux-image-amd64`` depends on.

    Raises:
        BuildError: apt knows of none.
    """
    found = re.search(
        r"Depends: linux-image-(\S+-amd64)$", run("apt-cache", "depends", "linux-image-amd64"), re.M
    )
    if found is None:
        raise BuildError("apt does not know linux-image-amd64: run apt-get update on a Debian 12")
    return found[1]


def packages(version: str) -> list[str]:
    """Return the Debian packages that building the module takes."""
    series = ".".join(version.split(".")[:2])
    return [
        f"linux-headers-{version}",
        f"linux-source-{series}",
        "make",
        "gcc",
        "busybox-static",
        "kmod",
        "cpio",
    ]


def build(folder: Path, version: str) -> Kernel:
    """Fetch and unpack the kernel, build the module, make the initramfs.

    Raises:
        BuildError: a step failed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    unpacked = folder / "unpacked"
    run("apt-get", "download", f"linux-image-{version}", cwd=folder)
    run("dpkg", "-x", next(folder.glob("linux-image-*.deb")), unpacked)
    image = folder / "vmlinux"
    image.write_bytes(decompressed((unpacked / f"boot/vmlinuz-{version}").read_bytes()))
    series = ".".join(version.split(".")[:2])
    building = folder / "gpio-sim"
    building.mkdir()
    module = gpio_sim.build(
        building,
        Path(f"/usr/src/linux-source-{series}.tar.xz"),
        Path(f"/usr/src/linux-headers-{version}"),
    )
    modules = folder / "modules"
    modules.mkdir()
    for name in _LATER_MODULES:
        for path in _with_dependencies(unpacked, version, name):
            shutil.copy(path, modules)
    shutil.copy(module, modules)
    kernel = Kernel(version, image, folder / "initramfs", modules)
    _make_initramfs(folder / "early", kernel, unpacked)
    shutil.rmtree(unpacked)
    shutil.rmtree(building)
    return kernel


def decompressed(boot_image: bytes) -> bytes:
    """Take the kernel out of a bzImage: the emulated machine is slow at that.

    Offsets from the kernel's Documentation/x86/boot.rst, protocol 2.08.

    Raises:
        BuildError: it is not a bzImage, or not one compressed with xz.
    """
    if boot_image[0x202:0x206] != b"HdrS":
        raise BuildError("the kernel's image is not a bzImage")
    setup_sectors = boot_image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", boot_image, 0x248)
    payload = boot_image[(setup_sectors + 1) * 512 + offset :][:length]
    try:
        return lzma.LZMADecompressor().decompress(payload)
    except lzma.LZMAError as error:
        raise BuildError(f"the kernel is not compressed with xz: {error}") from None


def _with_dependencies(unpacked: Path, version: str, name: str) -> list[Path]:
    run("depmod", "-b", unpacked, version)
    listed = run("modprobe", "-d", unpacked, "-S", version, "--show-depends", name)
    return [Path(line.split()[1]) for line in listed.splitlines() if line.startswith("insmod")]


def _make_initramfs(folder: Path, kernel: Kernel, unpacked: Path) -> None:
    for name in ("bin", "dev", "modules", "root"):
        (folder / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", folder / "bin")
    (folder / "init").write_text(_INIT)
    (folder / "init").chmod(0o755)
    order = [path for name in _BOOT_MODULES for path in _with_dependencies(unpacked, kernel.version, name)]
    for path in order:
        shutil.copy(path, folder / "modules")
    names = dict.fromkeys(path.name for path in order)
    (folder / "modules/order").write_text("".join(f"{name}\n" for name in names))
    files = "\n".join(str(path.relative_to(folder)) for path in sorted(folder.rglob("*")))
    run(
        "sh",
        "-c",
        f"cpio --quiet -o -H newc >'{os.path.abspath(kernel.initramfs)}'",
        cwd=folder,
        stdin=files.encode(),
    )
    shutil.rmtree(folder)
