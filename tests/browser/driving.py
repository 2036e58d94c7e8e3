"""The page of ``paysim explore`` in the hands of a test: by role and label, as a person would find things."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import expect

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FLOWN = 40  # ms between two movements of a mouse that drags


def executable() -> str:
    """Where Chromium is, or should be."""
    return os.environ.get("PAYSIM_CHROMIUM") or shutil.which("chromium") or CHROMIUM


def open_page(page, address: str, lang: str = "en", **state: str) -> None:
    """Open the page in a state and wait for its line."""
    page.goto(f"{address}/?{urlencode({'lang': lang, **state})}")
    drawn(page)


def drawn(page, **state: str) -> None:
    """Wait until the exact line of the state that the page is in is drawn; check that it is this one."""
    expect(page.locator("body[data-state=drawn][data-drawn]")).to_be_attached(timeout=60_000)
    for name, value in state.items():
        expect(page.locator(f'body[data-drawn*="{urlencode({name: value})}"]')).to_be_attached(timeout=60_000)


def query(page) -> dict[str, str]:
    """The state in the address, without what is of the page alone."""
    pairs = dict(parse_qsl(urlsplit(page.url).query))
    return {name: value for name, value in pairs.items() if name not in ("lang", "chart", "predict")}


def in_address(page, **state: str | None) -> None:
    """Wait until the address says so; None: does not name it."""
    for name, value in state.items():
        wanted = re.compile(rf"[?&]{name}=" if value is None else re.escape(urlencode({name: value})))
        if value is None:
            expect(page).not_to_have_url(wanted)
        else:
            expect(page).to_have_url(wanted)


def card(page, title: str):
    """The card of a chart."""
    return page.get_by_role("article", name=title)


def told(page) -> dict[str, str]:
    """What stands in words beside every chart."""
    cards = page.locator("article.card")
    return {one.get_by_role("heading").inner_text(): one.locator("ul.told").inner_text() for one in cards.all()}


def words_of(page) -> list[str]:
    """The text alternatives of all charts, in the order of their ids."""
    plots = page.locator("article.card .plot")
    pairs = [(one.get_attribute("aria-label") or "") for one in plots.all()]
    return sorted(pairs)


def tables(page) -> dict[str, list[list[str]]]:
    """The table of every chart, opened: rows of cells, by the id of the card."""
    found = {}
    for one in page.locator("article.card").all():
        details = one.locator("details.table")
        if details.get_attribute("open") is None:
            details.evaluate("element => { element.open = true; }")
        expect(one.locator("table tbody tr").first).to_be_attached()
        rows = one.locator("table tr").evaluate_all(
            "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
        )
        found[one.get_attribute("id")] = rows
    return found


def asked(page, address: str, path: str, **state: str):
    """What the server answers to a question, as data."""
    answer = page.request.get(f"{address}{path}?{urlencode(state)}")
    assert answer.ok, answer.text()
    return json.loads(answer.text())


def rail(slider) -> tuple[float, float, float]:
    """Left end, right end and height of where a slider's thumb may be."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    half = 11.0  # of a thumb
    return box["x"] + half, box["x"] + box["width"] - half, box["y"] + box["height"] / 2.0


def drag(page, slider, way: float, steps: int = 12, drop: bool = True) -> None:
    """Take a slider's thumb with the mouse and bring it so far along its rail (0 to 1)."""
    left, right, height = rail(slider)
    here, last = (float(slider.evaluate(f"one => one.{name}")) for name in ("value", "max"))
    start = left + (right - left) * here / last
    goal = left + (right - left) * way
    page.mouse.move(start, height)
    page.mouse.down()
    for step in range(1, steps + 1):
        page.mouse.move(start + (goal - start) * step / steps, height)
        page.wait_for_timeout(FLOWN)
    if drop:
        page.mouse.up()


def announced(page) -> str:
    """What is read out after a change."""
    return page.locator("#short").inner_text()


class Serving:
    """A ``paysim explore`` on a free port, ended with the block; gives its address."""

    def __init__(self, *options: str) -> None:
        self.command = [sys.executable, "-m", "paysim", "explore", "--no-browser", "--port", "0", *options]

    def __enter__(self) -> str:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        said = []
        for line in self.process.stdout:
            said.append(line)
            found = re.search(r"http://[\w.:\[\]-]+", line)
            if found:
                return found[0].rstrip("/")
        raise RuntimeError("paysim explore did not start:\n" + "".join(said))

    def stop(self) -> None:
        """End the server, as Ctrl-C would."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def __exit__(self, *_failure) -> None:
        self.stop()
