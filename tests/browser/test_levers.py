"""Every control does something: a lever that moves nothing would teach that what it stands for does not matter."""

from __future__ import annotations

import pytest
from driving import asked, drawn, open_page, tables

FIRST = ("cutoff", "cutoff_fear", "cips_surge")


def numbers(page) -> dict[tuple[str, int, str], float]:
    """Every number in the tables, by chart, column and month."""
    found = {}
    for chart, rows in tables(page).items():
        for row in rows[1:]:
            for column, cell in enumerate(row[1:]):
                if cell != "–":
                    found[chart, column, row[0]] = float(cell.replace("−", "-"))
    return found


def where_it_means_something(page, explore, presets, lever):
    """The first story in which a lever is not disabled."""
    for name in presets:
        told = asked(page, explore, f"/api/preset/{name}", lang="en")["levers"][lever["id"]]
        if told["disabled"] is None:
            return name, told["value"]
    raise AssertionError(f"{lever['id']} has no meaning in any story")


def move(page, lever, own) -> str:
    """Move a control away from the story's own value as far as it goes; gives the new value."""
    stops = [stop["value"] for stop in lever["stops"]]
    if lever["kind"] == "switch":
        page.get_by_role("switch", name=lever["label"], exact=True).press("Space")
        return next(stop for stop in stops if stop != own)
    if lever["kind"] == "choice":
        other = next(stop for stop in lever["stops"] if stop["value"] != own)
        page.get_by_role("radiogroup", name=lever["label"]).get_by_role("radio", name=other["label"]).check()
        return other["value"]
    slider = page.get_by_role("slider", name=lever["label"], exact=True)
    place = stops.index(own)
    to_the_end = len(stops) - 1 - place >= place
    slider.press("End" if to_the_end else "Home")
    return stops[-1] if to_the_end else stops[0]


GROUPS = ("politics", "rails", "behaviour")


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_every_control_changes_a_series_by_more_than_its_rounding(page, explore, group):
    data = asked(page, explore, "/api/page", lang="en")
    presets = [*FIRST, *(story["name"] for story in data["presets"] if story["name"] not in FIRST)]
    rounding = {f"chart-{chart['id']}": 10.0 ** -chart["digits"] for chart in data["charts"]}
    idle = []
    for lever in data["levers"]:
        if lever["group"] != group:
            continue
        preset, own = where_it_means_something(page, explore, presets, lever)
        open_page(page, explore, preset=preset)
        before = numbers(page)
        value = move(page, lever, own)
        drawn(page, **{lever["id"]: value})
        after = numbers(page)
        moved = [key for key in before if abs(after[key] - before[key]) > 1.5 * rounding[key[0]]]
        if not moved:
            idle.append(f"{lever['id']} in {preset}: {own} to {value}")
    assert not idle


def test_there_is_a_control_for_every_lever_of_every_group(page, explore):
    levers = asked(page, explore, "/api/page", lang="en")["levers"]
    assert {lever["group"] for lever in levers} == set(GROUPS)
    assert len(levers) >= 12


def test_a_lever_without_meaning_is_disabled_and_says_why(page, explore):
    told = asked(page, explore, "/api/preset/baseline", lang="en")["levers"]
    disabled = {name: one["disabled"] for name, one in told.items() if one["disabled"]}
    assert disabled, "in a story without a cut some levers mean nothing"
    open_page(page, explore, preset="baseline")
    levers = {lever["id"]: lever for lever in asked(page, explore, "/api/page", lang="en")["levers"]}
    for name, reason in disabled.items():
        control = page.locator(f"#lever-{name} input").first
        assert control.is_disabled(), levers[name]["label"]
        assert page.locator(f"#reason-{name}").inner_text() == reason


def test_range_value_basis_and_meaning_stand_beside_a_slider(page, explore):
    open_page(page, explore, preset="cutoff")
    for lever in asked(page, explore, "/api/page", lang="en")["levers"]:
        box = page.locator(f"#lever-{lever['id']}")
        assert lever["basis"] in box.inner_text()
        box.get_by_role("button", name=f"({lever['label']})").click()
        assert " ".join(lever["meaning"].split()) in box.inner_text()
        if lever["kind"] == "slider":
            for stop in (lever["stops"][0], lever["stops"][-1]):
                assert stop["label"] in box.inner_text()
            assert box.get_by_role("slider").get_attribute("aria-valuetext") == box.locator("output").inner_text()
