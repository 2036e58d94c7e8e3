"""Responses: what is measured, what it agrees with, and what is read between the points."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from paysim.engine.systems import settlement_system
from paysim.networks import response_measure
from paysim.networks.response import AMPLE, FLOORS, MEASURES, STRETCH, Response, restoring_liquidity
from paysim.networks.response_measure import layered_days, measure_points, measure_response
from paysim.networks.response_plan import Plan, operating_clock, quick_plan, response_key, thorough_plan
from paysim.scenario.payments_table import PaymentsTable
from paysim.scenario.system_loading import shipped_systems
from paysim.study.settled.day import operating_day
from paysim.study.settled.settling import Liquidity, own_liquidity, settle_day

HOUR = 3600
PLAN = Plan((0.5, 1.0, 2.0), (0.0, 0.5, 1.0, AMPLE), 3)
OWN = Plan((0.5, 1.0, 2.0), (0.0, 0.25, 0.5, 1.0, 2.0, AMPLE), 4, 40)
NAMES = ("CIPS", "T2", "CHIPS", "rtgs-fifo", "dns")


def small(name, payments=2000, participants=12):
    """A shipped system with few payments, each as large as ever."""
    system = settlement_system(name)
    traffic = system.traffic
    value = traffic.value * payments / traffic.payments
    core = min(traffic.core, 4)
    changed = replace(traffic, payments=payments, participants=participants, value=value, core=core, core_share=0.6)
    return replace(system, traffic=changed)


def made(**changes):
    """A response of round numbers, with a value and a level between which one can reckon by hand."""
    table = np.array([[1.0, 0.2, 0.1, 0.0, 0.0], [1.0, 0.4, 0.2, 0.1, 0.0]])
    tables = {name: table.copy() for name in MEASURES}
    tables["delay_hours"][:, 0] = np.nan
    errors = {name: np.full_like(table, 0.01) for name in MEASURES}
    axes = {"value": np.array([1.0, 4.0]), "liquidity": np.array([0.0, 0.5, 1.0, 4.0, AMPLE])}
    return Response(**{"key": "k", "seed": 1, "days": 2, **axes, **tables, "errors": errors, **changes})


# --- what is measured -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_with_ample_liquidity_nothing_is_late_and_nothing_unsettled_exactly(name):
    found = measure_response(small(name, payments=800), plan=replace(PLAN, days=2))
    for measure in ("delay_hours", "waiting_hours", "unsettled_share"):
        assert (getattr(found, measure)[:, -1] == 0.0).all()
        assert (found.errors[measure][:, -1] == 0.0).all()


def test_without_liquidity_nothing_settles_one_by_one():
    found = measure_response(small("rtgs-fifo"), plan=PLAN)
    assert (found.unsettled_share[:, 0] == 1.0).all()
    assert np.isnan(found.delay_hours[:, 0]).all()
    assert (found.liquidity_used[:, 0] == 0.0).all()


def test_a_day_of_less_value_is_contained_in_one_of_more():
    system = small("CIPS")
    sides = [Counter(zip(*(column.tolist() for column in day[1:]), strict=True))
             for day in layered_days(system, 1, 0, (0.25, 1.0, 3.0))]  # fmt: skip
    assert [sum(side.values()) for side in sides] == [500, 2000, 6000]
    assert sides[0] <= sides[1] <= sides[2]
    day = next(layered_days(system, 1, 0, (3.0,)))
    assert day.amount.sum() == pytest.approx(3 * system.traffic.value * 100, rel=1e-5)
    assert (np.diff(day.arrives) >= 0).all()


def test_days_and_seeds_differ():
    system = small("CIPS")
    drawn = {int(next(layered_days(system, seed, day, (1.0,))).amount[0]) for seed in (1, 2) for day in (0, 1)}
    assert len(drawn) == 4


def as_settled(system, value, level, days):
    """Measures of layered days by the code of ``paysim settle``, which knows nothing of responses."""
    clock = operating_day(system)
    late = waited = unsettled = settled = whole = 0.0
    for number in range(days):
        *_, day = layered_days(system, 1, number, PLAN.value[: PLAN.value.index(value) + 1])
        names = tuple(str(one) for one in range(system.traffic.participants))
        ids = pa.array(day.payment_id).cast(pa.string())
        opens = clock.opens
        columns = (day.payment_id, day.arrives + opens, day.sender, day.receiver, day.amount, day.priority, day.batch)
        payments = PaymentsTable(ids, names, *columns)
        sent = np.bincount(day.sender, day.amount, minlength=len(names)).astype(np.int64)
        ample = settle_day(payments, system, Liquidity.alone(sent), clock).settled
        usual = own_liquidity(system, payments)
        means = (usual.opening, usual.collateralised, usual.uncollateralised, usual.cap)
        own = Liquidity(*(np.rint(level / value * mean).astype(np.int64) for mean in means))
        found = settle_day(payments, system, own, clock).settled
        done = found >= 0
        hours = day.amount * (np.where(done, found, clock.closes) - ample) / HOUR
        late += hours[done].sum()
        waited += hours.sum()
        unsettled += day.amount[~done].sum()
        settled += day.amount[done].sum()
        whole += day.amount.sum()
    return late / settled, waited / whole, unsettled / whole


@pytest.mark.parametrize("name", ["CIPS", "CHAPS"])
def test_a_point_is_what_paysim_settle_says_of_the_same_days(name):
    system = small(name)
    measures, _ = measure_points(system, PLAN, 2.0, (0.5,))
    expected = as_settled(system, 2.0, 0.5, PLAN.days)
    assert min(expected[:2]) > 0.0
    assert name != "CIPS" or 0.0 < expected[2] < 1.0
    got = [measures[measure][0] for measure in ("delay_hours", "waiting_hours", "unsettled_share")]
    assert got == pytest.approx(expected, rel=1e-4)


def test_a_few_points_are_the_same_numbers_as_in_the_whole():
    system = small("CIPS")
    whole = measure_response(system, plan=PLAN)
    measures, errors = measure_points(system, PLAN, 1.0, (0.5, 1.0))
    for name in MEASURES:
        assert measures[name].tolist() == getattr(whole, name)[1, 1:3].tolist()
        assert errors[name].tolist() == whole.errors[name][1, 1:3].tolist()


def test_days_are_added_where_chance_has_much_to_say_and_beside_it_and_nowhere_else(monkeypatch):
    system, drawn = small("CIPS"), []

    def counted(*arguments):
        drawn.append(arguments)
        return layered_days(*arguments)

    monkeypatch.setattr(response_measure, "layered_days", counted)
    days = {}
    for level in OWN.liquidity:
        drawn.clear()
        measures, _ = measure_points(system, OWN, 1.0, (level,))
        days[level] = (len(drawn), measures["unsettled_share"][0])
    assert len({arguments[2] for arguments in drawn}) == len(drawn)  # every day is another one
    assert days[0.5][0] > 10
    assert 0.0 < days[0.5][1] < 0.1
    assert days[1.0] == (days[0.5][0], 0.0)
    assert days[2.0] == days[AMPLE] == (4, 0.0)


def test_with_days_of_its_own_a_value_does_not_depend_on_the_others():
    system = small("CIPS")
    whole = measure_response(system, plan=OWN)
    for value, levels in ((0.5, (0.25,)), (2.0, (0.5, 1.0))):
        measures, errors = measure_points(system, OWN, value, levels)
        points = np.ix_(whole.value == value, np.isin(whole.liquidity, levels))
        for name in MEASURES:
            assert measures[name].tolist() == getattr(whole, name)[points][0].tolist()
            assert errors[name].tolist() == whole.errors[name][points][0].tolist()


def test_days_of_its_own_and_days_in_layers_agree_within_their_errors():
    system = small("CIPS")
    plans = (replace(OWN, days=60, most_days=60), replace(OWN, days=60, most_days=None))
    own, layered = (measure_points(system, plan, 1.0, (0.25,), 5) for plan in plans)
    for name in ("waiting_hours", "unsettled_share", "liquidity_used"):
        assert own[0][name] != layered[0][name]
        assert abs(own[0][name] - layered[0][name]) < 3.0 * np.hypot(own[1][name], layered[1][name])


def test_small_values_get_more_days_and_large_ones_less_of_the_most():
    assert [OWN.days_at(value) for value in OWN.value] == [(8, 40), (4, 40), (4, 20)]
    assert [PLAN.days_at(value) for value in PLAN.value] == [(3, 3)] * 3


def test_it_is_repeatable_and_a_seed_is_another_measurement():
    system = small("rtgs-fifo")
    one, same, other = (measure_response(system, seed, PLAN) for seed in (1, 1, 2))
    assert one.digest == same.digest != other.digest
    assert one.key != other.key


def test_the_error_is_the_spread_of_repeated_measurements():
    system, plan = small("rtgs-fifo", payments=500), Plan((1.0, 2.0), (0.0, 0.5, AMPLE), 5)
    repeated = [measure_points(system, plan, 1.0, (0.5,), seed) for seed in range(40)]
    for name in ("waiting_hours", "unsettled_share"):
        spread = np.std([measures[name][0] for measures, _ in repeated], ddof=1)
        told = np.sqrt(np.mean([errors[name][0] ** 2 for _, errors in repeated]))
        assert 0.7 < told / spread < 1.4  # 40 spreads of 5 days are known to about 13 %


def test_memory_does_not_grow_with_the_number_of_days():
    system = small("rtgs-fifo")

    def peak(days):
        tracemalloc.start()
        measure_response(system, plan=replace(PLAN, days=days))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(2)  # caches
    assert peak(6) < 1.1 * peak(2)


def test_progress_is_told_of_every_point():
    told = []
    measure_response(small("rtgs-fifo"), plan=PLAN, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 36) for done in range(1, 37)]
    told.clear()
    measure_response(small("CIPS", 200), plan=OWN, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, OWN.points) for done in range(1, OWN.points + 1)]
    assert OWN.points == (8 + 4 + 4) * 6


# --- plans and keys -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"value": (1.0,)},
        {"value": (2.0, 1.0)},
        {"value": (0.0, 1.0)},
        {"value": (1.0, AMPLE)},
        {"liquidity": (0.0, 1.0)},
        {"liquidity": (-1.0, AMPLE)},
        {"days": 1},
        {"most_days": 2},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(changes):
    with pytest.raises(ValueError, match=r"multiples|two|most"):
        replace(PLAN, **changes)


@pytest.mark.parametrize("name", shipped_systems())
def test_the_usual_plans_hold_the_usual_day_and_stay_affordable(name):
    system = settlement_system(name)
    for plan in (quick_plan(system), thorough_plan(system)):
        assert 1.0 in plan.value
        assert 1.0 in plan.liquidity
        assert plan.days * sum(plan.value) * system.traffic.payments < 1e8
        added = sum(value * (plan.days_at(value)[1] - plan.days) for value in plan.value)
        assert added * system.traffic.payments < 5e8


def test_the_key_knows_all_that_matters_and_nothing_else():
    system = small("CIPS")
    traffic = system.traffic
    changed = [
        replace(system, rules=replace(system.rules, netting="partial")),
        replace(system, prefunding=replace(system.prefunding, value=0.5)),
        replace(system, injection_cap=replace(system.injection_cap, value=0.5)),
        replace(system, collateralised_credit=replace(system.collateralised_credit, value=0.5)),
        replace(system, uncollateralised_credit=replace(system.uncollateralised_credit, value=0.5)),
        replace(system, netting_sessions=3),
        replace(system, injection_window=None),
        replace(system, hours="08:00-18:00"),
        replace(system, largest_amount=1e9),
        replace(system, largest_amount=1e9, above_largest="split"),
        replace(system, minor_units=0),
        *(replace(system, traffic=replace(traffic, **{name: getattr(traffic, name) * 0.9}))
          for name in ("value", "size_sigma", "largest", "reciprocity", "mirror_delay", "urgent_share")),
    ]  # fmt: skip
    keys = [response_key(one, PLAN) for one in (system, *changed)]
    keys += [response_key(system, replace(PLAN, days=4)), response_key(system, PLAN, 2)]
    keys += [response_key(system, replace(PLAN, most_days=most)) for most in (3, 4)]
    assert len(set(keys)) == len(keys)
    renamed = replace(
        system, name="mine", title="Mine", about="", credit_price=replace(system.credit_price, value=9.0), figures={}
    )
    assert response_key(renamed, PLAN) == keys[0]


@pytest.mark.parametrize("name", shipped_systems())
def test_the_day_measured_is_the_day_that_paysim_settle_takes(name):
    system = settlement_system(name)
    clock, day = operating_clock(system), operating_day(system)
    assert clock.closes == day.closes - day.opens
    assert (clock.timetable.netting + day.opens).tolist() == day.timetable.netting.tolist()
    assert (clock.timetable.offsetting + day.opens).tolist() == day.timetable.offsetting.tolist()
    windows = (clock.timetable.window_opens, day.timetable.window_opens)
    if windows[1] is not None:
        assert (windows[0] + day.opens).tolist() == windows[1].tolist()


# --- reading between the points -------------------------------------------------------------------------------------


def test_at_a_point_it_reads_the_point():
    response = made()
    read = response.at(response.value[:, None], response.liquidity)
    for name in MEASURES:
        table = getattr(response, name)
        known = ~np.isnan(table)
        assert getattr(read, name)[known] == pytest.approx(table[known], rel=1e-12)
    assert not read.clamped.any()


def test_between_levels_it_is_logarithmic():
    floor = FLOORS["unsettled_share"]
    middle = floor * (np.sqrt((1 + 0.2 / floor) * (1 + 0.1 / floor)) - 1)
    assert made().at(1.0, np.sqrt(0.5)).unsettled_share == pytest.approx(middle)
    half = floor * (np.sqrt((1 + 1.0 / floor) * (1 + 0.2 / floor)) - 1)
    assert made().at(1.0, 0.25).unsettled_share == pytest.approx(half)  # half way from nothing to the least level
    beyond = floor * (np.sqrt(1 + 0.1 / floor) - 1)
    assert made().at(4.0, 8.0).unsettled_share == pytest.approx(beyond)  # half way from 4 to ample, by the inverse


def test_between_values_liquidity_is_stretched():
    response, floor = made(), FLOORS["unsettled_share"]
    low, high = response.at(1.0, 2.0**-STRETCH).unsettled_share, response.at(4.0, 2.0**STRETCH).unsettled_share
    blended = floor * (np.sqrt((1 + low / floor) * (1 + high / floor)) - 1)
    assert response.at(2.0, 1.0).unsettled_share == pytest.approx(blended)


def test_more_liquidity_never_reads_worse_where_the_points_fall():
    levels = np.concatenate([np.linspace(0, 12, 500), [AMPLE]])
    for value in (1.0, 1.3, 2.0, 3.7, 4.0):
        read = made().at(value, levels)
        assert (np.diff(read.unsettled_share) <= 1e-15).all()
        assert read.unsettled_share[-1] == 0.0


def test_outside_the_nearest_value_is_read_and_flagged():
    read = made().at([0.0, 0.5, 1.0, 4.0, 9.0], 1.0)
    assert read.clamped.tolist() == [True, True, False, False, True]
    levels = [np.inf, 2.0**STRETCH, 1.0, 1.0, (4.0 / 9.0) ** STRETCH]
    inside = made().at([1.0, 1.0, 1.0, 4.0, 4.0], levels)
    assert read.unsettled_share == pytest.approx(inside.unsettled_share, abs=1e-9)
    assert (np.diff(read.unsettled_share) > 0.0).all()
    above = made(liquidity=np.array([0.1, 0.5, 1.0, 4.0, AMPLE])).at(1.0, [0.05, 0.1])
    assert above.clamped.tolist() == [True, False]


def test_where_nothing_settles_the_delay_is_that_of_the_least_liquidity_with_which_something_does():
    assert made().at([1.0, 4.0], 0.0).delay_hours == pytest.approx([0.2, 0.4])


def test_shapes_are_those_of_the_question():
    assert made().at(1.0, 1.0).unsettled_share.shape == ()
    assert made().at(np.ones((3, 1)), np.ones(4)).clamped.shape == (3, 4)


@pytest.mark.parametrize(("value", "level"), [(-1.0, 1.0), (1.0, -0.1), (np.nan, 1.0), (1.0, np.nan)])
def test_a_question_without_sense_is_refused(value, level):
    with pytest.raises(ValueError, match="not negative"):
        made().at(value, level)


@pytest.mark.parametrize(
    "changes",
    [
        {"value": np.array([4.0, 1.0])},
        {"value": np.array([0.0, 1.0])},
        {"liquidity": np.array([0.0, 0.5, 1.0, 4.0, 5.0])},
        {"unsettled_share": np.zeros((2, 4))},
    ],
)
def test_a_response_without_sense_is_refused(changes):
    with pytest.raises(ValueError, match=r"axes|values|shape"):
        made(**changes)


def test_a_response_cannot_be_changed_and_its_digest_knows_every_number():
    response = made()
    with pytest.raises(ValueError, match="read-only"):
        response.unsettled_share[0, 0] = 0.5
    table = response.unsettled_share.copy()
    table[1, 3] += 1e-6
    spread = dict(response.errors) | {"delay_hours": np.full_like(table, 0.02)}
    others = (made(unsettled_share=table), made(errors=spread), made(key="l"), made(days=3))
    assert len({response.digest, *(other.digest for other in others)}) == 5
    assert made().digest == response.digest


def test_the_restoring_liquidity_is_where_the_share_is_met():
    response = made()
    found = restoring_liquidity(response, 2.0, 0.1)
    assert response.at(2.0, found).unsettled_share == pytest.approx(0.1, abs=1e-9)
    assert restoring_liquidity(response, 4.0, 0.05) == AMPLE
    assert restoring_liquidity(response, 4.0, 1.0) == 0.0
