"""A browser window on Dagster's UI, its screenshots, and a count of the clicks along a path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page, ViewportSize, expect, sync_playwright

BROWSER: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
SIZE: Final[ViewportSize] = {"width": 1500, "height": 1000}
PATIENCE: Final = 120_000
"""Milliseconds for what a page has to show."""
LARGEST_PICTURE: Final = 250_000
SHORTEN: Final = """prefix => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.nodeValue = texts.currentNode.nodeValue.replaceAll(prefix, ".venv");
}"""
"""Writes paths of the environment as they are in a checkout: a picture does not depend on where it was taken."""


@dataclass(frozen=True)
class Window:
    """A page of the UI at `url`, and the folder for its pictures."""

    page: Page
    url: str
    pictures: Path

    def open(self, path: str) -> None:
        """Open a page by its path."""
        self.page.goto(self.url + path)

    def see(self, text: str, *, exact: bool = False) -> Locator:
        """Wait until a text is visible; return its element."""
        found = self.page.get_by_text(text, exact=exact).first
        expect(found).to_be_visible(timeout=PATIENCE)
        return found

    def reach(self, target: Locator) -> Locator:
        """Scroll the list in the middle of the window until the target is there: a list draws only what it shows."""
        self.page.mouse.move(SIZE["width"] / 2, SIZE["height"] / 2)
        for _ in range(100):
            if target.count():
                break
            self.page.mouse.wheel(0, 400)
            self.page.wait_for_timeout(300)
        target.scroll_into_view_if_needed()
        return target

    def keep(self, name: str) -> None:
        """Save a screenshot, small enough for a repository."""
        self.page.wait_for_timeout(1500)  # bars and icons are drawn a moment after the text
        self.page.evaluate(SHORTEN, sys.prefix)
        picture = self.pictures / f"{name}.png"
        self.page.screenshot(path=picture)
        assert picture.stat().st_size < LARGEST_PICTURE, f"{picture} is too large to keep"
        print_line(f"Seen: {name}")


@dataclass
class ClickPath:
    """A path of clicks from the front page on; every click is counted and followed by a screenshot."""

    window: Window
    name: str
    clicks: int = 0

    def start(self) -> None:
        """Open the front page."""
        self.window.open("/")
        expect(link(self.window.page, "Catalog")).to_be_visible(timeout=PATIENCE)
        self.window.keep(f"{self.name}_0")

    def click(self, target: Locator, *, shows: Locator) -> None:
        """Click, and wait until `shows` is in the window without scrolling."""
        target.click(timeout=PATIENCE)
        self.clicks += 1
        expect(shows).to_be_in_viewport(timeout=PATIENCE)
        self.window.keep(f"{self.name}_{self.clicks}")

    def point_at(self, target: Locator, *, shows: Locator) -> None:
        """Hover over `target` without a click until `shows` is in the window."""
        target.hover(timeout=PATIENCE)
        expect(shows).to_be_in_viewport(timeout=PATIENCE)
        self.window.keep(f"{self.name}_{self.clicks}")


@contextmanager
def open_window(url: str, pictures: Path) -> Iterator[Window]:
    """Open a window in a new browser, which closes with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS.split())
        try:
            page = browser.new_page(viewport=SIZE)
            page.set_default_timeout(PATIENCE)
            yield Window(page, url, pictures)
        finally:
            browser.close()


def link(page: Page, name: str) -> Locator:
    """Return an entry of the navigation."""
    return page.get_by_role("link", name=name).first


def asset_link(page: Page, asset: str) -> Locator:
    """Return the link of an asset in the catalog."""
    return page.locator(f"a[href='/assets/{asset}']").first


def print_line(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
