"""Press, released, stretch, heat: with the pack's own countdown, and by hand where it has none."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.broker_helpers import Phone
from tests.support.pack import Pack, eventually
from tests.support.phone_site import Mosquitto, Site
from tests.support.thumb import Thumb

Packs = Callable[..., Pack]
Thumbs = Callable[..., Thumb]

#: Long enough to read, at ten times real time.
CALM = {"post_session.stretch_s": 300, "post_session.cancel_window_s": 50}
GUIDED = "Guide me: press, stretch, heat"


def begun(thumb: Thumb) -> None:
    """The guided sequence is open at its first step."""
    thumb.situation("idle")
    thumb.button(GUIDED).tap()
    thumb.sees("#guide-title", "Press gently")
    expect(thumb.find("#guide-title")).to_be_focused()
    thumb.sees_nothing_of("#start")


def test_release_and_stretch_lead_to_heat(site: Site, new_pack: Packs, new_thumb: Thumbs) -> None:
    pack, thumb = new_pack(site, changes=CALM), new_thumb(site)
    begun(thumb)
    thumb.sees("#guide-words", "only as hard as stays free of pain")
    thumb.button("It has let go").tap()
    thumb.sees("#guide-title", "Stretch slowly")
    thumb.sees("#guide-words", "while you breathe out")
    thumb.sees("#guide-words", "Then comes 5 minutes at 40.0 °C.")
    thumb.sees("#count", "until heat")
    thumb.button("I have stretched").tap()
    thumb.sees("#guide-title", "Heat is coming")
    expect(thumb.button("Cancel")).to_be_visible()
    thumb.situation("warming")
    pack.until_heating()
    thumb.sees_nothing_of("#guide")
    thumb.sees("#phase-words", "Started after release and stretch.")
    assert pack.sessions()[0]["origin"] == "post_session"


@pytest.mark.parametrize("how", ["Cancel", "Stop"])
def test_a_countdown_ends_with_one_tap(
    how: str, mosquitto: Mosquitto, new_pack: Packs, new_thumb: Thumbs
) -> None:
    pack, thumb = new_pack(mosquitto, changes=CALM), new_thumb(mosquitto)
    begun(thumb)
    thumb.button("It has let go").tap()
    thumb.sees("#guide-title", "Stretch slowly")
    thumb.button(how).tap()
    thumb.situation("idle")
    thumb.sees("#stop-words", "The heater is off.")
    eventually(lambda: len(pack.entries("post_session")) >= 2, "release and cancel are on record")
    assert pack.sessions() == []
    if how == "Cancel":  # the release cannot come late either: its id is used up
        assert {entry["code"] for entry in pack.entries("post_session")} >= {"counting", "cancelled"}


def test_a_cancel_that_is_not_delivered_says_so(
    mosquitto: Mosquitto, new_pack: Packs, new_thumb: Thumbs
) -> None:
    pack, thumb = new_pack(mosquitto, changes={**CALM, "post_session.stretch_s": 600}), new_thumb(mosquitto)
    begun(thumb)
    thumb.button("It has let go").tap()
    thumb.sees("#guide-title", "Stretch slowly")
    mosquitto.kill()
    thumb.sees("#alerts", "Connection lost. The countdown goes on in the pack.")
    thumb.button("Cancel").tap()
    thumb.sees("#guide-title", "Cancelling")
    thumb.sees("#stop-words", "Stop not delivered.")
    mosquitto.start()
    thumb.situation("idle")
    thumb.sees("#stop-words", "The heater is off.")
    assert pack.sessions() == []


def test_a_countdown_that_another_device_began_can_be_cancelled_here(
    mosquitto: Mosquitto, new_pack: Packs, new_thumb: Thumbs
) -> None:
    pack, thumb = new_pack(mosquitto, changes=CALM), new_thumb(mosquitto)
    thumb.situation("idle")
    with Phone(mosquitto) as other:
        other.publishes("trigger-point/neck/session", {"event": "released", "session_id": "41"})
    thumb.sees("#guide-title", "Stretch slowly")
    thumb.button("Cancel").tap()
    thumb.situation("idle")
    assert pack.sessions() == []


def test_without_a_countdown_in_the_pack_heat_takes_a_tap_of_its_own(
    mosquitto: Mosquitto, new_pack: Packs, new_thumb: Thumbs
) -> None:
    pack, thumb = new_pack(mosquitto, changes={"post_session.enabled": False}), new_thumb(mosquitto)
    begun(thumb)
    thumb.button("It has let go").tap()
    thumb.sees("#guide-title", "Stretch slowly")
    thumb.button("I have stretched").tap()
    thumb.sees("#guide-words", "It starts when you say so.")
    assert pack.sessions() == []
    thumb.button("Start 5 minutes at 40.0 °C").tap()
    thumb.situation("warming")
    pack.until_heating()
    eventually(lambda: any("start" in entry["data"] for entry in pack.entries("command")), "it is on record")
    [command] = [json.loads(entry["data"]) for entry in pack.entries("command") if "start" in entry["data"]]
    assert command["accepted"]
    assert command["id"]
