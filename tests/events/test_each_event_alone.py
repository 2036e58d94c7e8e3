"""Each kind of event alone, from the baseline: it moves what theory says, in the direction it says, and nothing else.

Costs of queues and delay and the network effect are off, so that what an event does not touch stays as it is to the
last bit. Where a kind does something only under another one (a hub that closes must have been open) both worlds have
that other one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from paysim.engine.draws import draw
from paysim.engine.meanfield import run_months, simulate_ensemble
from paysim.engine.prepared import Prepared
from paysim.engine.record import Record
from paysim.engine.run import prepare
from paysim.model.economy import Economy
from paysim.model.world import FINANCE, TRADE
from paysim.scenario import kinds
from paysim.scenario.loading import load_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
PURE = {"network_effect": "0", "rejection_cost": "0 bp", "delay_cost": "0 bp/day"}
AT, CASE_MONTH = "2025-01", 6
FILE = """\
extends: baseline.yaml
format: 1
horizon: 2025-06
uncertainty: {{parameters: false}}
traffic: {{payments_per_month: 600}}
{head}
behaviour:
{behaviour}
events:
{events}
"""

CUT = "{kind: disconnection, groups: [RUS], banks: 60 %, notice: 2 d, brought_forward: 0 %, at: 2024-10}"
CUT_CHINA = "{kind: disconnection, groups: [CHN], notice: 2 d, brought_forward: 0 %, at: 2024-10}"
HUB = "{kind: hub_opened, hub: HKG, willing: true, at: 2024-11}"
MODEL = "adoption_default: model\nnative_adoption_default: model"

STATE = {"cips_member_weight", "native_messaging_share", "cips_participants"}
PAYMENT = {"blocked_share", "refused_share", "bypassed_share", "failed_share"}
SHARES = {"true_share", "true_share_trade", "true_share_finance", "settled_value", "message_share", "settlement_share"}
GOODS = {"trade_index", "trade_demand"}
SYSTEMS = {"settlement_load", "liquidity_held", "unsettled_share", "waiting_hours", "queued_share", "liquidity_used"}
SEEN = {"tracker_share", "cips_value", "china_trade_rmb_share"}
ALL = (
    STATE | PAYMENT | SHARES | GOODS | SYSTEMS | SEEN | {"delay_hours", "cost_bp", "turnover_ratio", "outside_measured"}
)


@dataclass(frozen=True)
class Case:
    """One event: what it moves and which way at the end (``series/key``), and what stays as it is, exactly."""

    kind: str
    event: str
    moves: dict[str, int]
    still: frozenset[str]
    given: tuple[str, ...] = ()
    head: str = ""
    rounding: float = 0.0  # where an event brings options or cuts a month in two, sums are rounded in another order


def case(
    kind: str, rest: str, moves: dict[str, int], still: set[str], *given: str, head: str = "", rounding: float = 0.0
) -> Case:
    at = "" if rest.startswith("at:") else f"at: {AT}, "
    return Case(kind, f"{{kind: {kind}, {at}{rest}}}", moves, frozenset(still), given, head, rounding)


def but(groups: str) -> set[str]:
    """Trade and cost of all groups but some."""
    names = ["CHN", "HKG", "USA", "EUR", "ALLY", "RUS", "ASEAN", "GULF", "LATAM", "AFR", "SAS", "ROW"]
    return {f"{series}/{group}" for series in (*GOODS, "cost_bp") for group in names if group not in groups.split()}


CASES = [
    case(
        "swap_line", "partners: [GULF]",
        {"true_share/CNY": 1, "true_share/USD": -1, "cips_value/": 1, "cost_bp/GULF": -1, "trade_index/GULF": 1},
        STATE | PAYMENT | but("CHN GULF"),
    ),
    case(
        "clearing_bank", "partners: [GULF, ASEAN]",
        {"true_share/CNY": 1, "true_share/USD": -1, "cost_bp/ASEAN": -1, "trade_index/ASEAN": 1},
        STATE | PAYMENT | but("CHN GULF ASEAN"),
    ),
    case(
        "currency_mandate", "exporter: GULF, share: 30 %, cost: 0 bp",
        {"true_share_trade/CNY": 1, "true_share_trade/USD": -1, "tracker_share/CNY": 1, "cips_value/": 1},
        STATE | PAYMENT | GOODS | {"true_share_finance", "cost_bp"},
    ),
    case(
        "currency_mandate", "exporter: GULF, share: 30 %, importers: [CHN]",
        {"true_share_trade/CNY": 1, "china_trade_rmb_share/CHN": 1, "cost_bp/GULF": 1, "trade_index/GULF": -1},
        STATE | PAYMENT | {"true_share_finance"},
    ),
    case(
        "tariff", "importer: USA, exporters: [CHN], rate: 25 %",
        {"trade_index/USA": -1, "trade_index/CHN": -1, "trade_index/EUR": 1, "trade_index/ASEAN": 1},
        STATE | PAYMENT | {"true_share_finance"},
    ),
    case(
        "export_ban", "exporters: [USA, EUR, ALLY], importers: [RUS], share: 40 %",
        {"trade_index/RUS": -1, "trade_index/EUR": -1, "trade_index/CHN": 1, "true_share_trade/EUR": -1},
        STATE | PAYMENT | {"true_share_finance"},
    ),
    case(
        "demand_shock", "importers: [USA], change: -20 %",
        {"trade_index/USA": -1, "trade_index/CHN": -1, "trade_index/RUS": 1, "true_share_trade/USD": -1},
        STATE | PAYMENT | {"true_share_finance"},
    ),
    case(
        "demand_shock", "importers: [USA], exporters: [CHN], change: 20 %",
        {"trade_index/USA": 1, "trade_index/CHN": 1},
        STATE | PAYMENT | {"true_share_finance"} | {key for key in but("CHN USA") if "trade" in key},
    ),
    case(
        "trade_expansion", "exporters: [CHN], importers: [AFR], change: 30 %",
        {"trade_index/CHN": 1, "trade_index/AFR": 1},
        STATE | PAYMENT | {"true_share_finance"} | {key for key in but("CHN AFR") if "trade" in key},
    ),
    case(
        "fiscal_premium", "premium: 60 bp",
        {"true_share/USD": -1, "true_share/EUR": 1, "true_share/CNY": 1, "cost_bp/USA": 1, "trade_index/USA": -1},
        STATE | PAYMENT,
    ),
    case(
        "capital_controls", "cost: 0 bp, cap: 80 %",
        {"true_share_finance/CNY": -1, "true_share_finance/USD": 1, "tracker_share/CNY": -1, "cips_value/": -1},
        STATE | PAYMENT | GOODS | {"true_share_trade", "china_trade_rmb_share"},
    ),
    case(
        "capital_controls", "cost: 30 bp",
        {"true_share_finance/CNY": -1, "true_share_trade/CNY": -1, "china_trade_rmb_share/CHN": -1, "cost_bp/CHN": 1},
        STATE | PAYMENT,
    ),
    case("hub_closed", "hub: HKG", {}, ALL, HUB, rounding=1e-12),  # nobody is cut, nobody needs the hub
    case("hub_closed", "hub: HKG", {"trade_index/CHN": -1, "failed_share/CHN": 1}, STATE, CUT_CHINA, HUB),
    case("hub_opened", "hub: HKG, willing: true", {}, ALL, rounding=1e-12),
    case(
        "hub_opened", "hub: HKG, willing: true",
        {"trade_index/CHN": 1, "failed_share/CHN": -1}, STATE, CUT_CHINA, rounding=1e-12,
    ),
    case("bank_switching", "groups: [RUS], rate: 40 %/month", {}, ALL),
    case(
        "bank_switching", "groups: [RUS], rate: 40 %/month",
        {"failed_share/RUS": -1, "trade_index/RUS": 1}, STATE - {"cips_member_weight"}, CUT,
    ),
    case("bank_switching", "groups: [CHN], rate: 40 %/month", {}, ALL, CUT),
    case("bank_switching", "groups: [RUS], rate: 20 %/month", {}, ALL, CUT),  # the rate that behaviour has anyway
    case(
        "cips_upgrade", "joining: 3, native: 3",
        {"cips_member_weight/GULF": 1, "native_messaging_share/GULF": 1}, PAYMENT, head=MODEL,
    ),
    case("cips_upgrade", "joining: 3, native: 3, hours: 24 h", {}, ALL),  # frozen; and CIPS is open all day already
    case(
        "steering", "message: 3 %/month",
        {"tracker_share/CNY": -1, "message_share/CIPS": 1, "native_messaging_share/GULF": 1}, PAYMENT, head=MODEL,
    ),
    case(
        "demand_drift", "drift: 1 %/month", {"true_share/CNY": 1, "true_share/USD": -1, "tracker_share/CNY": 1},
        STATE | PAYMENT,
    ),
    case("coverage_break", "coverage: {EUR: 0.7}",
         {"tracker_share/EUR": -1, "tracker_share/USD": 1, "tracker_share/CNY": 1}, ALL - {"tracker_share"}),
    case(
        "liquidity_change", "system: CIPS, factor: 0.5",
        {"unsettled_share/CIPS": 1, "liquidity_held/CIPS": -1, "delay_hours/cny-cips": 1},
        STATE | PAYMENT | SHARES | GOODS | SEEN | {"cost_bp", "settlement_load", "delay_hours/usd-swift"},
    ),
    case(
        "outage", "at: 2025-01-07 08:00Z, system: T2, duration: 60 h",
        {}, (ALL - {"delay_hours"}) | {"delay_hours/usd-swift", "delay_hours/cny-cips"}, rounding=1e-12,
    ),
    case("reconnection", "groups: [RUS]", {}, ALL),
    case("reconnection", "groups: [RUS]", {"failed_share/RUS": -1, "trade_index/RUS": 1}, STATE, CUT),
    case(
        "disconnection", "groups: [RUS], notice: 2 d, brought_forward: 0 %",
        {"blocked_share/RUS": 1, "failed_share/RUS": 1, "trade_index/RUS": -1, "cost_bp/RUS": 1},
        STATE | {"refused_share"},
    ),
    case(
        "clearing_ban", "currencies: [USD], groups: [RUS]",
        {"blocked_share/RUS": 1, "trade_index/RUS": -1, "true_share_trade/USD": -1}, STATE | {"refused_share"},
    ),
    case(
        "secondary_sanctions", "targets: [RUS]", {"refused_share/RUS": 1, "trade_index/RUS": -1, "cost_bp/RUS": 1},
        STATE | {"blocked_share"},
    ),
    case(
        "allied_countermeasures", "targets: [CHN]", {"blocked_share/CHN": 1, "cips_value/": -1},
        STATE | {"refused_share"},
    ),
]  # fmt: skip


def names() -> list[str]:
    found: list[str] = []
    for one in CASES:
        found.append(f"{one.kind}-{sum(name.startswith(one.kind) for name in found) + 1}")
    return found


World = Callable[..., Prepared]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world of the baseline with events, made once for each."""
    folder = tmp_path_factory.mktemp("alone")
    shutil.copy(SCENARIOS / "baseline.yaml", folder)

    @cache
    def made(events: tuple[str, ...], head: str = "", behaviour: tuple[tuple[str, str], ...] = ()) -> Prepared:
        rows = "\n".join(f"  {name}: {value}" for name, value in {**PURE, **dict(behaviour)}.items())
        listed = "\n".join(f"  - {event}" for event in events) or "  []"
        path = folder / "alone.yaml"
        path.write_text(FILE.format(head=head, behaviour=rows, events=listed))
        return prepare(load_scenario(path))

    return made


