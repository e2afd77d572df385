"""What the daemons cost: CPU per cycle, share of a core at 10 Hz, memory, start.

Real processes in a running session at real speed, on a simulated pad. Beside them stands the
floor: a bare loop with the same reads and the same switching on the same simulated pad.
"""

import tempfile
import time
from pathlib import Path

from bench import report
from bench.pack import BenchPack
from bench.process import cpu_s, rss_mb
from config.loader import load
from hardware.stage import guard_settings, to_json
from tests.support.broker import Broker
from tests.support.broker_helpers import Phone

WINDOW_S = 5.0
CYCLES_PER_S = 10.0
WHO = ("guard", "controller", "floor")

Figures = dict[str, list[float]]


def main() -> None:
    options = report.arguments(__doc__ or "", runs=5)
    measured: dict[str, Figures] = {
        who: {"cycle_us": [], "cpu_percent": [], "rss_mb": [], "start_s": []} for who in WHO
    }
    with (
        tempfile.TemporaryDirectory(prefix="heatpack-bench-") as folder,
        Broker(Path(folder)) as broker,
        BenchPack(Path(folder), broker) as pack,
    ):
        for _ in range(options.runs):
            _session(pack, broker, measured)
            _floor(pack, measured["floor"])
    _print(measured)
    figures = {
        f"cost.{who}.{name}": round(report.median(values), 4)
        for who in ("guard", "controller")
        for name, values in measured[who].items()
    }
    figures["cost.floor.cycle_us"] = round(report.median(measured["floor"]["cycle_us"]), 4)
    report.store(options.json, figures)


def _session(pack: BenchPack, broker: Broker, measured: dict[str, Figures]) -> None:
    pack.forget()
    measured["guard"]["start_s"].append(pack.time_guard())
    measured["controller"]["start_s"].append(pack.time_controller())
    assert pack.guard is not None
    assert pack.controller is not None
    with Phone(broker) as phone:
        phone.ready()
        phone.asks("start")
        pack.until_heating()
        _window(measured["guard"], pack.guard.pid)
        _window(measured["controller"], pack.controller.pid)
    pack.forget()


def _floor(pack: BenchPack, figures: Figures) -> None:
    process, start_s = pack.time_module("bench.floor", to_json(guard_settings(load(pack.config))))
    try:
        figures["start_s"].append(start_s)
        _window(figures, process.pid)
    finally:
        process.kill()
        process.wait()


def _window(figures: Figures, pid: int) -> None:
    before_s = cpu_s(pid)
    time.sleep(WINDOW_S)
    used_s = cpu_s(pid) - before_s
    figures["cycle_us"].append(1e6 * used_s / (WINDOW_S * CYCLES_PER_S))
    figures["cpu_percent"].append(100.0 * used_s / WINDOW_S)
    figures["rss_mb"].append(rss_mb(pid))


def _print(measured: dict[str, Figures]) -> None:
    head = ("", "CPU per cycle, µs", "share of a core, %", "RSS, MB", "start, s")
    rows = [
        (who, *(f"{report.median(values):.3g} ({report.span(values)})" for values in measured[who].values()))
        for who in WHO
    ]
    report.table("Cost in a running session: median (range)", head, rows)
    ratio = report.median(measured["guard"]["cycle_us"]) / report.median(measured["floor"]["cycle_us"])
    print(f"The guard's cycle costs {ratio:.1f} times the floor's.")


if __name__ == "__main__":
    main()
