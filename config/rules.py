"""Rules that hold between settings. Each yields the problems it finds, with the key to correct.

Rules see valid settings only: the ranges of single values are with the models.
"""

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from config.limits import (
    FLUX_MAX_W_M2,
    FLUX_ONE_THERMISTOR_W_M2,
    INHIBIT_HYSTERESIS_C,
    SESSION_MIN_S,
    TARGET_MIN_C,
)
from config.problems import Problem, Where
from config.topics import overlap

if TYPE_CHECKING:
    from config.sections.hardware import Adc, Hardware, Pad
    from config.sections.heat import Control, Heat, LimitsSettings, PostSession
    from config.sections.service import Device, Mqtt

#: With ``spidev`` loaded, the kernel holds both chip selects of SPI0 and its three lines.
SPI0_PINS: Final = frozenset(range(7, 12))

#: GPIO 0-8 are pulled up from power-on until the guard runs; 14 and 15 may carry the serial console.
RISES_AT_BOOT: Final = frozenset((*range(9), 14, 15))


LOCAL_HOSTS: Final = frozenset(("localhost", "127.0.0.1", "::1"))


def heat_flux(pad: "Pad", hardware: "Hardware") -> Iterator[Problem]:
    """The stronger the pad, the more must stand between a fault and the skin."""
    flux = pad.heat_flux_w_m2
    pad_words = f"{pad.power_w:g} W on {pad.area_cm2:g} cm² is a heat flux of {flux:.0f} W/m²"
    if flux > FLUX_MAX_W_M2:
        least_cm2 = pad.power_w / FLUX_MAX_W_M2 * 1e4
        yield Problem(
            ("pad", "power_w"),
            f"{pad_words}; at most {FLUX_MAX_W_M2:g} is allowed: "
            f"use {FLUX_MAX_W_M2 * pad.area_m2:.3g} W or less, or at least {least_cm2:.4g} cm²",
        )
    elif flux > FLUX_ONE_THERMISTOR_W_M2:
        above = f"{pad_words}; above {FLUX_ONE_THERMISTOR_W_M2:g} W/m²"
        if len(hardware.thermistor) < 2:
            yield Problem(
                ("hardware", "thermistor"), f"{above} two thermistors are required, 1 is configured"
            )
        if not pad.thermal_cutout:
            yield Problem(
                ("pad", "thermal_cutout"),
                f"{above} a thermal cut-out (50 °C, normally closed, in the heater's supply) is required; "
                "build one in, then set true",
            )


def heat_within_limits(heat: "Heat", limits: "LimitsSettings") -> Iterator[Problem]:
    """A session that starts with the defaults must not be refused by the limits."""
    yield from _session("heat", heat.target_c, heat.duration_s, limits)


def post_session_within_limits(post_session: "PostSession", limits: "LimitsSettings") -> Iterator[Problem]:
    """The same for the automatic session, where it has values of its own."""
    yield from _session("post_session", post_session.target_c, post_session.duration_s, limits)


def _session(
    section: str, target_c: float | None, duration_s: float | None, limits: "LimitsSettings"
) -> Iterator[Problem]:
    if target_c is not None and target_c > limits.target_max_c:
        yield Problem(
            (section, "target_c"),
            f"{target_c:g} is above limits.target_max_c, {limits.target_max_c:g}; "
            f"use {TARGET_MIN_C:g} to {limits.target_max_c:g} °C",
        )
    for key in ("session_max_s", "day_heated_s"):
        most_s = getattr(limits, key)
        if duration_s is not None and duration_s > most_s:
            yield Problem(
                (section, "duration_s"),
                f"{duration_s:g} is above limits.{key}, {most_s:g}; use {SESSION_MIN_S:g} to {most_s:g} s",
            )


def triggers_come_from_others(
    post_session: "PostSession", mqtt: "Mqtt", device: "Device"
) -> Iterator[Problem]:
    """What the pack says or hears otherwise must not reach it as a trigger: it would answer itself."""
    if not post_session.enabled:
        return
    own = [f"{mqtt.base_topic}/{device.id}/#"]
    if mqtt.discovery:
        own += [f"{mqtt.discovery_prefix}/device/{device.id}/config", f"{mqtt.discovery_prefix}/status"]
    for topic in own:
        if overlap(post_session.topic, topic):
            yield Problem(
                ("post_session", "topic"),
                f'"{post_session.topic}" also matches {topic}, which is not of the trigger-point device; '
                'name the first level, as in "trigger-point/+/session"',
            )
            return


def limits_in_order(limits: "LimitsSettings") -> Iterator[Problem]:
    """Target, inhibit, cutoff and instant cutoff must be reached in this order."""
    ladder = ("target_max_c", "inhibit_c", "cutoff_c", "cutoff_instant_c")
    gaps = (INHIBIT_HYSTERESIS_C, 0.0, 0.0)
    for (lower, upper), gap in zip(itertools.pairwise(ladder), gaps, strict=True):
        low, high = getattr(limits, lower), getattr(limits, upper)
        if high <= low or high < low + gap:
            words = f"at least {gap:g} °C above" if gap else "above"
            yield Problem(
                (upper,), f"{high:g} must be {words} limits.{lower}, {low:g}; lower limits.{lower} as well"
            )


MODEL_KEYS: Final = (
    "heater_j_m2k",
    "face_j_m2k",
    "heater_face_m2k_w",
    "sensor_tau_s",
    "sensor_heater_share",
)