@pytest.fixture(scope="module")
def tell(world: World) -> Callable[..., Record]:
    """The mean path of a world."""

    @cache
    def told(events: tuple[str, ...], head: str = "") -> Record:
        return simulate_ensemble(world(events, head), 1, [0], ())[0]

    return told


def test_every_kind_stands_in_the_table() -> None:
    assert {one.kind for one in CASES} == set(kinds.names())


@pytest.mark.parametrize("one", CASES, ids=names())
def test_an_event_alone_moves_what_theory_says_and_nothing_else(one: Case, tell: Callable[..., Record]) -> None:
    before, after = tell(one.given, one.head), tell((*one.given, one.event), one.head)

    def same(found: np.ndarray, expected: np.ndarray, where: str) -> None:
        np.testing.assert_allclose(found, expected, rtol=one.rounding, atol=one.rounding, err_msg=where)

    for name, (keys, values) in before.series.items():
        found = after.series[name][1][:, : len(keys)]
        same(found[:CASE_MONTH], values[:CASE_MONTH], f"{name} before the event")
        if name in one.still:
            same(found, values, name)
    for place in one.still:
        name, _, key = place.partition("/")
        if key:
            same(after.values(name, key), before.values(name, key), place)
    for place, sign in one.moves.items():
        name, _, key = place.partition("/")
        change = after.values(name, key)[-1] - before.values(name, key)[-1]
        assert np.sign(change) == sign, (place, change)


