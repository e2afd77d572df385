"""The guard asks for itself whether this build may heat this pad."""

import os
from dataclasses import replace

import pytest

from hardware import pad_class, process
from hardware.settings import GuardSettings, PadSettings
from hardware.stage import to_json
from tests.support.bench_guard import settings


def build(flux_w_m2: float, sensors: int, cutout: bool) -> GuardSettings:
    return replace(settings(sensors), pad=PadSettings(flux_w_m2 * 0.01, 5.0, 0.01, cutout))


@pytest.mark.parametrize(
    ("flux_w_m2", "sensors", "cutout", "allowed"),
    [
        (300.0, 1, False, True),
        (301.0, 1, True, False),
        (301.0, 2, False, False),
        (301.0, 2, True, True),
        (1000.0, 2, True, True),
        (1001.0, 6, True, False),
        (0.0, 1, True, False),
        (float("nan"), 2, True, False),
        (100.0, 0, True, False),
    ],
)
def test_the_stronger_the_pad_the_more_must_stand_between(
    flux_w_m2: float, sensors: int, cutout: bool, allowed: bool
) -> None:
    assert (pad_class.objection(build(flux_w_m2, sensors, cutout)) is None) is allowed


def test_a_guard_that_was_handed_such_settings_ends_before_it_touches_a_pin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.write(writer, to_json(build(667.0, 1, False)).encode())
    os.close(writer)
    monkeypatch.setattr(process, "run", lambda *_: pytest.fail("it went on"))

    assert process.main(["--settings-fd", str(reader)]) == 2
    said = capsys.readouterr().err
    assert "config_invalid: pad: a pad of 667 W/m² needs two thermistors and a thermal cut-out" in said
