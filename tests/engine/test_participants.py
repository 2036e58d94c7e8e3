"""Banks settle through participants: who they are, what settles in whose books, and in which system dollars settle."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telling import NO_LUCK, Array, Chosen, Index, Run, Tell, at, run

from paysim.engine.correspondents import NONE, correspondents
from paysim.engine.draws import draw
from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.participants import served_by
from paysim.engine.prepared import Prepared
from paysim.engine.simulation import Simulation
from paysim.errors import InputError
from paysim.model.state import Policy
from paysim.model.world import World

MANY = ("horizon=2024-08", "traffic.payments_per_month=20000")
MOST_SIGMAS = 4.0
ONE_SYSTEM = "options: {usd-swift: {settles_in: CHIPS}}\n"


@pytest.fixture(scope="module")
def story(tell: Tell) -> Run:
    return run(tell(*MANY))


def direct_of(world: World, system: str) -> Chosen:
    """Banks that participate directly in a system."""
    place = world.systems.index(system)
    return np.asarray(world.participant[place] == np.arange(len(world.banks.group)))


def by_group(world: World, system: str) -> dict[str, int]:
    """Number of direct participants of each group that has any."""
    counts = np.bincount(world.banks.group[direct_of(world, system)], minlength=len(world.groups))
    return {group: int(count) for group, count in zip(world.groups, counts, strict=True) if count}


# --- who settles through whom ---------------------------------------------------------------------------------------


@st.composite
def banks_and_participants(draw_one: st.DrawFn) -> tuple[Chosen, Chosen, Index, Array]:
    """Direct participants, groups at home, groups and weights of a few banks."""
    group = np.repeat(np.arange(4), draw_one(st.lists(st.integers(1, 9), min_size=4, max_size=4)))
    flags = st.lists(st.booleans(), min_size=len(group), max_size=len(group))
    direct = np.array(draw_one(flags.filter(any)))
    having = np.bincount(group[direct], minlength=4) > 0
    home = np.array(draw_one(st.lists(st.booleans(), min_size=4, max_size=4))) & having
    weights = st.lists(st.floats(0.001, 1.0), min_size=len(group), max_size=len(group))
    return direct, home if home.any() else having, group, np.array(draw_one(weights))


@given(banks_and_participants())
def test_every_bank_settles_through_a_direct_participant_its_own_first(
    world: tuple[Chosen, Chosen, Index, Array],
) -> None:
    direct, home, group, weight = world
    served = served_by(*world)
    assert direct[served].all()
    assert (served[direct] == np.flatnonzero(direct)).all()
    having = np.isin(group, group[direct])
    assert (group[served] == group)[having].all()
    assert home[group[served]][~having].all()
    assert np.array_equal(served_by(direct, home, group, 3.0 * weight), served)


@given(banks_and_participants())
def test_customers_weigh_what_the_weight_of_their_participant_entitles_it_to(
    world: tuple[Chosen, Chosen, Index, Array],
) -> None:
    direct, home, group, weight = world
    served = served_by(*world)
    having = np.isin(group, group[direct])
    pools = [(direct & (group == one), ~direct & (group == one)) for one in np.unique(group[direct])]
    for among, customers in [*pools, (direct & home[group], ~having)]:
        if not customers.any():
            continue
        total = np.bincount(served[customers], weight[customers], minlength=len(group))[among]
        entitled = weight[among] / weight[among].sum() * weight[customers].sum()
        assert np.abs(total - entitled).max() <= weight[customers].max() * (1.0 + 1e-9)


@given(banks_and_participants())
def test_where_all_participate_directly_each_settles_for_itself(world: tuple[Chosen, Chosen, Index, Array]) -> None:
    direct, home, group, weight = world
    assert np.array_equal(served_by(np.ones_like(direct), home, group, weight), np.arange(len(group)))


def test_by_default_banks_at_home_participate_and_in_cips_those_that_are_published(tell: Tell) -> None:
    world = tell(*MANY).individual
    sizes = np.bincount(world.banks.group)
    others = {"HKG", "ALLY", "RUS", "ASEAN", "GULF", "LATAM", "AFR", "SAS", "ROW"}
    for system, home in (("CHIPS", {"USA"}), ("FEDWIRE", {"USA"}), ("T2", {"EUR"}), ("HK-RMB", {"HKG"})):
        assert by_group(world, system) == {group: sizes[world.group_index(group)] for group in home}
    assert by_group(world, "OTH-RTGS") == {
        group: sizes[place] for place, group in enumerate(world.groups) if group in others
    }
    # Published direct of all participants: China 105 of 665, the euro area 8 of 128, the rest of the world 0 of 61.
    found = by_group(world, "CIPS")
    assert (found["CHN"], found["EUR"]) == (round(20 * 105 / 665), round(34 * 8 / 128))
    assert set(world.groups) - set(found) == {"ROW"}
    assert min(found.values()) == 1
    largest_first = world.banks.order[direct_of(world, "CIPS")] < [found[world.groups[g]] for g in world.banks.group[
        direct_of(world, "CIPS")
    ]]  # fmt: skip
    assert largest_first.all()
    strangers = world.banks.group == world.group_index("ROW")
    served = world.participant[world.systems.index("CIPS")][strangers]
    assert (world.banks.group[served] == world.group_index("CHN")).all()


def test_a_scenario_can_say_who_participates_directly_and_who_is_at_home(tell: Tell) -> None:
    told = "systems: {CHIPS: {direct: {USA: 3, EUR: 99, CHN: 0}}, T2: {home: [EUR, ALLY], direct: {ALLY: 2}}}\n"
    world = tell(*MANY, text=told).individual
    euro = int((world.banks.group == world.group_index("EUR")).sum())
    assert by_group(world, "CHIPS") == {"USA": 3, "EUR": euro}
    assert by_group(world, "T2") == {"ALLY": 2}
    chips = world.participant[world.systems.index("CHIPS")]
    from_china = chips[world.banks.group == world.group_index("CHN")]
    assert (world.banks.group[from_china] == world.group_index("USA")).all()  # the issuer is at home


def test_a_system_where_nobody_is_at_home_has_all_banks_for_participants(tell: Tell) -> None:
    pound = (
        "currencies: {GBP: {name: Pound}}\n"
        "systems: {CHAPS: {name: CHAPS, currency: GBP, hours: 06:00-18:00, timezone: UTC, calendar: weekdays}}\n"
        "options:\n"
        "  gbp-swift: {currency: GBP, message: SWIFT, settles_in: CHAPS, needs: {SWIFT: member}, visible: true}\n"
        "groups:\n"
        "  ALLY: {profile: {USD: 45 %, EUR: 25 %, OTH: 20.5 %, CNY: 2.5 %, GBP: 7 %}}\n"
        "  EUR: {profile: {USD: 40 %, EUR: 50 %, OTH: 5.5 %, CNY: 1.5 %, GBP: 3 %}}\n"
        "  USA: {profile: {USD: 95 %, EUR: 2.5 %, OTH: 1 %, CNY: 0.5 %, GBP: 1 %}}\n"
    )
    assert direct_of(tell(*MANY, text=pound).individual, "CHAPS").all()


@pytest.mark.parametrize(
    ("direct", "message"),
    [
        ("{USB: 2}", "unknown group 'USB'"),
        ("{}", "expected at least one item"),
        ("{USA: 0, EUR: 0}", "expected at least one bank that participates directly"),
        ("{USA: -1}", "systems.CHIPS.direct.USA"),
    ],
)
def test_participants_without_sense_are_refused_where_they_stand(tell: Tell, direct: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        tell(*MANY, text=f"systems: {{CHIPS: {{direct: {direct}}}}}\n")
    assert ":5:" in str(refused.value)


def test_a_table_of_participants_of_another_shape_is_refused(tell: Tell) -> None:
    world = tell(*MANY).individual
    with pytest.raises(ValueError, match="participants"):
        replace(world, participant=world.participant[:-1])


def test_in_the_representative_world_every_bank_settles_for_itself(tell: Tell) -> None:
    world = tell(*MANY).world
    assert (world.participant == np.arange(len(world.banks.group))).all()


# --- in the books of one participant --------------------------------------------------------------------------------


def test_payments_between_customers_of_one_participant_never_reach_a_system(story: Run) -> None:
    paying, paid = story.participants()
    booked = (paying == paid) & (story["fate"] == "settled")
    between = booked & (story["sender"] != story["receiver"])
    assert between.sum() > 1000
    assert (story.settled[:, booked] < 0).all()
    elsewhere = (paying != paid) & (story["fate"] == "settled")
    assert ((story.settled[:, elsewhere] >= 0).sum(0) == 1).all()


def test_they_settle_when_their_message_arrives_whether_the_system_is_open_or_not(story: Run) -> None:
    world = story.simulation.world
    paying, paid = story.participants()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    calendar = story.simulation.prepared.systems[world.systems.index("T2")].calendar
    opens, closes = calendar.sessions(epoch.replace(year=2024, month=5), epoch.replace(year=2024, month=12), epoch)
    following = np.searchsorted(closes, story["arrives"], side="right")
    closed = (story["arrives"] < opens[following]) & (story["system"] == world.systems.index("T2"))
    inside, outside = closed & (paying == paid), closed & (paying != paid)
    assert min(inside.sum(), outside.sum()) >= 100
    assert (story["credited"] >= opens[following])[outside].all()
    assert (story["credited"] < opens[following])[inside].mean() > 0.5  # the others are under review
    assert (story["credited"] >= story["arrives"])[inside].all()


def test_in_the_books_of_a_participant_a_message_under_way_at_a_cut_is_returned(tell: Tell) -> None:
    cut_at = at("2024-08-05 16:00")
    cut = "events:\n  - {id: cut, kind: disconnection, groups: [EUR], at: 2024-08-05 16:00Z, notice: 0 d}\n"
    found = run(tell("horizon=2024-08", "traffic.payments_per_month=60000", text=cut))
    paying, paid = found.participants()
    booked = (paying == paid) & (found["sender"] != found["receiver"])
    flying = booked & found.touches(["EUR"]) & (found["submitted"] < cut_at) & (found["arrives"] > cut_at)
    flying &= found.on_network("SWIFT")
    assert flying.sum() >= 3
    assert (found["fate"][flying] != "settled").all()


def test_where_all_participate_directly_the_run_is_that_of_one_participant_a_bank(tell: Tell) -> None:
    groups = tell(*MANY).world.groups
    everybody = "{" + ", ".join(f"{group}: 2000" for group in groups) + "}"
    systems = ", ".join(f"{name}: {{direct: {everybody}}}" for name in tell(*MANY).world.systems)
    all_direct = tell(*MANY, text=f"systems: {{{systems}}}\n" + ONE_SYSTEM)
    assert (all_direct.individual.participant == np.arange(len(all_direct.individual.banks.group))).all()
    default = tell(*MANY, text=ONE_SYSTEM)
    alone = replace(default.individual, participant=np.zeros((0, 0), dtype=np.int64))
    one, other = run(all_direct), run(replace(default, individual=alone, base_delay=all_direct.base_delay))
    assert all(np.array_equal(one[name], other[name]) for name in one.columns)
    assert np.array_equal(one.settled, other.settled)
    through = run(default)
    assert not np.array_equal(one.settled, through.settled)


# --- liquidity ------------------------------------------------------------------------------------------------------


def outflow(prepared: Prepared) -> Array:
    simulation = Simulation(prepared, draw(prepared, 1, [0], NO_LUCK), 1, 0)
    return simulation._mean_outflow()


def test_participants_bring_in_liquidity_for_what_their_customers_send(tell: Tell) -> None:
    prepared = tell(*MANY)
    world = prepared.individual
    alone = replace(world, participant=np.zeros((0, 0), dtype=np.int64))
    through, each = outflow(prepared), outflow(replace(prepared, individual=alone))
    for place, system in enumerate(world.systems):
        expected = np.bincount(world.participant[place], each[place], minlength=len(each[place]))
        np.testing.assert_allclose(through[place], expected, rtol=1e-12)
        assert not through[place][~direct_of(world, system)].any()
    assert (each > 0.0).sum() > 2 * (through > 0.0).sum()


def test_the_importer_brings_in_the_liquidity_for_goods(tell: Tell) -> None:
    """What banks send through T2 a day, against exports and financial payments added up by hand."""
    prepared = tell(*MANY)
    world = prepared.individual
    draws = draw(prepared, 1, [0], NO_LUCK)
    mix = draws.base.mix[0] * draws.base.value[0][..., None]  # (2, L, P), USD bn a year
    option = next(p for p, one in enumerate(world.options) if one.name == "eur-swift")
    value = mix[..., option].reshape(2, len(world.groups), -1)
    sends = value[0].sum(0) + value[1].sum(1)  # importers are columns, financial payers rows
    alone = replace(world, participant=np.zeros((0, 0), dtype=np.int64))
    found = outflow(replace(prepared, individual=alone))[world.systems.index("T2")]
    np.testing.assert_allclose(np.bincount(world.banks.group, found), sends / 12.0 / 21.0, rtol=1e-9)


# --- several systems ------------------------------------------------------------------------------------------------


def test_dollars_settle_in_two_systems_by_their_shares(story: Run) -> None:
    world = story.simulation.world
    option = next(p for p, one in enumerate(world.options) if one.name == "usd-swift")
    dollars = story["option"] == option
    counts = np.bincount(story["system"][dollars], minlength=len(world.systems))
    share = counts[world.systems.index("FEDWIRE")] / counts.sum()
    assert counts.sum() == counts[[world.systems.index("CHIPS"), world.systems.index("FEDWIRE")]].sum()
    assert abs(share - 0.05) < MOST_SIGMAS * np.sqrt(0.05 * 0.95 / counts.sum())
    for system in ("CHIPS", "FEDWIRE"):
        mine = dollars & story.uses(system) & (story["fate"] == "settled")
        assert mine.sum() > 100
        assert story.in_system(system)[mine].all()


def test_the_mean_field_splits_dollars_exactly(tell: Tell) -> None:
    record = simulate_ensemble(tell(*MANY), 1, [0], NO_LUCK)[0]
    alone = simulate_ensemble(tell(*MANY, text=ONE_SYSTEM), 1, [0], NO_LUCK)[0]
    chips, fedwire = (record.values("settlement_share", name) for name in ("CHIPS", "FEDWIRE"))
    np.testing.assert_allclose(fedwire / (chips + fedwire), 0.05, rtol=1e-12)
    np.testing.assert_allclose(chips + fedwire, alone.values("settlement_share", "CHIPS"), rtol=1e-12)
    assert not alone.values("settlement_share", "FEDWIRE").any()


def test_an_option_with_one_system_uses_no_other(tell: Tell) -> None:
    found = run(tell(*MANY, text=ONE_SYSTEM))
    world = found.simulation.world
    assert not (found["system"] == world.systems.index("FEDWIRE")).any()
    for number, option in enumerate(world.options):
        assert (found["system"][found["option"] == number] == option.systems[0]).all()


def test_an_outage_of_one_of_two_systems_delays_its_share(tell: Tell) -> None:
    def waiting(system: str) -> float:
        down = f"events:\n  - {{kind: outage, system: {system}, at: 2024-08-06 12:00Z, duration: 4 h}}\n"
        with_it, without = (
            simulate_ensemble(tell(*MANY, text=text), 1, [0], NO_LUCK)[0].values("delay_hours", "usd-swift")
            for text in (down, "")
        )
        return float(with_it[1] - without[1])

    assert waiting("CHIPS") == pytest.approx(19.0 * waiting("FEDWIRE"), rel=1e-6)
    assert waiting("FEDWIRE") > 0.0


# --- hubs -----------------------------------------------------------------------------------------------------------


def test_at_a_hub_the_cut_bank_settles_in_cips_whether_it_pays_or_is_paid(tell: Tell) -> None:
    changes = ("events[cut].at=2024-08-05 16:00Z", "events[hub].at=2024-08-05 16:00Z", "horizon=2024-10")
    found = run(tell(*changes, "traffic.payments_per_month=20000", parent="cutoff_hub_open"))
    world = found.simulation.world
    hub = np.array([option.hub >= 0 for option in world.options])[found["option"]] & (found["fate"] == "settled")
    cips, dollars = world.systems.index("CIPS"), [world.systems.index(name) for name in ("CHIPS", "FEDWIRE")]
    is_china = world.banks.group == world.group_index("CHN")
    pays, is_paid = hub & is_china[found["sender"]], hub & is_china[found["receiver"]]
    assert (pays ^ is_paid)[hub].all()
    assert min(pays.sum(), is_paid.sum()) > 100
    assert (found["system"][pays] == cips).all()
    assert (found["onward"][is_paid] == cips).all()
    in_dollars = np.array([option.systems[-1] == dollars[0] for option in world.options])[found["option"]]
    for leg in (found["onward"][pays & in_dollars], found["system"][is_paid & in_dollars]):
        assert set(leg.tolist()) == set(dollars)
    assert (found["onward"][~hub & (found["fate"] == "settled")] == -1).all()


# --- correspondents -------------------------------------------------------------------------------------------------

BAN = "events:\n  - {{id: ban, kind: clearing_ban, groups: [CHN], banks: {banks}, currencies: [USD], by: [USA], at: 2024-08-05 16:00Z}}\n"  # noqa: E501 - one event


def test_a_ban_on_the_dollar_drops_correspondents_in_the_dollars_systems_only(tell: Tell) -> None:
    found = run(tell(*MANY, text=BAN.format(banks="all")))
    world, policy = found.simulation.world, found.simulation.economy.policy
    quiet = correspondents(world, Policy.base(world).barred)
    assert np.array_equal(quiet, world.participant)
    table = correspondents(world, policy.barred)
    china = world.banks.group == world.group_index("CHN")
    dollars = np.isin(world.systems, ["CHIPS", "FEDWIRE"])
    assert (table[np.ix_(dollars, china)] == NONE).all()
    assert np.array_equal(table[~dollars], world.participant[~dollars])
    assert np.array_equal(table[:, ~china], world.participant[:, ~china])
    after = found["submitted"] >= at("2024-08-05 16:00")
    dropped = (table[found["system"], found["sender"]] == NONE) | (table[found["system"], found["receiver"]] == NONE)
    assert (after & dropped).sum() > 100
    assert (found["fate"][after & dropped] != "settled").all()
    assert (found["fate"][after & ~dropped] == "settled").all()


def test_a_bank_that_is_barred_in_part_keeps_its_correspondents(tell: Tell) -> None:
    prepared = tell(*MANY, text=BAN.format(banks="50 %"))
    world = prepared.individual
    policy = run(prepared).simulation.economy.policy
    barred = 1.0 - policy.barred[:, 0]
    partly = (barred > 0.0) & (barred < 1.0)
    assert partly.sum() == 1
    table = correspondents(world, policy.barred)
    assert ((table == NONE).any(0) == (barred == 1.0)).all()


def test_a_system_that_no_option_uses_has_no_currency_to_be_barred(tell: Tell) -> None:
    prepared = tell(*MANY, text=ONE_SYSTEM + BAN.format(banks="all"))
    world = prepared.individual
    table = correspondents(world, run(prepared).simulation.economy.policy.barred)
    fedwire = world.systems.index("FEDWIRE")
    assert np.array_equal(table[fedwire], world.participant[fedwire])
    assert (table[world.systems.index("CHIPS")] == NONE).any()
