"""How long it takes, in real time on the loopback interface.

start_to_heat: a phone publishes a start, the first energised tick. stop_to_pin: a phone publishes
a stop, the pin is low. zero_demand_to_pin: a demand of zero is written to the link, the pin is
low. kill_to_pin: the process at the other end of the link is killed, the pin is low.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import report
from bench.pack import BenchPack
from hardware.link import Demand, Status
from tests.support.broker import Broker
from tests.support.broker_helpers import Phone
from tests.support.pack import Client, eventually

NAMES = {
    "start_to_heat": "start published, heater on",
    "stop_to_pin": "stop published, pin low",
    "zero_demand_to_pin": "zero demand, pin low",
    "kill_to_pin": "controller killed, pin low",
}
#: Per run of a whole session: a kill needs only the guard, a zero demand not even a new session.
KILLS = 3
ZERO_DEMANDS = 10

Figures = dict[str, list[float]]


def main() -> None:
    options = report.arguments(__doc__ or "", runs=20)
    chance = random.Random(1)
    measured: Figures = {name: [] for name in NAMES}
    with (
        tempfile.TemporaryDirectory(prefix="heatpack-bench-") as folder,
        Broker(Path(folder)) as broker,
        BenchPack(Path(folder), broker) as pack,
    ):
        for _ in range(options.runs):
            _phone(pack, broker, chance, measured)
            for _ in range(KILLS):
                _kill(pack, chance, measured)
        _zero_demands(pack, chance, measured, ZERO_DEMANDS * options.runs)
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


def _phone(pack: BenchPack, broker: Broker, chance: random.Random, measured: Figures) -> None:
    pack.forget()
    pack.time_guard()
    pack.time_controller()
    with Phone(broker) as phone:
        phone.ready()
        time.sleep(0.2 * chance.random())
        asked_s = time.monotonic()
        phone.says("start")
        pack.until_heating()
        first_s = next(edge.at_s for edge in pack.edges() if edge.high and edge.at_s > asked_s)
        measured["start_to_heat"].append(1e3 * (first_s - asked_s))
        time.sleep(0.3 + 0.2 * chance.random())
        asked_s = time.monotonic()
        phone.says("stop")
        measured["stop_to_pin"].append(1e3 * _cold_after_s(pack, asked_s))


def _kill(pack: BenchPack, chance: random.Random, measured: Figures) -> None:
    """Kill a client of the link that is nothing else, so that only the guard's part is measured."""
    pack.forget()
    pack.time_guard()
    command = [sys.executable, "-m", "bench.heat_for_ever", str(pack.folder)]
    client = subprocess.Popen(command, env=pack.environment())
    try:
        pack.until_heating()
        time.sleep(0.3 + 0.2 * chance.random())
        killed_s = time.monotonic()
        os.kill(client.pid, signal.SIGKILL)
        measured["kill_to_pin"].append(1e3 * _cold_after_s(pack, killed_s))
    finally:
        client.kill()
        client.wait()


def _zero_demands(pack: BenchPack, chance: random.Random, measured: Figures, runs: int) -> None:
    pack.forget()
    pack.time_guard()
    with Client(pack) as client:
        client.starts("bench", duration_s=600.0)
        for _ in range(runs):
            last: Status = client.wants_it_all("bench", lambda status: status.heater)
            client.sends(Demand("bench", 1.0, last.tick))
            time.sleep(0.09 * chance.random())  # anywhere within the cycle
            asked_s = time.monotonic()
            client.sends(Demand("bench", 0.0, last.tick))
            measured["zero_demand_to_pin"].append(1e3 * _cold_after_s(pack, asked_s))


def _cold_after_s(pack: BenchPack, asked_s: float) -> float:
    """Seconds from ``asked_s`` to the pin being low; 0 if it was low by then."""
    eventually(lambda: not pack.heats(), "the pad is cold")
    return max(0.0, pack.edges()[-1].at_s - asked_s)


if __name__ == "__main__":
    main()