def test_an_outage_moves_the_delay_of_its_system_alone(tell: Callable[..., Record]) -> None:
    before, after = tell(()), tell(("{kind: outage, system: T2, duration: 60 h, at: 2025-01-07 08:00Z}",))
    change = after.series["delay_hours"][1] - before.series["delay_hours"][1]
    options = after.series["delay_hours"][0]
    assert np.argwhere(change).tolist() == [[CASE_MONTH, options.index("eur-swift")]]
    assert change.max() > 0.0


# --- closed forms -----------------------------------------------------------------------------------------------------

SENSITIVITY, ELASTICITY = 0.006, 4.0
AT_ONCE = (("recontracting", "immediate"), ("diversion", "0 %"))
"""Contracts and volumes that adapt before anything is paid, and lost trade that finds nobody."""


def lived(prepared: Prepared) -> Economy:
    """The economy at the horizon."""
    draws = draw(prepared, 1, [0], ())
    economy = draws.economy(prepared)
    run_months(prepared, economy, draws)
    return economy


@pytest.fixture(scope="module")
def live(world: World) -> Callable[..., Economy]:
    """The economy at the horizon under events, in the immediate limit."""

    @cache
    def found(*events: str, behaviour: tuple[tuple[str, str], ...] = AT_ONCE) -> Economy:
        return lived(world(events, "", behaviour))

    return found


