"""Claims and checks in scenario files: what may be written, where mistakes are told, and what a child inherits."""

from __future__ import annotations

import pytest

from paysim.engine.ledger import COUNTED
from paysim.model.observation import PARTS
from paysim.scenario.loading import load_scenario
from paysim.scenario.series import SERIES

ONE = "{series: true_share, key: CNY, at: 2030-01}"


def claim(measure: str = ONE, bounds: str = "at_least: 5 %", more: str = "") -> str:
    return f"claims:\n  - {{id: one, text: Words, expect: [{{measure: {measure}, {bounds}}}]{more}}}\n"


@pytest.mark.parametrize(
    ("measure", "bounds", "low"),
    [
        (ONE, "at_least: 5 %", 0.05),
        (ONE, "at_least: 0.05", 0.05),
        ("{series: cost_bp, key: CHN, at: end}", "at_least: 30 bp", 30.0),
        ("{series: delay_hours, key: usd-swift, at: start}", "at_least: 2 d", 48.0),
        ("{series: cips_value, at: 2025-01}", "at_least: 14.5", 14.5),
        ("{series: cips_value, at: 2025-01, relative_to: start}", "at_least: 110 %", 1.1),
        ("{series: trade_index, key: CHN, over: [2027-01, end], reduce: min}", "at_least: 95 %", 0.95),
        ("{series: tracker_part, key: hub, at: end}", "at_least: -0.1 log-odds", -0.1),
        ("{series: export_share, key: RUS/CNY, at: end}", "at_least: 20 %", 0.2),
        ("{data: cips_annual, figure: value, at: 2024}", "at_least: 170", 170.0),
        ("{data: trade_matrix, figure: goods_exports, key: CHN/USA, at: 2023}", "at_least: 400", 400.0),
    ],
)
def test_a_bound_has_the_unit_of_its_figure(write, measure, bounds, low):
    (made,) = load_scenario(write(claim(measure, bounds))).claims
    assert made.expect[0].at_least == pytest.approx(low)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (claim("{series: true_shre, key: CNY, at: 2030-01}"), "unknown series 'true_shre'; nearest: true_share"),
        (claim("{series: true_share, key: CNX, at: 2030-01}"), "none is 'CNX'; nearest: CNY"),
        (claim("{series: cips_value, key: CNY, at: 2030-01}", "at_least: 5"), "cips_value has no key 'CNY'"),
        (claim("{series: true_share, key: CNY, at: 2023-01}"), "2023-01 lies before the start 2024-07"),
        (claim("{series: true_share, key: CNY, at: 2036-01}"), "2036-01 lies after the horizon 2035-12"),
        (claim("{series: true_share, key: CNY}"), "expected either at, a month, or over"),
        (claim("{series: true_share, key: CNY, over: [2030-01, 2031-01]}"), "over needs reduce"),
        (claim("{series: true_share, key: CNY, at: 2030-01, reduce: min}"), "over needs reduce"),
        (
            claim("{series: true_share, key: CNY, over: [2030-01], reduce: min}"),
            "expected the first and the last month",
        ),
        (claim("{series: true_share, key: CNY, at: soon}"), "is not a period"),
        (claim("{series: true_share, data: cips_annual, at: 2030-01}"), "expected either a series or data"),
        (claim("{data: cips_anual, figure: value, at: 2024}"), "unknown table 'cips_anual'; nearest: cips_annual"),
        (claim("{data: cips_annual, figure: valu, at: 2024}"), "nearest: value"),
        (claim("{data: cips_annual, figure: value, at: 2024-13}"), "has no month 13"),
        (claim("{data: cips_annual, figure: value, at: 2017}"), "cips_annual has no value of 2017"),
        (claim("{series: true_share, key: CNY, over: [2031-01, 2030-01], reduce: min}"), "before the first"),
        (claim("{series: true_share, key: CNY, over: [end, 2030-01], reduce: min}"), "before the first"),
        (claim("{series: true_share, key: CNY, at: start, relative_to: start}"), "divided by itself"),
        (
            claim("{data: cips_annual, figure: value, at: 2024, instead_of: 2023}", "at_least: 5"),
            "cips_annual has value of 2023",
        ),
        (claim(bounds="at_least: 5 bp"), "'bp' is no unit of a share"),
        (claim("{series: cost_bp, key: CHN, at: end}", "at_least: 5"), "has no unit: expected a cost"),
        (claim(bounds="label: x"), "expected at_least, at_most or both"),
        (claim(bounds="at_least: 6 %, at_most: 5 %"), "at_most 5 % lies below at_least 6 %"),
        (claim(more=", untestable: Because"), "needs either expect"),
        (claim(more=", depends: [behaviour.inertai]"), "nearest: behaviour.inertia"),
        (claim(more=", at_ends_of: behaviour.inertia, vary: []"), "remove vary"),
        (claim(more=", sources: [{text: a, url: here}]"), "does not look like an address"),
        (claim(more=", verdict: holds"), "unknown key 'verdict'"),
        ("claims:\n  - {id: one, text: {fr: Bonjour}, untestable: x}\n", "'fr'"),
        (f"checks:\n  - {{measure: {ONE}, at_least: 5 %}}\n", "is missing"),
        (claim() + "  - {id: one, text: again, untestable: x}\n", "two claims have the id 'one'"),
    ],
)
def test_a_mistake_is_told_at_its_place(complaints, text, message):
    told = complaints(text)
    assert any(message in one for one in told), told
    assert all(int(one.split(":")[0]) > 3 for one in told), told


def test_a_verdict_cannot_be_written_into_a_file(complaints):
    """What sources say may be; what the model says is computed."""
    assert any("unknown key 'verdict'" in one for one in complaints(claim(more=", verdict: holds")))


def test_a_child_changes_and_adds_claims_and_inherits_no_checks(write):
    parent = claim(more=", depends: [behaviour.inertia]") + f"checks:\n  - {{id: a, measure: {ONE}, at_least: 1 %}}\n"
    write(parent, name="parent.yaml")
    child = "extends: parent.yaml\nclaims:\n  - {id: one, text: Other}\n  - {id: two, text: New, untestable: x}\n"
    one, two = load_scenario(write(child, name="child.yaml")).claims
    assert (one.text, one.depends, len(one.expect)) == ("Other", ("behaviour.inertia",), 1)
    assert two.id == "two"
    assert load_scenario(write("extends: parent.yaml\n", name="bare.yaml")).checks == ()
    assert len(load_scenario(write(name="bare.yaml", text="extends: parent.yaml\n")).claims) == 1


def test_overrides_reach_a_claim_by_its_id(write):
    scenario = load_scenario(write(claim()), ["claims.one.expect[0].at_least=7 %"])
    assert scenario.claims[0].expect[0].at_least == pytest.approx(0.07)


def test_keys_that_no_scenario_declares_are_those_of_the_engine():
    assert SERIES["tracker_part"].keys == PARTS
    assert SERIES["payments"].keys == COUNTED


def test_a_run_cut_short_by_an_override_need_not_fit_what_the_file_claims(write):
    """Else nobody could try a shipped story on a shorter horizon."""
    text = claim("{series: true_share, key: CNY, at: 2030-01}", "at_least: 1 %")
    assert len(load_scenario(write(text), ["horizon=2025-01"]).claims) == 1
