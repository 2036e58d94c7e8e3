"""The event engine behind its button: it queues, tells how far it is, and draws what it found."""

from __future__ import annotations

import pytest
from driving import asked, drawn, open_page
from playwright.sync_api import expect

RUN = "Run the event engine"


def test_queue_progress_and_what_was_found(page, explore):
    open_page(page, explore, preset="cutoff")
    line = asked(page, explore, "/api/line", preset="cutoff", lang="en")
    half = {name: [value and value / 2 for value in values] for name, values in line["series"].items()}
    found = {"months": line["months"], "series": half}
    nothing = {"message": "", "series": None}
    reports = [
        {"phase": "queued", "place": 2, "done": 0, "of": 4, **nothing},
        {"phase": "running", "place": 0, "done": 3, "of": 4, **nothing},
        {"phase": "done", "place": 0, "done": 4, "of": 4, "message": "", **found},
    ]
    bodies = []

    def begin(route):
        bodies.append(route.request.post_data_json)
        route.fulfill(status=202, json={"job": "one"})

    page.context.route("**/api/events", begin)
    left = [*reports]

    def report(route):
        route.fulfill(json=left.pop(0))

    page.context.route("**/api/events/one", report)
    before = page.locator("#chart-trade canvas").screenshot()
    page.get_by_role("button", name=RUN).click()
    expect(page.locator("#engine-told")).to_contain_text("2")
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("#engine-told")).to_contain_text("3 of 4")
    expect(page.locator("#engine-told")).to_contain_text("Done")
    expect(page.get_by_role("progressbar")).to_be_hidden()
    assert bodies == [{"preset": "cutoff"}]
    page.wait_for_timeout(200)
    assert page.locator("#chart-trade canvas").screenshot() != before
    page.get_by_role("switch", name="Hong Kong as a hub").press("Space")
    drawn(page, hub="open")
    expect(page.locator("#engine-told")).to_have_text("")


def test_a_run_that_fails_says_so_and_can_be_tried_again(page, explore):
    open_page(page, explore, preset="cutoff")
    page.context.route("**/api/events", lambda route: route.fulfill(status=202, json={"job": "one"}))
    failed = {"phase": "failed", "place": 0, "done": 0, "of": 4, "message": "it took too long", "series": None}
    page.context.route("**/api/events/one", lambda route: route.fulfill(json=failed))
    page.get_by_role("button", name=RUN).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("it took too long")
    expect(alert.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_role("button", name=RUN)).to_be_enabled()


@pytest.mark.slow
def test_a_run_of_the_real_engine(page, explore):
    open_page(page, explore, preset="cutoff")
    page.get_by_role("button", name=RUN).click()
    expect(page.locator("#engine-told")).to_contain_text("Done", timeout=500_000)
