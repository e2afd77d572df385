"""Acts inside the machine: runs commands, and strikes a daemon at a moment when the line is high.

One JSON object a line comes in over a serial line, one goes back. Python's standard library only.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

HEATER, ENABLE, DEADMAN = 17, 27, 22
_TRACE = Path("/sys/kernel/tracing")
_PERSIST = Path("/sys/module/gpio_sim/parameters/persist")
_SERVICES = Path("/sys/fs/cgroup/system.slice")


def main(line: str) -> None:
    """Answer requests for ever."""
    with open(os.open(line, os.O_RDWR | os.O_NOCTTY), "r+b", buffering=0) as port:
        tty.setraw(port.fileno(), termios.TCSANOW)
        _send(port, {"hello": time.monotonic()})
        while True:
            request = json.loads(_read_line(port))
            try:
                answer = _DOES[request.pop("do")](**request)
            except Exception as error:  # the lab must hear of it, whatever it is
                answer = {"error": f"{type(error).__name__}: {error}"}
            _send(port, answer)


def shell(script: str) -> dict[str, Any]:
    """Run a script to its end."""
    begun_s = time.monotonic()
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=False)
    return {
        "status": done.returncode,
        "said": done.stdout + done.stderr,
        "took_s": time.monotonic() - begun_s,
    }


def strike(unit: str, blow: str, persist: bool, after_s: float, watch_s: float, seed: int) -> dict[str, Any]:
    """Strike a unit's main process while both switches of the heater are closed, and watch.

    Args:
        unit: the service, without ``.service``.
        blow: a key of ``_BLOWS``.
        persist: whether lines keep their level when their owner is gone.
        after_s: how long to wait before looking for the moment.
        watch_s: how long to watch afterwards.
        seed: of the choice of the moment within a cycle.

    Returns:
        ``pid`` and the record of the time before the blow and after it.
    """
    pid = int((_SERVICES / f"{unit}.service/cgroup.procs").read_text().split()[0])
    _begin_record(persist)
    time.sleep(after_s)
    _wait_for_heat(random.Random(seed))
    _mark(f"blow {blow} {pid}")
    _BLOWS[blow](unit, pid)
    time.sleep(watch_s)
    return {"pid": pid, **trace()}


def watch(script: str, persist: bool, watch_s: float) -> dict[str, Any]:
    """Run a script while both switches of the heater are closed, and watch; as ``strike`` otherwise."""
    _begin_record(persist)
    _wait_for_heat(random.Random(0))
    _mark("blow script 0")
    done = shell(script)
    time.sleep(watch_s)
    return {**done, **trace()}


def _begin_record(persist: bool) -> None:
    _PERSIST.write_text("1" if persist else "0")
    (_TRACE / "trace").write_text("")


def _wait_for_heat(rng: random.Random) -> None:
    """Return at a moment when both switches are closed."""
    lines = [_line(HEATER), _line(ENABLE)]
    give_up_s = time.monotonic() + 60.0
    while True:
        time.sleep(rng.uniform(0.0, 0.1))
        if all(line.read_text().startswith("1") for line in lines):
            return
        if time.monotonic() > give_up_s:
            raise TimeoutError("the heater line was never high")


def trace() -> dict[str, Any]:
    """Return what the kernel recorded, and how its lines are numbered.

    Of the lines that a guard sets ten times a second, only those are told that can heat.
    """
    _mark("end")
    base = int(next(Path("/sys/class/gpio").glob("gpiochip*/base")).read_text())
    told = {str(base + number) for number in (HEATER, ENABLE, DEADMAN)}
    record = (_TRACE / "trace").read_text().splitlines()
    return {"base": base, "trace": "\n".join(event for event in record if _is_told(event, told))}


def _is_told(event: str, lines: set[str]) -> bool:
    _, is_value, words = event.partition("gpio_value: ")
    if is_value:
        line, change, *_ = words.split()
        return line in lines and change == "set"
    return "gpio_direction" not in event


def _send_signal(number: signal.Signals) -> Callable[[str, int], None]:
    return lambda _unit, pid: os.kill(pid, number)


def _exhaust_memory(unit: str, _pid: int) -> None:
    # Less than it uses: the kernel kills before this write returns. Whoever dies gives back what he had.
    limit = _SERVICES / f"{unit}.service/memory.max"
    before = limit.read_text()
    limit.write_text("1M")
    with contextlib.suppress(FileNotFoundError):  # the group may be gone with its last process
        limit.write_text(before)


_BLOWS: dict[str, Callable[[str, int], None]] = {
    "kill": _send_signal(signal.SIGKILL),
    "stop": _send_signal(signal.SIGSTOP),
    "hang": _send_signal(signal.SIGUSR1),  # see hang.py
    "oom": _exhaust_memory,
}

_DOES: dict[str, Callable[..., dict[str, Any]]] = {
    "shell": shell,
    "strike": strike,
    "watch": watch,
    "trace": trace,
}


def _line(number: int) -> Path:
    return next(Path("/sys/devices/platform/gpio-sim.0").glob(f"gpiochip*/sim_gpio{number}/value"))


def _mark(words: str) -> None:
    (_TRACE / "trace_marker").write_text(words)


def _read_line(port: Any) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        line += port.read(4096)
    return line


def _send(port: Any, answer: dict[str, Any]) -> None:
    left = json.dumps(answer).encode() + b"\n"
    while left:
        left = left[port.write(left) :]


if __name__ == "__main__":
    main(sys.argv[1])
