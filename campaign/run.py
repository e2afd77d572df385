"""One healthy session, and one fault that strikes it at a random moment.

Both come from one draw: the healthy session runs to its end, and a twin taken at the fault's moment
goes on with the fault. The guard's step is a pure function of its state, so the twin is exact, and
half of the work is done once for two runs.
"""

import random
from collections.abc import Callable

from campaign.draws import draw
from campaign.faults import FAULTS, Fault, Struck
from campaign.result import Kind, Result
from campaign.rig import RIG_CYCLE_S, Rig
from campaign.watch import Watch
from hardware.link import Start, Stop

#: After the session's end the pad is watched for so long: heat soaks through, and a fault may still show.
AFTERMATH_S = 75.0
#: In between somebody asks for heat again, and must be refused.
_ASKED_AGAIN_S = 20.0
#: A session that has not ended by now has not ended: one may wait 600 s for its first heat.
_LONGEST_S = 1300.0
#: A fault of the pad that strikes so shortly before the end may go unnoticed: the checks that judge the
#: pad's answer need this long, and with the session's end the heat ends.
_LATE_S = 60.0
#: What may end a healthy session. Its dose may reach the limit: at 42 °C it does in four minutes. One whose
#: pad is warmer than its target from the start waits in vain for its first heat.
_GOOD_ENDS = frozenset(("completed", "dose_exceeded", "stopped"))


#: Each fault, on one thermistor and on all where that is a difference. Runs take them in turn.
CASES: tuple[tuple[Fault, Struck], ...] = tuple(
    (fault, struck) for fault in FAULTS for struck in (("one", "all") if fault.sensors else ("",))
)


def pair(run: int, seed: int) -> tuple[Result, Result]:
    """Return a healthy session and its twin with a fault. ``seed`` and ``run`` make them again."""
    rng = random.Random(f"{seed}/{run}")
    drawn = draw(rng)
    fault, struck = CASES[run % len(CASES)]
    at_s = rng.uniform(0.0, drawn.stop_s or drawn.duration_s)
    value = 0.0 if fault.size is None else fault.size(rng)
    rig = Rig.of(drawn, rng.randrange(2**32))
    rig.start()
    watch = Watch.over(rig)
    twin: Rig | None = None
    while True:
        _cycle(rig, watch)
        if twin is None and rig.first_heat_s is not None and rig.heated_s >= at_s:
            twin, meanwhile = rig.clone(), watch.onwards()
        if drawn.stop_s is not None and rig.heated_s >= drawn.stop_s:
            rig.requests = (*rig.requests, Stop("phone"))
        if _is_over(rig):
            break
    if twin is None:  # its dose ended it before
        twin, meanwhile = rig.clone(), watch.onwards()
    _watch_aftermath(rig, watch)
    healthy = _result(run, seed, rig, watch, "healthy")
    if drawn.sensors == 1 and struck == "one":
        struck = "all"
    return healthy, _strike(run, seed, twin, meanwhile, fault, struck, value)


def _strike(
    run: int, seed: int, rig: Rig, watch: Watch, fault: Fault, struck: Struck, value: float
) -> Result:
    sensors = tuple(range(rig.draw.sensors)) if struck == "all" else (0,)
    struck_s, rig.codes_logged, in_session = rig.now.mono_s, (), rig.on
    if in_session:
        rig.ended_by = ""

    def act() -> None:
        before_s = rig.now.mono_s
        fault.act(rig, sensors, value, before_s - struck_s)
        if rig.now.mono_s > before_s:
            watch.look(rig, rig.now.mono_s - before_s)

    while not _is_over(rig):
        act()
        _cycle(rig, watch)
    _watch_aftermath(rig, watch, act)
    covered = fault.covered(struck, rig.draw.series_switch)
    return _result(run, seed, rig, watch, "fault", fault, struck, value, struck_s, covered, in_session)


def _cycle(rig: Rig, watch: Watch) -> None:
    rig.cycle(RIG_CYCLE_S)
    watch.look(rig, RIG_CYCLE_S)


def _is_over(rig: Rig) -> bool:
    lasted_s = rig.now.mono_s - rig.began_s
    return (lasted_s > 2.0 and not rig.on) or lasted_s > _LONGEST_S


def _watch_aftermath(rig: Rig, watch: Watch, act: Callable[[], None] | None = None) -> None:
    for n in range(round(AFTERMATH_S / RIG_CYCLE_S)):
        if act is not None:
            act()
        if rig.first_heat_s is not None and n == round(_ASKED_AGAIN_S / RIG_CYCLE_S):
            rig.requests = (*rig.requests, Start("again", rig.draw.target_c, rig.draw.duration_s))
        _cycle(rig, watch)


def _result(
    run: int,
    seed: int,
    rig: Rig,
    watch: Watch,
    kind: Kind,
    fault: Fault | None = None,
    struck: Struck = "",
    value: float = 0.0,
    struck_s: float | None = None,
    covered: bool = True,
    in_session: bool = True,
) -> Result:
    latches = rig.state.ledger.latches
    last_s, first_s = rig.last_heat_s, rig.first_heat_s
    off = not rig.on and not rig.pad.energised and (last_s is None or rig.now.mono_s - last_s > 1.0)
    off_s = None
    if struck_s is not None and off:
        off_s = max(0.0, (last_s or 0.0) - struck_s)
    code = latches[0].code if latches else rig.ended_by
    good = not latches and (rig.ended_by in _GOOD_ENDS or rig.first_heat_s is None)
    right = good
    if fault is not None:
        late = (
            struck_s is not None
            and first_s is not None
            and struck_s - first_s > rig.draw.duration_s - _LATE_S
        )
        judged = fault.harmless is not None and (late or fault.harmless(watch))
        right = (good and (judged or not in_session)) or bool(fault.right.intersection(rig.codes_logged))
    return Result(
        run=run,
        seed=seed,
        kind=kind,
        fault="" if fault is None else fault.name,
        struck=struck,
        sensors=rig.draw.sensors,
        bits=rig.draw.bits,
        series_switch=rig.draw.series_switch,
        covered=covered,
        target_c=rig.draw.target_c,
        duration_s=rig.draw.duration_s,
        flux_w_m2=rig.draw.flux_w_m2,
        value=None if fault is None or fault.size is None else value,
        at_s=None if struck_s is None or first_s is None else struck_s - first_s,
        face_peak_c=watch.face_peak_c,
        face_over_46_s=watch.face_over_s,
        basal_peak_c=watch.basal_peak_c,
        basal_cem43=watch.basal_cem43,
        off_s=off_s,
        code=code,
        codes=" ".join(rig.codes_logged),
        right=right,
        off=off,
        false_trip=fault is None and not good,
    )
