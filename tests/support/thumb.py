"""A person with a phone: looks at the page, touches it, and waits for what it shows."""

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Locator, Page, expect

from tests.support.pack import ROOT

#: Kept after the tests, to be looked at.
SCREENSHOTS = ROOT / "build" / "screenshots"
PATIENCE_MS = 60_000

expect.set_options(timeout=PATIENCE_MS)


class Thumb:
    """The page on a phone. It must never have complained: no error, and nothing that its policy forbids."""

    def __init__(self, context: BrowserContext, url: str, *, read_warnings: bool) -> None:
        self.context = context
        self.url = url
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._console)
        if read_warnings:
            self.page.add_init_script(
                "localStorage.setItem('heatpack.warnings-read', JSON.stringify({version: 1}))"
            )
        self.page.goto(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.looks(f"failed-{id(self)}")
            print(self.page.locator("body").inner_text())
        assert error is not None or self.complaints == [], self.complaints

    def _console(self, message: ConsoleMessage) -> None:
        # A broker that is down is not the page's mistake, and the browser reports it all the same.
        if message.type in {"error", "warning"} and "WebSocket" not in message.text:
            self.complaints.append(message.text)

    # --- looking ------------------------------------------------------------------------------------

    def find(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def sees(self, selector: str, words: str) -> None:
        """Wait until an element shows these words."""
        expect(self.find(selector)).to_contain_text(words)

    def sees_nothing_of(self, selector: str) -> None:
        """Wait until an element is hidden."""
        expect(self.find(selector)).to_be_hidden()

    def situation(self, name: str) -> None:
        """Wait until this is what the page is about."""
        expect(self.find("body")).to_have_attribute("data-situation", name)

    def looks(self, name: str) -> Path:
        """Keep a picture."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        try:
            path.write_bytes(self.page.screenshot())  # given the path, Playwright leaves a thread behind
        except Error as error:  # never in the way of the failure that it should show
            print(error)
        return path

    def barriers(self) -> list[str]:
        """What axe-core finds wrong for people who see, hear or move otherwise."""
        found: dict[str, Any] = json.loads(json.dumps(Axe().run(self.page).response))
        return [
            f"{violation['id']}: {violation['help']} at {[node['target'] for node in violation['nodes']]}"
            for violation in found["violations"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the phone."""
        return int(
            self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        )

    # --- touching -----------------------------------------------------------------------------------

    def starts(self) -> None:
        """Tap Start as soon as it can be tapped."""
        expect(self.find("#go")).to_be_enabled()
        self.find("#go").tap()

    def stops(self) -> None:
        self.button("Stop").tap()