def log_odds(economy: Economy, currency: str) -> np.ndarray:
    """Log-odds of a currency in contracts, (2, L), nan where a corridor has none."""
    share = ((economy.contracts.live + economy.contracts.blocked) @ economy.world.nest)[0]
    mine = share[..., economy.world.currencies.index(currency)]
    rest = share.sum(-1) - mine
    some = (mine > 0.0) & (rest > 0.0)
    return np.where(some, np.log(np.where(some, mine, 1.0) / np.where(some, rest, 1.0)), np.nan)


def corridors(economy: Economy, exporters: str, importers: str) -> np.ndarray:
    """Whether a corridor goes from one of some groups to one of others, (L,)."""
    world = economy.world
    ends = [np.isin(end, [world.group_index(name) for name in given.split()]) for end, given in
            ((world.payer, exporters), (world.payee, importers))]  # fmt: skip
    return np.asarray(ends[0] & ends[1])


@pytest.mark.parametrize(("kind", "effect"), [("swap_line", 0.7), ("clearing_bank", 1.0)])
def test_a_line_adds_its_effect_in_log_odds_where_both_have_one_and_nothing_elsewhere(
    live: Callable[..., Economy], kind: str, effect: float
) -> None:
    before, after = live(), live(f"{{kind: {kind}, partners: [GULF, ASEAN], at: {AT}}}")
    members = "CHN GULF ASEAN"
    both = corridors(after, members, members)
    change = log_odds(after, "CNY") - log_odds(before, "CNY")
    used = before.base.value[0] > 0.0
    np.testing.assert_allclose(change[used & both], effect, atol=1e-9)
    np.testing.assert_allclose(
        after.contracts.live[0][:, ~both], before.contracts.live[0][:, ~both], rtol=0, atol=1e-14
    )


def test_a_line_and_a_bank_add_up(live: Callable[..., Economy]) -> None:
    before = live()
    after = live(*(f"{{kind: {kind}, partners: [GULF], at: {AT}}}" for kind in ("swap_line", "clearing_bank")))
    change = (log_odds(after, "CNY") - log_odds(before, "CNY"))[:, corridors(after, "CHN", "GULF")]
    np.testing.assert_allclose(change, 1.7, atol=1e-9)


def test_a_premium_takes_lambda_times_itself_from_the_log_odds_everywhere(live: Callable[..., Economy]) -> None:
    before, after = live(), live(f"{{kind: fiscal_premium, currency: USD, premium: 60 bp, at: {AT}}}")
    used = before.base.value[0] > 0.0
    change = (log_odds(after, "USD") - log_odds(before, "USD"))[used]
    np.testing.assert_allclose(change, -SENSITIVITY * 60.0, atol=1e-9)


def test_controls_cost_a_conversion_at_each_end_with_another_currency(live: Callable[..., Economy]) -> None:
    before, after = live(), live(f"{{kind: capital_controls, currency: CNY, cost: 30 bp, at: {AT}}}")
    change, used = log_odds(after, "CNY") - log_odds(before, "CNY"), before.base.value[0] > 0.0
    touching = corridors(after, "CHN", "USA EUR GULF RUS") | corridors(after, "USA EUR GULF RUS", "CHN")
    np.testing.assert_allclose(change[used & touching], -SENSITIVITY * 30.0, atol=1e-9)
    between = corridors(after, "USA EUR GULF", "USA EUR GULF")
    np.testing.assert_allclose(change[used & between], -SENSITIVITY * 60.0, atol=1e-9)


