"""Prediction first: nothing of the model's line may be seen before a student has drawn."""

from __future__ import annotations

from driving import asked, drawn, open_page
from playwright.sync_api import expect

REVEAL = "Show the model's line"
TRADE = "trade_index:target"


def drawing(page):
    """Where a hand can draw."""
    page.locator("#predict .u-over").scroll_into_view_if_needed()
    return page.locator("#predict .u-over").bounding_box()


def sweep(page, heights) -> None:
    """Draw from left to right through heights (0 top, 1 bottom)."""
    box = drawing(page)
    at = [
        (box["x"] + 2 + (box["width"] - 4) * place / (len(heights) - 1), box["y"] + box["height"] * height)
        for place, height in enumerate(heights)
    ]
    page.mouse.move(*at[0])
    page.mouse.down()
    for point in at[1:]:
        page.mouse.move(*point)
    page.mouse.up()


def test_the_answer_is_hidden_until_it_is_asked_for(page, explore):
    open_page(page, explore, preset="cutoff", predict=TRADE)
    line = asked(page, explore, "/api/line", preset="cutoff", lang="en")["series"][TRADE]
    expect(page.locator("#large")).to_be_hidden()
    expect(page.locator("#others")).to_be_hidden()
    seen = page.locator("main").inner_text()
    for value in (min(line), line[-1]):
        assert f"{value:.1f}" not in seen
        assert f"{value:.1f}" not in (page.locator("#predict .plot").get_attribute("aria-label") or "")
    expect(page.get_by_role("button", name=REVEAL)).to_be_disabled()


def test_a_curve_drawn_by_hand_is_compared_in_words(page, explore):
    open_page(page, explore, preset="cutoff", predict=TRADE)
    sweep(page, [0.3] * 12)
    page.get_by_role("button", name=REVEAL).click()
    last = asked(page, explore, "/api/line", preset="cutoff", lang="en")["series"][TRADE][-1]
    verdict = page.locator(".verdict").inner_text()
    assert f"the model has {last:.1f}" in verdict
    yours = page.locator(".result tbody tr").last.locator("td").first.inner_text()
    assert f"You expected {yours}" in verdict
    assert "more" in verdict if last > float(yours) else "less" in verdict


def test_the_blank_chart_does_not_hint_at_the_answer(page, explore):
    def scale(preset):
        open_page(page, explore, preset=preset, predict=TRADE)
        sweep(page, [0.5, 0.5])
        return page.get_by_role("spinbutton").last.input_value()

    assert scale("cutoff") == scale("baseline")


def test_typed_numbers_and_a_drawn_line_are_the_same_curve(page, explore):
    open_page(page, explore, preset="cutoff", predict=TRADE)
    fields = page.get_by_role("spinbutton")
    fields.last.fill("60")
    page.get_by_role("button", name=REVEAL).click()
    row = page.locator(".result tbody tr").last
    expect(row.locator("td").first).to_have_text("60.0")
    sweep(page, [0.2, 0.2])
    assert fields.last.input_value() not in ("60", "60.0", "")
    expect(row.locator("td").first).to_have_text(fields.last.input_value())


def test_the_model_moves_under_a_prediction_and_the_prediction_stays(page, explore):
    open_page(page, explore, preset="cutoff", predict=TRADE)
    page.get_by_role("spinbutton").last.fill("60")
    page.get_by_role("button", name=REVEAL).click()
    row = page.locator(".result tbody tr").last
    before = row.locator("td").all_inner_texts()
    page.get_by_role("radio", name="refuse").check()
    drawn(page, allies="refuse")
    expect(row.locator("td").nth(1)).not_to_have_text(before[1])
    assert row.locator("td").first.inner_text() == before[0]


def test_start_again_hides_the_answer(page, explore):
    open_page(page, explore, preset="cutoff", predict=TRADE)
    page.get_by_role("spinbutton").last.fill("60")
    page.get_by_role("button", name=REVEAL).click()
    expect(page.locator(".verdict")).to_be_visible()
    page.get_by_role("button", name="Start again").click()
    expect(page.locator(".verdict")).to_have_count(0)
    expect(page.get_by_role("button", name=REVEAL)).to_be_disabled()
    assert page.get_by_role("spinbutton").last.input_value() == ""


def test_another_story_hides_the_answer_again(page, explore):
    open_page(page, explore, preset="cutoff", predict=TRADE)
    page.get_by_role("spinbutton").last.fill("60")
    page.get_by_role("button", name=REVEAL).click()
    page.get_by_role("combobox", name="Story").select_option("cutoff_hub_open")
    drawn(page, preset="cutoff_hub_open")
    expect(page.locator(".verdict")).to_have_count(0)
    expect(page.get_by_role("button", name=REVEAL)).to_be_disabled()


def test_leaving_brings_the_charts_back(page, explore):
    open_page(page, explore, preset="cutoff", predict=TRADE)
    page.get_by_role("button", name="Prediction first").click()
    expect(page.locator("#large")).to_be_visible()
    expect(page.locator("#large strong").first).not_to_be_empty()
