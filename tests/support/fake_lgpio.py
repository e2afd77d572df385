"""The parts of lgpio that gpiozero's LGPIOFactory calls, with lines instead of a chip.

Lets the real factory, which no machine but a Pi can open, run in a test.
"""

from types import ModuleType
from typing import Any


class Error(Exception):
    """Like lgpio.error: derived from nothing but Exception, and printing a quoted string."""

    def __str__(self) -> str:
        return repr(self.args[0])


class FakeLgpio(ModuleType):
    """``lines`` maps a claimed line to ``("input" | "output", level)``, as the kernel sees it."""

    BOTH_EDGES, RISING_EDGE, FALLING_EDGE = 3, 1, 2
    SET_PULL_UP, SET_PULL_DOWN, SET_PULL_NONE = 32, 64, 128
    error = Error

    def __init__(self) -> None:
        super().__init__("lgpio")
        self.lines: dict[int, tuple[str, int]] = {}
        self.history: list[tuple[int, str, int]] = []
        self.busy: set[int] = set()
        self.users: dict[int, str] = {}
        self.spi_error: str | None = None
        self.spi_answer: list[int] | None = [0xFF, 0x02, 0x00]

    def gpiochip_open(self, chip: int) -> int:
        return chip

    def gpiochip_close(self, handle: int) -> None:
        self.lines.clear()

    def gpio_get_chip_info(self, handle: int) -> list[Any]:
        return [0, 54, f"gpiochip{handle}", "pinctrl-bcm2835" if handle == 0 else "brcmvirt-gpio"]

    def gpio_get_line_info(self, handle: int, line: int) -> list[Any]:
        user = self.users.get(line, "")
        return [0, line, int(bool(user)), f"GPIO{line}", user]

    def _claim(self, line: int, function: str, level: int) -> None:
        if line in self.busy:
            raise Error("GPIO busy")
        self.lines[line] = (function, level)
        self.history.append((line, function, level))

    def gpio_claim_input(self, handle: int, line: int, flags: int = 0) -> None:
        self._claim(line, "input", 0)

    def gpio_claim_output(self, handle: int, line: int, level: int = 0) -> None:
        self._claim(line, "output", level)

    def gpio_free(self, handle: int, line: int) -> None:
        self.lines.pop(line)

    def gpio_get_mode(self, handle: int, line: int) -> int:
        return 2 if self.lines[line][0] == "output" else 0

    def gpio_read(self, handle: int, line: int) -> int:
        return self.lines[line][1]

    def gpio_write(self, handle: int, line: int, level: int) -> None:
        self._claim(line, "output", int(level))

    def spi_open(self, *arguments: Any) -> int:
        if self.spi_error is not None:
            raise Error(self.spi_error)
        return 0

    def spi_close(self, handle: int) -> None:
        pass

    def spi_xfer(self, handle: int, words: list[int]) -> tuple[int, bytes]:
        if self.spi_answer is None:
            raise Error("SPI transfer failed")
        return len(words), bytes(self.spi_answer)