@pytest.mark.parametrize("rate", [0.1, 0.25, 1.45])
def test_a_tariff_lowers_what_is_wanted_by_its_power(live: Callable[..., Economy], rate: float) -> None:
    after = live(f"{{kind: tariff, importer: USA, exporters: [CHN, EUR], rate: {100 * rate:.0f} %, at: {AT}}}")
    taxed = corridors(after, "CHN EUR", "USA")
    np.testing.assert_allclose(after.volume[0, TRADE, taxed], (1.0 + rate) ** -ELASTICITY, rtol=1e-12)
    np.testing.assert_array_equal(after.volume[0, TRADE, ~taxed], live().volume[0, TRADE, ~taxed])
    np.testing.assert_array_equal(after.volume[0, FINANCE], live().volume[0, FINANCE])


def test_a_tariff_bites_slowly_where_trade_adjusts_slowly(live: Callable[..., Economy]) -> None:
    event = f"{{kind: tariff, importer: USA, exporters: [CHN], rate: 25 %, at: {AT}}}"
    after = live(event, behaviour=(("adjustment", "0.2"), ("diversion", "0 %")))
    wanted = (1.25**-ELASTICITY) ** (1.0 - 0.8**6)  # six months with the tariff
    np.testing.assert_allclose(after.volume[0, TRADE, corridors(after, "CHN", "USA")], wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("event", "exporters", "importers", "factor"),
    [
        ("kind: export_ban, exporters: [USA, EUR], importers: [RUS], share: 40 %", "USA EUR", "RUS", 0.6),
        ("kind: export_ban, exporters: [USA], importers: [RUS, CHN], share: 100 %", "USA", "RUS CHN", 0.0),
        ("kind: demand_shock, importers: [USA], exporters: [CHN], change: -20 %", "CHN", "USA", 0.8),
        ("kind: demand_shock, importers: [USA], exporters: [CHN], change: 15 %", "CHN", "USA", 1.15),
        ("kind: trade_expansion, exporters: [CHN], importers: [AFR, ASEAN], change: 30 %", "CHN", "AFR ASEAN", 1.3),
    ],
)
def test_orders_change_trade_by_just_what_they_say_from_their_day_on(
    live: Callable[..., Economy], tell: Callable[..., Record], event: str, exporters: str, importers: str, factor: float
) -> None:
    before, after = live(), live(f"{{{event}, at: {AT}}}")
    hit = corridors(after, exporters, importers)
    np.testing.assert_allclose(after.value()[0, TRADE, hit], factor * before.value()[0, TRADE, hit], rtol=1e-12)
    np.testing.assert_array_equal(after.value()[0, TRADE, ~hit], before.value()[0, TRADE, ~hit])
    np.testing.assert_array_equal(after.value()[0, FINANCE], before.value()[0, FINANCE])
    last = exporters.split()[0]
    paths = [tell(events).values("trade_index", last) for events in ((), (f"{{{event}, at: {AT}}}",))]
    moved = np.flatnonzero(paths[1] != paths[0])
    assert moved[0] == CASE_MONTH  # in the month of the event itself, with inertia of contracts and of volumes


@pytest.mark.parametrize("rate", [25, 200])
def test_what_a_tariff_has_not_yet_kept_out_seeks_no_other_partner(live: Callable[..., Economy], rate: int) -> None:
    event = f"{{kind: tariff, importer: USA, exporters: [CHN, EUR, ASEAN], rate: {rate} %, at: 2025-06}}"
    slow = (("adjustment", "0.2"), ("diversion", "60 %"))
    before, after = live(behaviour=slow), live(event, behaviour=slow)  # one month with the tariff
    hit = corridors(after, "CHN EUR ASEAN", "USA")
    kept_out = after.base.value[0, TRADE, hit] @ (1.0 - after.volume[0, TRADE, hit])
    assert after.diverted.sum() - before.diverted.sum() == pytest.approx(0.6 * kept_out, rel=1e-6)
    assert after.value()[0, TRADE].sum() < before.value()[0, TRADE].sum(), "a tariff makes no trade"


DIVERTING = (("recontracting", "immediate"), ("diversion", "50 %"))


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ("kind: tariff, importer: USA, exporters: [CHN], rate: 25 %", 0.5),
        ("kind: export_ban, exporters: [CHN], importers: [USA], share: 40 %", 0.5),
        ("kind: demand_shock, importers: [USA], exporters: [CHN], change: -20 %", 0.25),  # only the exporter looks
        ("kind: demand_shock, importers: [USA], exporters: [CHN], change: 20 %", 0.0),
        ("kind: trade_expansion, exporters: [CHN], importers: [USA], change: 20 %", 0.0),
    ],
)
def test_lost_trade_finds_other_partners_by_the_share_of_those_who_look_for_them(
    live: Callable[..., Economy], event: str, found: float
) -> None:
    before, after = live(behaviour=DIVERTING), live(f"{{{event}, at: {AT}}}", behaviour=DIVERTING)
    change = after.value()[0, TRADE] - before.value()[0, TRADE]
    hit = corridors(after, "CHN", "USA")
    lost = max(-float(change[hit].sum()), 0.0)
    assert change[~hit].sum() == pytest.approx(found * lost, rel=1e-9, abs=1e-9)


