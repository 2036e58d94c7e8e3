"""A headless Chromium, pages that may not talk to strangers, and a running ``paysim explore``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from driving import FLAGS, Serving, executable

DESKTOP = {"width": 1280, "height": 720}
PATIENCE = 30_000  # ms; a machine that does other things as well


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium; PAYSIM_BROWSER=required makes a missing one a failure."""
    found = executable()
    if not Path(found).exists():
        if os.environ.get("PAYSIM_BROWSER") == "required":
            pytest.fail(f"PAYSIM_BROWSER=required, and there is no {found}")
        pytest.skip(f"no {found} (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield started
        started.close()


class Watched:
    """What a context asked for and complained about."""

    def __init__(self, context) -> None:
        self.context = context
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.expected: list[str] = []
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _heard(self, message) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    @property
    def strangers(self) -> list[str]:
        """Addresses asked of others than the first origin."""
        split = [urlsplit(address) for address in self.asked]
        origins = [(one.scheme, one.netloc) for one in split if one.scheme in ("http", "https", "ws", "wss")]
        return [f"{scheme}://{host}" for scheme, host in origins if (scheme, host) != origins[0]]

    def check(self) -> None:
        """Fail on whatever went out, and on whatever was complained of and not expected."""
        assert not self.strangers, f"asked of others: {self.strangers}"
        rest = [one for one in self.complaints if not any(expected in one for expected in self.expected)]
        assert not rest, f"the console has errors: {rest}"


@pytest.fixture
def new_page(browser):
    """Makes pages, each in a context of its own, with what `browser.new_context` takes; all are watched."""
    made: list[Watched] = []

    def make(**options):
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
        watched = Watched(context)
        made.append(watched)
        page = context.new_page()
        page.watched = watched
        return page

    yield make
    for watched in made:
        watched.context.close()
    for watched in made:
        watched.check()


@pytest.fixture
def page(new_page):
    """A page that fails its test when it asks another origin or writes an error to its console."""
    return new_page()


@pytest.fixture(scope="session")
def explore() -> Iterator[str]:
    """The address of a running ``paysim explore``."""
    with Serving() as address:
        yield address
