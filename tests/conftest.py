"""House rules for every test: nothing leaks, nothing reaches the network, nothing is skipped unseen.

- A test that leaves a process, a thread, an asyncio task or a file descriptor behind fails.
- With ``CI=true`` a skipped test fails, because there every component has to be present.
- Connections leave neither the machine nor, with hypothesis, any chance: CI runs the same examples always.
"""

import asyncio
import gc
import inspect
import ipaddress
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import TypeVar

import hypothesis
import psutil
import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
T = TypeVar("T")

PATIENCE_S = 5.0  # for what is already on its way out

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--moments",
        type=int,
        default=1,
        metavar="N",
        help="random moments for each fault of tests/system/test_random_moments.py (default: 1)",
    )


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs under test, also where these tests run in the background of a shell."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


# --- skips ----------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _strict((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _strict((yield))


def _strict(report: Report) -> Report:
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"With CI=true nothing may be skipped. {reason}"
    return report


# --- network --------------------------------------------------------------------------------------


def _stay_at_home(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if not isinstance(address, tuple):
        return  # a unix socket
    host = str(address[0])
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    if not here:
        raise PermissionError(f"tests never use the network, and one tried to reach {host}")


sys.addaudithook(_stay_at_home)


# --- leaks ----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _nothing_is_left_running() -> Iterator[None]:
    threads, children, files = set(threading.enumerate()), _children(), _open_files()
    yield
    left = [
        *(f"thread {thread.name}" for thread in _survivors(lambda: set(threading.enumerate()) - threads)),
        *(f"process {_end(child)}" for child in _survivors(lambda: _children() - children)),
        *(f"descriptor {number} of {target}" for number, target in _new_files(files)),
    ]
    if left:
        pytest.fail("The test left behind: " + "; ".join(left), pytrace=False)


@pytest.fixture(autouse=True)
def _no_task_is_left_running(request: pytest.FixtureRequest, _nothing_is_left_running: None) -> None:
    # After the fixture above, so that the event loop is closed before threads and descriptors are counted.
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("_tasks_end")


@pytest.fixture
async def _tasks_end() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)  # a task that was cancelled a moment ago may finish
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        pytest.fail("The test left behind: " + "; ".join(f"task {task!r}" for task in left), pytrace=False)


def _survivors(leftovers: Callable[[], set[T]]) -> set[T]:
    deadline_s = time.monotonic() + PATIENCE_S
    while (left := leftovers()) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    return left


def _children() -> set[psutil.Process]:
    # The kernel's own list costs microseconds, a walk through /proc milliseconds per test.
    try:
        tasks = os.listdir("/proc/self/task")
        pids = {pid for task in tasks for pid in _read(f"/proc/self/task/{task}/children").split()}
    except FileNotFoundError:
        return set(psutil.Process().children())
    found = set()
    for pid in pids:
        try:
            found.add(psutil.Process(int(pid)))
        except psutil.NoSuchProcess:
            continue
    return found


def _read(path: str) -> str:
    with open(path) as file:
        return file.read()


def _end(child: psutil.Process) -> str:
    try:
        name = f"{child.pid}: {' '.join(child.cmdline()) or child.status()}"
        child.kill()
        child.wait(PATIENCE_S)
    except psutil.Error:
        name = str(child.pid)
    return name


def _open_files() -> dict[str, str]:
    found = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            found[number] = os.readlink(f"/proc/self/fd/{number}")
        except FileNotFoundError:
            continue
    return found


def _new_files(before: dict[str, str]) -> list[tuple[str, str]]:
    def leftovers() -> dict[str, str]:
        return {number: target for number, target in _open_files().items() if before.get(number) != target}

    left = leftovers()
    if left:
        gc.collect()  # what only waits for the garbage collector speaks up as a ResourceWarning
        left = leftovers()
    return sorted(left.items())
