"""A disk image from a root file system."""

from pathlib import Path

from lab.image.run import run


def make(image: Path, root: Path, megabytes: int = 700) -> None:
    """Make a qcow2 image, which can keep the states of a machine, with an ext4 file system in it.

    Raises:
        BuildError: as ``run``.
    """
    raw = image.with_suffix(".raw")
    raw.unlink(missing_ok=True)
    run("mke2fs", "-q", "-t", "ext4", "-d", root, raw, f"{megabytes}M")
    run("qemu-img", "convert", "-O", "qcow2", raw, image)
    raw.unlink()
