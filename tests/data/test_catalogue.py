"""The figures that everything hangs on, and the arithmetic between them."""

from __future__ import annotations

import math
import subprocess
import sys
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from paysim.data import catalogue
from paysim.data.tables import Observation
from paysim.errors import DataError

GROUPS = ["CHN", "HKG", "USA", "EUR", "ALLY", "RUS", "ASEAN", "GULF", "LATAM", "AFR", "SAS", "ROW"]
CURRENCIES = {"USD", "EUR", "OTH", "CNY"}


def value_in(rows: list[Observation], period: str) -> float:
    (found,) = [row for row in rows if row.period.text == period]
    return found.value


def test_the_two_published_renminbi_shares_of_the_story() -> None:
    shares = catalogue.tracker_share("CNY")
    assert value_in(shares, "2024-07") == 0.0474
    assert value_in(shares, "2025-08") == 0.0293


def test_the_tracker_is_monthly_without_a_gap_from_2019_and_in_order() -> None:
    months = [row.month for row in catalogue.tracker_share("CNY") if row.month >= date(2019, 1, 1)]
    assert months == [date(2019 + k // 12, k % 12 + 1, 1) for k in range(82)]
    for currency in ("USD", "EUR", "CNY"):
        assert date(2024, 7, 1) in [row.month for row in catalogue.tracker_share(currency)]


def test_as_of_hides_what_was_not_yet_public() -> None:
    before = catalogue.tracker_share("CNY", as_of=date(2024, 8, 20))
    after = catalogue.tracker_share("CNY", as_of=date(2024, 8, 21))
    assert before[-1].period.text == "2024-06"
    assert after[-1].period.text == "2024-07"
    assert after[:-1] == before
    assert catalogue.tracker_share("CNY", as_of=datetime(2024, 8, 21, 16, tzinfo=UTC)) == after
    assert value_in(catalogue.cips_value(as_of=date(2025, 4, 1)), "2024") == 175.49
    assert "2025" not in [row.period.text for row in catalogue.cips_value(as_of=date(2026, 2, 25))]


def test_a_derived_figure_is_not_public_before_the_figures_it_is_derived_from() -> None:
    # 2020 was computed from the level and the growth of 2021, so a look back from 2021 must not see it
    periods = [row.period.text for row in catalogue.cips_value(as_of=date(2021, 12, 31))]
    assert "2018" in periods
    assert "2020" not in periods


def test_shares_of_a_month_do_not_exceed_the_whole() -> None:
    totals: dict[date, float] = {}
    for row in catalogue.series("swift_currency_share").rows:
        totals[row.month] = totals.get(row.month, 0.0) + row.value
    assert len(totals) > 82
    assert max(totals.values()) <= 1.0


def test_growth_printed_beside_the_tracker_explains_the_change_of_the_share() -> None:
    # share'/share = (1 + growth of renminbi)/(1 + growth of all), all printed in the same issues. Rounding a share
    # of 2 to 5 % to two decimals is up to .25 % a month; the issues themselves agree within 1.5 %.
    shares = {row.month: row.value for row in catalogue.tracker_share("CNY")}
    growth = catalogue.series("swift_value_growth", measure="value_growth")
    renminbi = {row.month: row.value for row in growth.select(currency="CNY").rows}
    everything = {row.month: row.value for row in growth.select(currency="ALL").rows}
    months = sorted(renminbi)
    assert len(months) == 34
    for month, after in pairwise(months):
        printed = (1 + renminbi[after]) / (1 + everything[after])
        assert shares[after] / shares[month] == pytest.approx(printed, rel=0.015)


def test_cips_growth_recomputed_from_the_levels_is_the_growth_that_was_printed() -> None:
    levels = {row.period.text: row.value for row in catalogue.cips_value()}
    assert levels["2024"] / levels["2023"] - 1 == pytest.approx(0.426, abs=0.0005)
    assert levels["2025"] / levels["2024"] - 1 == pytest.approx(0.027, abs=0.0005)
    printed = {row.period.text: row.value for row in catalogue.series("cips_annual", measure="value_growth").rows}
    for year in ("2021", "2022", "2023", "2024"):
        assert levels[year] / levels[str(int(year) - 1)] - 1 == pytest.approx(printed[year], abs=0.0006)


def test_cips_months_are_daily_means_times_whole_working_days() -> None:
    daily = {row.period.text: row.value for row in catalogue.series("cips_annual", measure="value_daily_mean").rows}
    months = catalogue.cips_value("month")
    assert len(months) == 7
    assert "2025-04" not in [row.period.text for row in months]  # repeats March, graded X
    for row in months:
        days = row.value * 1000 / daily[row.period.text]
        assert days == pytest.approx(round(days), abs=1e-3)
        assert 16 <= round(days) <= 23


def test_participants_are_direct_and_indirect_ones() -> None:
    direct, indirect = ({r.period: r.value for r in catalogue.cips_participants(m)} for m in ("direct", "indirect"))
    totals = {row.period: row.value for row in catalogue.cips_participants()}
    both = set(direct) & set(indirect) & set(totals)
    assert len(both) >= 10
    for period in both:
        assert direct[period] + indirect[period] == totals[period]


def test_the_renminbi_shares_of_china_are_kept_apart() -> None:
    goods = catalogue.china_goods_trade_rmb_share()
    assert value_in(goods, "2023") == 0.248
    assert value_in(goods, "2024-01/2024-08") == 0.265
    assert value_in(catalogue.china_rmb_share("SAFE"), "2024-07") == 0.53
    assert value_in(catalogue.china_rmb_share("PBoC"), "2021") == 0.474
    assert not {r.period for r in catalogue.china_rmb_share("SAFE")} & {
        r.period for r in catalogue.china_rmb_share("PBoC")
    }


def test_the_groups_share_out_finance_and_stay_on_their_scales() -> None:
    groups = catalogue.groups()
    assert list(groups) == GROUPS
    assert sum(group.value("finance_weight") for group in groups.values()) == pytest.approx(1.0, abs=1e-12)
    for group in groups.values():
        assert -1 <= group.value("alignment") <= 1
        for name in ("cips_weight", "native_share", "swap_line_cover", "clearing_bank_cover"):
            assert 0 <= group.value(name) <= 1
        assert group.own_currency in CURRENCIES
        assert group.members
    assert groups["CHN"].own_currency == "CNY"
    with pytest.raises(DataError, match="CHN has no 'weight'"):
        groups["CHN"].value("weight")


def test_indirect_participants_of_the_groups_sum_to_those_of_the_world_in_october_2024() -> None:
    total = sum(group.value("cips_indirect") for group in catalogue.groups().values())
    assert total == value_in(catalogue.cips_participants("indirect"), "2024-10")
    direct = sum(group.value("cips_direct") for group in catalogue.groups().values())
    assert direct == value_in(catalogue.cips_participants("direct"), "2024-10")


def test_trade_of_the_groups_is_the_sum_of_the_matrix() -> None:
    matrix, groups = catalogue.trade_matrix(), catalogue.groups()
    assert len(matrix) == len(GROUPS) ** 2
    for name, group in groups.items():
        inside = matrix[name, name].value if name == "EUR" else 0.0
        exports = sum(matrix[name, other].value for other in groups) - inside
        imports = sum(matrix[other, name].value for other in groups) - inside
        assert exports == pytest.approx(group.value("goods_exports"), abs=1.0)
        assert imports == pytest.approx(group.value("goods_imports"), abs=1.0)


def test_world_trade_of_the_matrix_is_that_of_the_wto_within_one_percent() -> None:
    # 24.01 trn in 2023: figure of the WTO; the matrix holds 23,821 with trade inside the euro area
    total = sum(cell.value for cell in catalogue.trade_matrix().values())
    assert total == pytest.approx(23_821, abs=1)
    assert total == pytest.approx(24_010, rel=0.01)


def test_only_7_percent_of_the_trade_is_sourced() -> None:
    # 7 % sourced, 20 % derived, 73 % estimate, by value and without trade inside the euro area
    matrix = {pair: cell for pair, cell in catalogue.trade_matrix().items() if pair != ("EUR", "EUR")}
    total = sum(cell.value for cell in matrix.values())
    for basis, share in (("sourced", 0.07), ("derived", 0.20), ("estimate", 0.73)):
        assert sum(c.value for c in matrix.values() if c.basis == basis) / total == pytest.approx(share, abs=0.006)


def test_every_profile_sums_to_one_and_only_russia_has_two_directions() -> None:
    profiles = catalogue.settlement_profiles()
    assert list(profiles) == GROUPS
    for name, profile in profiles.items():
        assert (profile.exports is not None, profile.imports is not None) == (name == "RUS", name == "RUS")
        for shares in (profile.both, profile.exports or profile.both, profile.imports or profile.both):
            assert set(shares) == CURRENCIES
            assert math.fsum(shares.values()) == pytest.approx(1.0, abs=1e-12)


def test_russias_directional_profile_lies_between_its_readings_and_agrees_with_its_profile() -> None:
    profile = catalogue.settlement_profiles()["RUS"]
    readings = catalogue.series("russia_settlement", measure="share_cny")
    for flow, shares in (("export", profile.exports), ("import", profile.imports)):
        assert shares is not None
        seen = {row.period.text: row.value for row in readings.select(flow=flow).rows}
        assert shares["CNY"] == pytest.approx((seen["2023-06"] + seen["2024-01"]) / 2, abs=0.001)
    # weighted by exports and imports the two directions give the profile of the whole within 3 points
    group = catalogue.groups()["RUS"]
    exports, imports = group.value("goods_exports"), group.value("goods_imports")
    assert profile.exports is not None
    assert profile.imports is not None
    for currency, share in profile.both.items():
        mean = (exports * profile.exports[currency] + imports * profile.imports[currency]) / (exports + imports)
        assert mean == pytest.approx(share, abs=0.03)


def test_rouble_and_renminbi_settle_95_percent_between_china_and_russia() -> None:
    corridors = {corridor.groups: corridor.shares for corridor in catalogue.known_corridors()}
    russia = corridors["CHN", "RUS"]
    assert sum(share.value for share in russia.values()) == pytest.approx(1.0, abs=1e-12)
    assert russia["CNY"].value + russia["OTH"].value == pytest.approx(0.95, abs=1e-12)
    assert {name: share.value for name, share in corridors["CHN", "HKG"].items()} == {"CNY": 0.45}


def test_the_timeline_of_sanctions_is_in_order_and_cut_off_by_as_of() -> None:
    entries = catalogue.sanctions_timeline()
    assert [entry.period for entry in entries] == sorted(entry.period for entry in entries)
    cut = [entry for entry in entries if entry.type == "SWIFT cut" and entry.country == "Iran"]
    assert cut[0].period.first == date(2012, 3, 17)
    assert cut[0].banks == 30
    assert all(entry.published <= date(2020, 1, 1) for entry in catalogue.sanctions_timeline(date(2020, 1, 1)))


def test_reading_the_data_needs_no_heavy_library() -> None:
    code = (
        "import sys; from paysim.data import catalogue; catalogue.groups(); catalogue.tracker_share('CNY');"
        "print(sorted({'numpy', 'scipy', 'pandas', 'pydantic', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
