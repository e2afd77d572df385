"""The faults that can be tried, by the name of the check that must notice them.

Pure words: the simulator acts on the pad, ``heatpack demo`` on the processes, and both list these.
"""

from collections.abc import Mapping

ON_THE_PAD: Mapping[str, str] = {
    "sensor_open": "a sensor's wire breaks: its channel reads full scale, as if ice cold",
    "sensor_short": "a sensor's wires touch: its channel reads zero, as if burning",
    "sensor_jump": "a sensor reads far too low from one moment to the next",
    "sensor_frozen": "every sensor goes on reading what it read",
    "sensor_disagree": "a sensor drifts away from the other one (needs two sensors)",
    "heating_failed": "the heater's wire breaks: no heat, whatever the pin says",
    "thermal_runaway": "more power goes into the pad, whatever the loop asks for",
    "heater_stuck_on": "the MOSFET is shorted: it heats with its pin low; only the series switch cuts it",
    "over_temperature": "a hot-water bottle heats the pad",
    "dose_exceeded": "another heat source holds the pad just below the inhibit",
}
ON_THE_PROCESSES: Mapping[str, str] = {
    "controller_lost": "the controller is killed, and started again",
    "guard_overrun": "the guard hangs for three seconds of real time",
}


def split(text: str) -> tuple[str, float]:
    """Return name and seconds of ``NAME@SECONDS``, whether there is such a fault or not.

    Raises:
        ValueError: with a sentence that says what is expected.
    """
    name, at, seconds = text.strip().partition("@")
    if not at:
        raise ValueError(f"fault: expected NAME@SECONDS such as sensor_open@120, not {text!r}")
    try:
        return name, float(seconds)
    except ValueError:
        raise ValueError(f"fault: {seconds!r} is not a number of seconds (NAME@SECONDS)") from None
