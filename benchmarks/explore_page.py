"""From a hand that lets go to the exact line on the page of `paysim explore`: dragging, clicking, keys apart.

python benchmarks/explore_page.py [--rounds N] [--preset NAME] [--lever ID]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))  # the page in the hands of a test

from driving import FLAGS, Serving, executable, open_page, rail
from playwright.sync_api import sync_playwright

WATCH = """() => {
  window.released = null;
  window.waits = [];
  const let_go = () => { window.released = performance.now(); };
  addEventListener("pointerup", let_go, true);
  addEventListener("keydown", let_go, true);
  document.addEventListener("paysim:drawn", (event) => {
    if (window.released !== null) window.waits.push(event.detail.at - window.released);
    window.released = null;
  });
}"""
PATIENCE = 60_000
REST = 700  # ms between two movements: a person looks at what happened
CLICKS = (0.05, 0.95, 0.3, 0.7, 0.15, 0.85, 0.5)


@contextmanager
def page_of(address: str, preset: str) -> Iterator[Any]:
    """A page that notes how long every release waits for its line."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        open_page(page, address, preset=preset)
        page.evaluate(WATCH)
        yield page
        browser.close()


def waits(page: Any, act: Callable[[int], None], rounds: int) -> list[float]:
    """Milliseconds from release to line, round by round; each is waited for."""
    for number in range(rounds):
        before = page.evaluate("() => window.waits.length")
        act(number)
        for _ in range(PATIENCE // 50):
            if page.evaluate("() => window.waits.length") > before or page.evaluate("() => window.released === null"):
                break
            page.wait_for_timeout(50)
        page.wait_for_timeout(REST)
    found = page.evaluate("() => window.waits.splice(0)")
    return [float(one) for one in found]


def gestures(page: Any, slider: Any) -> dict[str, Callable[[int], None]]:
    """What a hand does to a slider."""

    def drag(number: int) -> None:
        left, right, height = rail(slider)
        here, last = (float(slider.evaluate(f"one => one.{name}")) for name in ("value", "max"))
        goal = 0.1 + 0.8 * (number % 2) + 0.05 * (number % 3 - 1)
        start = left + (right - left) * here / last
        page.mouse.move(start, height)
        page.mouse.down()
        for step in range(1, 25):
            page.mouse.move(start + (left + (right - left) * goal - start) * step / 24, height)
            page.wait_for_timeout(30)
        page.wait_for_timeout(120)  # a hand stops before it lets go
        page.mouse.up()

    def click(number: int) -> None:
        left, right, height = rail(slider)
        page.mouse.click(left + (right - left) * CLICKS[number % len(CLICKS)], height)

    def key(number: int) -> None:
        slider.press("ArrowRight" if number % 6 < 3 else "ArrowLeft")

    return {"dragging": drag, "clicking on the track": click, "a key": key}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--preset", default="cutoff")
    parser.add_argument("--lever", default="network_effect")
    options = parser.parse_args()
    print("from release to the exact line, ms")
    for name in ("dragging", "clicking on the track", "a key"):
        with Serving() as address, page_of(address, options.preset) as page:  # afresh: nothing is kept from before
            slider = page.locator(f"#control-{options.lever}")
            slider.scroll_into_view_if_needed()
            page.wait_for_timeout(2000)
            found = waits(page, gestures(page, slider)[name], options.rounds)
        middle, high = np.percentile(found, [50, 95])
        print(f"{name:24} median {middle:7.0f}   95th percentile {high:7.0f}   of {len(found)}")


if __name__ == "__main__":
    main()
