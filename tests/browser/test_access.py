"""axe-core finds nothing wrong with the page in any of its main states."""

from __future__ import annotations

import pytest
from driving import open_page
from playwright.sync_api import expect

axe_core = pytest.importorskip("axe_core_python.sync_playwright", reason="axe-core-python is not installed")

PHONE = {"width": 360, "height": 740}


def violations(page) -> list[str]:
    """What axe-core complains of, one line each."""
    page.mouse.move(2, 2)
    found = axe_core.Axe().run(page)
    assert len(found["passes"]) > 20, "axe-core has looked at the page"
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found["violations"]]


@pytest.mark.parametrize("phone", [False, True], ids=["projector", "phone"])
def test_the_page_as_it_opens(new_page, explore, phone):
    page = new_page(viewport=PHONE) if phone else new_page()
    open_page(page, explore, preset="cutoff")
    assert violations(page) == []


@pytest.mark.parametrize("phone", [False, True], ids=["projector", "phone"])
def test_the_page_with_everything_open_and_a_lever_moved(new_page, explore, phone):
    page = new_page(viewport=PHONE) if phone else new_page()
    open_page(page, explore, preset="baseline")
    page.get_by_role("slider", name="Network effect R").press("End")
    page.locator("#lever-network_effect .basis").click()
    for table in page.locator("details.table:visible").all():
        table.locator("summary").click()
    assert violations(page) == []


@pytest.mark.parametrize("phone", [False, True], ids=["projector", "phone"])
def test_prediction_before_and_after(new_page, explore, phone):
    page = new_page(viewport=PHONE) if phone else new_page()
    open_page(page, explore, preset="cutoff", predict="trade_index:target")
    assert violations(page) == []
    page.get_by_role("spinbutton").last.fill("80")
    page.get_by_role("button", name="Show the model's line").click()
    expect(page.locator(".verdict")).to_be_visible()
    assert violations(page) == []


def test_trouble(page, explore):
    page.watched.expected.append("400")
    page.goto(f"{explore}/?lang=en&preset=cutoff&bypass_share=lots")
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []


def test_german(page, explore):
    open_page(page, explore, lang="de")
    assert violations(page) == []


def test_axe_would_see_a_control_without_a_name(page, explore):
    open_page(page, explore)
    page.evaluate("() => document.querySelector('label[for=control-network_effect]').remove()")
    assert any(one.startswith("label") for one in violations(page))
