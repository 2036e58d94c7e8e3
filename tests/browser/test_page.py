"""The page as a class uses it: it loads, it moves under a hand, and its address is its state."""

from __future__ import annotations

import pytest
from driving import announced, asked, card, drag, drawn, in_address, open_page, query, rail, tables, told, words_of
from playwright.sync_api import expect

BYPASS = "Bypass by agents and barter"


def test_it_opens_with_levers_charts_and_words(page, explore):
    open_page(page, explore)
    expect(page.get_by_role("heading", level=1)).to_contain_text("paysim")
    data = asked(page, explore, "/api/page", lang="en")
    for lever in data["levers"]:
        role = {"slider": "slider", "switch": "switch", "choice": "radiogroup"}[lever["kind"]]
        expect(page.get_by_role(role, name=lever["label"], exact=True)).to_have_count(1)
    assert len(data["charts"]) >= 6
    for chart in data["charts"]:
        expect(card(page, chart["title"]).locator("canvas")).to_be_visible()
    for words in told(page).values():
        assert any(sign.isdigit() for sign in words), "every chart says in numbers what it shows"


def test_its_tables_hold_the_numbers_of_the_line(page, explore):
    open_page(page, explore, preset="cutoff", bypass_share="45 %")
    line = asked(page, explore, "/api/line", preset="cutoff", bypass_share="45 %", lang="en")
    shown = tables(page)
    for chart in asked(page, explore, "/api/page", lang="en")["charts"]:
        last = shown[f"chart-{chart['id']}"][-1]
        for place, series in enumerate(chart["series"], start=1):
            value = line["series"][series["id"]][-1]
            assert float(last[place].replace("−", "-")) == pytest.approx(value, abs=0.51 * 10 ** -chart["digits"])


def test_dragging_redraws_before_the_hand_lets_go(page, explore):
    open_page(page, explore, preset="cutoff")
    page.wait_for_timeout(1500)
    before, quiet = words_of(page), announced(page)
    slider = page.get_by_role("slider", name=BYPASS)
    drag(page, slider, 1.0, drop=False)
    expect(page.locator("#chart-trade .plot")).not_to_have_attribute(
        "aria-label", next(w for w in before if "rade of" in w)
    )
    assert announced(page) == quiet, "nothing is read out while a hand drags"
    page.mouse.up()
    drawn(page, bypass_share="60 %")
    assert words_of(page) != before
    in_address(page, bypass_share="60 %")
    expect(page.locator("#short")).to_contain_text(f"{BYPASS}: 60 %")


def test_a_click_on_the_track_and_keys_move_a_slider(page, explore):
    open_page(page, explore, preset="cutoff")
    slider = page.get_by_role("slider", name=BYPASS)
    left, right, height = rail(slider)
    page.mouse.click(right, height)
    drawn(page, bypass_share="60 %")
    slider.press("Home")
    drawn(page, bypass_share="0 %")
    slider.press("ArrowRight")
    in_address(page, bypass_share=slider.get_attribute("aria-valuetext"))
    assert left < right


def test_the_last_of_many_quick_changes_is_what_stands_there(page, explore):
    open_page(page, explore, preset="cutoff")
    slider = page.get_by_role("slider", name=BYPASS)
    for key in ("Home", "End") * 4:
        slider.press(key)
    drawn(page, bypass_share="60 %")
    page.wait_for_timeout(1500)
    last = tables(page)["chart-trade"][-1][1]
    open_page(page, explore, preset="cutoff", bypass_share="60 %")
    assert tables(page)["chart-trade"][-1][1] == last


def test_reset_brings_back_the_preset(page, explore):
    open_page(page, explore, preset="cutoff")
    own = words_of(page)
    slider = page.get_by_role("slider", name=BYPASS)
    slider.press("End")
    drawn(page, bypass_share="60 %")
    page.get_by_role("button", name=f"Back to the story's own value: {BYPASS}").click()
    in_address(page, bypass_share=None)
    drawn(page)
    expect(slider).to_be_focused()
    assert words_of(page) == own
    slider.press("End")
    page.get_by_role("switch", name="Hong Kong as a hub").press("Space")
    drawn(page, hub="open")
    page.get_by_role("button", name="Reset all").click()
    in_address(page, bypass_share=None, hub=None)
    drawn(page)
    assert words_of(page) == own


