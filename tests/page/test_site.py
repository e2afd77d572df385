"""The documentation as a site: complete, without a warning, and with nothing from elsewhere."""

import functools
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

ROOT = Path(__file__).resolve().parents[2]
#: Attributes by which a browser fetches without being asked; a link is only followed by a person.
FETCHED = {
    ("script", "src"),
    ("img", "src"),
    ("link", "href"),
    ("iframe", "src"),
    ("source", "src"),
    ("object", "data"),
}


class Fetches(HTMLParser):
    """What a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attrs if (tag, name) in FETCHED and value]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it; a warning ends the build, because mkdocs.yml says so."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


def test_every_page_is_there_and_the_code_is_not(built: Path) -> None:
    pages = {path.relative_to(built).as_posix() for path in built.rglob("*.html")}
    written = {
        path.relative_to(ROOT / "docs").with_suffix(".html").as_posix().replace("README.html", "index.html")
        for path in (ROOT / "docs").rglob("*.md")
    }
    assert written | {"changelog.html", "contributing.html"} <= pages
    assert list(built.rglob("*.py")) == []


def test_no_page_fetches_anything_from_elsewhere(built: Path) -> None:
    for path in built.rglob("*.html"):
        fetches = Fetches()
        fetches.feed(path.read_text())
        assert fetches.addresses or path.parent.name in ("campaign", "control"), path
        elsewhere = [each for each in fetches.addresses if urlsplit(each).netloc]
        assert elsewhere == [], path
    for path in built.rglob("*.css"):
        assert re.findall(r"url\(\s*[\"']?https?:|@import", path.read_text()) == [], path


class Quiet(SimpleHTTPRequestHandler):
    """A web server's handler without a word on the terminal."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(built: Path) -> Iterator[str]:
    """Serve it: search needs a server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(built))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A small phone."""
    context = browser.new_context(viewport=ViewportSize(width=360, height=740), color_scheme="dark")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", ["index", "safety", "hardware/circuit"])
def test_a_phone_shows_a_page_and_asks_nobody_else(phone: Page, address: str, name: str) -> None:
    asked: list[str] = []
    missed: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.on("response", lambda response: missed.append(response.url) if response.status >= 400 else None)
    phone.goto(f"{address}/{name}.html", wait_until="networkidle")
    assert [each for each in asked if not each.startswith((address, "data:", "blob:"))] == []
    assert missed == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert phone.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")


def test_search_finds_a_check_by_its_code(phone: Page, address: str) -> None:
    phone.goto(f"{address}/index.html")
    phone.locator("label[for=__search]").first.click()
    phone.locator(".md-search__input").press_sequentially("heater_stuck_on")
    phone.locator(".md-search-result__link[href*='safety.html']").first.wait_for()
