"""A pack that sees its supply: real daemons, a real broker, and a battery that is not what it was."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.broker import Broker
from tests.support.broker_helpers import Phone
from tests.support.pack import Pack

CHANGES = {
    "hardware.pin_factory": "tests.support.supply_factory:SupplyFactory",
    "hardware.adc.chip": "MCP3208",
    "hardware.adc.supply_channel": 7,
    "hardware.adc.supply_divider": 2.0,
}
Powered = Callable[[float], tuple[Pack, Phone]]


@pytest.fixture
def powered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Powered]:
    with ExitStack() as stack:

        def start(supply_v: float) -> tuple[Pack, Phone]:
            monkeypatch.setenv("HEATPACK_SUPPLY_V", str(supply_v))
            broker = stack.enter_context(Broker(tmp_path))
            phone = stack.enter_context(Phone(broker))
            pack = stack.enter_context(Pack(tmp_path, broker, speed=20, changes=CHANGES))
            pack.start()
            phone.ready()
            phone.state(lambda state: state["supply_v"] is not None)
            return pack, phone

        yield start


def test_a_start_on_a_flat_battery_is_refused_with_the_reason(powered: Powered) -> None:
    pack, phone = powered(3.8)
    # 12 W at 5 V is 1.82 A at 3.8 V, so that the source's 0.15 Ω take 0.27 V once it heats.
    assert phone.states[-1]["supply_v"] == pytest.approx(4.07, abs=0.02)
    phone.state(lambda state: state["notice"] == "battery_low")

    answer = phone.asks("start")

    assert (answer["accepted"], answer["code"]) == (False, "battery_low")
    assert answer["message"] == "The battery has 4.07 V; 5 minutes of heat need 4.40 V. Charge it first"
    assert pack.edges() == []
    assert pack.sessions() == []


def test_a_battery_that_gives_way_under_load_is_announced_and_starts_nothing_more(powered: Powered) -> None:
    pack, phone = powered(4.2)
    assert phone.asks("start")["accepted"]
    warning = phone.event("warning", "battery_low")
    assert warning["message"] == "The battery has 4.20 V, less than 4.40 V. Charge it soon"
    low = phone.state(lambda state: state["notice"] == "battery_low")
    assert low["supply_v"] == pytest.approx(4.2, abs=0.02)
    assert low["session"] is not None  # it warns, and does not end what runs
    assert warning["session_id"] == low["session"]["id"]
    assert phone.asks("stop")["accepted"]
    pack.until_cold()

    phone.state(lambda state: state["session"] is None and state["supply_v"] > 4.45)
    answer = phone.asks("start")

    assert (answer["accepted"], answer["code"]) == (False, "battery_low")


def test_with_a_good_supply_nothing_is_said(powered: Powered) -> None:
    pack, phone = powered(5.0)
    assert phone.asks("start")["accepted"]
    pack.until_heating()
    seen = phone.state(lambda state: state["session"] is not None and state["session"]["elapsed_s"] > 20)
    assert seen["supply_v"] == pytest.approx(5.0, abs=0.02)
    assert seen["notice"] is None
