"""A narrow phone: one column, nothing cut off, and the large chart in sight while a slider is moved."""

from __future__ import annotations

import pytest
from driving import drawn, in_address, open_page
from playwright.sync_api import expect

NARROW = {"width": 360, "height": 740}


@pytest.fixture
def phone(new_page):
    return new_page(viewport=NARROW, has_touch=True, is_mobile=True, device_scale_factor=2)


def test_nothing_is_wider_than_the_screen(phone, explore):
    open_page(phone, explore, preset="cutoff")
    for opened in ("", "#lever-cost_sensitivity .basis", "details.table summary"):
        if opened:
            phone.locator(opened).last.click()
        assert phone.evaluate("() => document.documentElement.scrollWidth") <= NARROW["width"]


def test_the_large_chart_stays_in_sight_while_a_slider_is_moved(phone, explore):
    open_page(phone, explore, preset="cutoff")
    slider = phone.get_by_role("slider", name="Bypass by agents and barter")
    slider.evaluate("one => one.scrollIntoView({ block: 'center' })")
    plot = phone.locator("#large .plot")
    expect(plot).to_be_in_viewport(ratio=0.95)
    expect(slider).to_be_in_viewport(ratio=1)
    chart, box = phone.locator("#large").bounding_box(), slider.bounding_box()
    assert box["y"] >= chart["y"] + chart["height"], "the chart does not cover the slider"
    assert box["height"] >= 40, "a thumb can hit it"
    phone.touchscreen.tap(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2)
    drawn(phone, bypass_share="60 %")
    in_address(phone, bypass_share="60 %")
    expect(plot).to_be_in_viewport(ratio=0.95)


def test_the_other_charts_can_be_reached(phone, explore):
    open_page(phone, explore, preset="cutoff")
    phone.get_by_role("combobox", name="Large chart").select_option("trade")
    expect(phone.locator("#large article")).to_have_attribute("id", "chart-trade")
    last = phone.locator("#others article").last
    last.scroll_into_view_if_needed()
    expect(last.locator(".plot")).to_be_in_viewport()
