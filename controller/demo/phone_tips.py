"""How to reach the pack that the demo keeps up."""

import shutil
import sys
from pathlib import Path

from controller.demo.stage import CONFIG, LOCALHOST, BrokerSite
from controller.demo.track import Track


def tell(site: BrokerSite, folder: Path, track: Track, url: str) -> str:
    """Return the page's address and the commands that work against broker and pack, as text."""
    mqtt = f"-h {LOCALHOST} -p {site.port_v311}"
    command = heatpack()
    lines = [
        "",
        "The pack stays up until Ctrl-C. In a browser on this machine:",
        "",
        f"  {url}",
        "",
        "From another terminal:",
        "",
        f"  export HEATPACK_CONFIG={folder / CONFIG}",
        f"  {command} watch",
        f"  {command} start --minutes 5",
        f"  {command} stop",
        "",
        f"  mosquitto_sub {mqtt} -v -t 'heatpack/demo/#'",
        f"  mosquitto_pub {mqtt} -t heatpack/demo/command -m start",
        f"  mosquitto_pub {mqtt} -t trigger-point/demo/session -m released",
        "",
        f"Broker: {LOCALHOST}, port {site.port} for MQTT 5, port {site.port_v311} for MQTT 3.1.1, "
        f"port {site.port_websocket} for WebSockets.",
        *_rest(track),
    ]
    return "\n".join(lines)


def _rest(track: Track) -> list[str]:
    state = track.state
    if state is None or state.ready_at is None:
        return []
    left_s = max(0.0, state.ready_at - state.ts) / track.plan.speed
    return [f"The pack rests now; at this speed it takes the next start in {left_s:.0f} s."]


def heatpack() -> str:
    """Return how this program was called, as far as that works elsewhere."""
    if shutil.which("heatpack"):
        return "heatpack"
    called = Path(sys.argv[0])
    return str(called.absolute()) if called.name == "heatpack" else f"{sys.executable} -m controller.cli"