def test_nothing_is_diverted_into_what_is_banned(live: Callable[..., Economy]) -> None:
    tariff = f"{{kind: tariff, importer: USA, exporters: [CHN], rate: 50 %, at: {AT}}}"
    free = live(tariff, behaviour=DIVERTING)
    ban = f"{{kind: export_ban, exporters: [CHN], importers: [EUR], share: 100 %, at: {AT}}}"
    part = f"{{kind: export_ban, exporters: [CHN], importers: [EUR], share: 30 %, at: {AT}}}"
    hit = corridors(free, "CHN", "EUR")
    assert free.diverted[0, hit] > 0.0
    assert live(tariff, ban, behaviour=DIVERTING).value()[0, TRADE, hit] == 0.0
    partly = live(tariff, part, behaviour=DIVERTING)
    most = 0.7 * (partly.base.value[0, TRADE, hit] * partly.volume[0, TRADE, hit] + partly.diverted[0, hit])
    np.testing.assert_allclose(partly.value()[0, TRADE, hit], most, rtol=1e-12)


@pytest.mark.parametrize("behaviour", [AT_ONCE, (("inertia", "0.985"),)], ids=["immediate", "with inertia"])
def test_a_mandate_puts_just_its_share_into_the_currency_beside_what_is_chosen(
    live: Callable[..., Economy], behaviour: tuple[tuple[str, str], ...]
) -> None:
    event = f"{{kind: currency_mandate, exporter: GULF, currency: CNY, share: 30 %, cost: 0 bp, at: {AT}}}"
    before, after = live(behaviour=behaviour), live(event, behaviour=behaviour)
    sold = corridors(after, "GULF", " ".join(after.world.groups)) & (after.base.value[0, TRADE] > 0.0)
    shares = [economy.contracts.live[0, TRADE] @ economy.world.nest for economy in (before, after)]
    yuan = after.world.currencies.index("CNY")
    np.testing.assert_allclose(shares[1][sold, yuan], 0.3 + 0.7 * shares[0][sold, yuan], rtol=1e-10)
    others = np.arange(len(after.world.currencies)) != yuan
    np.testing.assert_allclose(shares[1][sold][:, others], 0.7 * shares[0][sold][:, others], rtol=1e-10)
    np.testing.assert_array_equal(after.contracts.live[0, FINANCE], before.contracts.live[0, FINANCE])
    total = (after.contracts.live + after.contracts.blocked).sum(-1)
    np.testing.assert_allclose(total[after.base.value > 0.0], 1.0, atol=1e-12)


@pytest.mark.parametrize("share", [0.05, 0.8, 1.0])
def test_a_mandate_ends_where_the_banks_that_can_use_its_currency_do(
    live: Callable[..., Economy], share: float
) -> None:
    ban = "{kind: clearing_ban, currencies: [USD], groups: [RUS], banks: 90 %, at: 2024-10}"
    decree = f"{{kind: currency_mandate, exporter: RUS, currency: USD, share: {100 * share} %, cost: 30 bp, at: {AT}}}"
    before, after = live(ban), live(ban, decree)
    sold = corridors(after, "RUS", "CHN USA EUR GULF")
    dollar = after.world.currencies.index("USD")
    chosen, found = ((e.choice.share[0, TRADE] @ e.world.nest)[sold, dollar] for e in (before, after))
    np.testing.assert_allclose(found, np.minimum(share + (1.0 - share) * chosen, 0.1), rtol=1e-9)
    extra = (after.choice.cost - before.choice.cost)[0, TRADE, sold]
    ordered = (found - chosen) / (1.0 - chosen)
    np.testing.assert_allclose(extra, 30.0 * ordered, rtol=1e-9, err_msg="what is not ordered costs nothing")


def test_a_mandate_over_a_ramp_ends_where_one_at_once_does(live: Callable[..., Economy]) -> None:
    event = "{{kind: currency_mandate, exporter: GULF, share: 30 %, cost: 0 bp, at: {at}, ramp: {ramp}}}"
    behaviour = (("inertia", "0.985"),)
    ends = [live(event.format(at=AT, ramp=ramp), behaviour=behaviour) for ramp in ("0 d", "90 d")]
    np.testing.assert_allclose(ends[0].contracts.live, ends[1].contracts.live, atol=1e-10)


