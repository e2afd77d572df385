"""The kernel's own ``gpio-sim``, built out of tree for Debian's kernel, which ships without it.

None of the kernel's source is kept here. Three files are unpacked from Debian's ``linux-source`` and
changed in three places:

* the interrupt simulator uses an exported function in place of one that modules cannot call;
* a line whose owner has died keeps its level while the parameter ``persist`` is set. So it is on a
  Raspberry Pi; upstream, and here without it, the line falls back to its pull;
* that parameter can be changed while the module runs, so one machine serves both.
"""

import re
from pathlib import Path

from lab.image.run import BuildError, run

#: Paths in the kernel's tree.
SOURCES = ("drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c")

_MAKEFILE = "obj-m := gpio-sim.o\ngpio-sim-y := chip.o irq_sim.o\n"

_PARAMETER = """\
static bool persist;
module_param(persist, bool, 0644);
MODULE_PARM_DESC(persist, "a line keeps its level when its owner is gone");

"""


def build(folder: Path, source_archive: Path, headers: Path) -> Path:
    """Build the module.

    Args:
        folder: an empty folder to build in.
        source_archive: ``linux-source-*.tar.xz``.
        headers: the installed headers of the kernel that the machine boots.

    Returns:
        The module's file.

    Raises:
        BuildError: a command failed, or the source is not the one that this module knows.
    """
    members = [f"{source_archive.name.removesuffix('.tar.xz')}/{path}" for path in SOURCES]
    run("tar", "-C", folder, "--strip-components=1", "-xf", source_archive, *members)
    chip, header, irq_sim = (folder / path for path in SOURCES)
    (folder / "chip.c").write_text(keep_level_of_the_dead(chip.read_text()))
    (folder / "irq_sim.c").write_text(use_exported_functions(irq_sim.read_text()))
    (folder / "gpiolib.h").write_text(header.read_text())
    (folder / "Makefile").write_text(_MAKEFILE)
    run("make", "-C", headers, f"M={folder}", "modules")
    return folder / "gpio-sim.ko"


def keep_level_of_the_dead(source: str) -> str:
    """Give ``gpio-sim.c`` the parameter ``persist``."""
    release = r"(static void gpio_sim_free\(.*?\n\tstruct gpio_sim_chip \*chip = [^\n]*\n)"
    changed, times = re.subn(
        release,
        _PARAMETER.replace("\\", r"\\") + r"\1\n\tif (persist)\n\t\treturn;\n",
        source,
        flags=re.DOTALL,
    )
    return _changed_once(changed, times, "gpio_sim_free")


def use_exported_functions(source: str) -> str:
    """Let ``irq_sim.c`` deliver its interrupts in a way that is open to modules."""
    changed, times = re.subn(
        r"handle_simple_irq\(irq_to_desc\((\w+)\)\);", r"generic_handle_irq(\1);", source
    )
    return _changed_once(changed, times, "irq_to_desc")


def _changed_once(changed: str, times: int, what: str) -> str:
    if times != 1:
        raise BuildError(f"gpio-sim: {what} was found {times} times in this kernel's source, expected once")
    return changed
