import json
from dataclasses import replace

import fakes
import numpy as np
import pytest

from paysim.study.bounds import lowest_shares, published_steps, tracker_bounds
from paysim.study.ensemble import run_ensemble
from paysim.study.headline import beside, headlines, roles

CUT = fakes.Event("2024-11-04T16:00:00Z", "disconnection", "China off SWIFT", groups=("CHN",), by=("USA",))
STEERING = fakes.Event("2024-09-01T00:00:00Z", "steering", "Steering", premise=True)
BAN = fakes.Event("2024-08-01T00:00:00Z", "clearing_ban", "No dollars", groups=("CHN",), by=("USA",))
THREAT = fakes.Event("2024-07-20T00:00:00Z", "secondary_sanctions", "Threat", targets=("USA",), by=("CHN",))
LATER = fakes.Event("2030-09-01T00:00:00Z", "steering", "More steering", premise=True)


def run(folder, **changes):
    return run_ensemble(fakes.small(**changes), folder / "run", command="none", workers=1, engine=fakes.Engine())


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    return run(tmp_path_factory.mktemp("cut"), events=(STEERING, CUT, LATER))


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    return run(tmp_path_factory.mktemp("calm"), months=3)


def by_label(results, part):
    return next(headline for headline in headlines(results) if part in headline.label)


def test_there_are_five_figures_after_a_cut(cut):
    assert len(headlines(cut)) == 5
    json.dumps([headline.data for headline in headlines(cut)], allow_nan=False)


def test_the_true_share_is_told_at_start_and_end_with_its_band(cut):
    data = by_label(cut, "true share").data
    _, values = cut.values("true_share", "CNY")
    assert (data["start"], data["end"]) == ("2024-07", "2025-09")
    assert data["at_end"]["p95"] == pytest.approx(np.quantile(values[:, -1], 0.95), rel=1e-12)
    assert data["at_start"]["p50"] == pytest.approx(np.median(values[:, 0]), rel=1e-12)


def test_the_tracker_is_told_beside_what_was_published(cut):
    headline = by_label(cut, "tracker")
    published = {row["month"]: row["published"] for row in headline.data["months"]}
    assert published["2024-07"] == 0.0474  # SWIFT RMB Tracker, August 2024
    assert published["2025-08"] == 0.0293  # SWIFT RMB Tracker, September 2025
    assert "published 2.93 %" in headline.text


def test_the_trough_of_trade_is_found_with_its_month(cut):
    data = by_label(cut, "trade").data
    _, values = cut.values("trade_index", "CHN")
    lowest = np.median(values, axis=0)
    assert data["lowest_month"] == str(cut.dates[int(np.argmin(lowest))])[:7] == "2024-12"
    assert data["lowest"]["p50"] == pytest.approx(lowest.min())


def test_the_worst_month_is_told_with_what_became_of_it_and_failed_is_not_added_to_blocked(cut):
    headline = by_label(cut, "worst month")
    assert headline.data["month"] == "2024-12"
    assert headline.data["blocked"]["p50"] == 0.6
    assert headline.text == "2024-12: blocked 60 %, failed 40 %"


def test_costs_are_means_of_the_year_after_the_cut_by_role(cut):
    data = by_label(cut, "Cost").data
    months = np.arange(4, 15)  # November 2024 to the end of the run; cost is 10 and 20 bp a month of the run
    assert data["sender"]["p50"] == pytest.approx(10 * months.mean())
    assert data["target"]["p50"] == pytest.approx(20 * months.mean())
    assert data["target"]["groups"] == ["CHN"]
    assert "bystander" not in data  # the fake world has no third group


def test_without_a_cut_nobody_bears_its_cost_and_nothing_is_blocked(calm):
    assert roles(calm).subject == "CHN"
    assert not any("Cost" in headline.label for headline in headlines(calm))
    assert by_label(calm, "worst month").text == "none blocked, none refused"


def found_roles(folder, *events):
    return roles(run(folder, events=events, months=2))


def test_who_is_hit_is_found_by_the_hardest_measure_and_not_by_the_first(tmp_path):
    for number, (events, expected) in enumerate(
        [
            ((THREAT, BAN, CUT), (("CHN",), ("USA",), "2024-11", "cut")),
            ((THREAT, BAN), (("CHN",), ("USA",), "2024-08", "ban")),
            ((THREAT, STEERING), (("USA",), ("CHN",), "2024-07", "threat")),
            ((STEERING,), ((), (), "None", "")),
        ]
    ):
        part = found_roles(tmp_path / str(number), *events)
        assert (part.target, part.sender, str(part.start), part.cost.rpartition(" ")[2]) == expected


def test_of_measures_of_a_kind_the_first_counts(tmp_path):
    later = replace(BAN, at="2024-09-01T00:00:00Z", groups=("USA",), by=("CHN",))
    assert found_roles(tmp_path, later, BAN).target == ("CHN",)


