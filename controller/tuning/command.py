"""``heatpack tune``: one guarded session, what it shows of the pad, and the table for the configuration.

A composition root. Exit codes: 0 for a model, 1 refused or bad data, 3 no answer from the guard, 130
interrupted. Every other way out is a sentence as well.
"""

import asyncio
import logging
import os
import sys
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TextIO

from config.limits import SESSION_MIN_S, TARGET_MIN_C
from config.settings import Settings
from controller.lock import BusyError, HeldError, only_controller
from controller.terminal.screen import Screen
from controller.tuning import words
from controller.tuning.owner import NoOwnerError, as_controller
from controller.tuning.session import Ending, Outcome, TrialSession
from controller.tuning.trial import Trial
from hardware.link import Status

DONE: Final = 0
REFUSED: Final = 1
NO_ANSWER: Final = 3
INTERRUPTED: Final = 130
#: Device seconds between two lines of progress, where each takes the other's place and where all stay.
LIVE_S, PLAIN_S = 1.0, 15.0
_PID_KEYS = ("kp", "ti_s", "td_s", "derivative_filter_s", "setpoint_weight", "tracking_time_s")
_CODES = {
    Ending.OVER: DONE,
    Ending.REFUSED: REFUSED,
    Ending.CUT_SHORT: REFUSED,
    Ending.NO_GUARD: NO_ANSWER,
    Ending.INTERRUPTED: INTERRUPTED,
}


def tune(
    settings: Settings,
    config: Path,
    *,
    target_c: float | None,
    speed: float,
    write: bool,
    yes: bool,
    out: TextIO | None = None,
    answers: TextIO | None = None,
) -> int:
    """Tune the pack of a configuration; return the exit code.

    Args:
        settings: the configuration.
        config: its file, for ``write``.
        target_c: how far the trial may heat, °C; None: as far as a session.
        speed: device seconds per second, as the guard was started with.
        write: save the model in the file.
        yes: do not ask before the heat.
        out: where it tells; standard output.
        answers: where a person answers; standard input.
    """
    out, answers = out or sys.stdout, answers or sys.stdin
    logging.basicConfig(level=logging.WARNING, format="heatpack tune: %(message)s", stream=sys.stderr)
    target_c = settings.heat.target_c if target_c is None else target_c
    why_not = _unfit(settings, target_c, write) or _unasked(yes, answers)
    if why_not is not None:
        return _complain(why_not, REFUSED)
    trial = Trial(settings.pad.heat_flux_w_m2, target_c)
    try:
        with as_controller(settings.paths.state), only_controller(str(settings.paths.state)):
            print(words.before(target_c, SESSION_MIN_S, settings.limits.resolved()), file=out, flush=True)
            if not yes and not _agreed(out, answers):
                print("Nothing was heated.", file=out)
                return REFUSED
            outcome = _heat(settings, trial, target_c, speed, out)
    except HeldError:
        return _complain(
            "heatpack run is up with this pack; stop it for the tuning: sudo systemctl stop heatpack", REFUSED
        )
    except (BusyError, NoOwnerError) as error:
        return _complain(str(error), REFUSED)
    if outcome.ending is not Ending.OVER:
        return _complain(_hint(outcome), _CODES[outcome.ending])
    if trial.verdict is not None:
        return _complain(f"nothing was learned. {trial.verdict}", REFUSED)
    return _tell(settings, config, trial, outcome.supply, write, out)


def _unfit(settings: Settings, target_c: float, write: bool) -> str | None:
    """Say why there would be no use in heating."""
    most_c = settings.limits.target_max_c
    if not TARGET_MIN_C <= target_c <= most_c:
        return f"target {target_c:g} °C is outside {TARGET_MIN_C:g}–{most_c:g} °C"
    needed = ["numpy", "scipy", *(["tomlkit"] if write else [])]
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        return f"{' and '.join(missing)} must be installed for this: pip install 'heatpack[tune]'"
    return None


def _unasked(yes: bool, answers: TextIO) -> str | None:
    if yes or answers.isatty():
        return None
    return "this heats a pad, and there is no terminal to ask on: give --yes if that is wanted"


def _agreed(out: TextIO, answers: TextIO) -> bool:
    print("Begin? [y/N] ", end="", file=out, flush=True)
    return answers.readline().strip().lower() in ("y", "yes")


def _heat(settings: Settings, trial: Trial, target_c: float, speed: float, out: TextIO) -> Outcome:
    with closing(Screen(out)) as live:
        began_s, due_s = None, 0.0

        def show(status: Status) -> None:
            nonlocal began_s, due_s
            if began_s is None:
                began_s = status.mono_s
            passed_s = status.mono_s - began_s
            if passed_s >= due_s:
                due_s = passed_s + (LIVE_S if live.rewrites else PLAIN_S)
                live.live(words.progress(status, target_c, passed_s))

        session = TrialSession(
            settings, trial, target_c=target_c, duration_s=SESSION_MIN_S, speed=speed, on_status=show
        )
        return asyncio.run(session.run())


def _hint(outcome: Outcome) -> str:
    sentence = outcome.message
    if outcome.ending is Ending.NO_GUARD and outcome.session_id is None:
        sentence += ". Is it up? sudo systemctl start heatpack-guard"
    if outcome.ending is Ending.CUT_SHORT:
        sentence += ". Nothing was learned"
    return sentence


# --- what was found ---------------------------------------------------------------------------------


def _tell(
    settings: Settings, config: Path, trial: Trial, supply: float | None, write: bool, out: TextIO
) -> int:
    print("\nThe heater is off. Working out the model …", file=out, flush=True)
    # Before numpy is loaded: its matrices are small here, and threads would only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from controller.tuning.identify import BadData, identify
    from controller.tuning.report import report

    try:
        found = identify(trial.samples, settings.pad.heat_flux_w_m2, supply)
    except BadData as error:
        return _complain(f"nothing was learned. {error}", REFUSED)
    values, comment = words.rounded(found.model), words.remark(found.rms_c, time.time())
    print("\n".join(report(found, settings.pad.area_m2, out)), file=out)
    print("The session is in the records: heatpack report last", file=out)
    print(f"\n{words.table(values, comment)}", file=out, flush=True)
    if not write:
        print(f"\nNot saved: put it into {config}, or tune again with --write after the rest.", file=out)
        return DONE
    from controller.tuning.saving import SaveError, save

    try:
        save(config, values, comment)
    except SaveError as error:
        return _complain(f"not saved: {error}", REFUSED)
    print(f"\nSaved in {config}; it counts from now on: sudo systemctl start heatpack", file=out)
    kept = [key for key in _PID_KEYS if key in settings.control.model_fields_set]
    if kept:
        print(f"Kept as they were: {', '.join(kept)}. Without them the model chooses.", file=out)
    return DONE


def _complain(sentence: str, code: int) -> int:
    print(f"heatpack tune: {sentence}", file=sys.stderr)
    return code
