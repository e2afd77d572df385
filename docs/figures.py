"""Published figures as cells of tables: what a campaign or a measurement wrote with ``--json``."""

import json
from pathlib import Path

#: For each row's name, what stands under which heading.
Cells = dict[str, dict[str, str]]

_FOLDER = Path(__file__).parent


def campaign(part: str) -> Cells:
    """The published figures of the fault campaign, as ``./dev campaign --json`` wrote them."""
    found = _stored("campaign/figures.json")
    if part == "counts":
        return {f"`campaign.{key}`": {"runs": f"{found[f'campaign.{key}']:,}"} for key in _COUNTS}
    start, end = f"campaign.{part}.", ".runs"
    names = [key[len(start) : -len(end)] for key in found if key.startswith(start) and key.endswith(end)]
    return {_row_name(name): _row_cells(found, start + name) for name in names}


#: The counts that docs/safety.md publishes.
_COUNTS = (
    "healthy_runs",
    "false_trips",
    "fault_runs",
    "face_over_46c_2s",
    "basal_over_45c",
    "cem43_over_9",
    "wrong_code",
    "not_off",
)


def _row_name(name: str) -> str:
    fault, _, struck = name.partition(".")
    return f"`{fault}`" + (f", {struck}" if struck else "")


def _row_cells(found: dict[str, float], row: str) -> dict[str, str]:
    def spread(measure: str, digits: int) -> str:
        values = [found.get(f"{row}.{measure}.{which}") for which in ("p50", "p99", "max")]
        return " / ".join("–" if value is None else f"{value:.{digits}f}" for value in values)

    return {
        "runs": f"{found[f'{row}.runs']:,}",
        "face, °C": spread("face_peak_c", 1),
        "basal, °C": spread("basal_peak_c", 1),
        "CEM43": spread("basal_cem43", 2),
        "off after, s": spread("off_s", 1),
        "wrong code": f"{found[f'{row}.wrong_code']:,}",
    }


def storage(part: str) -> Cells:
    """The published figures of the storage campaign, as ``./dev campaign storage --json`` wrote them."""
    found = _stored("campaign/storage.json")
    if part == "pages":
        return {f"`{key}`": {"pages": f"{found[f'storage.pages.{key}']:,}"} for key in _OUTCOMES}
    return {
        f"`{name}`": {column: f"{found[f'storage.{name}.{key}']:,}" for column, key in _ACCIDENTS.items()}
        for name in ("cuts", "kills")
    }


_ACCIDENTS = {
    "how often": "runs",
    "entries lost": "lost",
    "sessions without an end": "unfinished",
    "chain broken": "unverified",
    "log set aside": "set_aside",
}
_OUTCOMES = ("set_aside", "named", "harmless", "open", "unnoticed", "stuck", "deleted")


def margins(part: str) -> Cells:
    """The published margins of the hold loop, as ``./dev bench margins --json`` wrote them."""
    found = _stored("control/margins.json")
    if part == "counts":
        keys = ("runs", "saturated", "tuned.unstable", "mistuned.unstable", "untuned.unstable")
        return {f"`margins.{key}`": {"pairs": f"{found[f'margins.{key}']:,}"} for key in keys}
    return {
        f"`{measure}`": {
            column: f"{found[f'margins.{part}.{measure}.{key}']:.{digits}f}"
            for column, key in _PERCENTILES.items()
        }
        for measure, digits in _MARGINS.items()
    }


_MARGINS = {"gain": 2, "phase_deg": 0, "delay_s": 1, "sensitivity": 2}
_PERCENTILES = {"nominal": "nominal", "worst": "worst", "1 in 100": "p1", "1 in 20": "p5", "median": "p50"}


def contest(part: str) -> Cells:
    """The published figures of ``./dev bench control --json``; a dash for what was not measured.

    ``part`` is what keys have at their end, such as ``.12bit_42c``: nothing for 10 bits and 40 °C.
    """
    found = _stored("control/figures.json")

    def cell(key: str, digits: int) -> str:
        value = found.get(f"control.{key}{part}")
        return "–" if value is None else f"{value:,.{digits}f}"

    return {
        f"`{law}`": {column: cell(f"{law}.{key}", digits) for column, (key, digits) in _CONTEST.items()}
        for law in _LAWS
    }


