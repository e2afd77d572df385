"""What the phone page weighs, and how soon it can be seen.

The weight is that of every file that a browser fetches, each compressed by itself as a web server would.
First paint is what Chromium reports in a window of a phone's size, with nothing cached, from this machine.
Debian's mosquitto sends the files as they are.
"""

import gzip
import shutil
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from bench import report
from controller.demo import page

PHONE: Final = ViewportSize(width=412, height=915)
_PAINTS: Final = """() => Object.fromEntries(
    performance.getEntriesByType("paint").map(entry => [entry.name, entry.startTime]))"""
#: Those that Chromium has painted are there a moment after the page was loaded.
_PAINTED: Final = '() => performance.getEntriesByName("first-contentful-paint").length > 0'


def main() -> int:
    options = report.arguments(__doc__ or "", runs=20)
    chromium = shutil.which("chromium")
    if chromium is None:
        print("page: chromium is missing: apt-get install chromium", file=sys.stderr)
        return 1
    with page.served("127.0.0.1") as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        url = f"http://127.0.0.1:{port}/"
        fetched = _fetched(browser, url)
        painted_ms = [_first_paint_ms(browser, url) for _ in range(options.runs)]
        browser.close()
    rows, plain, packed = [], 0, 0
    for path in sorted(fetched, key=lambda path: -_packed(path)):
        plain += path.stat().st_size
        packed += _packed(path)
        name = path.relative_to(page.PAGE).as_posix()
        rows.append([name, f"{path.stat().st_size / 1000:.1f}", f"{_packed(path) / 1000:.1f}"])
    rows.append(["all", f"{plain / 1000:.1f}", f"{packed / 1000:.1f}"])
    report.table("Weight, kB", ["", "plain", "gzip"], rows)
    paint = [report.percentile(painted_ms, share) for share in (0.5, 0.95)]
    report.table(
        f"First contentful paint, ms, {options.runs} times", ["p50", "p95"], [[f"{p:.0f}" for p in paint]]
    )
    figures = {
        "page.weight_kb": round(plain / 1000, 1),
        "page.weight_gzip_kb": round(packed / 1000, 1),
        "page.first_paint_ms.p50": round(paint[0], 1),
        "page.first_paint_ms.p95": round(paint[1], 1),
    }
    report.store(options.json, figures)
    return 0


def _packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), mtime=0))


def _fetched(browser: Browser, url: str) -> set[Path]:
    """Return the files of the page that opening it has fetched."""
    context = browser.new_context(viewport=PHONE)
    opened, files = context.new_page(), {page.PAGE / "index.html"}

    def note(address: str) -> None:
        path = page.PAGE / address.removeprefix(url).partition("?")[0]
        if address.startswith(url) and path.is_file():
            files.add(path)

    opened.on("request", lambda request: note(request.url))
    opened.goto(url, wait_until="networkidle")
    context.close()
    return files


def _first_paint_ms(browser: Browser, url: str) -> float:
    context = browser.new_context(viewport=PHONE)
    opened = context.new_page()
    opened.goto(url)
    opened.wait_for_function(_PAINTED)
    paints: dict[str, float] = opened.evaluate(_PAINTS)
    context.close()
    return paints["first-contentful-paint"]


if __name__ == "__main__":
    sys.exit(main())