def test_contracts_stay_when_a_mandate_ends_and_drift_back_by_choice(live: Callable[..., Economy]) -> None:
    event = "{{kind: currency_mandate, exporter: GULF, share: 30 %, cost: 0 bp, at: 2024-10{until}}}"
    behaviour = (("inertia", "0.9"),)
    base, ended = live(behaviour=behaviour), live(event.format(until=f", until: {AT}"), behaviour=behaviour)
    yuan = base.world.currencies.index("CNY")
    sold = corridors(base, "GULF", "CHN USA EUR")
    shares = [(e.contracts.live[0, TRADE] @ e.world.nest)[sold, yuan] for e in (base, ended)]
    start = 0.3 + 0.7 * shares[0]
    np.testing.assert_allclose(shares[1] - shares[0], 0.9**6 * (start - shares[0]), rtol=1e-9)


def test_demand_moves_only_what_no_mandate_binds(live: Callable[..., Economy]) -> None:
    drift = f"{{kind: demand_drift, currency: CNY, drift: 5 %/month, at: {AT}}}"
    mandate = "{kind: currency_mandate, exporter: GULF, share: 30 %, cost: 0 bp, at: 2024-09}"
    behaviour = (("inertia", "0.985"),)
    drifted, both = live(drift, behaviour=behaviour), live(mandate, drift, behaviour=behaviour)
    yuan, sold = both.world.currencies.index("CNY"), corridors(both, "GULF", "CHN USA EUR ASEAN")
    shares = [(e.contracts.live[0, TRADE] @ e.world.nest)[sold, yuan] for e in (drifted, both)]
    np.testing.assert_allclose(shares[1], 0.3 + 0.7 * shares[0], rtol=1e-10)


@pytest.mark.parametrize("behaviour", [AT_ONCE, (("inertia", "0.985"),)], ids=["immediate", "with inertia"])
def test_a_ceiling_is_met_exactly_and_leaves_trade_and_the_value_of_finance_alone(
    live: Callable[..., Economy], behaviour: tuple[tuple[str, str], ...]
) -> None:
    event = f"{{kind: capital_controls, currency: CNY, cost: 0 bp, cap: 80 %, at: {AT}}}"
    before, after = live(behaviour=behaviour), deepcopy(live(event, behaviour=behaviour))
    yuan = after.world.currencies.index("CNY")
    finance = [(e.value()[0, FINANCE] @ e.contracts.live[0, FINANCE] @ e.world.nest) for e in (before, after)]
    # The horizon's end has renewed contracts once more: the ceiling holds at the tick that opens the next month.
    after.open_month()
    finance[1] = after.value()[0, FINANCE] @ after.contracts.live[0, FINANCE] @ after.world.nest
    assert finance[1][yuan] == pytest.approx(0.8 * finance[0][yuan], rel=1e-10)
    assert finance[1].sum() == pytest.approx(finance[0].sum(), rel=1e-12)
    np.testing.assert_allclose(after.contracts.live[0, TRADE], before.contracts.live[0, TRADE], rtol=0, atol=1e-14)


@pytest.mark.parametrize("ceiling", [10, 0])
def test_a_ceiling_holds_where_a_cut_leaves_no_other_currency(world: World, ceiling: int) -> None:
    controls = f"{{kind: capital_controls, currency: CNY, cost: 0 bp, cap: {ceiling} %, at: {AT}}}"
    free, held = (lived(world(events, MODEL)) for events in ((CUT_CHINA,), (CUT_CHINA, controls)))
    yuan = free.world.currencies.index("CNY")
    start = (free.base.value[0, FINANCE] * free.base.share[0, FINANCE, :, yuan]).sum()
    paid = []
    for economy in (free, held):
        economy.open_month()
        paid.append((economy.value()[0, FINANCE] @ economy.contracts.live[0, FINANCE] @ economy.world.nest)[yuan])
    assert paid[0] > 0.7 * start, "contracts that have the yuan alone must exceed the ceiling"
    assert paid[1] == pytest.approx(ceiling / 100 * start, rel=1e-9, abs=1e-9)
    # Nobody loses the excess: it is blocked, and bypassed or failed like all that cannot be paid.
    stocks = held.contracts.live + held.contracts.blocked
    np.testing.assert_allclose(stocks.sum(-1)[held.base.value > 0.0], 1.0, atol=1e-12)
    blocked = [economy.contracts.blocked[0].sum(-1) for economy in (free, held)]
    assert (blocked[1][FINANCE] >= blocked[0][FINANCE] - 1e-12).all()
    assert blocked[1][FINANCE].sum() > blocked[0][FINANCE].sum() + 0.5, (
        "the ceiling must be too low to be met otherwise"
    )
    np.testing.assert_allclose(blocked[1][TRADE], blocked[0][TRADE], atol=1e-12)