def model_is_whole(control: "Control") -> Iterator[Problem]:
    """Half of a measured pad and half of a typical one is no pad."""
    absent = [key for key in MODEL_KEYS if getattr(control, key) is None]
    if 0 < len(absent) < len(MODEL_KEYS):
        yield Problem(
            (absent[0],),
            f"missing; {', '.join(MODEL_KEYS)} come together: `heatpack tune` prints all of them",
        )


def battery_in_order(pad: "Pad") -> Iterator[Problem]:
    """A battery is low before it is empty, and not yet at the rated voltage."""
    if pad.low_v >= pad.supply_v:
        yield Problem(("battery_low_v",), f"{pad.low_v:g} must be below supply_v, {pad.supply_v:g}")
    if pad.empty_v >= pad.low_v:
        set_v = "battery_low_v" if pad.battery_empty_v is None else "battery_empty_v"
        yield Problem(
            (set_v,), f"the battery would be empty at {pad.empty_v:g} V, before it is low at {pad.low_v:g} V"
        )


def battery_is_seen(pad: "Pad", hardware: "Hardware") -> Iterator[Problem]:
    """A voltage that nothing measures is no level."""
    for key in ("battery_low_v", "battery_empty_v"):
        if getattr(pad, key) is not None and hardware.adc.supply_channel is None:
            yield Problem(("pad", key), "needs hardware.adc.supply_channel, which sees the pad's supply")


def supply_is_complete(adc: "Adc") -> Iterator[Problem]:
    """A channel means nothing without its divider, nor a divider without its channel."""
    if adc.supply_channel is not None and adc.supply_divider is None:
        yield Problem(
            ("supply_divider",),
            "missing; supply_channel needs it: the pad's supply in V for each V at the channel, 1 to 20",
        )
    if adc.supply_divider is not None and adc.supply_channel is None:
        yield Problem(("supply_channel",), "missing; supply_divider needs it: the channel, 0 to 7")


def pins_are_free(hardware: "Hardware") -> Iterator[Problem]:
    """Each pin has one task, is not the converter's, and cannot heat before the guard runs."""
    keys = ("heater_pin", "enable_pin", "deadman_pin", "button_pin", "led_pin")
    used = {key: pin for key in keys if (pin := getattr(hardware, key)) is not None}
    first: dict[int, str] = {}
    for key, pin in used.items():
        if pin in SPI0_PINS:
            yield Problem(
                (key,), f"GPIO {pin} is in use by the converter's SPI bus (7 to 11); use another pin"
            )
        elif key in ("heater_pin", "enable_pin") and pin in RISES_AT_BOOT:
            yield Problem(
                (key,),
                f"GPIO {pin} can go high before the guard runs and switch the heater on; "
                "use 12, 13 or 16 to 27, which are pulled down from power-on",
            )
        if pin in first:
            yield Problem((key,), f"GPIO {pin} is also {first[pin]}; every pin has one task")
        first.setdefault(pin, key)


def button_is_there(hardware: "Hardware") -> Iterator[Problem]:
    """A reset that needs a button which is not there could never be given."""
    if hardware.reset_needs_button and hardware.button_pin is None:
        yield Problem(("button_pin",), "missing; reset_needs_button = true needs it: a pin from 0 to 27")


def presence_can_be_shown(mqtt: "Mqtt", hardware: "Hardware") -> Iterator[Problem]:
    """Who must press a button to be believed needs one."""
    if mqtt.require_presence and hardware.button_pin is None:
        yield Problem(
            ("hardware", "button_pin"), "missing; mqtt.require_presence = true needs it: a pin from 0 to 27"
        )


def channels_are_distinct(hardware: "Hardware") -> Iterator[Problem]:
    """Two thermistors on one channel would be one thermistor that always agrees with itself."""
    adc = hardware.adc
    taken: list[tuple[Where, int | None]] = [
        *((("thermistor", n, "channel"), each.channel) for n, each in enumerate(hardware.thermistor)),
        (("adc", "reference_channel"), adc.reference_channel),
        (("adc", "supply_channel"), adc.supply_channel),
    ]
    seen: set[int] = set()
    for where, channel in taken:
        if channel is None:
            continue
        if channel in seen:
            yield Problem(where, f"channel {channel} is used twice; every channel has one task")
        seen.add(channel)


def secrets_are_safe(mqtt: "Mqtt") -> Iterator[Problem]:
    """No password in the clear on the network, and no half of a pair."""
    if mqtt.password_file is not None and mqtt.username is None:
        yield Problem(("username",), "missing; password_file needs it")
    exposed = not mqtt.tls and mqtt.host not in LOCAL_HOSTS
    if mqtt.password_file is not None and exposed and not mqtt.allow_plaintext:
        yield Problem(
            ("password_file",),
            f"the password would cross the network to {mqtt.host} in the clear; "
            "set tls = true, or allow_plaintext = true to accept it",
        )
    for key in ("ca_file", "cert_file", "key_file"):
        if getattr(mqtt, key) is not None and not mqtt.tls:
            yield Problem((key,), "is used with tls = true only; set it, or remove this key")
    if (mqtt.cert_file is None) != (mqtt.key_file is None):
        absent = "cert_file" if mqtt.cert_file is None else "key_file"
        yield Problem((absent,), "missing; cert_file and key_file come together")
