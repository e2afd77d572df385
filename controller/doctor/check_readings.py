"""Judges what converter and sensors say, to the doctor or to a guard that runs. Facts to findings, pure."""

from collections.abc import Iterator

from config.settings import Settings
from controller.doctor.facts import Facts
from controller.doctor.finding import Finding, bad, good
from hardware.supply import MOST_OF_RATED
from hardware.wiring.facts import BoardFacts, ReferenceLook, SensorLook

#: A pad that nobody wears and nothing heats has the temperature of a room.
_ROOM_C = (8.0, 38.0)
#: Two thermistors on the same cold pad: their tolerances, two converter steps, and a draught.
_DIFFER_C = 2.0
#: The share of the rated voltage that a supply without load has at least and at most.
_SUPPLY = (0.85, MOST_OF_RATED)
#: A state is told each 30 s at least; an older one says nothing about now.
_FRESH_S = 60.0

_SENSOR_REMEDIES = {
    "sensor_open": "reads open: look for a broken wire, a loose plug, or a series resistor that is not there",
    "sensor_short": "reads shorted: look for wires that touch, or a thermistor of another type than its part",
    "adc_failed": "gives no answer: look at the converter's supply, ground and SPI wires",
}


def check_readings(settings: Settings, facts: Facts, board: BoardFacts) -> Iterator[Finding]:
    """Judge thermistors, reference and supply."""
    adc = settings.hardware.adc
    if facts.files.guard_pid is not None:
        yield from _seen_by_the_guard(facts)
    elif facts.files.hidden:
        yield bad("sensors", "nobody knows whether a guard runs, so the converter is left alone; see files")
    elif board.spi_error is not None:
        yield bad("converter", board.spi_error)
    elif board.asked:
        yield good(
            "converter", f"{adc.chip} on SPI port {adc.spi_port}, device {adc.spi_device} can be asked"
        )
        yield from _sensors(board.sensors)
        if board.reference is not None:
            yield _reference(board.reference)
        if adc.supply_channel is not None:
            yield _supply(settings, board.supply_v)


def _sensors(looks: tuple[SensorLook, ...]) -> Iterator[Finding]:
    low_c, high_c = _ROOM_C
    wrong = []
    for n, look in enumerate(looks, 1):
        where = f"sensor {n} (channel {look.channel})"
        if look.temperature_c is None:
            wrong.append(bad("sensors", f"{where} {_SENSOR_REMEDIES.get(look.fault or '', look.fault)}"))
        elif not low_c <= look.temperature_c <= high_c:
            wrong.append(
                bad(
                    "sensors",
                    f"{where} reads {look.temperature_c:.1f} °C, which no pad at rest has ({low_c:g} to "
                    f"{high_c:g} °C): compare its part and series_ohm with what is built, or let it cool",
                )
            )
    read = [look.temperature_c for look in looks if look.temperature_c is not None]
    if not wrong and max(read) - min(read) > _DIFFER_C:
        said = ", ".join(f"channel {look.channel} {look.temperature_c:.1f} °C" for look in looks)
        wrong.append(
            bad(
                "sensors",
                f"they differ by {max(read) - min(read):.1f} °C ({said}), more than {_DIFFER_C:g}: wait "
                "until the pad has one temperature, then compare part and series_ohm with what is built",
            )
        )
    if not wrong:
        said = ", ".join(f"{reading:.1f} °C" for reading in read)
        wrong.append(good("sensors", f"{said}{' agree' if len(read) > 1 else ''}"))
    yield from wrong


def _seen_by_the_guard(facts: Facts) -> Iterator[Finding]:
    """The converter is the guard's while it runs; what it reads is in the state that the pack tells."""
    broker, state = facts.broker, facts.broker.state
    if state is None or broker.available != "online" or facts.time.now_s - state.ts > _FRESH_S:
        yield bad(
            "sensors",
            "the running guard holds the converter, and no fresh state of the pack is on the broker: "
            "start `heatpack run`, or stop the guard and ask again",
        )
        return
    if state.guard == "lost":
        yield bad("sensors", "the controller has lost the guard: look at `journalctl -u heatpack-guard`")
        return
    found = [sensor for sensor in state.sensors if sensor.fault is not None or sensor.temperature_c is None]
    for n, sensor in enumerate(state.sensors, 1):
        if sensor in found:
            yield bad(
                "sensors",
                f"sensor {n} {_SENSOR_REMEDIES.get(sensor.fault or '', sensor.fault or 'reads nothing')}",
            )
    if not found:
        said = ", ".join(f"{sensor.temperature_c:.1f} °C" for sensor in state.sensors)
        yield good("sensors", f"{said}, read by the running guard")
    if state.fault is not None:
        yield bad(
            "fault", f"{state.fault.code} is latched: {state.fault.message}; mend it, then `heatpack reset`"
        )


def _reference(look: ReferenceLook) -> Finding:
    if look.code is None:
        return bad("reference", f"channel {look.channel} {_SENSOR_REMEDIES['adc_failed']}")
    if look.least <= look.code <= look.most:
        return good("reference", f"channel {look.channel} reads {look.code} ({look.least} to {look.most})")
    return bad(
        "reference",
        f"channel {look.channel} reads {look.code}, expected {look.least} to {look.most}: two equal "
        "resistors of 0.1 % from VREF to ground belong there, and VREF and the dividers share one rail",
    )


def _supply(settings: Settings, volts: float | None) -> Finding:
    pad, channel = settings.pad, settings.hardware.adc.supply_channel
    if volts is None:
        return bad("supply", f"channel {channel} {_SENSOR_REMEDIES['adc_failed']}")
    low_v, high_v = (share * pad.supply_v for share in _SUPPLY)
    if low_v <= volts <= high_v:
        return good("supply", f"{volts:.2f} V at rest")
    return bad(
        "supply",
        f"{volts:.2f} V at rest, expected {low_v:.2f} to {high_v:.2f} V: switch it on, charge it, "
        "or compare supply_divider with the two resistors",
    )
