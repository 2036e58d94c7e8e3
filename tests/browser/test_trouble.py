"""No network, no server, a wrong address: the page says what is wrong and goes on when it can."""

from __future__ import annotations

from driving import Serving, drawn, in_address, open_page, words_of
from playwright.sync_api import expect


def test_it_needs_nothing_from_outside(new_page, explore):
    page = new_page()
    turned_away = []

    def only_here(route):
        if route.request.url.startswith(explore):
            route.continue_()
        else:
            turned_away.append(route.request.url)
            route.abort()

    page.context.route("**/*", only_here)
    open_page(page, explore, preset="cutoff")
    page.get_by_role("slider", name="Bypass by agents and barter").press("End")
    drawn(page, bypass_share="60 %")
    assert turned_away == []


def test_a_server_that_is_gone_is_said_and_what_was_drawn_stays(page):
    page.watched.expected += ["ERR_CONNECTION_REFUSED", "503"]  # the second: what was computed when it ended
    server = Serving()
    address = server.__enter__()
    try:
        open_page(page, address, preset="cutoff")
        before = words_of(page)
    finally:
        server.stop()
    page.get_by_role("switch", name="Hong Kong as a hub").press("Space")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The server does not answer.", timeout=60_000)
    assert words_of(page) == before
    expect(alert.get_by_role("button", name="Try again")).to_be_visible()


def test_asking_again_goes_on(page, explore):
    page.watched.expected.append("ERR_FAILED")
    open_page(page, explore, preset="cutoff")
    page.context.route("**/api/**", lambda route: route.abort())
    page.get_by_role("switch", name="Hong Kong as a hub").press("Space")
    alert = page.get_by_role("alert")
    expect(alert).to_be_visible()
    page.context.unroute("**/api/**")
    alert.get_by_role("button", name="Try again").click()
    drawn(page, hub="open")
    expect(alert).to_be_hidden()


def test_a_busy_server_is_asked_again_by_itself(page, explore):
    page.watched.expected.append("503")
    open_page(page, explore, preset="cutoff")
    left = [1]

    def busy_once(route):
        if left:
            left.pop()
            route.fulfill(status=503, json={"error": "the server is busy"})
        else:
            route.continue_()

    page.context.route("**/api/line*", busy_once)
    page.get_by_role("switch", name="Hong Kong as a hub").press("Space")
    drawn(page, hub="open")
    assert not left
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_wrong_address_is_told_with_what_was_expected(page, explore):
    page.watched.expected.append("400")
    page.goto(f"{explore}/?lang=en&preset=cutoff&bypass_shar=45+%25")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("bypass_share")
    expect(page.get_by_role("slider", name="Bypass by agents and barter")).to_be_visible()
    alert.get_by_role("button", name="Show the story as written").click()
    drawn(page, preset="cutoff")
    expect(alert).to_be_hidden()


def test_an_unknown_story_is_told_too(page, explore):
    page.watched.expected.append("400")
    page.goto(f"{explore}/?lang=en&preset=cutof")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("cutoff")
    alert.get_by_role("button", name="Show the story as written").click()
    drawn(page)
    expect(alert).to_be_hidden()


def test_the_date_goes_no_further_than_the_story(page, explore):
    """This story ends before the last month that a cut can be moved to; another does not."""
    open_page(page, explore, preset="tariffs_2025", cut_share="100 %")
    date = page.get_by_role("slider", name="Date of the cut")
    date.press("End")
    drawn(page, cut_date="2028-10")
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.locator("#lever-cut_date .foot .high")).to_have_text("Oct 2028")
    page.get_by_role("combobox", name="Story").select_option("cutoff")
    expect(page.locator("#lever-cut_date .foot .high")).to_have_text("Jan 2030")


def test_what_was_refused_is_forgotten_when_the_hand_goes_back(page, explore):
    page.watched.expected.append("400")
    open_page(page, explore, preset="cutoff")
    refused = {"error": "the rules refuse it"}
    page.context.route("**/api/line*hub=open*", lambda route: route.fulfill(status=400, json=refused))
    hub = page.get_by_role("switch", name="Hong Kong as a hub")
    hub.press("Space")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("the rules refuse it")
    hub.press("Space")
    drawn(page)
    expect(alert).to_be_hidden()


def test_a_link_to_a_date_after_the_story_is_told_which_lever(page, explore):
    page.watched.expected.append("400")
    page.goto(f"{explore}/?lang=en&preset=tariffs_2025&cut_share=100+%25&cut_date=2029-01")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("cut_date: expected a month from 2025-01 to 2028-10")
    alert.get_by_role("button", name="Show the story as written").click()
    drawn(page)
    expect(alert).to_be_hidden()


def test_the_story_chosen_last_is_shown_whatever_comes_last(page, explore):
    open_page(page, explore, preset="cutoff")
    late = []
    page.context.route("**/api/preset/cutoff_fear?*", lambda route: late.append(route))
    page.locator("#preset").select_option("cutoff_fear")
    page.wait_for_timeout(200)
    page.locator("#preset").select_option("outage")
    drawn(page, preset="outage")
    late.pop().continue_()
    page.wait_for_timeout(700)
    in_address(page, preset="outage")
    expect(page.locator("#preset")).to_have_value("outage")
