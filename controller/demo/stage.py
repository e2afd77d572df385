"""What stands ready before the demo begins: configuration, ports, and how each process is called."""

import socket
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from config.loader import ConfigError, example, load
from config.settings import Settings
from controller.demo.crew import DemoError
from controller.demo.plan import Plan

LOCALHOST = "127.0.0.1"
CONFIG = "heatpack.toml"
#: The folder of the guard's socket, as in the shipped example.
RUNTIME = "heatpack-run"

_SHIPPED = 'host = "localhost"\nport = 1883\n'
_BROKER = "broker.toml"
# rumqttd speaks one version of MQTT on each port, and answers nothing at all to a client of another.
_LISTENER = """
[{kind}.1]
name = "{kind}"
listen = "{host}:{port}"
next_connection_delay_ms = 1

[{kind}.1.connections]
connection_timeout_ms = 10000
max_payload_size = 65536
max_inflight_count = 100
dynamic_filters = true
"""
_ROUTER = """id = 0

[router]
id = 0
max_connections = 50
max_outgoing_packet_count = 200
max_segment_size = 1048576
max_segment_count = 10
"""


@dataclass(frozen=True, slots=True)
class BrokerSite:
    """Where the embedded broker listens, on this machine only.

    The pack and its demo speak MQTT 3.1.1: a message with properties of MQTT 5 makes rumqttd drop every
    subscriber of 3.1.1, and its WebSockets know nothing else.
    """

    file: Path
    port: int
    port_v311: int
    port_websocket: int


def furnish(folder: Path) -> tuple[Settings, BrokerSite]:
    """Write the configurations of broker and pack into ``folder``.

    Raises:
        DemoError: the folder's path is none for a pack.
        OSError: it cannot be written.
    """
    port, port_v311, port_websocket = _free_ports(3)
    site = BrokerSite(folder / _BROKER, port, port_v311, port_websocket)
    listeners = {"v5": port, "v4": port_v311, "ws": port_websocket}
    site.file.write_text(
        _ROUTER + "".join(_LISTENER.format(kind=k, host=LOCALHOST, port=p) for k, p in listeners.items())
    )
    shipped = example("simulated")
    if _SHIPPED not in shipped:
        raise AssertionError("the shipped example has another [mqtt] section than expected")
    ours = f'host = "{LOCALHOST}"\nport = {port_v311}\nprotocol = "3.1.1"\n'
    (folder / CONFIG).write_text(shipped.replace(_SHIPPED, ours), encoding="utf-8")
    try:
        return load(folder / CONFIG), site
    except ConfigError as error:
        raise DemoError(f"{error}\nTMPDIR chooses another folder") from None


def broker(site: BrokerSite) -> tuple[str, ...]:
    """Return the broker's command line."""
    return sys.executable, "-P", "-m", "iotcore", "--config", str(site.file), "--log-level", "CRITICAL"


def page_url(site: BrokerSite, page_port: int, device: str) -> str:
    """Return the phone page's address with what it has to know. On WebSockets this broker has MQTT 3.1.1."""
    broker = f"ws://{LOCALHOST}:{site.port_websocket}"
    return f"http://{LOCALHOST}:{page_port}/?broker={broker}&device={device}&mqtt=3.1.1"


def daemon(name: str, plan: Plan, folder: Path) -> tuple[str, ...]:
    """Return the command line of ``heatpack guard`` or ``heatpack run``."""
    options = ["--config", str(folder / CONFIG), "--speed", repr(plan.speed)]
    if name == "guard" and plan.fault is not None and plan.fault.on_the_pad:
        options += ["--inject", f"{plan.fault.name}@{plan.fault.at_s!r}"]
    return sys.executable, "-P", "-m", "controller.cli", name, *options


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:  # all held at once, so that they differ
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((LOCALHOST, 0))
        return [probe.getsockname()[1] for probe in probes]
