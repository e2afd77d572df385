"""The phone page in a real browser of a phone's size, with real brokers and real daemons behind it."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.pack import Pack
from tests.support.phone_site import Embedded, Mosquitto, Site
from tests.support.thumb import Thumb

pytest.importorskip("playwright", reason="the browser's driver is missing: pip install 'heatpack[dev]'")
from playwright.sync_api import Browser, ViewportSize, sync_playwright

PHONE = ViewportSize(width=412, height=915)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module: it takes a second to start."""
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "chromium is missing: apt-get install chromium"
        pytest.fail(reason, pytrace=False) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]
        chrome = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield chrome
        chrome.close()


@pytest.fixture(params=["mosquitto", "embedded"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A broker with the page in front of it: each test that takes this one runs with both."""
    with Mosquitto(tmp_path) if request.param == "mosquitto" else Embedded(tmp_path) as made:
        yield made


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """Debian's broker alone, for what does not depend on the broker."""
    with Mosquitto(tmp_path) as made:
        yield made


@pytest.fixture
def new_thumb(browser: Browser) -> Iterator[Callable[..., Thumb]]:
    """Open the page on a phone that has never seen it."""
    with ExitStack() as stack:

        def opened(site: Site, *, read_warnings: bool = True, **context: Any) -> Thumb:
            made = browser.new_context(
                viewport=PHONE, has_touch=True, is_mobile=True, locale="en-GB", timezone_id="UTC", **context
            )
            stack.callback(made.close)
            return stack.enter_context(Thumb(made, site.url, read_warnings=read_warnings))

        yield opened


@pytest.fixture
def new_pack(tmp_path: Path) -> Iterator[Callable[..., Pack]]:
    """Start a pack on a broker, so slow that each of its phases can be seen from a slow phone."""
    with ExitStack() as stack:

        def started(
            site: Site,
            *,
            speed: float = 10.0,
            inject: str | None = None,
            changes: Mapping[str, Any] | None = None,
        ) -> Pack:
            ours = {"mqtt.protocol": site.protocol, **(changes or {})}
            pack = stack.enter_context(Pack(tmp_path, site, speed=speed, changes=ours))
            pack.start(inject=inject)
            return pack

        yield started
