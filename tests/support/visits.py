"""A reader's visit in a real browser."""

from typing import Any

from playwright.sync_api import Browser, Dialog, Page, Request, Route, expect

from tests.support.paths import SCREENSHOTS
from tests.support.waiting import wait_until

ASKED = "#conversation .question"
REPLY = "#conversation .reply"


class Visit:
    """One page: everything that it asked the network for, and everything that went wrong on it."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        self.context = browser.new_context(**{"locale": "de-DE", **options})
        self.page: Page = self.context.new_page()
        self.requests: list[Request] = []
        self.errors: list[str] = []
        self.page.on("request", self._record)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", self._close)
        self.page.on(
            "console",
            lambda message: self.errors.append(message.text) if message.type == "error" else None,
        )

    def _close(self, dialog: Dialog) -> None:
        self.errors.append(f"{dialog.type}: {dialog.message}")
        dialog.accept()  # the page would wait for it

    def _record(self, request: Request) -> None:
        self.requests.append(request)

    def idle(self) -> None:
        """Wait until the page has nothing left to do."""
        self.page.evaluate("new Promise((done) => requestIdleCallback(() => done()))")

    def hold(self, address: str) -> list[Route]:
        """Hold requests back; each goes on when a test says so."""
        held: list[Route] = []

        def keep(route: Route) -> None:
            held.append(route)

        self.page.route(address, keep)
        return held

    def release(self, held: list[Route]) -> None:
        """Let the first request that is held back go on, as soon as there is one."""

        def has_come() -> bool:
            self.page.evaluate("0")  # the browser's messages are read meanwhile
            return bool(held)

        wait_until(has_come)
        held[0].continue_()


class ChatVisit(Visit):
    """A visit to the chat page."""

    def __init__(self, browser: Browser, server: str, **options: Any) -> None:
        super().__init__(browser, **options)
        self.server = server

    def open(self, path: str = "/") -> Page:
        self.page.goto(self.server + path)
        expect(self.page.locator("#question textarea")).to_be_visible()
        return self.page

    def ask(self, question: str) -> Page:
        replies = self.page.locator(REPLY).count()
        self.page.locator("#question textarea").fill(question)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(REPLY)).to_have_count(replies + 1)
        return self.page

    def asked(self) -> str:
        """The last question as it is shown, less the words for screen readers before it."""
        shown = " ".join(self.page.locator(ASKED).last.inner_text().split())
        return shown.removeprefix("Sie fragen: ")

    def picture(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
