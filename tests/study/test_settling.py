"""One day in one system: the worked day, liquidity, levels, giants, the calendar, and what is stored."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from settled import CENTS, DAY, FIFO, HOUR, WORKED, table

from paysim.engine.systems import settlement_system
from paysim.errors import DataError, InputError, ResultsError
from paysim.networks.payments import STATUSES
from paysim.networks.rules import Rules
from paysim.scenario.liquidity_table import LiquidityAsked
from paysim.study.answers import SETTLEMENT, check_place
from paysim.study.progress import Progress
from paysim.study.settled import store as settling_store
from paysim.study.settled.day import operating_day, synthetic_payments
from paysim.study.settled.series import course, delays
from paysim.study.settled.settling import (
    Liquidity,
    asked_liquidity,
    day_bounds,
    liquidity_levels,
    own_liquidity,
    settle_day,
)
from paysim.study.settled.summary import duration, money, share, summary


def cents(*amounts):
    return np.array(amounts, np.int64) * CENTS


def worked(system=FIFO, opening=(100, 50, 0)):
    return settle_day(table(), system, Liquidity.alone(cents(*opening)), DAY)


def words(day):
    return [STATUSES[number] for number in day.status]


# --- the worked day: every number is derived in docs/howto/settle.md --------------------------------------------------


def test_the_worked_day_settles_as_the_page_says():
    day = worked()
    assert day.settled.tolist() == [9 * HOUR, 10 * HOUR, 9 * HOUR + 1800, 9 * HOUR + 1800, 10 * HOUR, -1]
    assert words(day) == ["settled"] * 5 + ["returned"]
    found = day.indicators
    assert found.liquidity_used == 120 * CENTS
    assert (found.lower_bound, found.upper_bound) == (35 * CENTS, 175 * CENTS)
    assert Fraction(found.value_seconds_waited, found.value_seconds_possible) == Fraction(666, 9090)
    assert found.mean_delay == 666_000 / 405
    assert day.lowest_balance.tolist() == [5 * CENTS, 25 * CENTS, 0]


def test_the_course_of_the_worked_day():
    lines = course(worked())
    minute = {int(instant): place for place, instant in enumerate(lines.instants)}
    queued = {9 * HOUR: 0, 9 * HOUR + 600: 60, 9 * HOUR + 1200: 90, 9 * HOUR + 1800: 60, 10 * HOUR: 0, 17 * HOUR: 130}
    in_use = {9 * HOUR: 80, 9 * HOUR + 1800: 60, 10 * HOUR: 120}  # A 50 and B 10; then A 95 and B 25
    for instant, wanted in queued.items():
        assert lines.queued[minute[instant]] == wanted * CENTS, instant
    for instant, wanted in in_use.items():
        assert lines.in_use[minute[instant]] == wanted * CENTS, instant
    assert len(lines.instants) == 600
    assert lines.queued[-1] == 130 * CENTS


def test_the_delays_of_the_worked_day():
    found = delays(worked())
    assert found.seconds.tolist() == [0, 600, 3000]
    assert found.by_number.tolist() == [3 / 6, 4 / 6, 5 / 6]
    assert found.by_value == pytest.approx([185 / 405, 215 / 405, 275 / 405])
    assert found.within(599) == (3 / 6, 185 / 405)


def test_gross_settlement_in_turn_is_a_gridlock_at_the_lower_bound_and_offsetting_settles_all():
    payments = table()
    lower = Liquidity.alone(day_bounds(FIFO, payments).lower)
    assert set(words(settle_day(payments, FIFO, lower, DAY))) == {"returned"}
    offsetting = settlement_system("rtgs-lsm")
    day = settle_day(payments, offsetting, lower, operating_day(offsetting))
    assert set(words(day)) == {"settled"}
    assert day.counts["gridlocks"] == 1


# --- liquidity --------------------------------------------------------------------------------------------------------


def test_a_curve_falls_to_no_delay_at_the_upper_bound():
    positions = [number / 10 for number in range(11)]
    levels = liquidity_levels(table(), FIFO, DAY, positions, Progress())
    delay = [level.delay_indicator for level in levels]
    assert delay == sorted(delay, reverse=True)
    assert (delay[0], delay[-1]) == (1.0, 0.0)
    assert [levels[0].liquidity, levels[-1].liquidity] == [35 * CENTS, 175 * CENTS]
    assert levels[-1].unsettled_share == 0.0


def test_the_systems_own_liquidity_is_its_shares_of_the_value_sent():
    system = replace(
        FIFO,
        prefunding=replace(FIFO.prefunding, value=0.25),
        collateralised_credit=replace(FIFO.prefunding, value=0.5),
        injection_cap=replace(FIFO.prefunding, value=1 / 3),
    )
    found = own_liquidity(system, table())
    sent = (140, 105, 160)
    assert found.opening.tolist() == [round(25 * amount) for amount in sent]
    assert found.collateralised.tolist() == [50 * amount for amount in sent]
    assert found.uncollateralised.tolist() == [0, 0, 0]
    assert found.cap.tolist() == [round(Fraction(1 / 3) * amount * CENTS) for amount in sent]


def test_liquidity_that_is_asked_for_is_all_there_is():
    payments = table()
    system = replace(FIFO, injection_cap=replace(FIFO.prefunding, value=1.0))
    for asked, opening in (
        (LiquidityAsked("5", amount=500), [500, 500, 500]),
        (LiquidityAsked("0 %", position=Fraction(0)), [0, 2500, 1000]),
        (LiquidityAsked("100 %", position=Fraction(1)), [14_000, 2500, 1000]),
    ):
        found = asked_liquidity(asked, system, payments)
        assert found.opening.tolist() == opening
        assert not found.cap.any()
        assert not found.collateralised.any()
    rows = {"A": (1, 2, 3, 4), "B": (5, 6, 7, 8), "C": (0, 0, 0, 0)}
    found = asked_liquidity(LiquidityAsked("file", table=rows), system, payments)
    assert [part.tolist() for part in (found.opening, found.collateralised, found.uncollateralised, found.cap)] == [
        [1, 5, 0],
        [2, 6, 0],
        [3, 7, 0],
        [4, 8, 0],
    ]
    with pytest.raises(DataError, match="has no row for 'C'"):
        asked_liquidity(LiquidityAsked("file", table={"A": (0,) * 4, "B": (0,) * 4}), system, payments)


def test_injections_credit_and_pay_ins_are_counted_apart():
    rows = ((9 * HOUR, "A", "B", 80), (9 * HOUR, "B", "C", 100))
    given = Liquidity(cents(10, 0, 0), cents(0, 5, 0), cents(0, 5, 0), cents(70, 0, 0))
    system = replace(FIFO, rules=Rules(at_close="fund"), credit_price=replace(FIFO.credit_price, value=50.0))
    day = settle_day(table(rows), system, given, DAY)
    # A injects 70 for its 80; B has 80 and credit of 10, short of 100 by 10, which it pays in at the closing.
    assert words(day) == ["settled", "settled"]
    assert day.settled.tolist() == [9 * HOUR, 18 * HOUR]
    assert day.brought_in.tolist() == [8000, 1000, 0]
    assert day.counts["closing_pay_in"] == 1000
    assert day.indicators.available.tolist() == [8000, 2000, 0]
    texts = dict(summary(day))
    assert (
        "opening 10.00 USD, injected 70.00 USD, paid in at the closing 10.00 USD, credit 10.00 USD"
        in texts["Liquidity"]
    )


def test_liquidity_beyond_64_bits_is_told():
    with pytest.raises(InputError, match="beyond 2\\^63"):
        settle_day(table(), FIFO, Liquidity.alone(np.full(3, 2**62, np.int64)), DAY)


# --- giants -----------------------------------------------------------------------------------------------------------


def test_giants_are_split_and_what_becomes_of_the_parts_is_told_of_the_whole():
    system = replace(FIFO, largest_amount=40.0, above_largest="split")
    day = worked(system)
    # 6 is split into 4 parts of 32.50; C has 120, enough for three of them.
    assert words(day) == ["settled"] * 5 + ["returned"]
    assert day.counts["too_large_split"] == 4
    assert (day.counts["split_settled_in_part"], day.counts["split_settled_in_part_value"]) == (1, 9750)
    assert len(day.handed.amount) == 2 + 2 + 1 + 3 + 1 + 4
    assert day.indicators.value == 405 * CENTS


def test_giants_are_returned_and_do_not_count():
    system = replace(FIFO, largest_amount=80.0, above_largest="return")
    day = worked(system)
    assert words(day)[3] == words(day)[5] == "returned"
    assert day.counts["too_large_returned"] == 2
    assert day.counts["too_large_returned_value"] == 220 * CENTS
    assert day.indicators.value == 185 * CENTS
    assert own_liquidity(system, table()).opening[1] == round(Fraction(FIFO.prefunding.value) * 15 * CENTS)


def test_a_day_of_giants_alone_settles_nothing():
    day = worked(replace(FIFO, largest_amount=1.0))
    assert set(words(day)) == {"returned"}
    assert day.indicators.payments == 0
    assert json.dumps(settling_store.indicators_of(day, ()), allow_nan=False)


# --- the day ----------------------------------------------------------------------------------------------------------


def test_seconds_count_from_midnight_of_the_day_on_which_a_system_opens():
    chips = operating_day(settlement_system("CHIPS"))
    assert chips.date == date(2025, 6, 11)
    assert chips.midnight.isoformat() == "2025-06-10T00:00:00-04:00"
    assert (chips.opens, chips.closes) == (21 * HOUR, 42 * HOUR)
    assert chips.clock.words() == "21:00 to 18:00 +1"


def test_the_timetable_has_the_sessions_runs_and_windows_of_the_system():
    cips = operating_day(settlement_system("CIPS"))
    assert (cips.opens, cips.closes) == (0, 24 * HOUR)
    assert cips.timetable.netting.tolist() == [number * 4 * HOUR for number in range(1, 6)]
    assert cips.timetable.window_opens.tolist() == [0, 20 * HOUR + 1800]
    assert cips.timetable.window_closes.tolist() == [17 * HOUR + 1800, 24 * HOUR]
    runs = operating_day(settlement_system("rtgs-lsm")).timetable.offsetting
    assert (runs[0], len(runs)) == (8 * HOUR + 300, 119)


def test_a_day_of_rest_is_refused_with_the_next_working_day():
    with pytest.raises(InputError, match=r"rtgs-fifo does not work on 2025-06-14; the next day .* is 2025-06-16"):
        operating_day(FIFO, date(2025, 6, 14))
    assert operating_day(FIFO, date(2025, 6, 16)).date == date(2025, 6, 16)


def test_the_clock_on_the_wall_jumps_where_clocks_are_changed():
    berlin = replace(FIFO, hours="00:00-24:00", time_zone="Europe/Berlin", working_days="every-day")
    spring = operating_day(berlin, date(2025, 3, 30))  # at 02:00 clocks go to 03:00
    assert spring.closes == 23 * HOUR
    nine = spring.clock.instants(np.array([1 * HOUR, 9 * HOUR]))
    assert nine.tolist() == [1 * HOUR, 8 * HOUR]
    assert spring.clock.clock(8 * HOUR) == "09:00"


def test_payments_of_one_instant_settle_in_the_order_of_their_ids():
    rows = ((9 * HOUR, "A", "B", 60), (9 * HOUR, "A", "C", 60))
    payments = table(rows)
    first = settle_day(payments, FIFO, Liquidity.alone(cents(60, 0, 0)), DAY)
    other = settle_day(replace(payments, payment_id=np.array([1, 0])), FIFO, Liquidity.alone(cents(60, 0, 0)), DAY)
    assert words(first) == ["settled", "returned"]
    assert words(other) == ["returned", "settled"]


def test_a_payment_before_the_opening_waits_for_it_and_its_delay_counts_from_it():
    day = settle_day(table(((0, "A", "B", 60),)), FIFO, Liquidity.alone(cents(60, 0, 0)), DAY)
    assert day.settled.tolist() == [8 * HOUR]
    assert delays(day).seconds.tolist() == [0]
    assert day.indicators.delay_indicator == 0.0


def test_queues_that_are_kept_are_queued_at_the_end_of_the_day():
    day = worked(replace(FIFO, rules=Rules(at_close="keep")))
    assert words(day) == ["settled"] * 5 + ["queued"]


def test_a_synthetic_day_repeats_and_has_the_true_size():
    traffic = replace(FIFO.traffic, payments=2000)
    system = replace(FIFO, traffic=traffic)
    one, two, other = (synthetic_payments(system, DAY, seed) for seed in (1, 1, 2))
    assert one.ids.equals(two.ids)
    for name in ("submitted", "sender", "receiver", "amount", "priority", "batch"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name
    assert not np.array_equal(one.amount, other.amount)
    assert len(one.amount) == 2000
    assert one.names[0] == "P01"
    assert len(one.names) == traffic.participants
    assert abs(int(one.amount.sum()) - round(traffic.value * CENTS)) <= 2000 + 1e-6 * traffic.value * CENTS


# --- words and storing ------------------------------------------------------------------------------------------------


def test_amounts_and_durations_in_words():
    day = worked()
    assert money(12_345, day) == "123.45 USD"
    assert money(98_765_432_100, day) == "987.7 m USD"
    assert [duration(seconds) for seconds in (5.4, 65, 3_661, float("nan"))] == [
        "5 s",
        "1 min 05 s",
        "1 h 01 min",
        "not defined",
    ]


def test_a_share_looks_like_all_or_nothing_only_where_it_is():
    shares = [share(fraction) for fraction in (1.0, 0.9997, 0.9, 0.0001, 0.0, float("nan"))]
    assert shares == ["100.0 %", "99.970 %", "90.0 %", "0.010 %", "0.0 %", "not defined"]


def test_decimals_hold_every_amount_exactly_with_its_sign():
    minor = np.array([0, 10, -10, 2**63 - 1, -(2**63)], np.int64)
    text = [str(one) for one in settling_store.decimals(minor, 2).to_pylist()]
    assert text == ["0.00", "0.10", "-0.10", "92233720368547758.07", "-92233720368547758.08"]


def test_the_tables_hold_what_was_handed_in_and_what_became_of_it(tmp_path):
    day = worked()
    settling_store.write_tables(tmp_path, day)
    payments = pq.read_table(tmp_path / settling_store.PAYMENTS_FILE)
    assert payments.column("settled").to_pylist() == [32_400, 36_000, 34_200, 34_200, 36_000, None]
    assert payments.column("status").to_pylist() == words(day)
    assert payments.column("sender").to_pylist() == [row[1] for row in WORKED]
    assert payments.schema.field("amount").type == pa.decimal128(19, 2)
    participants = pq.read_table(tmp_path / settling_store.PARTICIPANTS_FILE).to_pylist()
    a = participants[0]
    assert (a["name"], a["used"], a["upper_bound"], a["lowest_balance"]) == ("A", 95, 140, 5)
    assert (a["submitted_to_receive"], a["received"]) == (175, 45)


MANIFEST = {"program": "paysim", "format": 1, "kind": "settlement", "command": "paysim settle", "run": {"key": "k"}}


def test_a_day_is_stored_whole_or_not_at_all(tmp_path):
    out = tmp_path / "deep" / "run"

    def fail(folder):
        raise RuntimeError("no ink")

    with pytest.raises(RuntimeError, match="no ink"):
        settling_store.store_day(out, worked(), (), MANIFEST, fail)
    assert list(out.parent.iterdir()) == []
    settling_store.store_day(out, worked(), (), MANIFEST)
    before = (out / "manifest.json").read_bytes()
    with pytest.raises(RuntimeError, match="no ink"):
        settling_store.store_day(out, worked(), (), MANIFEST, fail)
    assert (out / "manifest.json").read_bytes() == before
    assert [entry.name for entry in out.parent.iterdir()] == ["run"]


def test_what_an_earlier_process_left_aside_is_put_back(tmp_path):
    out = tmp_path / "run"
    settling_store.store_day(out, worked(), (), MANIFEST)
    before = (out / "payments.parquet").read_bytes()
    out.rename(tmp_path / ".run.replaced")
    check_place(SETTLEMENT, out, "k", overwrite=False)
    assert (out / "payments.parquet").read_bytes() == before


def test_another_folder_is_never_replaced_and_another_settlement_only_when_asked(tmp_path):
    out = tmp_path / "run"
    check_place(SETTLEMENT, out, "k", overwrite=False)
    settling_store.store_day(out, worked(), (), MANIFEST)
    check_place(SETTLEMENT, out, "k", overwrite=False)
    with pytest.raises(ResultsError, match=r"another settlement, made by: paysim settle\n.*--overwrite"):
        check_place(SETTLEMENT, out, "other", overwrite=False)
    check_place(SETTLEMENT, out, "other", overwrite=True)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(ResultsError, match=r"did not write \(notes.txt\)"):
        check_place(SETTLEMENT, out, "k", overwrite=True)
    (out / "notes.txt").unlink()
    (out / "manifest.json").write_text(json.dumps({**MANIFEST, "kind": None}))
    with pytest.raises(ResultsError, match="holds no settlement"):
        check_place(SETTLEMENT, out, "k", overwrite=True)
