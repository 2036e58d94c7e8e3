"""The synthetic day against its law.

Statistical tests have a fixed seed; were it drawn anew, each would reject a true law with probability `ERROR_RATE` at
most.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from paysim.networks.indicators import liquidity_bounds
from paysim.networks.synthetic import (
    TOTAL_TOLERANCE,
    DayPayments,
    DayTraffic,
    mean_outflows,
    mirrored,
    sending_shares,
    synthetic_chunks,
    synthetic_day,
)
from paysim.networks.synthetic_law import MIRROR_SIGMA, PERIPHERY_INSIDE, RANK_EXPONENT
from paysim.networks.synthetic_turnover import solve_reciprocity, turnover_at_lower_bound

ERROR_RATE = 1e-4
OPENS, CLOSES = 7_200, 50_400
UNCAPPED = float("inf")

PLAIN = DayTraffic(
    participants=30,
    payments=40_000,
    value=8e9,
    size_sigma=2.0,
    largest=0.2,
    profile=(1.0, 4.0, 2.0, 0.0, 3.0),
    core=6,
    core_share=0.7,
    reciprocity=0.0,
    mirror_delay=1_800.0,
    urgent_share=0.3,
    batch_share=0.1,
)


def day(seed: int = 1, **changes: object) -> DayPayments:
    return synthetic_day(replace(PLAIN, **changes), OPENS, CLOSES, seed)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.dtype == other.dtype and one.tobytes() == other.tobytes()


def columns_that_differ(one: DayPayments, other: DayPayments) -> set[str]:
    return {name for name in DayPayments._fields if not same(getattr(one, name), getattr(other, name))}


def lower_bound(payments: DayPayments, participants: int = PLAIN.participants) -> int:
    columns = (payments.sender, payments.receiver, payments.amount, payments.arrives)
    return int(liquidity_bounds(*columns, participants).lower.sum())


def assert_is_a_day_of(traffic: DayTraffic, payments: DayPayments, opens: int, closes: int, minor_units: int) -> None:
    """What holds for every day, whatever the parameters."""
    count = traffic.payments
    assert all(len(column) == count for column in payments)
    assert all(column.dtype == np.int64 for column in payments[:-1])
    assert payments.batch.dtype == np.bool_
    assert (payments.payment_id == np.arange(count)).all()
    assert payments.arrives.min() >= opens
    assert payments.arrives.max() < closes
    assert (np.diff(payments.arrives) >= 0).all()
    for side in (payments.sender, payments.receiver):
        assert side.min() >= 0
        assert side.max() < traffic.participants
    assert (payments.sender != payments.receiver).all()
    assert payments.amount.min() >= 1
    assert set(payments.priority) <= {0, 1}
    total = traffic.value * 10**minor_units
    assert abs(int(payments.amount.sum()) - total) <= TOTAL_TOLERANCE * total + count
    outflows = mean_outflows(traffic) * 10**minor_units * (1.0 + 1e-12)  # which may be rounded down
    for side in (payments.sender, payments.receiver):
        assert outflows[side].min() > 0
        assert (payments.amount <= np.maximum(1.0, traffic.largest * outflows[side])).all()


# --- who pays whom ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reciprocity", [0.0, 0.3, 0.5, 0.8])
@pytest.mark.parametrize(("minor_units", "value"), [(2, 8e9), (0, 9e12), (3, 5e4)])
def test_every_day_is_whole_money_of_the_value_asked_for_between_different_participants(
    reciprocity: float, minor_units: int, value: float
) -> None:
    traffic = replace(PLAIN, reciprocity=reciprocity, value=value)
    payments = synthetic_day(traffic, OPENS, CLOSES, 3, minor_units)
    assert_is_a_day_of(traffic, payments, OPENS, CLOSES, minor_units)


@pytest.mark.parametrize("reciprocity", [0.0, 0.4])
def test_the_core_has_its_share_and_each_participant_its_own(reciprocity: float) -> None:
    shares = sending_shares(PLAIN)
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)
    assert shares[: PLAIN.core].sum() == pytest.approx(PLAIN.core_share, abs=1e-12)
    assert all(smaller < larger for larger, smaller in pairwise(shares[: PLAIN.core]))
    assert all(smaller < larger for larger, smaller in pairwise(shares[PLAIN.core :]))
    payments = day(reciprocity=reciprocity)
    # A pair and its mirror are one draw of two payments: independent are the payments that mirror nothing.
    alone = mirrored(replace(PLAIN, reciprocity=reciprocity), OPENS, CLOSES, 1) < 0
    for side in (payments.sender, payments.receiver):
        counts = np.bincount(side[alone], minlength=PLAIN.participants)
        assert stats.chisquare(counts, shares * alone.sum()).pvalue > ERROR_RATE


def test_pairs_have_the_product_of_their_weights_and_no_direction() -> None:
    payments = day(payments=200_000)
    core = PLAIN.core
    weights = np.arange(1, core + 1) ** -RANK_EXPONENT
    inside = (payments.sender < core) & (payments.receiver < core)
    flows = np.zeros((core, core))
    np.add.at(flows, (payments.sender[inside], payments.receiver[inside]), 1)
    law = np.outer(weights, weights)
    np.fill_diagonal(law, 0.0)
    off_diagonal = ~np.eye(core, dtype=bool)
    expected = law[off_diagonal] / law.sum() * inside.sum()
    assert stats.chisquare(flows[off_diagonal], expected).pvalue > ERROR_RATE


def test_the_periphery_pays_with_the_core_but_for_its_share() -> None:
    payments = day(payments=200_000)
    periphery = 1.0 - PLAIN.core_share
    for one, other in ((payments.sender, payments.receiver), (payments.receiver, payments.sender)):
        outside = one >= PLAIN.core
        inside = outside & (other >= PLAIN.core)
        assert stats.binomtest(int(outside.sum()), len(one), periphery).pvalue > ERROR_RATE
        assert stats.binomtest(int(inside.sum()), int(outside.sum()), PERIPHERY_INSIDE).pvalue > ERROR_RATE


def test_nobody_gains_or_loses_day_by_day() -> None:
    # Chebyshev would not do: 60 days, a mean position over its standard error, Student's law, 30 participants.
    positions = []
    for seed in range(60):
        payments = day(seed, payments=4_000)
        received = np.bincount(payments.receiver, payments.amount, PLAIN.participants)
        positions.append(received - np.bincount(payments.sender, payments.amount, PLAIN.participants))
    smallest = stats.ttest_1samp(np.array(positions), 0.0).pvalue.min()
    assert smallest > ERROR_RATE / PLAIN.participants


# --- how much ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reciprocity", [0.0, 0.45])
def test_amounts_are_log_normal_mirrors_included(reciprocity: float) -> None:
    traffic = replace(PLAIN, largest=UNCAPPED, reciprocity=reciprocity, payments=20_000)
    payments = synthetic_day(traffic, OPENS, CLOSES, 2)
    mirrors = mirrored(traffic, OPENS, CLOSES, 2) >= 0
    for part in (mirrors, ~mirrors):
        if part.any():
            logarithm = np.log(payments.amount[part])
            law = stats.norm(logarithm.mean(), traffic.size_sigma)
            assert stats.kstest(logarithm, law.cdf).pvalue > ERROR_RATE


def test_a_cap_leaves_each_participant_the_mean_payment() -> None:
    payments = day(payments=300_000, largest=0.01)
    mean = payments.amount.mean()
    smallest_cap = 0.01 * sending_shares(PLAIN).min() * 300_000
    # Over the cap lies a third of the value of the smallest participant, and next to nothing of the largest one's.
    assert stats.norm.sf((np.log(smallest_cap) - 0.5 * PLAIN.size_sigma**2) / PLAIN.size_sigma) > 0.33
    tests = [stats.ttest_1samp(payments.amount[payments.sender == p], mean).pvalue for p in range(PLAIN.participants)]
    assert min(tests) > ERROR_RATE / PLAIN.participants


def test_a_smaller_cap_makes_the_largest_payment_smaller_and_the_total_stays() -> None:
    large, small = day(largest=1.0), day(largest=0.02)
    second_largest = np.sort(mean_outflows(PLAIN))[-2]  # a payment is between two, and the smaller one's cap holds
    assert small.amount.max() == int(0.02 * second_largest * 100)
    assert small.amount.max() < 0.2 * large.amount.max()
    assert int(small.amount.sum()) == pytest.approx(int(large.amount.sum()), rel=2 * TOTAL_TOLERANCE)


def test_a_cap_that_leaves_no_room_for_the_value_is_refused() -> None:
    with pytest.raises(ValueError, match=r"largest of 0\.1 .* at their caps"):
        day(payments=5, largest=0.1)


# --- when -------------------------------------------------------------------------------------------------------------


def test_arrivals_follow_the_profile_and_are_even_within_its_parts() -> None:
    payments = day(payments=100_000)
    fine = 24
    pieces = len(PLAIN.profile) * fine
    seconds = (CLOSES - OPENS) // pieces
    assert seconds * pieces == CLOSES - OPENS
    counts = np.bincount((payments.arrives - OPENS) // seconds, minlength=pieces)
    weights = np.repeat(PLAIN.profile, fine) / (fine * sum(PLAIN.profile))
    assert counts[weights == 0].sum() == 0
    busy = weights > 0
    assert stats.chisquare(counts[busy], weights[busy] * 100_000).pvalue > ERROR_RATE


def test_payments_are_in_no_order_of_size_or_sender_within_the_day() -> None:
    payments = day()
    assert stats.spearmanr(payments.payment_id, payments.amount).pvalue > ERROR_RATE
    assert stats.spearmanr(payments.payment_id, payments.sender).pvalue > ERROR_RATE
    assert stats.spearmanr(payments.amount[1:], payments.amount[:-1]).pvalue > ERROR_RATE


# --- what comes back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reciprocity", [0.0, 0.1, 1 / 3, 0.5, 0.7, 1.0])
def test_the_share_of_mirrors_is_exactly_what_was_asked_and_each_goes_back(reciprocity: float) -> None:
    traffic = replace(PLAIN, reciprocity=reciprocity, payments=9_000)
    payments = synthetic_day(traffic, OPENS, CLOSES, 5)
    answers = mirrored(traffic, OPENS, CLOSES, 5)
    mirrors = np.flatnonzero(answers >= 0)
    assert len(mirrors) == min(round(reciprocity * 9_000), 8_999)
    first = answers[mirrors]
    assert (first < mirrors).all()
    assert len(np.unique(first)) == len(first)  # no payment is mirrored twice
    assert (payments.sender[mirrors] == payments.receiver[first]).all()
    assert (payments.receiver[mirrors] == payments.sender[first]).all()
    if reciprocity <= 0.5:
        assert (answers[first] < 0).all()


def test_which_payments_are_mirrored_has_nothing_to_do_with_when_they_arrive() -> None:
    traffic = replace(PLAIN, reciprocity=0.3)
    answers = mirrored(traffic, OPENS, CLOSES, 1)
    alone = np.flatnonzero(answers < 0)
    is_mirrored = np.isin(alone, answers)
    half = len(alone) // 2
    table = [[is_mirrored[:half].sum(), half], [is_mirrored[half:].sum(), len(alone) - half]]
    assert stats.chi2_contingency([[hit, total - hit] for hit, total in table]).pvalue > ERROR_RATE


@pytest.mark.parametrize("mean", [600.0, 20_000.0])
def test_delays_of_mirrors_are_exponential_up_to_the_closing(mean: float) -> None:
    traffic = replace(PLAIN, reciprocity=0.4, mirror_delay=mean)
    payments = synthetic_day(traffic, OPENS, CLOSES, 1)
    answers = mirrored(traffic, OPENS, CLOSES, 1)
    mirrors = np.flatnonzero(answers >= 0)
    begun = payments.arrives[answers[mirrors]]
    delay = payments.arrives[mirrors] - begun + 0.5  # whole seconds hide half a second
    place = np.expm1(-delay / mean) / np.expm1(-(CLOSES - begun) / mean)
    assert stats.kstest(place, "uniform").pvalue > ERROR_RATE


def test_amounts_of_mirrors_are_similar() -> None:
    traffic = replace(PLAIN, reciprocity=0.4, largest=UNCAPPED)
    payments = synthetic_day(traffic, OPENS, CLOSES, 1)
    answers = mirrored(traffic, OPENS, CLOSES, 1)
    mirrors = np.flatnonzero(answers >= 0)
    ratio = np.log(payments.amount[mirrors] / payments.amount[answers[mirrors]])
    assert stats.kstest(ratio, stats.norm(0.0, MIRROR_SIGMA).cdf).pvalue > ERROR_RATE


def test_without_reciprocity_payments_are_independent() -> None:
    payments = day(payments=200_000, largest=UNCAPPED, size_sigma=1.0)
    core = PLAIN.core
    sent = np.zeros((core, core))
    inside = (payments.sender < core) & (payments.receiver < core)
    np.add.at(sent, (payments.sender[inside], payments.receiver[inside]), 1)
    # Were they not, the two directions of a pair would differ by less than tosses of a coin do.
    there, back = sent[np.triu_indices(core, 1)], sent.T[np.triu_indices(core, 1)]
    statistic = ((there - back) ** 2 / (there + back)).sum()
    low, high = stats.chi2(len(there)).ppf([ERROR_RATE / 2, 1 - ERROR_RATE / 2])
    assert low < statistic < high
    assert columns_that_differ(day(), day(mirror_delay=5.0)) == set()


def test_what_comes_back_lowers_the_lower_bound_of_liquidity() -> None:
    # Unmatched are 1 - 2 r of the payments, and net positions of independent payments grow with the root of their
    # number. With r = .375 the bound halves; at .5 what is left are the differences within pairs, a tenth of them.
    bounds = [
        np.mean([lower_bound(day(seed, reciprocity=r, size_sigma=1.0)) for seed in range(10)])
        for r in (0.0, 0.375, 0.5)
    ]
    assert bounds[1] / bounds[0] == pytest.approx(0.5, abs=0.12)
    assert bounds[2] / bounds[0] < 0.15


def test_turnover_at_the_lower_bound_is_value_over_net_debits() -> None:
    value = debits = 0
    for seed in (1, 2):
        payments = day(seed)
        net = np.zeros(PLAIN.participants, np.int64)
        np.add.at(net, payments.receiver, payments.amount)
        np.subtract.at(net, payments.sender, payments.amount)
        value, debits = value + int(payments.amount.sum()), debits + int(net.clip(0).sum())
    assert turnover_at_lower_bound(PLAIN, OPENS, CLOSES, (1, 2)) == pytest.approx(value / debits, rel=1e-12)


def test_the_reciprocity_that_gives_a_turnover_is_found() -> None:
    def turnover(traffic: DayTraffic) -> float:
        return 10.0 / (1.0 - 1.8 * traffic.reciprocity)

    assert solve_reciprocity(PLAIN, 20.0, turnover) == pytest.approx(0.5 / 1.8, abs=0.002)
    for unreachable in (9.0, 101.0):
        with pytest.raises(ValueError, match=r"10 with independent .* 100 where all are mirrored"):
            solve_reciprocity(PLAIN, unreachable, turnover)


# --- luck -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1_000, 7_777, 39_999, 40_000, 100_000])
@pytest.mark.parametrize("reciprocity", [0.0, 0.45, 0.9])
def test_a_day_in_pieces_is_the_day_in_one_to_the_byte(rows: int, reciprocity: float) -> None:
    traffic = replace(PLAIN, reciprocity=reciprocity, mirror_delay=9_000.0)
    pieces = list(synthetic_chunks(traffic, OPENS, CLOSES, 1, rows=rows))
    assert [len(piece.amount) for piece in pieces[:-1]] == [rows] * (len(pieces) - 1)
    joined = DayPayments(*(np.concatenate(column) for column in zip(*pieces, strict=True)))
    assert columns_that_differ(joined, synthetic_day(traffic, OPENS, CLOSES, 1)) == set()


_FINGERPRINT = """
import hashlib
from paysim.networks.synthetic import DayTraffic, synthetic_day
traffic = DayTraffic(12, 400, 1e7, 2.0, 0.5, (1.0, 2.0), 4, 0.7, 0.6, 900.0, 0.3, 0.1)
print(hashlib.sha256(b"".join(column.tobytes() for column in synthetic_day(traffic, 0, 500, 1))).hexdigest())
"""


def test_the_compiled_code_does_what_the_same_code_does_in_plain_python() -> None:
    # Whole numbers of 64 bits wrap around when they are hashed; plain Python warns of it.
    command = [sys.executable, "-W", "ignore::RuntimeWarning", "-c", _FINGERPRINT]
    environment = dict(os.environ, NUMBA_DISABLE_JIT="1")
    plain = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()
    traffic = DayTraffic(12, 400, 1e7, 2.0, 0.5, (1.0, 2.0), 4, 0.7, 0.6, 900.0, 0.3, 0.1)
    columns = synthetic_day(traffic, 0, 500, 1)
    assert hashlib.sha256(b"".join(column.tobytes() for column in columns)).hexdigest() == plain


def test_memory_of_a_streamed_day_does_not_grow_with_its_payments() -> None:
    def peak(payments: int) -> int:
        traffic = replace(PLAIN, payments=payments, reciprocity=0.3, mirror_delay=60.0)
        tracemalloc.start()
        for piece in synthetic_chunks(traffic, OPENS, CLOSES, 1, rows=10_000):
            assert len(piece.amount) == 10_000
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10_000)
    assert peak(400_000) < 1.3 * peak(40_000)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_payments() -> None:
    assert columns_that_differ(day(4, reciprocity=0.3), day(4, reciprocity=0.3)) == set()
    assert columns_that_differ(day(4), day(5)) == set(DayPayments._fields) - {"payment_id"}


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({"batch_share": 0.4}, {"batch"}),
        ({"urgent_share": 0.9}, {"priority"}),
        ({"value": 9e9}, {"amount"}),
        ({"size_sigma": 1.5}, {"amount"}),
        ({"largest": 0.1}, {"amount"}),
    ],
)
def test_another_parameter_leaves_the_other_columns_as_they_are(changes: dict[str, float], columns: set[str]) -> None:
    assert columns_that_differ(day(reciprocity=0.4), day(reciprocity=0.4, **changes)) == columns


def test_another_profile_moves_nothing_but_instants_of_independent_payments() -> None:
    assert columns_that_differ(day(), day(profile=(1.0, 1.0))) == {"arrives"}


def test_a_larger_share_of_urgent_or_batch_payments_keeps_the_former_ones() -> None:
    few, many = day(batch_share=0.1, urgent_share=0.2), day(batch_share=0.3, urgent_share=0.6)
    assert many.batch[few.batch].all()
    assert (many.priority[few.priority == 0] == 0).all()


def test_shares_of_urgent_and_batch_payments_are_kept_and_independent() -> None:
    payments = day(reciprocity=0.4)
    urgent = payments.priority == 0
    assert stats.binomtest(int(urgent.sum()), len(urgent), PLAIN.urgent_share).pvalue > ERROR_RATE
    assert stats.binomtest(int(payments.batch.sum()), len(urgent), PLAIN.batch_share).pvalue > ERROR_RATE
    both = [[(urgent & payments.batch).sum(), (urgent & ~payments.batch).sum()]]
    both += [[(~urgent & payments.batch).sum(), (~urgent & ~payments.batch).sum()]]
    assert stats.chi2_contingency(both).pvalue > ERROR_RATE


# --- odd days ---------------------------------------------------------------------------------------------------------


@st.composite
def odd_days(draw: st.DrawFn) -> DayTraffic:
    participants = draw(st.sampled_from([2, 3, 4, 50]))
    core = draw(st.integers(1, participants))
    low, high = (1.0, 1.0) if core == participants else (0.0, 1.0)
    if core == participants - 1:
        low = 0.5
    if core == 1:
        high = 0.5
    return DayTraffic(
        participants=participants,
        payments=draw(st.sampled_from([1, 2, 3, 10, 999])),
        value=draw(st.sampled_from([10.0, 1e6, 3.3e12])),
        size_sigma=draw(st.sampled_from([0.0, 0.05, 1.0, 3.0])),
        largest=draw(st.sampled_from([0.3, 5.0, 1e4, UNCAPPED])),
        profile=draw(st.sampled_from([(1.0,), (0.0, 1.0, 0.0), (1.0, 2.0, 3.0, 0.0)])),
        core=core,
        core_share=draw(st.floats(low, high)),
        reciprocity=draw(st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0])),
        mirror_delay=draw(st.sampled_from([0.0, 1.0, 3_600.0, 1e9])),
        urgent_share=draw(st.sampled_from([0.0, 0.5, 1.0])),
        batch_share=draw(st.sampled_from([0.0, 0.5, 1.0])),
    )


@settings(max_examples=150, deadline=None)
@given(odd_days(), st.integers(0, 2**40), st.sampled_from([1, 2, 60, 86_400]))
def test_odd_days_are_days_or_are_refused_for_their_caps(traffic: DayTraffic, seed: int, seconds: int) -> None:
    refusal = ""
    try:
        payments = synthetic_day(traffic, 100, 100 + seconds, seed)
    except ValueError as error:
        refusal = str(error)
    if refusal:
        assert "at their caps" in refusal
        assert traffic.largest < UNCAPPED
        return
    assert_is_a_day_of(traffic, payments, 100, 100 + seconds, 2)
    for share, flags in ((traffic.urgent_share, payments.priority == 0), (traffic.batch_share, payments.batch)):
        assert share not in (0.0, 1.0) or (flags == share).all()
    assert (mirrored(traffic, 100, 100 + seconds, seed) >= 0).sum() == traffic.mirrors


def test_all_problems_of_a_traffic_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"2 participants.*size_sigma.*reciprocity from 0 to 1"):
        replace(PLAIN, participants=1, size_sigma=float("nan"), reciprocity=1.1)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"core": 1, "core_share": 0.6}, "a core of one: it does not pay itself"),
        ({"core": 29, "core_share": 0.4}, "a periphery of one: it does not pay itself"),
        ({"core": 30}, "all participants are in the core"),
        ({"profile": (0.0, 0.0)}, "a profile of weights"),
        ({"profile": ()}, "a profile of weights"),
        ({"largest": 0.0}, "a positive largest"),
        ({"value": float("inf")}, "a positive, finite value"),
    ],
)
def test_a_traffic_that_cannot_be_is_refused(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        replace(PLAIN, **changes)


def test_a_day_without_time_luck_or_money_is_refused() -> None:
    with pytest.raises(ValueError, match="closes after it opens"):
        synthetic_day(PLAIN, 5, 5, 1)
    with pytest.raises(ValueError, match="seed"):
        synthetic_day(PLAIN, OPENS, CLOSES, -1)
    with pytest.raises(ValueError, match="minor units"):
        synthetic_day(replace(PLAIN, value=1.0), OPENS, CLOSES, 1)
    with pytest.raises(ValueError, match="one row"):
        synthetic_chunks(PLAIN, OPENS, CLOSES, 1, rows=0)
