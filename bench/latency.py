"""How long it takes, in real time on the loopback interface.

start_to_heat: a phone publishes a start, the first energised tick. stop_to_pin: a phone publishes
a stop, the pin is low. zero_demand_to_pin: a demand of zero is written to the link, the pin is
low. kill_to_pin: the process at the other end of the link is killed, the pin is low.
"""

import multiprocessing
import os
import random
import signal
import tempfile
import time
from pathlib import Path

from bench import report
from bench.link_client import LinkClient, heat_for_ever
from bench.pack import Pack, pack
from bench.phone import Phone
from tests.support.broker import Broker

NAMES = {
    "start_to_heat": "start published, heater on",
    "stop_to_pin": "stop published, pin low",
    "zero_demand_to_pin": "zero demand, pin low",
    "kill_to_pin": "controller killed, pin low",
}


def main() -> None:
    options = report.arguments(__doc__ or "", runs=20)
    chance = random.Random(1)
    measured: dict[str, list[float]] = {name: [] for name in NAMES}
    with (
        tempfile.TemporaryDirectory(prefix="heatpack-bench-") as folder,
        Broker(Path(folder)) as broker,
        pack(Path(folder) / "pack", broker.port) as device,
    ):
        for _ in range(options.runs):
            _through_mqtt(device, broker.port, chance, measured)
            _kill(device, chance, measured)
        _zero_demands(device, chance, measured, 10 * options.runs)
    rows = [
        (
            text,
            str(len(measured[name])),
            *(f"{report.percentile(measured[name], p):.1f}" for p in (0.5, 0.99)),
        )
        for name, text in NAMES.items()
    ]
    report.table("Latency, ms", ("", "runs", "p50", "p99"), rows)
    report.store(
        options.json,
        {
            f"latency.{name}_ms.{label}": round(report.percentile(values, share), 3)
            for name, values in measured.items()
            for label, share in (("p50", 0.5), ("p99", 0.99))
        },
    )


def _through_mqtt(device: Pack, port: int, chance: random.Random, measured: dict[str, list[float]]) -> None:
    device.forget()
    device.guard()
    device.controller()
    with Phone(port) as phone:
        phone.wait_for(lambda state: state["guard"] == "ok")
        time.sleep(chance.random() * 0.2)
        asked_s = phone.start()
        measured["start_to_heat"].append(1e3 * (device.wait_for_level(1, asked_s) - asked_s))
        time.sleep(0.3 + chance.random() * 0.2)
        device.wait_for_level(1, asked_s)
        asked_s = phone.stop()
        measured["stop_to_pin"].append(1e3 * (_low(device, asked_s) - asked_s))


def _kill(device: Pack, chance: random.Random, measured: dict[str, list[float]]) -> None:
    device.forget()
    device.guard()
    began_s = time.monotonic()
    context = multiprocessing.get_context("spawn")
    client = context.Process(target=heat_for_ever, args=(str(device.folder / "heatpack-run"),))
    client.start()
    device.wait_for_level(1, began_s)
    time.sleep(0.3 + chance.random() * 0.2)
    assert client.pid is not None
    killed_s = time.monotonic()
    os.kill(client.pid, signal.SIGKILL)
    measured["kill_to_pin"].append(1e3 * (_low(device, killed_s) - killed_s))
    client.join()


def _zero_demands(device: Pack, chance: random.Random, measured: dict[str, list[float]], runs: int) -> None:
    device.forget()
    device.guard()
    with LinkClient(str(device.folder / "heatpack-run")) as client:
        client.start()
        for _ in range(runs):
            began_s = time.monotonic()
            client.heat_until(lambda began_s=began_s: any(e >= began_s and on for e, on in device.edges()))
            client.heat_for(0.05 + chance.random() * 0.1)
            sent_s = client.demand(0.0)
            measured["zero_demand_to_pin"].append(1e3 * (_low(device, sent_s) - sent_s))


def _low(device: Pack, after_s: float) -> float:
    """When the pin was low: at once if it was low already, else at its next falling edge."""
    level = 0
    for when_s, value in device.edges():
        if when_s <= after_s:
            level = value
    return after_s if level == 0 else device.wait_for_level(0, after_s)


if __name__ == "__main__":
    main()