def test_a_preset_brings_its_own_levers_assumptions_and_limits(page, explore):
    open_page(page, explore, preset="cutoff")
    slider = page.get_by_role("slider", name=BYPASS)
    slider.press("End")
    page.get_by_role("combobox", name="Story").select_option("cutoff_hub_open")
    in_address(page, preset="cutoff_hub_open", bypass_share=None)
    drawn(page, preset="cutoff_hub_open")
    expect(page.get_by_role("switch", name="Hong Kong as a hub")).to_be_checked()
    told_of = asked(page, explore, "/api/preset/cutoff_hub_open", lang="en")
    expect(page.locator("#question")).to_have_text(" ".join(told_of["question"].split()))
    for limit in told_of["limits"]:
        expect(page.locator("#limits")).to_contain_text(" ".join(limit.split()))
    for assumption in told_of["assumptions"]:
        expect(page.locator("#assumptions")).to_contain_text(" ".join(assumption["text"].split()))


def test_the_address_gives_the_same_page_in_a_second_browser_and_after_a_reload(new_page, explore):
    first = new_page()
    open_page(first, explore, preset="cutoff_fear")
    first.get_by_role("slider", name=BYPASS).press("End")
    first.get_by_role("radio", name="refuse").check()
    drawn(first, allies="refuse", bypass_share="60 %")
    in_address(first, allies="refuse", bypass_share="60 %")
    second = new_page()
    second.goto(first.url)
    drawn(second)
    assert query(second) == query(first) == {"preset": "cutoff_fear", "allies": "refuse", "bypass_share": "60 %"}
    assert tables(second) == tables(first)
    expect(second.get_by_role("radio", name="refuse")).to_be_checked()
    second.reload()
    drawn(second)
    assert tables(second) == tables(first)


def test_back_and_forward_go_between_stories(page, explore):
    open_page(page, explore, preset="cutoff")
    page.get_by_role("slider", name=BYPASS).press("End")
    drawn(page, bypass_share="60 %")
    in_address(page, bypass_share="60 %")
    moved = words_of(page)
    page.get_by_role("combobox", name="Story").select_option("reconnect")
    drawn(page, preset="reconnect")
    page.go_back()
    drawn(page, preset="cutoff", bypass_share="60 %")
    assert words_of(page) == moved
    expect(page.get_by_role("slider", name=BYPASS)).to_have_attribute("aria-valuetext", "60 %")
    page.go_forward()
    drawn(page, preset="reconnect")


@pytest.mark.slow
def test_bands_come_after_the_line(page, explore):
    open_page(page, explore, preset="cutoff")
    before = page.locator("#chart-trade canvas").screenshot()
    expect(page.locator('body[data-band="preset=cutoff"]')).to_be_attached(timeout=180_000)
    page.wait_for_timeout(200)
    assert page.locator("#chart-trade canvas").screenshot() != before


def test_the_preset_stays_for_comparison(page, explore):
    open_page(page, explore, preset="cutoff")
    page.get_by_role("slider", name=BYPASS).press("End")
    drawn(page, bypass_share="60 %")
    expect(card(page, "Trade of the target").locator(".told")).to_contain_text("than the story as written")


def test_the_large_chart_can_be_chosen(page, explore):
    open_page(page, explore)
    page.get_by_role("combobox", name="Large chart").select_option(label="Trade of the target")
    expect(page.locator("#large article")).to_have_attribute("id", "chart-trade")
    in_address(page, chart="trade")
    page.get_by_role("button", name="Enlarge: True shares of currencies").click()
    expect(page.locator("#large article")).to_have_attribute("id", "chart-shares")
    page.reload()
    drawn(page)
    expect(page.locator("#large article")).to_have_attribute("id", "chart-shares")


def test_why_leads_to_the_page_of_the_lever(page, explore):
    open_page(page, explore)
    with page.expect_popup() as opened:
        page.get_by_role("link", name=f"Why? {BYPASS}").click()
    expect(opened.value.get_by_role("heading").first).to_be_visible()
    opened.value.close()


def test_it_speaks_german(page, explore):
    open_page(page, explore)
    page.get_by_role("button", name="Deutsch").click()
    in_address(page, lang="de")
    drawn(page)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    words = page.locator("#large .told").inner_text()
    assert "," in words, "numbers have the decimal sign of the language"
    assert page.get_by_role("button", name="English").get_attribute("aria-pressed") == "false"
    page.reload()
    drawn(page)
    expect(page.locator("html")).to_have_attribute("lang", "de")


def test_a_line_and_its_band_that_are_both_at_hand_are_drawn_together(page, explore):
    page.context.route("**/api/band*", lambda route: route.fulfill(json={"key": "none", "series": {}}))
    open_page(page, explore, preset="cutoff")
    expect(page.locator('body[data-band="preset=cutoff"]')).to_be_attached()
    slider = page.get_by_role("slider", name=BYPASS)
    slider.press("End")
    drawn(page, bypass_share="60 %")
    page.get_by_role("button", name="Reset all").click()
    drawn(page)
    expect(page.locator('body[data-drawn="preset=cutoff"]')).to_be_attached()