_LAWS = (
    "tuned",
    "untuned",
    "klipper",
    "marlin_pid",
    "marlin_mpc",
    "esphome",
    "kiln",
    "pifire",
    "home_assistant",
    "simple_pid",
)
_CONTEST = {
    "settling, median": ("settle_ratio_p50", 2),
    "settling, p95": ("settle_ratio_p95", 2),
    "overshoot p95, °C": ("overshoot_p95_c", 2),
    "most, °C": ("overshoot_max_c", 2),
    "hold RMS p95, °C": ("hold_rms_p95_c", 3),
    "basal peak, °C": ("basal_max_c", 1),
}


def contest_counts(_: str) -> Cells:
    """How many devices and wearers there were in the contest."""
    found = _stored("control/figures.json")
    return {
        f"`{key}`": {"pairs": f"{found[key]:,}" if key in found else "–"}
        for key in ("control.runs", "control.unreachable")
    }


def lab(part: str) -> Cells:
    """The published figures of ``./dev lab --json``: of the strikes, or of the scenarios."""
    found: dict[str, float | str] = json.loads((_FOLDER / "lab/figures.json").read_text(encoding="utf-8"))
    end = ".strikes" if part == "strikes" else ".as_wanted"
    rows = [key[: -len(end)] for key in found if key.endswith(end)]
    cells = _lab_strikes if part == "strikes" else _lab_scenario
    return {f"`{row.removeprefix('lab.')}`": cells(found, row) for row in rows}


def _lab_strikes(found: dict[str, float | str], row: str) -> dict[str, str]:
    def seconds(name: str) -> str:
        values = [found.get(f"{row}.{name}_{which}_s") for which in ("p50", "max")]
        return " / ".join("–" if value is None else f"{value:.3f}" for value in values)

    return {
        "strikes": f"{found[f'{row}.strikes']}",
        "line low after, s": seconds("low"),
        "after the death, s": seconds("low_after_death"),
        "dead-man's last edge, s": seconds("toggle"),
        "heats again": f"{found[f'{row}.heats']}",
        "systemd says": f"{found[f'{row}.result']}",
    }


def _lab_scenario(found: dict[str, float | str], row: str) -> dict[str, str]:
    low_s = found.get(f"{row}.low_s")
    return {
        "line low after, s": "–" if low_s is None else f"{low_s:.3f}",
        "heats again": f"{found[f'{row}.heats']}",
        "then": f"{found[f'{row}.said']}",
    }


def _stored(file: str) -> dict[str, float]:
    found: dict[str, float] = json.loads((_FOLDER / file).read_text(encoding="utf-8"))
    return found


def contest_worn(part: str) -> Cells:
    """The published figures of the law alone and of the pack behind its guard."""
    found = _stored("control/figures.json")

    def cell(key: str, digits: int) -> str:
        value = found.get(f"control.{key}")
        return "–" if value is None else f"{value:,.{digits}f}"

    return {
        f"`{law}`": {column: cell(f"{law}.{key}", digits) for column, (key, digits) in _WORN.items()}
        for law in ("guarded",)
    }


_WORN = {
    "arrival, median": ("arrive_ratio_p50", 2),
    "arrival, p95": ("arrive_ratio_p95", 2),
    "overshoot p95, °C": ("overshoot_p95_c", 2),
    "most, °C": ("overshoot_max_c", 2),
    "hold RMS p95, °C": ("hold_rms_p95_c", 2),
}


def contest_disturbed(part: str) -> Cells:
    """The published overshoot of this project's laws when something happens to the pad."""
    found = _stored("control/figures.json")

    def cell(law: str, scene: str, which: str) -> str:
        value = found.get(f"control.{law}.{scene}.overshoot_{which}_c")
        return "–" if value is None else f"{value:.2f}"

    return {
        f"`{scene}`": {
            f"{law}, {title}": cell(law, scene, which)
            for law in ("tuned", "untuned")
            for title, which in (("p95", "p95"), ("most", "max"))
        }
        for scene in ("lifted", "covered", "sagging", "warmer")
    }
