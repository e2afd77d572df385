"""Start, stop, refusals, a fault and a broker that goes away: the page against both brokers."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.pack import Pack, eventually
from tests.support.phone_site import Mosquitto, Site
from tests.support.thumb import Thumb

Packs = Callable[..., Pack]
Thumbs = Callable[..., Thumb]


def test_a_tap_starts_heat_and_a_tap_stops_it(site: Site, new_pack: Packs, new_thumb: Thumbs) -> None:
    pack, thumb = new_pack(site, speed=4), new_thumb(site)
    thumb.sees("#name", "Heat pad")
    thumb.find("#target").fill("39.5")
    thumb.find("#minutes").fill("7")
    thumb.page.get_by_label("Lower back").tap()
    expect(thumb.button("Start 7 minutes at 39.5 °C")).to_be_visible()
    thumb.starts()
    thumb.situation("warming")
    pack.until_heating()
    thumb.sees("#phase-words", "Lower back, started from a phone.")
    thumb.sees("#small", "left")
    expect(thumb.find("#chart canvas")).to_be_visible()
    thumb.sees_nothing_of("#start")
    thumb.stops()
    pack.until_cold()
    thumb.sees("#stop-words", "Stopped, the heater is off.")
    [session] = pack.sessions()
    assert (session["target_c"], session["duration_s"], session["area"]) == (39.5, 420.0, "lower back")
    thumb.situation("resting")
    thumb.sees("#small", "until")


def test_a_refused_start_says_why(site: Site, new_pack: Packs, new_thumb: Thumbs) -> None:
    """This phone's clock is a minute late, so its taps look old."""
    pack, thumb = new_pack(site), new_thumb(site)
    expect(thumb.find("#go")).to_be_enabled()
    thumb.page.evaluate("{ const now = Date.now; Date.now = () => now() - 60_000; }")
    thumb.starts()
    words = r"Not started\. This start is 6\d s old, at most 10 s is allowed: send anew\."
    expect(thumb.find("#answer")).to_contain_text(re.compile(words))
    assert pack.sessions() == []
    expect(thumb.find("#go")).to_be_enabled()


def test_a_fault_is_told_and_reset_when_its_cause_is_gone(
    site: Site, new_pack: Packs, new_thumb: Thumbs
) -> None:
    pack, thumb = new_pack(site, inject="sensor_open@20"), new_thumb(site)
    thumb.starts()
    thumb.situation("fault")
    pack.until_cold()
    thumb.sees("#phase", "Locked")
    thumb.sees("#phase-words", "It can be reset when the cause is gone")
    thumb.sees_nothing_of("#reset")
    thumb.sees_nothing_of("#start")
    pack.end(pack.guard)
    pack.start_guard()  # somebody has mended the wire
    thumb.situation("fault")
    thumb.button("Reset").tap()
    expect(thumb.find("body")).not_to_have_attribute("data-situation", "fault")
    eventually(lambda: len(pack.entries("fault_cleared")) == 1, "the reset is on record")


def test_a_stop_is_not_delivered_until_it_is_answered(site: Site, new_pack: Packs, new_thumb: Thumbs) -> None:
    pack, thumb = new_pack(site, speed=4), new_thumb(site)
    thumb.starts()
    thumb.situation("warming")
    site.kill()
    thumb.sees("#alerts", "Connection lost. To stop the pad, press the button on the pack or take it off.")
    thumb.sees("#link-words", "Not connected")
    thumb.stops()
    thumb.sees("#stop-words", "Stop not delivered.")
    assert pack.entries("session_ended") == []
    site.start()
    thumb.sees("#stop-words", "off")
    thumb.sees("#link-words", "Connected")
    pack.until_cold()
    eventually(lambda: [s["reason"] for s in pack.sessions()] == ["stopped"], "the stop is on record")
    expect(thumb.find("#alerts")).to_be_empty()


def test_a_start_that_was_typed_while_offline_is_never_sent(
    site: Site, new_pack: Packs, new_thumb: Thumbs
) -> None:
    pack, thumb = new_pack(site), new_thumb(site)
    thumb.situation("idle")
    site.kill()
    thumb.sees("#why-not", "Not connected: a start cannot be sent.")
    thumb.page.evaluate("document.getElementById('start').requestSubmit()")  # as a script or a race would
    thumb.sees("#answer", "Not sent: there is no connection. Nothing was started.")
    site.start()
    thumb.sees("#link-words", "Connected")
    thumb.stops()
    thumb.sees("#stop-words", "The heater is off.")  # whatever was sent before has arrived before this
    assert pack.sessions() == []
    assert [entry["message"] for entry in pack.entries("command") if "off" not in entry["message"]] == []


def test_a_start_on_its_way_when_the_broker_dies_is_not_sent_again(
    mosquitto: Mosquitto, new_pack: Packs, new_thumb: Thumbs
) -> None:
    pack, thumb = new_pack(mosquitto), new_thumb(mosquitto)
    thumb.situation("idle")
    mosquitto.freeze()
    thumb.starts()
    thumb.sees("#answer", "Asking the pack")
    mosquitto.kill()
    thumb.sees("#answer", "The pack has not answered.")
    mosquitto.start()
    thumb.sees("#link-words", "Connected")
    thumb.stops()
    thumb.sees("#stop-words", "The heater is off.")  # whatever was sent before has arrived before this
    assert pack.sessions() == []


def test_a_part_of_the_pack_that_dies_is_missed_at_once(
    mosquitto: Mosquitto, new_pack: Packs, new_thumb: Thumbs
) -> None:
    pack, thumb = new_pack(mosquitto), new_thumb(mosquitto)
    thumb.situation("idle")
    pack.end(pack.controller)
    thumb.situation("offline")
    thumb.sees("#phase", "The pack is offline")
    pack.start_controller()
    thumb.situation("idle")
    pack.end(pack.guard)
    thumb.situation("guard_lost")
    thumb.sees("#phase-words", "Without it nothing heats.")
    pack.start_guard()
    thumb.situation("idle")
    expect(thumb.find("#go")).to_be_enabled()


def test_a_broker_that_hangs_is_noticed_while_the_pad_heats(
    mosquitto: Mosquitto, new_pack: Packs, new_thumb: Thumbs
) -> None:
    pack, thumb = new_pack(mosquitto, speed=4), new_thumb(mosquitto)
    thumb.starts()
    thumb.situation("warming")
    pack.until_heating()
    mosquitto.freeze()
    thumb.sees(
        "#alerts", "No news from the pack. To stop the pad, press the button on the pack or take it off."
    )
    thumb.stops()
    thumb.sees("#stop-words", "Stop not delivered")
    mosquitto.thaw()
    thumb.sees("#stop-words", "off")
    pack.until_cold()
    expect(thumb.find("#alerts")).to_be_empty()
