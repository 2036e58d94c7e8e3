"""Every kind of event moves exactly what it names, does nothing before its date, and ends when it ends."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields

import numpy as np
import pytest

from paysim.events.allied_countermeasures import AlliedCountermeasures
from paysim.events.bank_switching import BankSwitching
from paysim.events.capital_controls import CapitalControls
from paysim.events.cips_upgrade import CipsUpgrade
from paysim.events.clearing_ban import ClearingBan
from paysim.events.clearing_bank import ClearingBank
from paysim.events.coverage_break import CoverageBreak
from paysim.events.currency_mandate import CurrencyMandate
from paysim.events.demand_drift import DemandDrift
from paysim.events.demand_shock import DemandShock
from paysim.events.disconnection import Disconnection
from paysim.events.export_ban import ExportBan
from paysim.events.fiscal_premium import FiscalPremium
from paysim.events.hub_closed import HubClosed
from paysim.events.hub_opened import HubOpened
from paysim.events.liquidity_change import LiquidityChange
from paysim.events.outage import Outage
from paysim.events.policy_event import PolicyEvent
from paysim.events.reconnection import Reconnection
from paysim.events.secondary_sanctions import SecondarySanctions
from paysim.events.steering import Steering
from paysim.events.swap_line import SwapLine
from paysim.events.tariff import Tariff
from paysim.events.trade_expansion import TradeExpansion
from paysim.model.state import Policy
from paysim.scenario import kinds

AT, UNTIL, LASTS = "2027-01-01", "2027-04-11", 100.0

# kind, fields, what moves while it lasts, what stays for good
CASES = [
    (Disconnection, {"groups": ["A"], "by": ["B"]}, {"cut"}, {"shocks", "feared"}),
    (ClearingBan, {"groups": ["A"], "currencies": ["BBB"], "by": ["B"]}, {"barred"}, {"shocks", "feared"}),
    (AlliedCountermeasures, {"groups": ["B"], "targets": ["A"]}, {"pair_barred", "willingness"}, set()),
    (SecondarySanctions, {"targets": ["A"], "by": ["B"]}, {"refusal_shock", "delay", "threat"}, set()),
    (HubOpened, {"hub": "C", "capacity": "5 USD bn"}, {"hub_open", "hub_capacity"}, set()),
    (CipsUpgrade, {"joining": 2, "native": 3}, {"joining", "native"}, set()),
    (Steering, {"message": "3 %/month", "clearing": "1 %/month"}, {"steering_message", "steering_clearing"}, set()),
    (DemandDrift, {"currency": "BBB", "drift": "1 %/month"}, {"drift"}, set()),
    (CoverageBreak, {"coverage": {"AAA": 1.12}}, {"coverage"}, set()),
    (LiquidityChange, {"system": "S", "factor": 0.5}, {"liquidity"}, set()),
    (Outage, {"system": "S", "duration": f"{LASTS} d"}, {"system_down"}, set()),
    (SwapLine, {"issuer": "B", "partners": ["A"]}, {"swap_line"}, set()),
    (ClearingBank, {"issuer": "B", "partners": ["A", "C"]}, {"clearing_bank"}, set()),
    (
        CurrencyMandate,
        {"exporter": "A", "currency": "BBB", "share": "30 %"},
        {"mandate", "mandate_cost"},
        set(),
    ),
    (Tariff, {"importer": "A", "exporters": ["B"], "rate": "25 %"}, {"tariff"}, set()),
    (ExportBan, {"exporters": ["B", "C"], "importers": ["A"], "share": "40 %"}, {"banned"}, set()),
    (DemandShock, {"importers": ["A"], "change": "-20 %"}, {"demand"}, set()),
    (TradeExpansion, {"exporters": ["A"], "importers": ["B"], "change": "30 %", "both": True}, {"demand"}, set()),
    (FiscalPremium, {"currency": "AAA", "premium": "60 bp"}, {"premium"}, set()),
    (CapitalControls, {"currency": "BBB", "cost": "30 bp"}, {"conversion"}, set()),
    (BankSwitching, {"groups": ["A"], "rate": "30 %/month"}, {"switching"}, set()),
]
IDS = [case[0].__name__ for case in CASES]


def moved(before: Policy, after: Policy) -> set[str]:
    return {
        field.name
        for field in fields(Policy)
        if not np.array_equal(getattr(before, field.name), getattr(after, field.name))
    }


def effect(event: PolicyEvent, world, elapsed: float, policy: Policy | None = None) -> Policy:
    changed = deepcopy(policy) if policy is not None else Policy.base(world)
    event.effect(changed, world, elapsed)
    return changed


def test_every_installed_kind_of_event_is_tested_here():
    tested = {case[0].model_fields["kind"].default for case in CASES} | {
        "reconnection",
        "hub_closed",
    }  # of their own below
    assert tested == set(kinds.names())


@pytest.mark.parametrize(("kind", "given", "moves", "stays"), CASES, ids=IDS)
def test_an_event_moves_exactly_what_it_names(world, policy, kind, given, moves, stays):
    event = kind(at=AT, until=UNTIL, **given)
    assert moved(policy, effect(event, world, 0.0)) == moves | stays
    assert moved(policy, effect(event, world, 1.0)) == moves | stays


@pytest.mark.parametrize(("kind", "given", "moves", "stays"), CASES, ids=IDS)
def test_an_event_does_nothing_before_its_date(world, policy, kind, given, moves, stays):
    assert moved(policy, effect(kind(at=AT, **given), world, -1e-9)) == set()


@pytest.mark.parametrize(("kind", "given", "moves", "stays"), CASES, ids=IDS)
def test_what_ends_leaves_only_memories(world, policy, kind, given, moves, stays):
    event = kind(at=AT, until=UNTIL, **given)
    assert event.lasts == LASTS
    assert moved(policy, effect(event, world, LASTS)) == stays
    assert moved(policy, effect(event, world, LASTS - 1e-6)) >= stays | (moves - {"refusal_shock"})


@pytest.mark.parametrize(("kind", "given", "moves", "stays"), CASES, ids=IDS)
def test_an_effect_grows_over_its_ramp(world, policy, kind, given, moves, stays):
    if not kind.ramps:
        return
    event = kind(at=AT, ramp="10 d", **given)
    assert moved(policy, effect(event, world, 0.0)) == stays
    base, half, full = policy, effect(event, world, 5.0), effect(event, world, 10.0)
    for name in moves - stays:
        whole = getattr(full, name) - getattr(base, name)
        assert np.allclose(getattr(half, name) - getattr(base, name), whole / 2), name


@pytest.mark.parametrize(("kind", "given", "moves", "stays"), CASES, ids=IDS)
def test_the_instants_are_the_changes_of_an_event(kind, given, moves, stays):
    event = kind(at=AT, until=UNTIL, **given)
    instants = event.instants()
    assert instants[0] == event.at
    assert instants[-1] == event.until
    assert list(instants) == sorted(set(instants))
    ramped = kind(at=AT, ramp="10 d", **given) if kind.ramps else None
    assert ramped is None or ramped.after(10.0) in ramped.instants()


@pytest.mark.parametrize(("kind", "given", "moves", "stays"), CASES, ids=IDS)
def test_an_event_has_a_short_title_unless_it_is_given_one(kind, given, moves, stays):
    assert 3 < len(kind(at=AT, **given).title()) < 60
    assert kind(at=AT, label="My name", **given).title() == "My name"


@pytest.mark.parametrize(("kind", "given", "moves", "stays"), CASES, ids=IDS)
def test_the_same_event_twice_is_no_more_than_once_where_it_is_a_state(world, kind, given, moves, stays):
    event = kind(at=AT, **given)
    once = effect(event, world, 1.0)
    twice = effect(event, world, 1.0, once)
    adding = {"shocks", "drift", "steering_message", "steering_clearing", "joining", "native", "coverage", "liquidity"}
    adding |= {"tariff", "demand", "premium", "conversion"}
    assert moved(once, twice) == (moves | stays) & adding


class TestDisconnection:
    def test_all_banks_of_the_groups_are_cut_and_no_others(self, world):
        cut = effect(Disconnection(at=AT, groups=["A", "C"], by=["B"]), world, 0.0).cut
        assert cut.tolist() == [[1, 0], [1, 0], [1, 0], [0, 0], [1, 0]]

    @pytest.mark.parametrize(
        ("banks", "expected"),
        [
            ("first", [1, 0, 0]),
            ("later", [0, 1, 1]),
            ("50 %", [1, 0, 0]),
            ("65 %", [1, 0.5, 0]),  # .5 of weight in the first bank, .15 of the second's .3
            ("90 %", [1, 1, 0.5]),
            ("10 %", [0.2, 0, 0]),
            (1.0, [1, 1, 1]),
        ],
    )
    def test_a_share_takes_the_largest_banks_first_and_a_class_its_members(self, world, banks, expected):
        cut = effect(Disconnection(at=AT, groups=["A"], banks=banks, by=["B"]), world, 0.0).cut
        assert cut[:3, 0] == pytest.approx(expected)

    @pytest.mark.parametrize("share", [0.1, 0.37, 0.5, 0.83, 1.0])
    def test_the_weight_cut_is_the_share_asked_for(self, world, share):
        cut = effect(Disconnection(at=AT, groups=["A", "B"], banks=share, by=["C"]), world, 0.0).cut[:, 0]
        assert cut[:3] @ world.banks.weight[:3] == pytest.approx(share)
        assert cut[3] == pytest.approx(share)

    def test_banks_are_taken_by_weight_whatever_their_order(self, make_world, world):
        banks = world.banks
        order = np.array([2, 0, 1, 3, 4])
        shuffled = make_world(
            banks=type(banks)(banks.group, banks.weight[order], tuple(banks.bank_class[i] for i in order), banks.order)
        )
        cut = effect(Disconnection(at=AT, groups=["A"], banks="65 %", by=["B"]), shuffled, 0.0).cut[:, 0]
        assert cut[:3] == pytest.approx([0, 1, 0.5])

    def test_the_network_is_the_one_named(self, world):
        event = Disconnection(at=AT, groups=["B"], network="CIPS", by=["A"])
        assert effect(event, world, 0.0).cut[3].tolist() == [0, 1]
        assert event.cuts() == ("CIPS",)

    def test_beliefs_remember_who_was_cut_and_by_whom(self, world):
        changed = effect(Disconnection(at=AT, until=UNTIL, groups=["A"], by=["B"]), world, LASTS + 1)
        assert changed.shocks.tolist() == [1, 0, 0]
        assert changed.feared.tolist() == [0, 1]

    def test_it_is_announced_ten_days_before_unless_told_otherwise(self):
        assert f"{Disconnection(at='2027-01-11', groups=['A']).announced:%Y-%m-%d}" == "2027-01-01"
        assert f"{Disconnection(at='2027-01-11', groups=['A'], notice='2 d').announced:%Y-%m-%d}" == "2027-01-09"


class TestReconnection:
    def test_it_undoes_an_earlier_disconnection(self, world, policy):
        cut = effect(Disconnection(at=AT, groups=["A"], by=["B"]), world, 50.0)
        back = effect(Reconnection(at="2027-02-01", groups=["A"]), world, 0.0, cut)
        assert moved(cut, back) == {"cut"}
        assert np.array_equal(back.cut, policy.cut)

    def test_part_of_the_banks_may_return(self, world):
        cut = effect(Disconnection(at=AT, groups=["A"], by=["B"]), world, 50.0)
        back = effect(Reconnection(at="2027-02-01", groups=["A"], banks="50 %"), world, 0.0, cut)
        assert back.cut[:3, 0].tolist() == [0, 1, 1]

    def test_it_does_nothing_before_its_date_or_after_its_end(self, world):
        cut = effect(Disconnection(at=AT, groups=["A"], by=["B"]), world, 50.0)
        event = Reconnection(at="2027-02-01", until="2027-02-11", groups=["A"])
        assert moved(cut, effect(event, world, -1.0, cut)) == set()
        assert moved(cut, effect(event, world, 10.0, cut)) == set()

    def test_it_does_nothing_where_nothing_is_cut(self, world, policy):
        assert moved(policy, effect(Reconnection(at=AT, groups=["A"]), world, 0.0)) == set()


class TestClearingBan:
    def test_bans_add_up_to_the_pattern_of_both(self, world):
        one = effect(ClearingBan(at=AT, groups=["A"], currencies=["AAA"], by=["B"]), world, 0.0)
        both = effect(ClearingBan(at=AT, groups=["A"], currencies=["BBB"], banks="50 %", by=["B"]), world, 0.0, one)
        assert both.barred[0].tolist() == [0, 0, 0, 1]
        assert both.barred[1].tolist() == [0, 1, 0, 0]
        assert both.barred[3].tolist() == [1, 0, 0, 0]

    def test_every_bank_stays_under_one_pattern_in_all(self, world):
        barred = effect(
            ClearingBan(at=AT, groups=["A", "B"], currencies=["AAA"], banks="37 %", by=["C"]), world, 0.0
        ).barred
        assert barred.sum(axis=1) == pytest.approx(np.ones(5))
        assert world.banks.weight[:3] @ barred[:3, 1] == pytest.approx(0.37)


class TestAlliedCountermeasures:
    def test_the_networks_are_barred_between_the_two_sides_only(self, world):
        barred = effect(AlliedCountermeasures(at=AT, groups=["B"], targets=["A"]), world, 0.0)
        assert np.argwhere(barred.pair_barred).tolist() == [[0, 1, 1], [1, 0, 1]]
        assert barred.willingness.tolist() == [1, 0, 1]


class TestSecondarySanctions:
    # C's exposure: half its trade is exports, half imports, both .35 in B's currency
    WEIGHT = 0.35 / 0.7

    def test_third_groups_refuse_in_both_directions_by_their_exposure(self, world):
        changed = effect(SecondarySanctions(at=AT, targets=["A"], by=["B"]), world, 0.0)
        expected = np.zeros((3, 3))
        expected[0, 2] = expected[2, 0] = self.WEIGHT
        assert changed.refusal_shock == pytest.approx(expected)
        assert changed.delay == pytest.approx(expected * 21.0)
        assert changed.threat == pytest.approx([0, 0, self.WEIGHT])

    def test_after_the_shock_it_is_the_later_refusal_and_delay(self, world, policy):
        event = SecondarySanctions(at=AT, targets=["A"], by=["B"])
        later = effect(event, world, 30.4)
        assert moved(policy, later) == {"refusal_later", "delay", "threat"}
        assert later.refusal_later[0, 2] == pytest.approx(self.WEIGHT)
        assert later.delay[2, 0] == pytest.approx(self.WEIGHT * 5.0)
        assert event.instants() == (event.at, event.after(30.4))

    def test_the_later_phase_fades_with_its_half_life(self, world):
        event = SecondarySanctions(at=AT, targets=["A"], by=["B"], half_life="100 d")
        faded = effect(event, world, 130.4)
        assert faded.refusal_later[0, 2] == pytest.approx(self.WEIGHT / 2)
        assert faded.threat[2] == pytest.approx(self.WEIGHT / 2)

    def test_no_exposure_no_fear(self, make_world, policy):
        profile = np.array([[0.2, 0.8], [0.3, 0.7], [1.0, 0.0]])
        untouched = make_world(export_profile=profile, import_profile=profile)
        assert moved(policy, effect(SecondarySanctions(at=AT, targets=["A"], by=["B"]), untouched, 0.0)) == set()

    def test_intensity_scales_the_refusal(self, world):
        half = effect(SecondarySanctions(at=AT, targets=["A"], by=["B"], intensity=0.5), world, 0.0)
        assert half.refusal_shock[0, 2] == pytest.approx(self.WEIGHT / 2)

    def test_delay_and_threat_are_capped_where_exposure_is_beyond_chinas(self, make_world):
        profile = np.array([[0.2, 0.8], [0.3, 0.7], [0.1, 0.9]])
        exposed = make_world(export_profile=profile, import_profile=profile)
        changed = effect(SecondarySanctions(at=AT, targets=["A"], by=["B"]), exposed, 0.0)
        assert changed.refusal_shock[0, 2] == pytest.approx(0.9 / 0.7)
        assert changed.delay[0, 2] == pytest.approx(21.0)
        assert changed.threat[2] == 1.0

    def test_the_parties_themselves_are_not_third_groups(self, world):
        changed = effect(SecondarySanctions(at=AT, targets=["A"], by=["B"]), world, 0.0)
        assert changed.refusal_shock[0, 1] == changed.refusal_shock[1, 0] == 0.0
        assert changed.threat[:2].tolist() == [0, 0]


class TestHub:
    def test_it_opens_without_limit_unless_one_is_given(self, world):
        assert effect(HubOpened(at=AT, hub="C"), world, 0.0).hub_capacity.tolist() == [np.inf]
        limited = effect(HubOpened(at=AT, hub="C", capacity="2 USD trn"), world, 0.0)
        assert (limited.hub_open.tolist(), limited.hub_capacity.tolist()) == ([1], [2000])

    def test_an_unwilling_hub_stays_closed(self, world, policy):
        assert moved(policy, effect(HubOpened(at=AT, hub="C", willing=False), world, 0.0)) == set()


class TestHubClosed:
    def test_it_closes_what_was_opened_before_it_while_it_lasts(self, world, policy):
        opened = effect(HubOpened(at=AT, hub="C"), world, 50.0)
        event = HubClosed(at="2027-02-01", until="2027-02-11", hub="C")
        assert effect(event, world, -1.0, opened).hub_open.tolist() == [1]
        assert effect(event, world, 0.0, opened).hub_open.tolist() == [0]
        assert effect(event, world, 10.0, opened).hub_open.tolist() == [1]
        assert moved(opened, effect(event, world, 0.0, opened)) == {"hub_open"}

    def test_it_does_nothing_where_no_hub_is_open_or_none_is_there(self, world, policy, make_world):
        assert moved(policy, effect(HubClosed(at=AT, hub="C"), world, 0.0)) == set()
        without = make_world(hubs=(), hub_groups=np.zeros(0, dtype=np.int64))
        assert effect(HubClosed(at=AT, hub="C"), without, 0.0).hub_open.size == 0


class TestOrders:
    def test_lines_reach_the_issuer_and_its_partners_in_its_currency_only(self, world):
        lines = effect(SwapLine(at=AT, issuer="B", partners=["A"]), world, 0.0).swap_line
        assert lines.tolist() == [[0, 0, 0], [1, 1, 0]]

    def test_a_mandate_binds_the_exporter_and_its_importers_only(self, world):
        event = CurrencyMandate(at=AT, exporter="A", currency="BBB", share="30 %", importers=["C"], cost="10 bp")
        found = effect(event, world, 0.0)
        assert np.argwhere(found.mandate).tolist() == [[0, 2, 1]]
        assert (found.mandate[0, 2, 1], found.mandate_cost[0, 2]) == pytest.approx((0.3, 3.0))

    def test_mandates_of_two_currencies_leave_no_more_than_all_contracts(self, world):
        one = effect(CurrencyMandate(at=AT, exporter="A", currency="BBB", share="70 %"), world, 0.0)
        both = effect(CurrencyMandate(at=AT, exporter="A", currency="AAA", share="60 %"), world, 0.0, one)
        assert both.mandate[0, 1] == pytest.approx([0.3, 0.7])
        wider = effect(CurrencyMandate(at=AT, exporter="A", currency="AAA", share="20 %"), world, 0.0, both)
        assert wider.mandate[0, 1] == pytest.approx([0.3, 0.7])

    def test_a_tariff_is_on_goods_that_come_in(self, world):
        one = effect(Tariff(at=AT, importer="A", exporters=["B", "C"], rate="25 %"), world, 0.0)
        assert one.tariff.tolist() == [[0, 0, 0], [0.25, 0, 0], [0.25, 0, 0]]
        assert effect(Tariff(at=AT, importer="A", exporters=["B"], rate="10 %"), world, 0.0, one).tariff[1, 0] == 0.35

    def test_bans_and_demand_are_of_exporters_in_rows(self, world):
        ban = effect(ExportBan(at=AT, exporters=["B"], importers=["A"], share="40 %"), world, 0.0)
        assert ban.banned.tolist() == [[0, 0, 0], [0.4, 0, 0], [0, 0, 0]]
        assert (
            effect(ExportBan(at=AT, exporters=["B"], importers=["A"], share="10 %"), world, 0.0, ban).banned[1, 0]
            == 0.4
        )
        demand = effect(DemandShock(at=AT, importers=["A"], exporters=["C"], change="-20 %"), world, 0.0).demand
        assert demand.tolist() == [[1, 1, 1], [1, 1, 1], [0.8, 1, 1]]

    def test_an_expansion_counts_a_corridor_once(self, world):
        event = TradeExpansion(at=AT, exporters=["A", "B"], importers=["A", "B"], change="50 %", both=True)
        assert effect(event, world, 0.0).demand.tolist() == [[1.5, 1.5, 1], [1.5, 1.5, 1], [1, 1, 1]]
        one_way = effect(TradeExpansion(at=AT, exporters=["A"], importers=["B"], change="50 %"), world, 0.0).demand
        assert one_way.tolist() == [[1, 1.5, 1], [1, 1, 1], [1, 1, 1]]

    def test_a_ceiling_falls_over_the_ramp_and_the_lowest_counts(self, world):
        event = CapitalControls(at=AT, currency="BBB", cap="80 %", ramp="10 d")
        half = effect(event, world, 5.0)
        assert half.cap.tolist() == [np.inf, 0.9]
        tighter = effect(CapitalControls(at=AT, currency="BBB", cap="50 %"), world, 0.0, half)
        assert tighter.cap.tolist() == [np.inf, 0.5]
        assert tighter.conversion.tolist() == [0, 45]  # costs add up

    def test_a_rate_of_switching_is_of_its_groups_and_may_be_none(self, world):
        event = BankSwitching(at=AT, until=UNTIL, groups=["A"], rate="0 %/month")
        assert effect(event, world, 0.0).switching.tolist() == [0, -1, -1]
        assert effect(event, world, LASTS).switching.tolist() == [-1, -1, -1]

    @pytest.mark.parametrize(
        ("kind", "given", "problem"),
        [
            (CurrencyMandate, {"exporter": "A", "share": "130 %"}, "at most 100 %"),
            (CurrencyMandate, {"exporter": "A", "share": "30 %", "cost": "30"}, "has no unit"),
            (Tariff, {"importer": "A", "exporters": [], "rate": "25 %"}, "at least one"),
            (Tariff, {"importer": "A", "exporters": ["B"], "rate": "-25 %"}, "at least 0 %"),
            (ExportBan, {"exporters": ["B"], "importers": ["A"], "share": "101 %"}, "at most 100 %"),
            (DemandShock, {"importers": ["A"], "change": "-101 %"}, "at least -100 %"),
            (TradeExpansion, {"exporters": ["A"], "importers": ["B"], "change": "-5 %"}, "at least 0 %"),
            (FiscalPremium, {"premium": "60"}, "has no unit"),
            (CapitalControls, {"cap": "-1 %"}, "at least 0 %"),
            (CapitalControls, {"cap": 80}, "at most 500 %"),  # 80 for 80 %
            (Tariff, {"importer": "A", "exporters": ["B"], "rate": 25}, "at most 500 %"),
            (BankSwitching, {"groups": ["A"], "rate": "20 %"}, "no unit of a monthly rate"),
            (BankSwitching, {"groups": ["A"], "ramp": "1 d"}, "takes effect at once"),
            (HubClosed, {"hub": "C", "ramp": "1 d"}, "takes effect at once"),
            (CipsUpgrade, {"hours": "25 h"}, "at most 1 d"),
        ],
    )
    def test_a_mistake_is_told(self, kind, given, problem):
        with pytest.raises(ValueError, match=problem):
            kind(at=AT, **given)


class TestOutage:
    def test_it_takes_down_the_system_or_the_network_that_is_named(self, world):
        system = effect(Outage(at=AT, duration="10 h", system="S"), world, 0.0)
        network = effect(Outage(at=AT, duration="10 h", network="CIPS"), world, 0.0)
        assert (system.system_down.tolist(), system.network_down.tolist()) == ([1], [0, 0])
        assert (network.system_down.tolist(), network.network_down.tolist()) == ([0], [0, 1])

    def test_it_lasts_for_its_duration_or_up_to_its_end(self, world, policy):
        for event in (Outage(at=AT, duration="10 h", system="S"), Outage(at=AT, until="2027-01-01 10:00Z", system="S")):
            assert [f"{instant:%d %H:%M}" for instant in event.instants()] == ["01 00:00", "01 10:00"]
            assert moved(policy, effect(event, world, 9.99 / 24)) == {"system_down"}
            assert moved(policy, effect(event, world, 10 / 24)) == set()

    def test_an_outage_of_less_than_a_second_lasts_one(self):
        event = Outage(at=AT, duration="0.0001 h", system="S")
        assert (event.until - event.at).total_seconds() == 1.0

    def test_what_was_read_can_be_read_again(self):
        event = Outage(at=AT, duration="10 h", system="S")
        again = Outage(at=AT, duration="10 h", until=event.until, system="S")
        assert again == event

    @pytest.mark.parametrize(
        ("given", "problem"),
        [
            ({"duration": "10 h"}, "give either system or network"),
            ({"duration": "10 h", "system": "S", "network": "CIPS"}, "give either system or network"),
            ({"system": "S"}, "give duration or until"),
            ({"system": "S", "duration": "10 h", "until": "2027-01-02"}, "contradict each other"),
            ({"system": "S", "duration": "0 h"}, "more than 0 d"),
            ({"system": "S", "duration": "10"}, "has no unit"),
            ({"system": "S", "duration": "10 h", "at": "yesterday"}, "is not a date"),
            ({"system": "S", "duration": "10 h", "ramp": "1 d"}, "takes effect at once"),
        ],
    )
    def test_a_mistake_is_told(self, given, problem):
        with pytest.raises(ValueError, match=problem):
            Outage(**{"at": AT, **given})


def test_factors_and_rates_have_the_size_that_is_written(world):
    upgraded = effect(CipsUpgrade(at=AT, joining=2, native=3), world, 0.0)
    assert (upgraded.joining, upgraded.native) == (2.0, 3.0)
    steered = effect(Steering(at=AT, message="3 %/month", clearing="0.5 %/month"), world, 0.0)
    assert (steered.steering_message, steered.steering_clearing) == (0.03, 0.005)
    assert effect(DemandDrift(at=AT, currency="BBB", drift="-0.6 %/month"), world, 0.0).drift.tolist() == [0, -0.006]
    assert effect(CoverageBreak(at=AT, coverage={"BBB": 0.5}), world, 0.0).coverage.tolist() == [1, 0.5]


def test_steering_and_drift_are_premises_unless_told_otherwise():
    assert Steering(at=AT, message="3 %/month").premise
    assert DemandDrift(at=AT, drift="1 %/month").premise
    assert not Disconnection(at=AT, groups=["A"]).premise
