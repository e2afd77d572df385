"""One guard as it is delivered, in one thread, on a clock that stands still until told.

``Loop``, ``LinkServer``, ``LedgerFile`` and ``Board`` are those of the daemon: the socket is a socket,
the file a file, and below gpiozero's drivers lies the simulated pad. All that happens at the pins is
told to the books.
"""

import gc
import os
import time
from array import array

from campaign.fuzz.books import Books
from campaign.fuzz.broken import BrokenError
from campaign.fuzz.builds import build
from campaign.fuzz.disk import Disk
from campaign.fuzz.watched import WatchedBoard, WatchedFactory
from hardware.board import Board
from hardware.clock import ManualClock
from hardware.cycle import initial
from hardware.ledger import Ledger, wake
from hardware.ledger_file import LedgerFile
from hardware.link_socket import listen
from hardware.loop import Loop
from hardware.server import LinkServer

#: The most that may wait for the next cycle: requests that count, and a stop.
_REQUESTS_KEPT = 65
_STATUSES_KEPT = 20
_FIRST_CYCLES = 3


class Rig:
    """A guard, its pad and its books.

    Attributes:
        folder: where link and ledger are.
        ledger_path: the ledger.
        clock: the guard's, told by ``cycle``.
        times_ms: CPU time of each cycle, with the longest look at the socket before it.
    """

    def __init__(self, number: int, folder: str) -> None:
        """Power up build ``number`` in ``folder``, which has no ledger yet."""
        self.settings, parameters = build(number)
        self.folder = folder
        self.ledger_path = os.path.join(folder, "ledger.json")
        self.clock = ManualClock()
        self.times_ms = array("d")
        pad, pins = self.settings.pad, self.settings.pins
        self.books = Books(
            Disk(self.ledger_path), flux_w_m2=pad.heat_flux_w_m2, button_only=pins.reset_needs_button
        )
        self.factory = WatchedFactory(self._on_edge)
        self.factory.attach(self.clock, self.settings, parameters=parameters, seed=number)
        self._high: set[int] = set()
        self._longest_ms = 0.0
        self.power_up()

    def power_up(self) -> None:
        """Start a guard, with what lies on the disk."""
        self.server = LinkServer(listen(self.folder), self.settings.device_id)
        file = LedgerFile(self.ledger_path)
        now_s = self.clock.now().wall_s
        ledger = wake(file.load() or Ledger(), now_s, self.settings.limits.rest_s)
        self.board = WatchedBoard(Board.open(self.settings, self.factory), self._on_look)
        self.loop = Loop(initial(self.settings, ledger), self.board, self.server, file, self.clock)
        for _ in range(_FIRST_CYCLES):
            self.cycle(0.1)

    def power_down(self) -> None:
        """Pull the plug. Nothing is written any more."""
        self.server.close()
        self.board.close()
        # gpiozero's shared SPI port is part of a cycle of references. Freed while the next board opens
        # its channels, it would take that one's port out of gpiozero's list.
        gc.collect()

    def close(self) -> None:
        """Close sockets and pins."""
        self.power_down()
        self.factory.close()

    def cycle(self, dt_s: float) -> None:
        """Let ``dt_s`` seconds pass, run one cycle, and judge it.

        Raises:
            BrokenError: something that must be true is not.
        """
        loop = self.loop
        self.clock.advance(dt_s)
        self.books.passed(dt_s)
        tick = loop.state.tick
        self.hear()
        began_s = time.thread_time()
        loop._cycle()
        self.times_ms.append((time.thread_time() - began_s) * 1e3 + self._longest_ms)
        self._longest_ms = 0.0
        self.books.cycle_ends(tick)
        if loop.state.tick != tick + 1:
            raise BrokenError("stall: a cycle without a status")
        if loop._requests or len(loop.state.sent) > _STATUSES_KEPT:
            raise BrokenError("memory: requests or statuses pile up")

    def hear(self) -> None:
        """Do what the loop does between two cycles, once.

        Raises:
            BrokenError: more waits for the next cycle than may.
        """
        began_s = time.thread_time()
        self.loop._listen_until(self.clock.now().mono_s)
        self._longest_ms = max(self._longest_ms, (time.thread_time() - began_s) * 1e3)
        if len(self.loop._requests) > _REQUESTS_KEPT:
            raise BrokenError(f"memory: {len(self.loop._requests)} requests wait")

    def _on_edge(self, number: int, high: bool) -> None:
        (self._high.add if high else self._high.discard)(number)
        pins = self.settings.pins
        heats = pins.heater in self._high and (pins.enable is None or pins.enable in self._high)
        if number == pins.deadman:
            self.books.fed()
        if high and number in (pins.heater, pins.enable):
            self.books.closed()
        if heats != self.books.heats:
            self.books.switched(heats)

    def _on_look(self, button: bool) -> None:
        pairs = zip(self.loop.state.thermistors, self.board.codes_seen, strict=True)
        temperatures_c = [None if code is None else part.read(code).temperature_c for part, code in pairs]
        self.books.cycle_begins(temperatures_c, button)
