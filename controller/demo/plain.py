"""The demo line by line: one every half minute of the device, and one for everything that happens."""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self, TextIO

from controller.demo.track import Track
from controller.mqtt.messages import StateMessage

EVERY_S = 30.0


class Plain(AbstractContextManager["Plain"]):
    """Prints what is new."""

    def __init__(self, out: TextIO) -> None:
        """Print to ``out``."""
        self._out = out
        self._told = 0
        self._due_s = 0.0

    def show(self, track: Track) -> None:
        """Print the moments since the last look, and the state if it is time for it."""
        for moment in track.moments[self._told :]:
            mark = "!" if moment.alarming else "*"
            self._print(f"{clock(track.at(moment.ts))}  {mark} {moment.text}")
        self._told = len(track.moments)
        state = track.state
        if state is None or state.session is None or track.heat_on_ts is None:
            return
        if track.elapsed_s >= self._due_s:
            self._due_s = (track.elapsed_s // EVERY_S + 1) * EVERY_S
            self._print(f"{clock(track.elapsed_s)}    {state_line(state, track.target_c)}")

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left to put right."""

    def __enter__(self) -> Self:
        """Begin."""
        return self


def state_line(state: StateMessage, target_c: float) -> str:
    """Return temperature, target, duty, phase and time left."""
    measured = "no reading" if state.temperature_c is None else f"{state.temperature_c:.1f} °C"
    left_s = 0.0 if state.session is None else state.session.remaining_s
    return (
        f"{state.phase:<8} {measured:>10}   target {target_c:.1f} °C   "
        f"duty {state.duty * 100:3.0f} %   {clock(left_s)} left"
    )


def clock(seconds: float) -> str:
    """Return minutes and seconds, aligned."""
    whole = round(max(0.0, seconds))
    return f"{whole // 60:2d}:{whole % 60:02d}"
