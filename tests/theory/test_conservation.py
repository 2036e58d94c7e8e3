"""L14: contracts, value and money are neither made nor lost, in any month of a world in which everything happens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from storm import BEHAVIOUR, EVENTS, MONTHS, at, frighten, storm_world
from worlds import Act, make_prepared, make_switches

from paysim.engine.draws import draw
from paysim.engine.meanfield import pay_month, simulate_ensemble
from paysim.engine.measure import fate_of
from paysim.engine.prepared import Prepared, Traffic
from paysim.engine.simulation import Simulation
from paysim.engine.timeline import Timeline
from paysim.model.ruling import Luck

HALF_YEAR = 6


def stormy(months: int = MONTHS, **changes: object) -> Prepared:
    prepared = make_prepared(
        storm_world(),
        months,
        individual=replace(storm_world(12), representative=False),
        events=EVENTS,
        switches=make_switches(4, joining=True, enabling=True, switching=True),
        **BEHAVIOUR,
    )
    return replace(prepared, **changes)  # type: ignore[arg-type]


def test_contracts_sum_to_one_and_every_value_has_one_fate_in_the_mean_field() -> None:
    prepared = replace(stormy(), uncertain=frozenset({"latent_demand"}))
    draws = draw(prepared, 2, range(3), ("latent_demand",))
    economy = draws.economy(prepared)
    timeline = Timeline(prepared.world, prepared.events, prepared.starts)
    moved = 0.0
    for month in range(MONTHS):
        for policy, days in timeline.notices(month):
            economy.give_notice(policy, days)
        value, parts = pay_month(economy, segments := timeline.segments(month), timeline.shares(month, segments))
        fate = fate_of(parts)
        np.testing.assert_allclose(fate.paid.sum(-1) + fate.bypassed + fate.failed, 1.0, rtol=0, atol=1e-12)
        np.testing.assert_allclose(fate.blocked + fate.refused, fate.bypassed + fate.failed, rtol=0, atol=1e-12)
        unpaid = fate.blocked + fate.refused
        np.testing.assert_allclose(fate.bypassed, BEHAVIOUR["bypass_share"] * unpaid, rtol=0, atol=1e-12)
        paid = (fate.paid * value[..., None]).sum((1, 2))
        economy.end_month(month, paid, unpaid, fate.failed, Luck(draws.latent[:, :, month]))
        contracts = economy.contracts
        np.testing.assert_allclose((contracts.live + contracts.blocked).sum(-1), 1.0, rtol=0, atol=1e-12)
        assert min(contracts.live.min(), contracts.blocked.min()) > -1e-15
        np.testing.assert_allclose(
            np.add.reduceat(economy.weight, economy.world.banks.first, axis=1), 1.0, rtol=0, atol=1e-12
        )
        moved = max(moved, float(contracts.blocked.sum(-1).max()))
    assert moved > 0.3


def test_the_series_of_a_run_account_for_all_value() -> None:
    series = simulate_ensemble(stormy(), 1, [0])[0].series
    value = {name: series[f"{name}_share"][1] for name in ("blocked", "refused", "bypassed", "failed")}
    np.testing.assert_allclose(value["blocked"] + value["refused"], value["bypassed"] + value["failed"], atol=1e-12)
    for name in ("true_share", "true_share_trade", "true_share_finance", "message_share", "settlement_share"):
        np.testing.assert_allclose(series[name][1].sum(1), 1.0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("sampling", ["stratified", "plain"])
def test_every_payment_drawn_ends_once_and_its_value_is_booked_under_its_month(sampling: str) -> None:
    prepared = stormy(months=14, traffic=Traffic(800, sampling, 0.8 if sampling == "stratified" else 0.0))
    run = Simulation(prepared, draw(prepared, 7, [3], ()), seed=7, replicate=3, keep_payments=True)
    run.run()
    assert run.book.trace is not None
    ids = np.sort(np.concatenate([rows.id for rows, *_ in run.book.trace]))
    np.testing.assert_array_equal(ids, np.arange(ids[0], ids[0] + len(ids)))  # none twice, none missing
    assert len(ids) > 14 * 700
    ledger, ends = run.ledger, {"settled": 0.0, "bypassed": 0.0, "failed": 0.0}
    drawn = np.zeros_like(run.contracted)
    for rows, _, _, fate in run.book.trace:
        since = rows.month >= 0
        ends[fate] += rows.value[since].sum()
        np.add.at(drawn, (rows.month[since], rows.purpose[since], rows.corridor[since]), rows.value[since])
    booked = ledger.settled.sum(-1) + ledger.fates["bypassed"] + ledger.fates["failed"]
    np.testing.assert_allclose(booked, drawn, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(booked.sum((1, 2)), run.contracted.sum((1, 2)), rtol=1e-9)
    for fate, table in (
        ("settled", ledger.settled),
        ("bypassed", ledger.fates["bypassed"]),
        ("failed", ledger.fates["failed"]),
    ):
        assert table.sum() == pytest.approx(ends[fate], rel=1e-9)
        assert table.min() > -1e-9
    assert min(ends.values()) > 0.0  # all three happen


def test_money_in_the_systems_is_conserved_to_the_unit() -> None:
    prepared = stormy(months=10, traffic=Traffic(1500, "stratified", 1.2))
    run = Simulation(prepared, draw(prepared, 7, [3], ()), seed=7, replicate=3, keep_payments=True)
    run.run()
    for system in run.systems:
        assert system.injected == system.drawn_back + int(system.balances.sum())
        assert system.balances.min() >= 0
        system.check_conservation()
    assert sum(system.injected for system in run.systems) > 0
    assert run.book.trace is not None
    settled = [rows for rows, _, _, fate in run.book.trace if fate == "settled" and len(rows)]
    assert sum(len(rows) for rows in settled) > 10_000
    assert all((rows.amount > 0).all() and rows.amount.dtype == np.int64 for rows in settled)


def test_a_refused_payment_that_is_sent_after_all_is_taken_off_the_refused() -> None:
    # Fear lasts from the 13th to the 25th of the first month and nobody finds another way: all that was refused waits
    # and is sent when fear ends, so no month has anything refused, blocked or failed in its books.
    scare = Act(at(0, 13), frighten, until=at(0, 25))
    behaviour = {**BEHAVIOUR, "bypass_share": 0.0}
    world = storm_world()
    prepared = make_prepared(
        world, 3, individual=replace(storm_world(12), representative=False), events=[scare],
        traffic=Traffic(2000, "stratified", 0.5), **behaviour,
    )  # fmt: skip
    run = Simulation(prepared, draw(prepared, 7, [3], ()), seed=7, replicate=3)
    run.run()
    assert run.ledger.counts["resent"].sum() > 10
    for fate in ("refused", "blocked", "failed"):
        np.testing.assert_allclose(run.ledger.fates[fate], 0.0, atol=1e-9, err_msg=fate)
