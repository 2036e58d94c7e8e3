"""L16: names and places decide nothing; chance belongs to entities by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import pytest
from storm import BEHAVIOUR, EVENTS, MONTHS, storm_world
from worlds import Point, cut, make_economy, make_prepared, make_switches, make_world, pass_month

from paysim.engine.draws import draw, draw_parameters
from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.prepared import Prepared, Traffic
from paysim.engine.simulation import Simulation
from paysim.engine.streams import normals, stream
from paysim.model.world import Banks, World

GROUP_ORDER, CURRENCY_ORDER = (2, 0, 3, 1), (2, 0, 1)


def relabelled(world: World, groups: Sequence[int], currencies: Sequence[int]) -> World:
    """The same world with groups and currencies in another order (old indices in their new places)."""
    to_group, to_currency = np.argsort(groups), np.argsort(currencies)
    banks = world.banks
    order = np.concatenate([np.flatnonzero(banks.group == g) for g in groups])
    own = to_currency[world.own_currency[list(groups)]]
    both = np.ix_(groups, groups)
    assert world.anchor is not None
    return replace(
        world,
        groups=tuple(world.groups[g] for g in groups),
        currencies=tuple(world.currencies[c] for c in currencies),
        options=tuple(replace(option, currency=int(to_currency[option.currency])) for option in world.options),
        bar_patterns=tuple(frozenset(int(to_currency[c]) for c in pattern) for pattern in world.bar_patterns),
        banks=Banks(
            to_group[banks.group[order]],
            banks.weight[order],
            tuple(banks.bank_class[i] for i in order),
            banks.order[order],
        ),
        own_currency=own,
        alignment=world.alignment[list(groups)],
        trade=world.trade[both],
        finance_pattern=world.finance_pattern[both],
        export_profile=world.export_profile[np.ix_(groups, currencies)],
        import_profile=world.import_profile[np.ix_(groups, currencies)],
        member=world.member[list(groups)],
        native=world.native[list(groups)],
        hub_groups=to_group[world.hub_groups],
        targets=world.targets[list(currencies)],
        known_corridors={
            (int(to_group[g]), int(to_group[h])): shares[list(currencies)]
            for (g, h), shares in world.known_corridors.items()
        },
        participants=world.participants[list(groups)],
        anchor=(int(to_group[world.anchor[0]]), int(to_currency[world.anchor[1]])),
    )


def stormy(relabel: bool, months: int = MONTHS, banks: int = 12, **changes: object) -> Prepared:
    world, individual = storm_world(), replace(storm_world(banks), representative=False)
    if relabel:
        world = relabelled(world, GROUP_ORDER, CURRENCY_ORDER)
        individual = relabelled(individual, GROUP_ORDER, CURRENCY_ORDER)
    switches = make_switches(4, joining=True, enabling=True, switching=True)
    prepared = make_prepared(world, months, individual=individual, events=EVENTS, switches=switches, **BEHAVIOUR)
    return replace(prepared, **changes)  # type: ignore[arg-type]


def test_another_order_of_groups_and_currencies_changes_nothing() -> None:
    everything = frozenset({"parameters", "latent_demand", "noise"})
    plain = simulate_ensemble(stormy(False, uncertain=everything), 5, [0, 1])
    moved = simulate_ensemble(stormy(True, uncertain=everything), 5, [0, 1])
    for one, other in zip(plain, moved, strict=True):
        assert one.series.keys() == other.series.keys()
        for name, (keys, table) in one.series.items():
            again = np.stack([other.values(name, key) for key in keys], axis=1)
            # A figure published with two decimals may fall to the other side of a half.
            tolerance = 1.01e-4 if name == "tracker_share" else 1e-12 * max(1.0, np.nanmax(np.abs(table)))
            np.testing.assert_allclose(again, table, rtol=0, atol=tolerance, err_msg=name)
        assert np.ptp(one.values("true_share", "C2")) > 0.01


def test_equal_groups_fare_equally() -> None:
    trade = np.array([[0.0, 20.0, 20.0, 30.0], [20.0, 5.0, 10.0, 8.0], [20.0, 10.0, 5.0, 8.0], [30.0, 8.0, 8.0, 0.0]])
    world = make_world([0.7, 0.3], trade, cuttable=(True, False), alignment=[0.0, 0.5, 0.5, -1.0])
    economy = make_economy(
        world, gamma=0.5, bypass_share=0.3, trade_elasticity=4.0, diversion=0.5, adjustment=0.3, belief_jump=0.02
    )
    policy = cut(world, [0])
    policy.premium[0], policy.shocks[0], policy.feared[0] = 20.0, 1.0, 1.0
    for month in range(12):
        pass_month(economy, policy, month)
    value = economy.value()[0, 0].reshape(4, 4)
    np.testing.assert_allclose(value[:, 1], value[[0, 2, 1, 3], 2], rtol=1e-12)
    np.testing.assert_allclose(value[1], value[2][[0, 2, 1, 3]], rtol=1e-12)
    assert np.abs(value - trade).max() > 0.1


@pytest.mark.parametrize("purpose", ["noise", "latent_demand"])
def test_luck_belongs_to_a_currency_by_name(purpose: str) -> None:
    few, more = ("USD", "CNY"), ("GBP", "CNY", "EUR", "USD")
    one, other = normals(3, [0, 7], purpose, few, 24), normals(3, [7, 0], purpose, more, 30)
    for place, name in enumerate(few):
        np.testing.assert_array_equal(one[:, place], other[::-1, more.index(name), :24])
    assert not np.array_equal(one[0], one[1])
    assert not np.array_equal(one[:, 0], one[:, 1])


def test_luck_belongs_to_a_parameter_by_name() -> None:
    class Even:
        best = 0.5

        def quantile(self, u: float) -> float:
            return 0.5 + u / 100.0

    prepared = stormy(False)
    names = list(prepared.ranges)
    forward = replace(prepared, ranges={name: Even() for name in names})
    backward = replace(prepared, ranges={name: Even() for name in reversed(names)})
    one, other = draw_parameters(forward, 1, [4, 9], True), draw_parameters(backward, 1, [9], True)
    for f in fields(one):
        assert getattr(one, f.name)[1] == getattr(other, f.name)[0]
    assert len({float(getattr(one, name)[0]) for name in names}) == len(names)


def test_streams_of_replicates_and_purposes_are_apart() -> None:
    drawn = {
        (seed, replicate, purpose, month): stream(seed, replicate, purpose, month).random()
        for seed in (1, 2)
        for replicate in (0, 1)
        for purpose in ("join", "traffic")
        for month in (0, 1)
    }
    assert len(set(drawn.values())) == 16


def memberships(prepared: Prepared) -> dict[str, np.ndarray]:
    run = Simulation(prepared, draw(prepared, 11, [2], ()), seed=11, replicate=2)
    run.run()
    record = run.record()
    return {name: record.values("cips_member_weight", name) for name in prepared.world.groups}


def test_luck_of_banks_belongs_to_their_group_by_name() -> None:
    # Joining by hazard alone: a bank's luck and its partners' memberships decide, not the payments.
    traffic, months = Traffic(200, "stratified", 0.0), 12
    changes = {"traffic": traffic, "events": ()}
    found = []
    for relabel in (False, True):
        prepared = stormy(relabel, months, **changes)
        rates = {"joining_saving_weight": 0.0, "leaving_rate": 0.0, "joining_innovation": 1.0}
        prepared = replace(prepared, ranges={**prepared.ranges, **{name: Point(rate) for name, rate in rates.items()}})
        found.append(memberships(prepared))
    assert min(np.ptp(found[0][name]) for name in ("WEST", "SOUTH")) > 0.1
    for name, path in found[0].items():
        np.testing.assert_allclose(path, found[1][name], rtol=0, atol=1e-12, err_msg=name)


def test_a_later_event_leaves_earlier_months_as_they_were() -> None:
    events = tuple(event for event in EVENTS if event.at < EVENTS[3].at)
    runs = []
    for chosen in (events, (*events, EVENTS[3])):
        prepared = stormy(False, 12, traffic=Traffic(400, "stratified", 1.0), events=chosen)
        runs.append(Simulation(prepared, draw(prepared, 1, [0], ()), seed=1, replicate=0))
        runs[-1].run()
    one, other = (run.record() for run in runs)
    # The hub opens in month 9. Payments sent in month 8 may still wait when it opens: only they may end otherwise.
    for name in ("cips_member_weight", "native_messaging_share", "trade_demand"):
        np.testing.assert_array_equal(one.series[name][1][:9], other.series[name][1][:9])
    for name in ("true_share", "settled_value", "bypassed_share"):
        np.testing.assert_array_equal(one.series[name][1][:8], other.series[name][1][:8], err_msg=name)
    assert not np.array_equal(one.series["true_share"][1][9:], other.series["true_share"][1][9:])
