"""A file's problems come out all at once, each with its place, the rule, what was expected and what was got."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest

from paysim.errors import ScenarioError
from paysim.scenario.loading import load_scenario

CUT = "events:\n  - {kind: disconnection, at: 2027-01, groups: [CHN]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("horizont: 2030-01\n", "4:1: horizont: unknown key 'horizont'; nearest: horizon"),
        ("behaviour: {inertai: 0.9}\n", "4:13: behaviour.inertai: unknown key 'inertai'; nearest: inertia"),
        ("engine: meanfield\n", "4:9: engine: expected events or mean-field, got 'meanfield'; nearest: mean-field"),
        ("replicates: 0\n", "4:13: replicates: expected at least 1, got 0"),
        ("replicates: 1.5\n", "4:13: replicates: expected a whole number, got 1.5"),
        ("traffic: 7\n", "4:10: traffic: expected a mapping, got 7"),
        ("events: {}\n", "4:9: events: expected a list, got a mapping"),
        ("events: [7]\n", "4:10: events[0]: expected an event such as {kind: disconnection, at: 2027-01}, got 7"),
        ("groups: [CHN]\n", "4:9: groups: expected a mapping, got a list"),
        ("groups: {CHN: 3}\n", "4:15: groups.CHN: expected a mapping, got 3"),
        ("horizon: 2024-06\n", "4:10: horizon: the horizon 2024-06 lies before the start 2024-07"),
        ("start: 2024-07-15\n", "4:8: start: expected a month such as 2027-01, got '2024-07-15'"),
        ("sources: [{text: x, url: www.x.org}]\n", "does not look like an address"),
        ("name: 1st\n", None),
        # units and uncertain parameters
        ("behaviour: {hub_margin: 80}\n", "4:25: behaviour.hub_margin: 80 has no unit: expected a cost such as 30 bp"),
        ("behaviour: {inertia: 120 %}\n", "expected a plain number without a unit"),
        ("behaviour: {inertia: 1.2}\n", "expected a plain number of at most 1.0, got 1.2"),
        ("behaviour: {inertia: {best: 0.9, low: 0.95}}\n", "best 0.9 must lie between low 0.95 and high 0.992"),
        ("behaviour: {inertia: {beste: 0.9}}\n", "4:23: behaviour.inertia.beste: unknown key 'beste'; nearest: best"),
        ("behaviour: {inertia: {distribution: flat}}\n", "unknown distribution 'flat' (known: fixed,"),
        ("behaviour: {growth: {low: 0 %/year, distribution: log-uniform}}\n", "log-uniform needs low above 0"),
        # the world
        ("groups: {CHN: {profile: {USD: 60 %}}}\n", "4:25: groups.CHN.profile: shares sum to 98 %, expected 100 %"),
        ("groups: {CHN: {profile: {GBP: 2 %}}}\n", "unknown currency 'GBP' (known: CNY, EUR, OTH, USD)"),
        ("groups: {CHN: {bank_classes: {first: 60 %}}}\n", "bank_classes: shares sum to 60 %, expected 100 %"),
        ("groups: {CHN: {own_currency: CNH}}\n", "4:30: groups.CHN.own_currency: unknown currency 'CNH'; nearest: CNY"),
        (
            "groups: {NOR: {name: Norway}}\n",
            "4:10: groups.NOR: NOR is not in the shipped trade matrix: it needs `trade`",
        ),
        ("groups: {NOR: {name: Norway}}\n", "4:10: groups.NOR.profile: is missing"),
        ("groups: {CHN: {adoption: never}}\n", "expected model, frozen or a path of months and shares, got 'never'"),
        ("groups: {CHN: {adoption: {2025-01: 130 %}}}\n", "4:36: groups.CHN.adoption.2025-01: expected a share"),
        (
            "groups: {CHN: {adoption: {2030-01: 9 %, 2025-01: 8 %}}}\n",
            "4:41: groups.CHN.adoption.2025-01: the months of",
        ),
        ("groups: {CHN: {adoption: {soon: 9 %}}}\n", "expected a month such as 2027-01, got 'soon'"),
        ("currencies: {GBP: {name: Pound}}\n", "4:14: currencies.GBP: GBP has no option"),
        ("options: {usd-swift: {settles_in: T3}}\n", "unknown system 'T3'; nearest: T2"),
        ("options: {usd-swift: {settles_in: T2}}\n", "options.usd-swift: T2 settles EUR, not USD"),
        (
            "options: {usd-swift: {settles_in: {T2: 5 %, FEDWIRE: null}}}\n",
            "4:22: options.usd-swift: T2 settles EUR, not USD",
        ),
        (
            "options: {usd-swift: {settles_in: {CHIPS: 90 %}}}\n",
            "4:35: options.usd-swift.settles_in: shares sum to 95 %, expected 100 %",
        ),
        (
            "options: {usd-swift: {settles_in: {CHOPS: 5 %}}}\n",
            "4:36: options.usd-swift.settles_in.CHOPS: unknown system 'CHOPS'; nearest: CHIPS",
        ),
        (
            "options: {usd-swift: {settles_in: {FEDWIRE: 130 %}}}\n",
            "4:45: options.usd-swift.settles_in.FEDWIRE: expected a share",
        ),
        ("options: {usd-swift: {settles_in: 7}}\n", "4:35: options.usd-swift.settles_in: expected a system such as T2"),
        ("systems: {CHIPS: {home: [USB]}}\n", "4:26: systems.CHIPS.home[0]: unknown group 'USB'; nearest: USA"),
        ("systems: {CHIPS: {direct: {USB: 2}}}\n", "systems.CHIPS.direct.USB: unknown group 'USB'; nearest: USA"),
        ("systems: {CHIPS: {direct: {USA: 0}}}\n", "4:27: systems.CHIPS.direct: expected at least one bank"),
        ("systems: {CHIPS: {direct: {USA: 2.5}}}\n", "4:33: systems.CHIPS.direct.USA: expected a whole number"),
        (
            "options: {usd-swift: {needs: {SWFT: member}}}\n",
            "4:31: options.usd-swift.needs.SWFT: unknown network 'SWFT'",
        ),
        ("systems: {T2: {timezone: Europe/Berlino}}\n", "unknown time zone 'Europe/Berlino'"),
        ("systems: {T2: {hours: all day}}\n", "expected hours such as 02:30-18:00"),
        ("calibration: {fixed: {CHN-HGK: {CNY: 45 %}}}\n", "unknown group 'HGK'; nearest: HKG"),
        ("calibration: {targets: {CNX: 5 %}}\n", "unknown currency 'CNX'; nearest: CNY"),
        # events
        ("events: [{at: 2027-01}]\n", "4:10: events[0]: an event needs a kind (known: allied_countermeasures,"),
        (
            "events: [{kind: disconection, at: 2027-01}]\n",
            "4:17: events[0].kind: unknown event kind 'disconection'; nearest: disconn",
        ),
        (
            f"{CUT}, network: SWFIT}}\n",
            "unknown network 'SWFIT'; nearest: SWIFT",
        ),
        (f"{CUT}, until: 2026-12}}\n", "until 2026-12-01 00:00Z must be later than at 2027-01-01 00:00Z"),
        (f"{CUT}, banks: large}}\n", "events[0].banks: unknown class of banks 'large' in CHN; declare it in groups"),
        (f"{CUT}, banks: 0 %}}\n", "expected all, a class of banks or a share such as 70 %, got '0 %'"),
        (f"{CUT}, grups: [CHN]}}\n", "events[0].grups: unknown key 'grups'; nearest: groups"),
        (f"{CUT}, notice: 10}}\n", "10 has no unit: expected a duration such as 60 d"),
        (
            "events: [{kind: disconnection, at: 2031-13-01, groups: [CHN]}]\n",
            "4:36: events[0].at: '2031-13-01' is not a date",
        ),
        ("events: [{kind: disconnection, at: 2040-01, groups: [CHN]}]\n", "2040-01-01 lies after the horizon 2035-12"),
        ("events: [{kind: disconnection, at: 2024-06, groups: [CHN]}]\n", "2024-06-01 lies before the start 2024-07"),
        (
            "events: [{kind: disconnection, at: 2027-01, groups: []}]\n",
            "events[0].groups: expected at least one item, got none",
        ),
        ("events: [{kind: disconnection, at: 2027-01}]\n", "events[0].groups: is missing"),
        ("events: [{kind: hub_opened, at: 2027-01, hub: HKK}]\n", "unknown group 'HKK'; nearest: HKG"),
        (
            "events: [{kind: hub_opened, at: 2027-01, hub: EUR}]\n",
            "banks of EUR are no willing hub: write willing: true",
        ),
        (
            "events: [{kind: swap_line, at: 2027-01, partners: [GULF, CHN]}]\n",
            "events[0].partners: CHN issues the currency: expected other groups only",
        ),
        (
            "events: [{kind: hub_closed, at: 2027-01, hub: HKG}]\n",
            "4:47: events[0].hub: no event opens the hub HKG; write an event hub_opened before it",
        ),
        (
            "events:\n  - {kind: hub_opened, at: 2027-01, hub: HKG, willing: true}\n"
            "  - {kind: hub_closed, at: 2026-01, hub: HKG}\n  - {kind: hub_closed, at: 2028-01, hub: HKG}\n",
            "6:42: events[1].hub: the hub HKG is not open before 2027-01-01",
        ),
        (
            "events: [{kind: cips_upgrade, at: 2027-01, currencies: [EUR]}]\n",
            "events[0].currencies: EUR needs an option under options, with needs: {CIPS: ...} and a weight",
        ),
        (
            "events: [{kind: hub_opened, at: 2027-01, hub: HKG, ramp: 3 d}]\n",
            "hub_opened takes effect at once: remove ramp",
        ),
        (
            "events: [{kind: demand_drift, at: 2027-01, drift: 0.6}]\n",
            "0.6 has no unit: expected a monthly change of log-odds",
        ),
        (
            f"{CUT}, id: a}}\n  - {{kind: disconnection, at: 2028-01, groups: [CHN], id: a}}\n",
            "two events have the id 'a'",
        ),
    ],
)
def test_a_problem_names_the_rule_the_value_and_the_place(complaints, text, expected):
    if expected is None:
        assert "does not look like a name" in complaints(text)[0]
    else:
        found = complaints(text)
        assert any(expected in line for line in found), found


def test_required_keys_are_named(complaints):
    assert complaints("seed: 1\n", head="") == [
        "1:1: format: is missing",
        "1:1: title: is missing",
        "1:1: question: is missing",
    ]


def test_another_format_is_refused(complaints):
    (line,) = complaints("format: 2\ntitle: t\nquestion: q\n", head="")
    assert line == "1:9: format: expected 1, got 2"


def test_all_problems_of_all_parts_come_out_at_once_and_in_order(complaints):
    found = complaints(
        "horizon: 2030-12\n"
        "replicates: many\n"
        "groups:\n"
        "  CHN: {profile: {USD: 90 %}, alignment: 3}\n"
        "behaviour: {hub_margin: 80, inertai: 1}\n"
        "events:\n"
        "  - {kind: disconection, at: 2027-01}\n"
        "  - {kind: disconnection, at: 2031-01, groups: [CHNA, HKG], network: SWFIT}\n"
        "tipping: maybe\n"
    )
    assert [line.split(":")[0] for line in found] == ["5", "7", "7", "8", "8", "10", "11", "11", "11", "12"]


def test_a_missing_file_and_a_folder_are_problems_not_tracebacks(tmp_path):
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ScenarioError) as caught:
            load_scenario(path)
        assert caught.value.problems[0].file == str(path)


def test_a_file_gives_only_what_differs_from_the_shipped_world(write):
    scenario = load_scenario(write("groups: {ASEAN: {cips_weight: 50 %}}\nbehaviour: {hub_margin: {best: 60 bp}}\n"))
    plain = load_scenario(write("", name="plain.yaml"))
    assert scenario.groups["ASEAN"].cips_weight == 0.5
    assert scenario.groups["ASEAN"].profile == plain.groups["ASEAN"].profile
    margin = scenario.behaviour.hub_margin
    assert (margin.best, margin.low, margin.high) == (60.0, 30.0, 150.0)


def test_a_point_value_is_fixed(write):
    margin = load_scenario(write("behaviour: {hub_margin: 60 bp}\n")).behaviour.hub_margin
    assert (margin.best, margin.low, margin.high, margin.distribution) == (60.0, 60.0, 60.0, "fixed")


def test_a_prescribed_path_is_read_in_months_and_fractions(write):
    scenario = load_scenario(write("groups: {ASEAN: {adoption: {2025-01: 30 %, 2030-01: 80 %}}}\n"))
    assert scenario.groups["ASEAN"].adoption == {
        datetime(2025, 1, 1, tzinfo=UTC): 0.3,
        datetime(2030, 1, 1, tzinfo=UTC): 0.8,
    }


def test_groups_follow_the_default_of_adoption_unless_they_say_otherwise(write):
    scenario = load_scenario(write("adoption_default: frozen\ngroups: {ASEAN: {adoption: model}}\n"))
    assert scenario.groups["ASEAN"].adoption == "model"
    assert scenario.groups["GULF"].adoption == "frozen"
    assert scenario.groups["GULF"].native_adoption == "model"


def test_pound_spfs_and_a_new_group_are_added_by_data_alone(write):
    scenario = load_scenario(
        write(
            "currencies: {GBP: {name: Pound, latent_demand_sd: 0.02 log-odds/month}}\n"
            "networks: {SPFS: {name: SPFS, native_messaging: false, members: {RUS: 90 %, CHN: 5 %}}}\n"
            "systems:\n"
            "  CHAPS: {name: CHAPS, currency: GBP, hours: 06:00-18:00, timezone: Europe/London, calendar: england}\n"
            "options:\n"
            "  gbp-swift: {currency: GBP, message: SWIFT, settles_in: CHAPS, needs: {SWIFT: member}, visible: true}\n"
            "  oth-spfs: {currency: OTH, message: SPFS, settles_in: OTH-RTGS, needs: {SPFS: member}, visible: false}\n"
            "groups:\n"
            "  ALLY: {profile: {GBP: 10 %, OTH: 17.5 %}}\n"
            "  TUR:\n"
            "    name: Türkiye\n"
            "    own_currency: OTH\n"
            "    alignment: 0.1\n"
            "    cips_weight: 20 %\n"
            "    banks: 5\n"
            "    profile: {USD: 60 %, EUR: 35 %, OTH: 4 %, CNY: 1 %}\n"
            "    finance_weight: 0.3 %\n"
            "    trade: {exports: {EUR: 100 USD bn}, imports: {CHN: 45 USD bn, RUS: 50 USD bn}}\n"
        )
    )
    assert list(scenario.currencies) == ["USD", "EUR", "OTH", "CNY", "GBP"]
    assert list(scenario.groups)[-1] == "TUR"
    assert scenario.member_weight("RUS", "SPFS") == 0.9
    assert scenario.member_weight("USA", "SPFS") == 0.0
    assert scenario.groups["TUR"].trade.imports == {"CHN": 45.0, "RUS": 50.0}


def test_null_takes_a_shipped_entry_out(write):
    scenario = load_scenario(write("options: {cny-hybrid: null}\n"))
    assert "cny-hybrid" not in scenario.options
    assert "cny-cips" in scenario.options


def test_the_name_is_that_of_the_file_unless_it_is_given(write):
    assert load_scenario(write("")).name == "story"
    assert load_scenario(write("name: other\n")).name == "other"


def test_events_are_in_the_order_of_their_dates(write):
    scenario = load_scenario(
        write(
            "events:\n"
            "  - {kind: reconnection, at: 2029-01, groups: [CHN]}\n"
            "  - {kind: disconnection, at: 2027-01, groups: [CHN]}\n"
        )
    )
    assert [event.kind for event in scenario.events] == ["disconnection", "reconnection"]


def test_a_scenario_survives_pickling(write):
    scenario = load_scenario(write(f"{CUT}}}\n"))
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario
    assert again.digest() == scenario.digest()
    assert again.files == scenario.files
