"""The phone page as files: what is shipped, and how the demo serves it."""

import hashlib
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from controller.demo import page
from controller.mqtt.inbound import MAX_AREA, MAX_ID

FILES = sorted(path for path in page.PAGE.rglob("*") if path.is_file())
INDEX = (page.PAGE / "index.html").read_text()
OWN_SCRIPTS = [path for path in FILES if path.suffix == ".js" and path.parent == page.PAGE]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with page.served("127.0.0.1") as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("", "text/html; charset=utf-8"),
        ("phone.css", "text/css; charset=utf-8"),
        ("phone.js", "text/javascript; charset=utf-8"),
        ("vendor/mqtt.min.js", "text/javascript; charset=utf-8"),
        ("manifest.webmanifest", "application/manifest+json"),
        ("icon-192.png", "image/png"),
    ],
)
def test_each_file_is_served_as_what_it_is(address: str, name: str, kind: str) -> None:
    with urllib.request.urlopen(f"{address}/{name}?broker=ws://127.0.0.1:1") as answer:
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == page.POLICY
        assert answer.read() == (page.PAGE / (name or "index.html")).read_bytes()


@pytest.mark.parametrize("name", ["vendor/", "../app.py", "%2e%2e/app.py", "nothing.js"])
def test_nothing_else_is_served(address: str, name: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}/{name}")
    refused.value.close()
    assert refused.value.code == 404


def test_the_page_carries_the_policy_itself_for_servers_that_send_no_header() -> None:
    (own,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', INDEX)
    assert f"{own}; frame-ancestors 'none'" == page.POLICY
    assert "unsafe" not in own


def test_the_page_needs_nothing_from_elsewhere_and_no_module() -> None:
    named = re.findall(r'(?:src|href)="([^"]+)"', INDEX)
    assert named
    assert all((page.PAGE / name).is_file() for name in named)
    assert "module" not in re.findall(r"<script[^>]*>", INDEX)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", INDEX)
    for path in OWN_SCRIPTS:
        text = path.read_text()
        assert f'<script src="{path.name}" defer>' in INDEX
        assert not re.search(r"^\s*(import|export)\b", text, re.MULTILINE)
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(", text), path.name


def test_the_libraries_are_the_ones_that_are_named() -> None:
    named = (page.PAGE / "vendor/README.md").read_text()
    libraries = [path for path in FILES if path.parent.name == "vendor" and path.suffix != ".md"]
    assert len(libraries) == 3
    for path in libraries:
        assert f"`{path.name}`" in named
        assert hashlib.sha256(path.read_bytes()).hexdigest() in named


def test_the_manifest_names_icons_that_are_there() -> None:
    manifest = json.loads((page.PAGE / "manifest.webmanifest").read_text())
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        size = (page.PAGE / icon["src"]).read_bytes()[16:24]
        assert icon["sizes"] == f"{int.from_bytes(size[:4])}x{int.from_bytes(size[4:])}"


def test_what_the_page_sends_is_within_the_contract() -> None:
    (most,) = re.findall(r'id="other" type="text" maxlength="(\d+)"', INDEX)
    assert int(most) == MAX_AREA
    orders = (page.PAGE / "orders.js").read_text()
    (random_bytes,) = re.findall(r"randomId\((\d+)\)", orders)
    assert 2 * int(random_bytes) <= MAX_ID
