"""How payments are drawn: the option first, then a corridor, then banks able to use it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from telling import NO_LUCK, Array, Run, Tell, run

from paysim.engine.draws import Draws, draw
from paysim.engine.prepared import Prepared, Traffic
from paysim.errors import InputError
from paysim.model.world import TRADE

MANY = 100_000
SIGMA = 1.2
MOST_SIGMAS = 4.0
"""Distance of a sum over a sample from its mean, in standard errors, beyond which it is not chance."""


def first_month(prepared: Prepared, sampling: str, payments: int, size_sigma: float = SIGMA) -> Run:
    """One month (and the one before the start) of a world that stands still."""
    short = replace(
        prepared,
        months=prepared.months[:1],
        starts=prepared.starts[:2],
        traffic=Traffic(payments, sampling, size_sigma),
    )
    return run(short)


@pytest.fixture(scope="module")
def quiet(tell: Tell) -> Prepared:
    return tell("horizon=2024-12")


@pytest.fixture(scope="module")
def base(quiet: Prepared) -> Array:
    """Value of every contract, (2, L, P), USD bn a month."""
    draws: Draws = draw(quiet, 1, [0], NO_LUCK)
    return np.asarray(draws.base.mix[0] * draws.base.value[0][..., None] / 12.0)


@pytest.fixture(scope="module")
def stratified(quiet: Prepared) -> Run:
    return first_month(quiet, "stratified", 5000)


@pytest.fixture(scope="module")
def plain(quiet: Prepared) -> Run:
    """Payments of equal value, so that counts can be tested."""
    return first_month(quiet, "plain", MANY, size_sigma=0.0)


def drawn_value(found: Run, shape: tuple[int, ...]) -> Array:
    """Value by purpose, corridor and option, (2, L, P), of the first month."""
    value = np.zeros(shape)
    mine = found["month"] == 0
    np.add.at(value, (found["purpose"][mine], found["corridor"][mine], found["option"][mine]), found["value"][mine])
    return value


# --- stratified -----------------------------------------------------------------------------------------------------


def test_stratified_payments_have_the_value_of_every_option_and_purpose_exactly(stratified: Run, base: Array) -> None:
    value = drawn_value(stratified, base.shape)
    np.testing.assert_allclose(value.sum(1), base.sum(1), rtol=1e-12)


def test_stratified_payments_have_the_value_of_every_corridor_within_one_payment(stratified: Run, base: Array) -> None:
    value = drawn_value(stratified, base.shape)
    for purpose in range(base.shape[0]):
        for option in range(base.shape[2]):
            chosen = (stratified["purpose"] == purpose) & (stratified["option"] == option) & (stratified["month"] == 0)
            each = stratified["value"][chosen]
            if not len(each):
                assert base[purpose, :, option].sum() == 0.0
                continue
            assert np.ptp(each) < 1e-12 * each[0]
            gap = np.abs(value[purpose, :, option] - base[purpose, :, option])
            assert gap.max() < each[0] * (1.0 + 1e-9)


def test_rare_options_have_enough_payments(stratified: Run) -> None:
    mine = stratified["option"][stratified["month"] == 0]
    counts = np.bincount(mine, minlength=len(stratified.simulation.world.options))
    assert counts.sum() <= 5000
    assert counts.min() >= 200


def test_the_offset_of_the_corridors_changes_from_month_to_month(tell: Tell) -> None:
    """Systematic draws with a fixed offset would leave out the same small corridors for ever."""
    found = run(tell("horizon=2024-12", "traffic.payments_per_month=500"))
    seen = [set(found["corridor"][found["month"] == month].tolist()) for month in range(6)]
    assert len(set.union(*seen)) > 1.1 * max(len(one) for one in seen)


# --- banks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampling", ["stratified", "plain"])
def test_banks_are_able_to_use_the_option(stratified: Run, plain: Run, sampling: str) -> None:
    found = stratified if sampling == "stratified" else plain
    economy, world = found.simulation.economy, found.simulation.world
    for number, option in enumerate(world.options):
        mine = found["option"] == number
        assert mine.any()
        for network, level in option.needs:
            able = (economy.member if level == 1 else economy.native)[0, :, network]
            assert (able[found["sender"][mine]] > 0.0).all(), option.name
            assert (able[found["receiver"][mine]] > 0.0).all(), option.name
    where = found["purpose"], found["corridor"]
    assert (world.banks.group[found["sender"]] == world.paying[where]).all()
    assert (world.banks.group[found["receiver"]] == world.paid[where]).all()


def test_the_importer_pays_for_goods_and_the_payer_for_what_it_finances(plain: Run) -> None:
    world = plain.simulation.world
    home = world.banks.group[plain["sender"]]
    goods = plain["purpose"] == TRADE
    abroad = world.payer[plain["corridor"]] != world.payee[plain["corridor"]]
    assert min((goods & abroad).sum(), (~goods & abroad).sum()) > 10_000
    assert (home[goods] == world.payee[plain["corridor"]][goods]).all()
    assert (home[~goods] == world.payer[plain["corridor"]][~goods]).all()


def test_banks_are_drawn_by_weight_among_those_able(plain: Run) -> None:
    economy, world = plain.simulation.economy, plain.simulation.world
    tested = 0
    for number, option in enumerate(world.options):
        able = np.ones(len(world.banks.group))
        for network, level in option.needs:
            able *= (economy.member if level == 1 else economy.native)[0, :, network]
        for group in range(len(world.groups)):
            banks = world.banks.group == group
            mine = (plain["option"] == number) & (world.paying[plain["purpose"], plain["corridor"]] == group)
            counts = np.bincount(plain["sender"][mine], minlength=len(banks))[banks]
            weight = (economy.weight[0] * able)[banks]
            expected = weight / weight.sum() * counts.sum()
            if counts.sum() < 200:
                continue
            tested += 1
            assert_by_chance(counts, expected)
    assert tested > 20


def test_only_cut_banks_hold_blocked_contracts(tell: Tell) -> None:
    cut = "events:\n  - {id: cut, kind: disconnection, groups: [CHN], banks: 50 %, at: 2024-07-15, notice: 0 d}\n"
    found = run(tell("horizon=2024-08", "behaviour.switching=0 /month", text=cut))
    economy, world = found.simulation.economy, found.simulation.world
    is_cut = economy.policy.cut[:, world.networks.index("SWIFT")] > 0.0
    assert 0 < is_cut.sum() < (world.banks.group == world.group_index("CHN")).sum()
    august = (found["month"] == 1) & found.on_network("SWIFT")
    one_cut = is_cut[found["sender"]] | is_cut[found["receiver"]]
    assert (august & found["blocked"]).sum() > 50
    assert one_cut[august & found["blocked"]].all()
    wholly_free = economy.policy.cut[:, world.networks.index("SWIFT")] < 1.0
    live = august & ~found["blocked"] & (found["fate"] == "settled")
    assert (wholly_free[found["sender"][live]] & wholly_free[found["receiver"][live]]).all()


# --- plain ----------------------------------------------------------------------------------------------------------


def assert_by_chance(counts: Array, expected: Array) -> None:
    """Counts fit their expectation: chi-square within 4 standard deviations, cells under 5 expected taken together."""
    large = expected >= 5.0
    cells = np.append(counts[large], counts[~large].sum()), np.append(expected[large], expected[~large].sum())
    kept = cells[1] > 0.0
    assert (cells[0][~kept] == 0).all()
    chi_square = ((cells[0][kept] - cells[1][kept]) ** 2 / cells[1][kept]).sum()
    freedom = max(int(kept.sum()) - 1, 1)
    assert chi_square < freedom + MOST_SIGMAS * np.sqrt(2.0 * freedom)


@pytest.mark.parametrize("axis", [(1,), (2,), ()], ids=["by purpose and option", "by purpose and corridor", "all"])
def test_plain_draws_are_unbiased(plain: Run, base: Array, axis: tuple[int, ...]) -> None:
    mine = plain["month"] == 0
    counts = np.zeros(base.shape)
    np.add.at(counts, (plain["purpose"][mine], plain["corridor"][mine], plain["option"][mine]), 1.0)
    expected = base / base.sum() * mine.sum()
    assert_by_chance(counts.sum(axis).reshape(-1), expected.sum(axis).reshape(-1))


def test_sizes_spread_as_declared_and_keep_the_mean(quiet: Prepared) -> None:
    found = first_month(quiet, "plain", MANY)
    value = found["value"][found["month"] == 0]
    mean = value.mean() / (value.sum() / len(value))
    assert mean == pytest.approx(1.0)
    assert np.log(value).std() == pytest.approx(SIGMA, rel=0.02)
    contracted = found.simulation.contracted[0].sum()
    error = np.sqrt(np.expm1(SIGMA**2) / len(value))
    assert abs(value.sum() / contracted - 1.0) < MOST_SIGMAS * error


# --- the order of the draws -----------------------------------------------------------------------------------------


def pair_first(prepared: Prepared, found: Run, base: Array) -> Array:
    """Shares of options, (P,), if a pair of banks were drawn first and then an option it is able to use."""
    economy, world = found.simulation.economy, found.simulation.world
    able = np.ones((len(world.options), len(world.banks.group)))
    for number, option in enumerate(world.options):
        for network, level in option.needs:
            able[number] *= (economy.member if level == 1 else economy.native)[0, :, network]
    weight = economy.weight[0]
    value = np.zeros(len(world.options))
    for corridor in range(base.shape[1]):
        contracts = base[:, corridor].sum(0)
        if contracts.sum() == 0.0:
            continue
        ours, theirs = (world.banks.group == side[corridor] for side in (world.payer, world.payee))
        feasible = able[:, ours][:, :, None] * able[:, theirs][:, None, :] > 0.0
        pairs = np.outer(weight[ours], weight[theirs])
        chosen = contracts[:, None, None] * feasible
        value += (chosen / chosen.sum(0) * pairs).sum((1, 2)) * contracts.sum()
    return np.asarray(value / value.sum())


def test_the_option_is_drawn_before_the_pair(quiet: Prepared, plain: Run, base: Array) -> None:
    mine = plain["month"] == 0
    names = [option.name for option in plain.simulation.world.options]
    counts = np.bincount(plain["option"][mine], minlength=len(names))
    option_first = base.sum((0, 1)) / base.sum()
    other_way = pair_first(quiet, plain, base)
    for name in ("cny-hybrid", "cny-cips"):
        number = names.index(name)
        error = np.sqrt(option_first[number] * (1.0 - option_first[number]) / mine.sum())
        assert abs(counts[number] / mine.sum() - option_first[number]) < MOST_SIGMAS * error
        assert abs(other_way[number] - option_first[number]) > 3.0 * MOST_SIGMAS * error, "this could not tell"


@pytest.mark.parametrize("payments", [1, 5, 10, 30, 100])
def test_a_handful_of_payments_is_enough_or_refused_with_reason(tell: Tell, payments: int) -> None:
    try:
        found = run(tell("horizon=2024-08", f"traffic.payments_per_month={payments}"))
    except InputError as refused:
        assert payments < 100
        assert "payments_per_month" in str(refused)  # noqa: PT017 - either outcome is right, a crash is not
        return
    drawn = np.bincount(found["month"] + 1, found["value"])[1:]
    np.testing.assert_allclose(drawn, found.simulation.contracted.sum((1, 2)), rtol=1e-9)
