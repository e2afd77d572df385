"""One session: a law and a pad for ten minutes."""

from dataclasses import dataclass, field

from bench.control.bound import SESSION_S
from bench.control.contest import Contestant, Law, R
from bench.control.pad import TICK_S, Pad
from bench.control.scene import CALM, Scene
from hardware.modulation import SigmaDelta

_EPSILON_S = 1e-6  # ten ticks of 0.1 s are a second
_BASAL_EVERY = 10


@dataclass(slots=True)
class Session:
    """What happened. ``true_c`` has the pad's true temperature at the end of each tick, °C."""

    target_c: float
    true_c: list[float] = field(default_factory=list)
    energy_j: float = 0.0
    switches: int = 0
    basal_max_c: float = 0.0


class Output:
    """Makes on and off of a duty: by sigma-delta, or in windows that begin with the time on.

    Attributes:
        duty: what goes in, 0-1.
    """

    def __init__(self, window_s: float) -> None:
        """Take the window's length in s, 0 for sigma-delta."""
        self._window_s = window_s
        self._modulator = SigmaDelta()
        self.duty = 0.0
        self._passed_s = window_s

    def tick(self, wanted: float) -> float:
        """Return the share of the coming tick that is on. A window keeps the duty it began with."""
        if not self._window_s:
            self.duty = wanted
            self._modulator, on = self._modulator.step(wanted)
            return 1.0 if on else 0.0
        if self._passed_s > self._window_s - _EPSILON_S:
            self.duty, self._passed_s = wanted, 0.0
        left_s = self.duty * self._window_s - self._passed_s
        self._passed_s += TICK_S
        return min(max(left_s / TICK_S, 0.0), 1.0)


def heat(
    contestant: Contestant[R],
    law: Law[R],
    pad: Pad,
    target_c: float,
    seconds: float = SESSION_S,
    scene: Scene = CALM,
) -> Session:
    """Let a law heat a pad while a scene is played, and say what the pad did."""
    session, output, plant = Session(target_c), Output(contestant.window_s), pad.plant
    share = plant.parameters.sensor_heater_share
    advance, note = plant.advance, session.true_c.append  # bound once: this loop runs for hours
    wanted = due_s = heated_s = 0.0
    asked_s = -contestant.period_s
    was_on = False
    for tick in range(round(seconds / TICK_S)):
        now_s = tick * TICK_S
        scene.happens(plant, now_s)
        if now_s > due_s - _EPSILON_S:
            passed_s = now_s - asked_s
            wanted = law.step(scene.target_c(target_c, now_s), contestant.read(pad), passed_s, output.duty)
            asked_s = now_s
            due_s += contestant.period_s
        on = output.tick(wanted)
        advance(TICK_S, on)
        note(share * plant.heater_c + (1.0 - share) * plant.face_c)
        heated_s += on * TICK_S
        if (on > 0.0) != was_on:
            session.switches += 1
            was_on = not was_on
        if tick % _BASAL_EVERY == 0:
            session.basal_max_c = max(session.basal_max_c, plant.basal_c())
    session.energy_j = plant.power_w(1.0) * heated_s
    return session