def test_a_ceiling_above_what_is_paid_does_nothing(live: Callable[..., Economy]) -> None:
    after = live(f"{{kind: capital_controls, currency: CNY, cost: 0 bp, cap: 101 %, at: {AT}}}")
    np.testing.assert_array_equal(after.contracts.live, live().contracts.live)


def test_coverage_scales_the_odds_of_the_tracker(tell: Callable[..., Record]) -> None:
    before, after = tell(()), tell((f"{{kind: coverage_break, coverage: {{EUR: 0.7}}, at: {AT}}}",))
    odds = [path / (1.0 - path) for path in (record.values("tracker_share", "EUR") for record in (before, after))]
    np.testing.assert_allclose(odds[1][CASE_MONTH:], 0.7 * odds[0][CASE_MONTH:], rtol=1e-3)  # published to .01 %


# --- an upgrade that lets CIPS take another currency ------------------------------------------------------------------

EURO_OPTION = """\
systems: {T2-CIPS: {name: Euro in CIPS, currency: EUR, hours: 02:30-18:00, timezone: Europe/Berlin, calendar: target}}
options: {eur-cips: {currency: EUR, message: CIPS, settles_in: T2-CIPS, needs: {CIPS: native}, visible: false, weight: 10 %}}
"""  # noqa: E501
TAKES_EUROS = f"{{kind: cips_upgrade, joining: 1, native: 1, currencies: [EUR], at: {AT}}}"


def test_a_currency_that_cips_takes_moves_to_it_without_changing_any_currencys_share(
    tell: Callable[..., Record],
) -> None:
    before, after = tell(()), tell((TAKES_EUROS,), EURO_OPTION)
    for name in ("true_share", "trade_index", "blocked_share", "cips_member_weight"):
        np.testing.assert_allclose(after.series[name][1], before.series[name][1], atol=1e-9, err_msg=name)
    system = after.values("settlement_share", "T2-CIPS")
    assert (system[:CASE_MONTH] == 0.0).all()
    assert (np.diff(system[CASE_MONTH:]) > 0.0).all()
    assert after.values("tracker_share", "EUR")[-1] <= before.values("tracker_share", "EUR")[-1]


def test_new_contracts_take_the_opened_option_by_its_weight_where_both_banks_can(world: World) -> None:
    economy = lived(world((TAKES_EUROS,), EURO_OPTION, AT_ONCE))
    names_ = [option.name for option in economy.world.options]
    swift, cips = names_.index("eur-swift"), names_.index("eur-cips")
    able = (economy.class_weight @ economy.classes.live_mask[:, cips].astype(float))[0]
    used = (economy.base.value[0, TRADE] > 0.0) & (able > 0.0)
    live_ = economy.contracts.live[0, TRADE]
    part = live_[:, cips] / (live_[:, cips] + live_[:, swift])
    np.testing.assert_allclose(part[used], 0.1 * able[used], rtol=1e-9)


def test_an_upgrade_for_a_currency_without_an_option_there_is_refused(world: World) -> None:
    with pytest.raises(Exception, match="OTH needs an option under options"):
        world((f"{{kind: cips_upgrade, currencies: [OTH], at: {AT}}}",))


def test_longer_hours_shorten_the_delay_of_what_settles_there_by_the_time_saved(world: World) -> None:
    head = "systems: {CIPS: {hours: 09:00-20:00}}"  # as CIPS opened in 2015: closed for 13 hours of a day
    event = f"{{kind: cips_upgrade, joining: 1, native: 1, hours: 24 h, at: {AT}}}"
    records = [simulate_ensemble(world(events, head), 1, [0], ())[0] for events in ((), (event,))]
    options = records[0].series["delay_hours"][0]
    change = (records[1].series["delay_hours"][1] - records[0].series["delay_hours"][1])[CASE_MONTH:]
    for place, option in enumerate(options):
        expected = -(13.0**2) / 48.0 if option in ("cny-hybrid", "cny-cips") else 0.0
        np.testing.assert_allclose(change[:, place], expected, atol=1e-9, err_msg=option)
    np.testing.assert_array_equal(records[1].series["true_share"][1], records[0].series["true_share"][1])
