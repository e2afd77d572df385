"""Looks, sizes, keyboard, screen reader, first visit: the page in each of its states."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.support.broker_helpers import Phone
from tests.support.pack import Pack
from tests.support.phone_site import Mosquitto
from tests.support.thumb import Thumb

Packs = Callable[..., Pack]
Thumbs = Callable[..., Thumb]

WIDTHS = {320: 640, 412: 915}
CALM = {"post_session.stretch_s": 600, "post_session.cancel_window_s": 100}


def fits_everybody(thumb: Thumb, state: str) -> None:
    """Take a picture of each size and scheme; nothing sticks out, and axe-core finds no barrier."""
    found = []
    for width, height in WIDTHS.items():
        thumb.page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            thumb.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            thumb.looks(f"{state}-{width}-{scheme}")
            if width == min(WIDTHS):
                found += thumb.barriers()
        assert thumb.overflow() <= 0, f"{state} is wider than {width} px"
        in_reach = thumb.button("Stop").bounding_box()
        assert in_reach is not None
        assert in_reach["y"] + in_reach["height"] <= height
        assert in_reach["height"] >= 60
    assert found == []


def idle(thumb: Thumb, pack: Pack, mosquitto: Mosquitto) -> None:
    thumb.situation("idle")


def warming(thumb: Thumb, pack: Pack, mosquitto: Mosquitto) -> None:
    thumb.page.get_by_label("Shoulder").tap()
    thumb.starts()
    thumb.situation("warming")
    expect(thumb.find("#chart canvas")).to_be_visible()


def holding(thumb: Thumb, pack: Pack, mosquitto: Mosquitto) -> None:
    warming(thumb, pack, mosquitto)
    thumb.situation("holding")


def resting(thumb: Thumb, pack: Pack, mosquitto: Mosquitto) -> None:
    warming(thumb, pack, mosquitto)
    thumb.stops()
    thumb.situation("resting")


def fault(thumb: Thumb, pack: Pack, mosquitto: Mosquitto) -> None:
    warming(thumb, pack, mosquitto)
    thumb.situation("fault")


def offline(thumb: Thumb, pack: Pack, mosquitto: Mosquitto) -> None:
    holding(thumb, pack, mosquitto)
    mosquitto.kill()
    thumb.sees("#alerts", "Connection lost")
    thumb.stops()
    thumb.sees("#stop-words", "Stop not delivered.")


def guided_press(thumb: Thumb, pack: Pack, mosquitto: Mosquitto) -> None:
    thumb.situation("idle")
    thumb.find("#open-guide").tap()
    thumb.sees("#guide-title", "Press gently")


def guided_stretch(thumb: Thumb, pack: Pack, mosquitto: Mosquitto) -> None:
    guided_press(thumb, pack, mosquitto)
    thumb.find("#guide-next").tap()
    thumb.sees("#guide-title", "Stretch slowly")


def guard_lost(thumb: Thumb, pack: Pack, mosquitto: Mosquitto) -> None:
    thumb.situation("idle")
    pack.end(pack.guard)
    thumb.situation("guard_lost")


def warnings(thumb: Thumb, pack: Pack, mosquitto: Mosquitto) -> None:
    thumb.button("Who should not use it").tap()
    thumb.sees("#warnings", "Never")


def connection(thumb: Thumb, pack: Pack, mosquitto: Mosquitto) -> None:
    thumb.button("Connection").tap()
    thumb.sees("#broker", "Broker")


STATES = [idle, warming, holding, resting, fault, offline, guided_press, guided_stretch, guard_lost, warnings, connection]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_every_state_fits_every_phone_and_person(
    state: Callable[[Thumb, Pack, Mosquitto], None], mosquitto: Mosquitto, new_pack: Packs, new_thumb: Thumbs
) -> None:
    inject = "sensor_open@30" if state is fault else None
    speed = 60.0 if state in (resting,) else 20.0
    pack = new_pack(mosquitto, inject=inject, changes=CALM, speed=speed)
    thumb = new_thumb(mosquitto)
    state(thumb, pack, mosquitto)
    fits_everybody(thumb, state.__name__.replace("_", "-"))
