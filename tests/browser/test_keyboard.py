"""Everything works without a mouse, and the focus can be seen."""

from __future__ import annotations

from driving import drawn, in_address, open_page
from playwright.sync_api import expect

FOCUS = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  return {
    id: one.id, tag: one.tagName, role: one.getAttribute("role"),
    outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""


def walk(page, most: int = 200):
    """Press Tab until the focus comes round; every stop on the way."""
    stops = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop["tag"] == "BODY":
            break
        stops.append(stop)
    return stops


def test_tab_reaches_every_control_and_shows_where_it_is(page, explore):
    open_page(page, explore, preset="cutoff")
    stops = walk(page)
    reached = {stop["id"] for stop in stops}
    wanted = page.locator("main input:not([type=radio]):enabled, main select, header select, header button[id]")
    for control in wanted.evaluate_all("all => all.filter((one) => one.offsetParent !== null).map((one) => one.id)"):
        assert control in reached, control
    assert all(stop["outline"] for stop in stops), [stop for stop in stops if not stop["outline"]]
    assert all(stop["seen"] for stop in stops), [stop for stop in stops if not stop["seen"]]


def test_the_skip_link_leads_to_the_levers(page, explore):
    open_page(page, explore)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the levers")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('#levers') !== null")


def test_a_lesson_by_keyboard_alone(page, explore):
    open_page(page, explore, preset="cutoff")
    page.locator("#preset").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    expect(page).not_to_have_url("preset=cutoff&")
    page.get_by_role("combobox", name="Story").select_option("cutoff")
    drawn(page, preset="cutoff")
    page.get_by_role("slider", name="Bypass by agents and barter").focus()
    page.keyboard.press("End")
    in_address(page, bypass_share="60 %")
    page.get_by_role("switch", name="Hong Kong as a hub").focus()
    page.keyboard.press("Space")
    in_address(page, hub="open")
    page.get_by_role("radio", name="use CIPS").focus()
    page.keyboard.press("ArrowDown")
    in_address(page, allies="refuse")
    drawn(page, bypass_share="60 %", hub="open", allies="refuse")
    page.get_by_role("button", name="Prediction first").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="What to predict")).to_be_focused()
    fields = page.get_by_role("spinbutton")
    fields.first.focus()
    page.keyboard.type("7")
    fields.last.focus()
    page.keyboard.type("12")
    page.get_by_role("button", name="Show the model's line").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_contain_text("12.00 %")
