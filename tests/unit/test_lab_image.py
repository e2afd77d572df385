"""The lab changes what it unpacks where it must, and says so when it no longer knows what it finds."""

import lzma
import struct

import pytest

from lab.image.gpio_sim import keep_level_of_the_dead, use_exported_functions
from lab.image.kernel import decompressed
from lab.image.root import with_the_labs_pins
from lab.image.run import BuildError, run

RELEASE = """\
static void gpio_sim_free(struct gpio_chip *gc, unsigned int offset)
{
\tstruct gpio_sim_chip *chip = gpiochip_get_data(gc);

\tmutex_lock(&chip->lock);
"""


def test_a_line_can_keep_its_level() -> None:
    changed = keep_level_of_the_dead(RELEASE)
    assert "module_param(persist, bool, 0644);" in changed
    assert "(gc);\n\n\tif (persist)\n\t\treturn;\n" in changed
    assert changed.index("(persist)\n") < changed.index("mutex_lock")


def test_interrupts_are_delivered_by_an_exported_function() -> None:
    assert use_exported_functions("handle_simple_irq(irq_to_desc(irqnum));") == "generic_handle_irq(irqnum);"


@pytest.mark.parametrize("change", [keep_level_of_the_dead, use_exported_functions, with_the_labs_pins])
def test_another_source_than_the_one_that_is_known_is_refused(change: object) -> None:
    assert callable(change)
    with pytest.raises(BuildError):
        change("something else")


def boot_image(payload: bytes, *, magic: bytes = b"HdrS") -> bytes:
    sectors, offset = 2, 16
    image = bytearray((sectors + 1) * 512 + offset)
    image[0x1F1] = sectors
    image[0x202:0x206] = magic
    struct.pack_into("<II", image, 0x248, offset, len(payload))
    return bytes(image) + payload + b"more"


def test_a_kernel_is_taken_out_of_its_boot_image() -> None:
    assert decompressed(boot_image(lzma.compress(b"\x7fELF") + b"size")) == b"\x7fELF"


def test_what_is_no_boot_image_is_refused() -> None:
    with pytest.raises(BuildError, match="not a bzImage"):
        decompressed(boot_image(b"", magic=b"ELF!"))
    with pytest.raises(BuildError, match="not compressed with xz"):
        decompressed(boot_image(b"\x1f\x8b gzip"))


def test_a_command_that_fails_says_what_it_said() -> None:
    with pytest.raises(BuildError, match=r"sh ended with 3:\nno room"):
        run("sh", "-c", "echo no room; exit 3")


def test_a_command_that_is_missing_is_named() -> None:
    with pytest.raises(BuildError, match="no-such-tool is not installed"):
        run("no-such-tool")
