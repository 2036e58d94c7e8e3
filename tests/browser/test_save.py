"""What the page saves is what it shows: run again, the file gives the same numbers."""

from __future__ import annotations

import pytest
from driving import asked, drawn, open_page
from playwright.sync_api import expect

from paysim.engine.build import prepare
from paysim.engine.run import simulate_mean_field
from paysim.scenario.loading import load_scenario

CHANGED = {"bypass_share": "60 %", "allies": "refuse"}


def saved(page, folder):
    """Press the button, keep the file."""
    with page.expect_download() as coming:
        page.get_by_role("button", name="Save as YAML").click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def test_a_saved_file_gives_the_same_numbers(page, explore, tmp_path):
    open_page(page, explore, preset="cutoff_fear")
    page.get_by_role("slider", name="Bypass by agents and barter").press("End")
    page.get_by_role("radio", name="refuse").check()
    drawn(page, **CHANGED)
    path = saved(page, tmp_path)
    expect(page.locator("#notice")).to_contain_text(path.name)
    assert path.suffix == ".yaml"
    assert "extends" not in path.read_text(encoding="utf-8").split("\n")[0]
    scenario = load_scenario(path)
    record = simulate_mean_field(prepare(scenario), scenario.seed, [0], ())[0]
    line = asked(page, explore, "/api/line", preset="cutoff_fear", lang="en", **CHANGED)
    assert [str(month) for month in record.months] == line["months"]
    for series, key in (("true_share", "CNY"), ("tracker_share", "CNY"), ("true_share", "USD")):
        again = [100.0 * float(value) for value in record.values(series, key)]
        assert line["series"][f"{series}:{key}"] == pytest.approx(again, rel=1e-12)


def test_another_state_is_another_file(page, explore, tmp_path):
    open_page(page, explore, preset="cutoff")
    plain = saved(page, tmp_path).read_text(encoding="utf-8")
    page.get_by_role("slider", name="Bypass by agents and barter").press("End")
    drawn(page, bypass_share="60 %")
    changed = saved(page, tmp_path).read_text(encoding="utf-8")
    assert plain != changed
    assert "60 %" in changed


def test_the_link_is_copied(new_page, explore):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    open_page(page, explore, preset="cutoff", bypass_share="60 %")
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#notice")).not_to_be_empty()
    assert page.evaluate("() => navigator.clipboard.readText()") == page.url
