"""Looks, sizes, keyboard, screen reader, first visit, password: the page in each of its states."""

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from controller.demo import page
from tests.support.pack import Pack, eventually
from tests.support.phone_site import Mosquitto
from tests.support.thumb import Thumb

Packs = Callable[..., Pack]
Thumbs = Callable[..., Thumb]

WIDTHS = {320: 640, 412: 915}
CALM = {"post_session.stretch_s": 600, "post_session.cancel_window_s": 120}


def fits_everybody(thumb: Thumb, state: str) -> None:
    """Take a picture of each size and scheme; nothing sticks out, and axe-core finds no barrier."""
    found = []
    for width, height in WIDTHS.items():
        thumb.page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            thumb.page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
            thumb.looks(f"{state}-{width}-{scheme}")
            if width == min(WIDTHS):
                found += thumb.barriers()
        assert thumb.overflow() <= 0, f"{state} is wider than {width} px"
        in_reach = thumb.button("Stop").bounding_box()
        assert in_reach is not None
        assert in_reach["y"] + in_reach["height"] <= height
        assert in_reach["height"] >= 60
    assert found == []


def test_each_state_fits_every_phone_and_person(
    mosquitto: Mosquitto, new_pack: Packs, new_thumb: Thumbs
) -> None:
    """From the first look over the guided sequence to the rest, and without the pack's guard."""
    changes = {**CALM, "heat.duration_s": 600}
    pack, thumb = new_pack(mosquitto, changes=changes), new_thumb(mosquitto, reduced_motion="reduce")
    thumb.situation("idle")
    fits_everybody(thumb, "idle")
    thumb.find("#open-guide").tap()
    thumb.sees("#guide-title", "Press gently")
    fits_everybody(thumb, "guided-press")
    thumb.find("#guide-next").tap()
    thumb.sees("#guide-title", "Stretch slowly")
    fits_everybody(thumb, "guided-stretch")
    thumb.find("#guide-cancel").tap()
    thumb.situation("idle")
    thumb.page.get_by_label("Shoulder").tap()
    thumb.starts()
    expect(thumb.find("#chart canvas")).to_be_visible()
    thumb.sees_nothing_of("#stop-words")  # the cancel of a moment ago said that the heater is off
    fits_everybody(thumb, "warming")
    thumb.situation("holding")
    fits_everybody(thumb, "holding")
    thumb.stops()
    thumb.situation("resting")
    thumb.sees("#sessions", "stopped")
    fits_everybody(thumb, "resting")
    pack.end(pack.guard)
    thumb.situation("guard_lost")
    fits_everybody(thumb, "guard-lost")


def test_a_lost_connection_and_a_fault_fit_them_too(
    mosquitto: Mosquitto, new_pack: Packs, new_thumb: Thumbs
) -> None:
    pack = new_pack(mosquitto, inject="sensor_open@30")
    thumb = new_thumb(mosquitto, reduced_motion="reduce")
    thumb.starts()
    expect(thumb.find("#chart canvas")).to_be_visible()
    mosquitto.kill()
    thumb.sees("#alerts", "Connection lost")
    thumb.stops()
    thumb.sees("#stop-words", "Stop not delivered.")
    fits_everybody(thumb, "offline")
    eventually(lambda: pack.entries("fault") != [], "the fault has struck meanwhile")
    mosquitto.start()
    thumb.situation("fault")
    fits_everybody(thumb, "fault")


def test_the_first_heat_waits_until_the_warnings_are_read(
    mosquitto: Mosquitto, new_pack: Packs, new_thumb: Thumbs
) -> None:
    pack, thumb = new_pack(mosquitto, speed=2), new_thumb(mosquitto, read_warnings=False)
    thumb.starts()
    for words in ("diabetes", "bleeding disorder", "never under a tight belt", "Ask a doctor first"):
        thumb.sees("#warnings", words)
    assert thumb.barriers() == []
    thumb.looks("warnings-412-light")
    thumb.button("Close").tap()
    thumb.starts()  # not yet: they were only closed
    thumb.button("I have read and understood this").tap()
    thumb.sees_nothing_of("#warnings")
    assert pack.sessions() == []
    thumb.starts()
    thumb.situation("warming")
    thumb.page.reload()
    thumb.situation("warming")
    thumb.button("Who should not use it").tap()
    thumb.sees("#warnings", "Never while asleep")
    thumb.sees_nothing_of("#understood")


def test_it_works_by_keyboard_alone(mosquitto: Mosquitto, new_pack: Packs, new_thumb: Thumbs) -> None:
    pack, thumb = new_pack(mosquitto, speed=4), new_thumb(mosquitto)
    expect(thumb.find("#go")).to_be_enabled()
    press = thumb.page.keyboard.press

    def tab_to(selector: str) -> None:
        for _ in range(30):
            press("Tab")
            if thumb.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"the keyboard does not get to {selector}")

    tab_to("#target")
    press("ArrowLeft")
    thumb.sees("#target-is", "39.5 °C")
    tab_to("#minutes")
    press("ArrowRight")
    thumb.sees("#minutes-is", "6 minutes")
    tab_to("#areas input")
    press("ArrowRight")
    tab_to("#go")
    press("Enter")
    thumb.situation("warming")
    expect(thumb.find("#phase")).to_be_focused()  # the button has gone; one is not left in the void
    pack.until_heating()
    tab_to("#stop")
    press("Enter")
    pack.until_cold()
    thumb.sees("#stop-words", "Stopped, the heater is off.")
    expect(thumb.button("Stop")).to_be_focused()
    assert pack.sessions()[0]["target_c"] == 39.5


def test_a_broker_with_a_password_asks_for_it(
    tmp_path_factory: pytest.TempPathFactory, new_pack: Packs, new_thumb: Thumbs
) -> None:
    folder = tmp_path_factory.mktemp("locked")
    (folder / "password").write_text("sesame")
    (folder / "password").chmod(0o600)
    with Mosquitto(folder, login=("family", "sesame")) as locked:
        new_pack(
            locked,
            changes={"mqtt.username": "family", "mqtt.password_file": str(folder / "password")},
        )
        thumb = new_thumb(locked)
        thumb.sees("#broker-words", "The broker does not accept this user name and password.")
        assert thumb.barriers() == []
        thumb.looks("connection-412-light")
        thumb.page.get_by_label("User name").fill("family")
        thumb.page.get_by_label("Password").fill("sesame")
        thumb.button("Connect").tap()
        thumb.situation("idle")
        kept = thumb.page.evaluate("JSON.stringify({...localStorage})")
        assert "sesame" not in kept
        thumb.page.reload()
        thumb.situation("idle")


def test_the_page_is_light() -> None:
    files = [path for path in page.PAGE.rglob("*") if path.suffix in {".html", ".css", ".js", ".webmanifest"}]
    weight = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in files}
    icon = (page.PAGE / "icon-192.png").stat().st_size
    assert len(files) >= 15
    assert sum(weight.values()) + icon <= 180_000, weight
