"""Each kind of event alone, from a quiet base: what must move, what must not, and nothing before its date."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from paysim.engine.record import Record
from paysim.engine.run import prepare, simulate_mean_field
from paysim.scenario.loading import load_scenario

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
EVENT = 12
"""Month of the event: July 2025."""

TRUTH = ("true_share", "true_share_trade", "trade_index", "settled_value", "message_share", "settlement_share")
UNPAID = ("blocked_share", "refused_share", "bypassed_share", "failed_share")


def run(folder: Path, events: str, adoption: str = "frozen") -> Record:
    """Twenty-four months from the quiet base with some events."""
    (folder / "baseline.yaml").write_text(BASELINE.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "story.yaml").write_text(
        f"format: 1\nextends: baseline.yaml\ntitle: One event\nquestion: What moves?\nhorizon: 2026-06\n"
        f"adoption_default: {adoption}\nnative_adoption_default: {adoption}\nevents:\n{events}",
        encoding="utf-8",
    )
    return simulate_mean_field(prepare(load_scenario(folder / "story.yaml")), 1, [0], ())[0]


def moves(record: Record, series: str, key: str | None = None) -> float:
    """Largest change of a series since the first month."""
    keys, values = record.series[series]
    columns = values if key is None else values[:, [keys.index(key)]]
    return float(np.nanmax(np.abs(columns - columns[0])))


CLEARING_BAN = "  - {kind: clearing_ban, at: 2025-07, groups: [CHN], currencies: [USD], by: [USA]}\n"
UPGRADE = "  - {kind: cips_upgrade, at: 2025-07, joining: 3, native: 3}\n"
COVERAGE = "  - {kind: coverage_break, at: 2025-07, coverage: {EUR: 0.7}}\n"
DRIFT = "  - {kind: demand_drift, at: 2025-07, currency: CNY, drift: 1 %/month}\n"
STEERING = "  - {kind: steering, at: 2025-07, message: 3 %/month}\n"
CUT = "  - {kind: disconnection, at: 2025-07, groups: [RUS], notice: 0 d}\n"
FEAR = "  - {kind: secondary_sanctions, at: 2025-07, targets: [RUS], by: [USA, EUR, ALLY]}\n"
HUB = "  - {kind: hub_opened, at: 2025-07, hub: HKG}\n"
BARRED = "  - {kind: allied_countermeasures, at: 2025-07, groups: [USA], targets: [CHN]}\n"
BACK = CUT + "  - {kind: reconnection, at: 2025-10, groups: [RUS]}\n"

ALL = (CLEARING_BAN, UPGRADE, COVERAGE, DRIFT, STEERING, CUT, FEAR, HUB, BARRED)


@pytest.mark.parametrize("event", ALL)
def test_nothing_happens_before_the_event(tmp_path: Path, event: str) -> None:
    record = run(tmp_path, event)
    for series, (_, values) in record.series.items():
        assert np.nanmax(np.abs(values[:EVENT] - values[0]), initial=0.0) < 1e-9, series


def test_a_clearing_ban_takes_one_currency_and_leaves_messages(tmp_path: Path) -> None:
    record = run(tmp_path, CLEARING_BAN)
    assert record.values("blocked_share", "CHN")[EVENT] > 0.3
    assert record.values("blocked_share", "USA")[EVENT] < record.values("blocked_share", "CHN")[EVENT]
    assert record.values("true_share_trade", "USD")[EVENT] < record.values("true_share_trade", "USD")[0] - 0.05
    # euro, yuan and other currencies go on: their shares of what is paid rise alike
    others = [record.values("true_share_trade", c) for c in ("EUR", "OTH", "CNY")]
    growth = [other[EVENT] / other[0] for other in others]
    assert min(growth) > 1.0
    assert growth == pytest.approx([growth[0]] * 3, rel=1e-9)


def test_a_coverage_break_moves_the_tracker_and_not_the_truth(tmp_path: Path) -> None:
    record = run(tmp_path, COVERAGE)
    for series in (*TRUTH, *UNPAID):
        assert moves(record, series) < 1e-9, series
    before = {c: record.values("tracker_share", c)[0] for c in ("USD", "EUR")}
    expected = 0.7 * before["EUR"] / (1.0 - 0.3 * before["EUR"])
    assert record.values("tracker_share", "EUR")[EVENT] == pytest.approx(expected, abs=1e-4)
    assert record.values("tracker_share", "USD")[EVENT] > before["USD"]
    assert record.values("tracker_part", "coverage")[EVENT] > 0.0


def test_demand_drift_moves_odds_by_its_rate_and_no_cost(tmp_path: Path) -> None:
    ample = "behaviour: {rejection_cost: 0 bp, delay_cost: 0 bp/day}\n"  # or more yuan would mean more queues
    record = run(tmp_path, DRIFT + ample)
    share = record.values("true_share", "CNY")
    assert moves(record, "trade_index") < 1e-9
    assert moves(record, "cost_bp") < 1e-6
    log_odds = np.log(share / (1.0 - share))
    assert 0.8 * 0.01 < log_odds[-1] - log_odds[-2] < 1.2 * 0.01


def test_steering_moves_the_tracker_and_leaves_truth_and_statistic(tmp_path: Path) -> None:
    still = "behaviour: {joining_innovation: 0 %/year, joining_imitation: 0 %/year, native_base_rate: 0 %/year}\n"
    record = run(tmp_path, STEERING + still, adoption="model")
    assert record.values("tracker_share", "CNY")[-1] < record.values("tracker_share", "CNY")[0] - 0.003
    for series in ("true_share", "trade_index", "cips_value", "settlement_share"):
        assert moves(record, series) < 1e-6, series


def test_secondary_sanctions_refuse_without_blocking(tmp_path: Path) -> None:
    record = run(tmp_path, FEAR)
    assert moves(record, "blocked_share") < 1e-12
    refused = record.values("refused_share", "RUS")
    assert refused[EVENT] > 0.2
    assert refused[EVENT + 3] < refused[EVENT]
    assert moves(record, "refused_share", "USA") < 1e-12
    assert record.values("trade_index", "RUS")[EVENT] < 1.0


def test_a_hub_is_inert_without_a_cut(tmp_path: Path) -> None:
    record = run(tmp_path, HUB)
    for series in (*TRUTH, *UNPAID, "tracker_share", "cips_value"):
        assert moves(record, series) < 1e-9, series


def test_allies_barring_cips_blocks_yuan_between_the_two_alone(tmp_path: Path) -> None:
    record = run(tmp_path, BARRED)
    assert record.values("blocked_share", "USA")[EVENT] > 0.0
    assert moves(record, "blocked_share", "ASEAN") < 1e-12
    assert record.values("true_share", "CNY")[EVENT] < record.values("true_share", "CNY")[0]


def test_an_upgrade_is_inert_where_adoption_is_frozen_and_speeds_it_where_not(tmp_path: Path) -> None:
    assert moves(run(tmp_path, UPGRADE), "cips_member_weight") < 1e-12
    usual, faster = (run(tmp_path, event, adoption="model") for event in (HUB, UPGRADE))
    for series in ("cips_member_weight", "native_messaging_share"):
        before, after = (record.values(series, "ASEAN") for record in (usual, faster))
        assert after[EVENT] == before[EVENT]  # it takes effect in the month after
        assert after[-1] > before[-1] + 0.01


def test_reconnection_gives_blocked_contracts_their_route_back(tmp_path: Path) -> None:
    record = run(tmp_path, BACK)
    blocked = record.values("blocked_share", "RUS")
    assert blocked[EVENT] > 0.3
    assert blocked[EVENT + 3] < 1e-9
    assert record.values("trade_index", "RUS")[-1] > 0.9


def test_a_coverage_break_inside_a_month_counts_for_its_part(tmp_path: Path) -> None:
    record = run(tmp_path, COVERAGE.replace("2025-07", "2025-07-16 12:00Z"))
    part = record.values("tracker_part", "coverage")
    assert 0.3 * part[EVENT + 1] < part[EVENT] < 0.7 * part[EVENT + 1]


def test_steering_enables_no_bank_whose_membership_is_frozen_or_prescribed(tmp_path: Path) -> None:
    record = run(tmp_path, STEERING)
    assert moves(record, "cips_member_weight") < 1e-12
    assert moves(record, "native_messaging_share") < 1e-12
    assert moves(record, "cips_value") < 1e-9  # no room: what little moves, moves inside CIPS
