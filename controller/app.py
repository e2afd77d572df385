"""``heatpack run``: builds the controller from the configuration and runs it. A composition root."""

import asyncio
import contextlib
import errno
import logging
import signal
import sys
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from config.limits import SESSION_MIN_S, TARGET_MIN_C
from config.settings import Records, Settings
from controller.battery import BatteryLevels
from controller.control_plan import plan_of
from controller.daemon import Daemon
from controller.device_time import DeviceTime
from controller.heating import Standing
from controller.lock import BusyError, only_controller
from controller.memory import Memory
from controller.mqtt.client import Bridge
from controller.mqtt.commands import CommandGate
from controller.mqtt.discovery import announcement
from controller.mqtt.messages import InfoMessage, PostSessionInfo
from controller.post_session import PostSession
from controller.presence import Presence
from controller.records.entry import Logged
from controller.records.log import Recorder
from controller.records.retention import Retention

_log = logging.getLogger("heatpack.controller")

EXIT_BUSY = 4


def run(settings: Settings, speed: float) -> int:
    """Run the controller until SIGTERM or SIGINT; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        with only_controller(str(settings.paths.state)):
            asyncio.run(_serve(settings, speed))
    except BusyError as error:
        print(f"heatpack run: {error}", file=sys.stderr)
        return EXIT_BUSY
    return 0


def standing(settings: Settings) -> Standing:
    """Return what the settings say about a start."""
    heat, post, limits = settings.heat, settings.post_session, settings.limits.resolved()
    hardware = settings.hardware
    return Standing(
        target_c=heat.target_c,
        duration_s=heat.duration_s,
        post_target_c=heat.target_c if post.target_c is None else post.target_c,
        post_duration_s=heat.duration_s if post.duration_s is None else post.duration_s,
        limits=limits,
        control=plan_of(settings),
        record={
            "pad": settings.pad.model_dump(mode="json"),
            "limits": asdict(limits),
            "control": settings.control.model_dump(mode="json"),
            "hardware": {
                "adc": hardware.adc.chip,
                "sensors": len(hardware.thermistor),
                "series_switch": hardware.enable_pin is not None,
                "deadman": hardware.deadman_pin is not None,
                "reference": hardware.adc.reference_channel is not None,
                "supply": hardware.adc.supply_channel is not None,
            },
        },
        version=release(),
        battery=battery_levels(settings),
    )


def battery_levels(settings: Settings) -> BatteryLevels | None:
    """Return what counts as low and as empty; None where no channel sees the supply."""
    pad = settings.pad
    if settings.hardware.adc.supply_channel is None:
        return None
    return BatteryLevels(pad.supply_v, pad.low_v, pad.empty_v)


def retention(records: Records) -> Retention:
    """Return how long the log keeps what it has."""
    return Retention(records.keep_days, records.keep_samples_days, records.max_mb * 1_000_000)


def release() -> str:
    """Return the installed version."""
    try:
        return version("heatpack")
    except PackageNotFoundError:
        return "unknown"


async def _serve(settings: Settings, speed: float) -> None:
    time = DeviceTime(speed)
    daemon: Daemon | None = None

    def publish(logged: Logged) -> None:
        if daemon is not None:
            daemon.logged(logged)

    recorder = Recorder(
        settings.paths.state / "log.db", now=time.now, on_entry=publish, keep=retention(settings.records)
    )
    rules = standing(settings)
    gate = CommandGate()
    countdown = _countdown(settings)
    memory = Memory(recorder, gate, countdown)
    await recorder.open()
    try:
        daemon = Daemon(
            rules,
            runtime_dir=str(settings.paths.runtime),
            device_id=settings.device.id,
            recorder=recorder,
            gate=gate,
            countdown=countdown,
            time=time,
            presence=Presence(settings.mqtt.require_presence),
        )
        await memory.load()
        trigger = daemon.orders.trigger
        daemon.connect(
            Bridge(
                settings.mqtt,
                settings.device.id,
                trigger_topic=settings.post_session.topic if settings.post_session.enabled else None,
                on_command=daemon.orders.command,
                on_trigger=lambda incoming: trigger(incoming) if memory.admits(incoming) else None,
                info=_info(settings, rules),
                announcement=announcement(settings.device, settings.mqtt, rules.limits, release()),
                on_connection=daemon.connection,
            )
        )
        await _until_signal(daemon, memory)
    finally:
        await recorder.close()


async def _until_signal(daemon: Daemon, memory: Memory) -> None:
    asyncio.get_running_loop().set_exception_handler(_unexpected)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    serving = asyncio.create_task(daemon.run())
    recalling = asyncio.create_task(memory.run())
    waiting = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            await daemon.wind_down()
    finally:
        waiting.cancel()
        recalling.cancel()
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


def _unexpected(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report what went wrong in a callback, except for one thing that is not wrong.

    When a broker vanishes, aiomqtt may still ask to write to the socket that was just closed.
    """
    error = context.get("exception")
    if not (isinstance(error, OSError) and error.errno == errno.EBADF):
        loop.default_exception_handler(context)


def _countdown(settings: Settings) -> PostSession | None:
    post = settings.post_session
    return PostSession(post.stretch_s, post.cancel_window_s) if post.enabled else None


def _info(settings: Settings, rules: Standing) -> InfoMessage:
    hardware, post = settings.hardware, settings.post_session
    parts = {
        "button": hardware.button_pin,
        "series_switch": hardware.enable_pin,
        "deadman": hardware.deadman_pin,
        "led": hardware.led_pin,
    }
    capabilities = ["history", "prepare", *(name for name, pin in parts.items() if pin is not None)]
    if post.enabled:
        capabilities.append("post_session")
    if settings.mqtt.require_presence:
        capabilities.append("require_presence")
    return InfoMessage(
        id=settings.device.id,
        name=settings.device.name,
        versions={"heatpack": release()},
        limits={
            **asdict(rules.limits),
            "target_min_c": TARGET_MIN_C,
            "session_min_s": SESSION_MIN_S,
            "sensors": len(hardware.thermistor),
        },
        defaults={"target_c": settings.heat.target_c, "duration_s": settings.heat.duration_s},
        capabilities=tuple(capabilities),
        post_session=PostSessionInfo(
            topic=post.topic,
            stretch_s=post.stretch_s,
            cancel_window_s=post.cancel_window_s,
            target_c=rules.post_target_c,
            duration_s=rules.post_duration_s,
        )
        if post.enabled
        else None,
    )
