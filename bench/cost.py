"""What the daemons cost: CPU per cycle, share of a core at 10 Hz, memory, start.

Real processes in a running session at real speed, on a simulated pad. Beside them stands the
floor: a bare loop with the same reads and the same switching on the same simulated pad.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import report
from bench.pack import ROOT, Pack, cpu_s, pack, rss_mb
from bench.phone import Phone
from config.loader import load
from hardware.stage import guard_settings, to_json
from tests.support.broker import Broker

WINDOW_S = 5.0
CYCLES_PER_S = 10.0
WHO = ("guard", "controller", "floor")


def main() -> None:
    options = report.arguments(__doc__ or "", runs=5)
    measured: dict[str, dict[str, list[float]]] = {
        who: {"cycle_us": [], "cpu_percent": [], "rss_mb": [], "start_s": []} for who in WHO
    }
    with (
        tempfile.TemporaryDirectory(prefix="heatpack-bench-") as folder,
        Broker(Path(folder)) as broker,
        pack(Path(folder) / "pack", broker.port) as device,
    ):
        for _ in range(options.runs):
            _session(device, broker.port, measured)
            _floor(device, measured["floor"])
    _print(measured)
    figures = {
        f"cost.{who}.{name}": round(report.median(values), 4)
        for who in ("guard", "controller")
        for name, values in measured[who].items()
    }
    figures["cost.floor.cycle_us"] = round(report.median(measured["floor"]["cycle_us"]), 4)
    report.store(options.json, figures)


def _session(device: Pack, port: int, measured: dict[str, dict[str, list[float]]]) -> None:
    device.forget()
    guard, guard_start_s = device.guard()
    controller, controller_start_s = device.controller()
    measured["guard"]["start_s"].append(guard_start_s)
    measured["controller"]["start_s"].append(controller_start_s)
    with Phone(port) as phone:
        phone.wait_for(lambda state: state["guard"] == "ok")
        began_s = time.monotonic()
        phone.start()
        device.wait_for_level(1, began_s)
        _window(measured["guard"], guard.pid)
        _window(measured["controller"], controller.pid)
    device.end()


def _floor(device: Pack, figures: dict[str, list[float]]) -> None:
    address = device.folder / "notify-floor"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(address))
        notified.settimeout(20.0)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "NOTIFY_SOCKET": str(address),
            "HEATPACK_EDGES": str(device.edges_file),
        }
        began_s = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.floor"], stdin=subprocess.PIPE, env=environment, cwd=ROOT
        )
        try:
            assert process.stdin is not None
            process.stdin.write(to_json(guard_settings(load(device.config))).encode())
            process.stdin.close()
            notified.recv(4096)
            figures["start_s"].append(time.monotonic() - began_s)
            _window(figures, process.pid)
        finally:
            process.kill()
            process.wait()


def _window(figures: dict[str, list[float]], pid: int) -> None:
    before_s = cpu_s(pid)
    time.sleep(WINDOW_S)
    used_s = cpu_s(pid) - before_s
    figures["cycle_us"].append(1e6 * used_s / (WINDOW_S * CYCLES_PER_S))
    figures["cpu_percent"].append(100.0 * used_s / WINDOW_S)
    figures["rss_mb"].append(rss_mb(pid))


def _print(measured: dict[str, dict[str, list[float]]]) -> None:
    head = ("", "CPU per cycle, µs", "share of a core, %", "RSS, MB", "start, s")
    rows = [
        (
            who,
            *(f"{report.median(values):.3g} ({report.spread(values)})" for values in measured[who].values()),
        )
        for who in WHO
    ]
    report.table("Cost in a running session: median (range)", head, rows)
    ratio = report.median(measured["guard"]["cycle_us"]) / report.median(measured["floor"]["cycle_us"])
    print(f"The guard's cycle costs {ratio:.1f} times the floor's.")


if __name__ == "__main__":
    main()