def test_the_summary_speaks_of_those_who_are_threatened(tmp_path):
    threatened = run(tmp_path, events=(THREAT,))
    assert roles(threatened).subject == "USA"
    assert by_label(threatened, "worst month").text == "none blocked, none refused"  # the fake world blocks China's
    cost = by_label(threatened, "Cost")
    assert cost.label.endswith("after the threat")
    assert cost.data["from"] == "2024-07"
    assert (cost.data["target"]["groups"], cost.data["sender"]["groups"]) == (["USA"], ["CHN"])
    assert cost.data["target"]["p50"] == pytest.approx(10 * np.arange(12).mean())  # 10 bp a month of the run


def test_a_cost_that_rounds_to_nothing_has_no_sign(cut, monkeypatch):
    monkeypatch.setattr("paysim.study.headline._mean_cost", lambda *_: np.full(5, -0.01))
    assert "-" not in by_label(cut, "Cost").text


def test_strained_settlement_is_noted_with_month_payments_liquidity_and_share(tmp_path):
    note, *_ = beside(run(tmp_path, surge=5.0))["notes"]
    assert note == (
        "CIPS is strained most in 2024-12: with 5 times the payments of the start and 1.4 times the usual liquidity "
        "4.5 % of the value comes back unsettled (0.5 % at the start)"
    )


@pytest.mark.parametrize("surge", [None, 1.0, 1.9, 0.8])
def test_settlement_that_keeps_up_is_not_noted(tmp_path, surge):
    notes = beside(run(tmp_path, surge=surge))["notes"]
    assert not [note for note in notes if "strained" in note or "extrapolated" in note]


def test_what_was_not_measured_is_noted_with_its_share_of_the_months(tmp_path):
    notes = beside(run(tmp_path / "far", surge=7.0))["notes"]
    (note,) = (note for note in notes if "extrapolated" in note)
    assert note.endswith("of the months of all replicates: 7 % for CIPS")  # one of 15 months; T2 is not named
    notes = beside(run(tmp_path / "near", surge=6.0))["notes"]
    assert not [note for note in notes if "extrapolated" in note]


def test_premises_are_those_within_the_run(cut, calm):
    assert beside(cut)["premises"] == ["Steering (2024-09)"]
    assert beside(calm)["premises"] == []


def test_the_parameters_in_dispute_come_with_their_range(cut):
    context = beside(cut)
    drawn = cut.draws()["cost_sensitivity"]
    assert context["cost_sensitivity"] == {"median": np.median(drawn), "least": drawn.min(), "greatest": drawn.max()}
    assert context["network_effect"]["median"] == 0.5
    assert context["unstable"] == sum(cut.draws()["unstable"])


def test_the_bounds_are_those_of_a_yuan_with_a_fixed_true_share():
    # Yuan worth 60 of 1,000; 65 % cleared in CIPS and 80 % of that messaged on SWIFT; the others, 940, are all seen.
    yuan, others, cleared, messaged, growth = 60.0, 940.0, 0.65, 0.8, 0.027
    seen = yuan * (1 - cleared * (1 - messaged))
    message, clearing = lowest_shares(seen / (seen + others), cleared, messaged, growth)
    only_offshore = yuan * (1 - cleared)
    assert message == pytest.approx(only_offshore / (only_offshore + others), rel=1e-12)
    less = seen - yuan * cleared * growth
    assert clearing == pytest.approx(less / (less + others), rel=1e-12)


def test_clearing_migration_cannot_take_more_than_offshore_clearing_holds():
    bounded = lowest_shares(0.05, 0.9, 1.0, 10.0)[1]
    assert bounded == pytest.approx(lowest_shares(0.05, 0.9, 1.0, 0.1 / 0.9)[1], rel=1e-12)


def test_both_bounds_are_told_and_only_by_a_run_that_covers_the_fall(cut, calm):
    bounds = tracker_bounds(cut)
    assert bounds is not None
    assert bounds.growth == pytest.approx(180.15 / 175.49 - 1)  # PBoC, payment reports of 2025 and 2024
    assert bounds.message < 0.0293 < bounds.clearing < bounds.start
    statistic = cut.values("cips_value")[1]
    low = int(np.flatnonzero(cut.dates.astype("datetime64[M]") == np.datetime64("2025-08"))[0])
    assert bounds.simulated == pytest.approx(np.median(statistic[:, low] / statistic[:, 0]) - 1)
    assert len(bounds.sentences()) == 3
    assert tracker_bounds(calm) is None
    assert beside(calm)["bounds"] is None


def test_the_published_steps_are_the_published_ones(cut, calm):
    said = published_steps(cut)
    for figure in ("2.93 % in 2024-10", "4.33 % again in 2025-02", "4.26 % to 3.46 %"):
        assert figure in said
    assert published_steps(calm) is None
