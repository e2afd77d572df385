"""The guard's loop: wait on the link, run one pure step, switch the pins. A single thread."""

import logging
import time
from dataclasses import replace

from hardware.clock import Clock
from hardware.cycle import Inputs, Outputs, State
from hardware.guard import CYCLE_S, step
from hardware.ledger_file import LedgerCorruptError, LedgerFile
from hardware.link import Demand, Request, Start, Stop
from hardware.notify import notify
from hardware.pins import Pins
from hardware.self_test import Switch
from hardware.server import LinkServer

log = logging.getLogger("heatpack.guard")

_ALIVE_EVERY = 10
_REQUESTS_A_CYCLE = 64


class Loop:
    """Runs cycles until ``stopping`` is set. Time comes from the clock, at any speed."""

    def __init__(
        self, state: State, pins: Pins, server: LinkServer, ledger_file: LedgerFile, clock: Clock
    ) -> None:
        """Wire the parts together; nothing is switched before ``run``."""
        self.state = state
        self.stopping = False
        self._pins = pins
        self._server = server
        self._ledger_file = ledger_file
        self._clock = clock
        self._requests: list[Request] = []
        self._ledger_error: str | None = None
        self._exercise: Switch | None = None
        self._answered = -1
        self._patient = True

    def run(self) -> None:
        """Run until stopped; ends with the heater off and the ledger on disk."""
        due_s = self._clock.now().mono_s
        while not self.stopping:
            self._listen_until(due_s)
            if self.stopping:
                break
            self._cycle()
            if self.state.tick == 1:
                notify("READY=1\nSTATUS=guarding")
            if self.state.tick % _ALIVE_EVERY == 0:
                notify("WATCHDOG=1")
            due_s = max(due_s + CYCLE_S, self._clock.now().mono_s)
        self._cut()
        self._requests = [Stop("guard stopped")]
        self._cycle()

    def _listen_until(self, due_s: float) -> None:
        """Take requests until the next cycle is due. What takes heat away acts here, at once."""
        while not self.stopping:
            left_s = (due_s - self._clock.now().mono_s) / self._clock.speed
            self._hear(self._server.wait(left_s))
            if left_s <= 0.0:
                break
        self._wait_for_answer()

    def _wait_for_answer(self) -> None:
        """On a faster clock, give the controller real time to answer the last status.

        Twenty times the speed makes of 50 ms of a busy host's scheduling a second of silence. The
        patience is spent once; a controller that stays silent then runs out of its lifetime.
        """
        if not (self._clock.patience_s and self._patient and self.state.phase and self._server.linked):
            return
        give_up_s = time.monotonic() + self._clock.patience_s
        while self._answered < self.state.tick - 1 and self._server.linked and not self.stopping:
            left_s = give_up_s - time.monotonic()
            if left_s <= 0.0:
                self._patient = False
                return
            self._hear(self._server.wait(left_s))

    def _hear(self, requests: list[Request]) -> None:
        for request in requests:
            if isinstance(request, Demand):
                self._answered = max(self._answered, request.tick)
                self._patient = True
            # The zeros that a controller sends until its session is armed are not about the self-test.
            zero = isinstance(request, Demand) and request.duty == 0.0 and self._exercise is None
            if zero or isinstance(request, Stop):
                self._cut()
            # Of a flood only so much is judged in one cycle; a stop is not lost in it.
            last = next((r for r in reversed(self._requests) if isinstance(r, Start | Stop)), None)
            stops = isinstance(request, Stop) and not isinstance(last, Stop)
            if stops or len(self._requests) < _REQUESTS_A_CYCLE:
                self._requests.append(request)
        self._off_without_controller()

    def _off_without_controller(self) -> None:
        if self._server.lost or not self._server.linked:
            self._cut()

    def _cut(self) -> None:
        """No heat from now on, and no self-test, until a cycle has judged."""
        self._pins.heater(False)
        if self._exercise is not None:
            self._pins.enable(False)

    def _cycle(self) -> None:
        now = self._clock.now()
        if now.mono_s - (self.state.last or now).mono_s > self.state.settings.limits.overrun_s:
            self._cut()  # off, then judged
        tested = self.state.phase is not None and not self.state.phase.armed
        requests, self._requests = tuple(self._requests), []
        inputs = Inputs(
            now=now,
            codes=self._pins.codes(),
            requests=requests,
            linked=not self._server.take_lost() and self._server.linked,
            ledger_error=self._ledger_error,
            button=self._pins.button_pressed(),
            rejected=self._server.take_rejected(),
            levels=self._pins.levels() if tested else None,
            supply=self._pins.supply_code(),
            reference=self._pins.reference_code() if tested else None,
        )
        self.state, outputs = step(self.state, inputs)
        self._apply(outputs)
        for answer in outputs.answers:
            self._server.send(answer)
        for event in outputs.events:
            self._server.send(event)
        self._server.send(outputs.status)
        self._off_without_controller()  # sending is how a link that broke during the cycle shows first

    def _apply(self, outputs: Outputs) -> None:
        """Switch off first, then write, then switch on: no heat waits for a disk or runs ahead of it."""
        self._exercise = outputs.exercise
        series = outputs.enable or outputs.exercise is Switch.SERIES
        mosfet = outputs.heater or (outputs.exercise is Switch.MOSFET and not series)
        if outputs.save or not mosfet:
            self._pins.heater(False)
        if not series:
            self._pins.enable(False)
        if outputs.save:
            self._save()
        if series:
            self._pins.enable(True)
        if mosfet:
            self._pins.heater(True)
        if outputs.deadman:
            self._pins.toggle_deadman()
        self._pins.led(outputs.led)

    def _save(self) -> None:
        try:
            saved = self._ledger_file.save(self.state.ledger, self._clock.now().wall_s)
            self._ledger_file.verify(saved)
        except (OSError, LedgerCorruptError) as error:
            what = error.strerror if isinstance(error, OSError) else error
            reason = f"{self._ledger_file.path}: {what}"
            if reason != self._ledger_error:
                log.error("the ledger cannot be written, no session can start: %s", reason)
            self._ledger_error = reason
            return
        self._ledger_error = None
        self.state = replace(self.state, ledger=saved)
