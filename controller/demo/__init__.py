"""``heatpack demo``: one whole heat session on a simulated pad, with real processes and a real broker.

A composition root: it writes the configuration, starts broker, guard and controller, asks for heat
as a phone would, shows what the phone is told, and ends with what the records tell.
"""

import asyncio
import contextlib
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from controller.demo import page, phone_tips, stage, summary
from controller.demo.crew import Crew, DemoError, signals_interrupt
from controller.demo.plan import Plan
from controller.demo.play import Play, linger
from controller.demo.view import new_view

EXIT_TROUBLE = 1
EXIT_BAD_ARGUMENTS = 2
EXIT_INTERRUPTED = 130


def demo(speed: float, minutes: float, fault: str | None, *, phone: bool) -> int:
    """Run the demo.

    Args:
        speed: device seconds per second, > 0.
        minutes: length of the heat phase, 5-10.
        fault: ``NAME@SECONDS`` of ``hardware.fault_names``, or None.
        phone: stay up after the session, until interrupted.

    Returns:
        0 for a completed session, 1 if the guard ended it for another reason or the demo itself
        failed, 2 for bad arguments, 130 if interrupted.
    """
    try:
        plan = Plan.of(speed, minutes, fault)
    except ValueError as error:
        return _complain(str(error), EXIT_BAD_ARGUMENTS)
    if find_spec("iotcore") is None:
        return _complain(
            "the demo's broker, iotcore, is not installed: pip install 'heatpack[demo]', or ./dev demo",
            EXIT_TROUBLE,
        )
    try:
        folder = Path(tempfile.mkdtemp(prefix="heatpack-demo-"))
    except OSError as error:
        return _complain(f"no temporary folder can be made: {error.strerror}", EXIT_TROUBLE)
    with signals_interrupt():
        try:
            return _run(plan, folder, phone)
        except DemoError as error:
            return _complain(str(error), EXIT_TROUBLE)
        except BrokenPipeError:
            raise
        except OSError as error:
            return _complain(f"{error.filename or folder}: {error.strerror}", EXIT_TROUBLE)
        except KeyboardInterrupt:
            print(f"\nInterrupted. The heater is off, all processes have ended.\nRecords: {folder}")
            return EXIT_INTERRUPTED


def _run(plan: Plan, folder: Path, phone: bool) -> int:
    settings, broker = stage.furnish(folder)
    heat = f"{plan.duration_s / 60:g} minutes at {settings.heat.target_c:g} °C"
    print(f"Heatpack demo: {heat} on a simulated pad, {plan.speed:g} times real time.")
    print(f"Starting broker, guard and controller in {folder}", flush=True)
    with contextlib.ExitStack() as stack:
        url = None
        if phone:
            port = stack.enter_context(page.served(stage.LOCALHOST))
            url = stage.page_url(broker, port, settings.device.id)
            print(f"Phone page: {url}", flush=True)
        crew = stack.enter_context(Crew(folder, stage.RUNTIME))
        crew.start("broker", *stage.broker(broker))
        crew.start("guard", *stage.daemon("guard", plan, folder))
        with new_view(sys.stdout) as view:
            track = asyncio.run(Play(plan, settings, crew, view).perform())
        completed = summary.tell(track, settings.paths.state / "log.db", folder)
        if url is not None:
            print(phone_tips.tell(broker, folder, track, url), flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                asyncio.run(linger(settings, crew))
            print("Ended.")
    return 0 if completed else EXIT_TROUBLE


def _complain(sentence: str, code: int) -> int:
    print(f"heatpack demo: {sentence}", file=sys.stderr)
    return code
