from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from paysim.networks import calendars
from paysim.scenario import defaults, parts
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.loading import load_scenario
from paysim.scenario.schema import Scenario
from paysim.scenario.system_loading import load_system
from paysim.scenario.uncertain import Uncertain

WORDS = {"format": 1, "title": "t", "question": "q"}


def test_a_scenario_is_frozen():
    scenario = Scenario(**WORDS)
    with pytest.raises(ValidationError, match="frozen"):
        scenario.seed = 2


def test_the_digest_does_not_depend_on_the_order_of_keys(write):
    one = load_scenario(
        write("seed: 3\nbehaviour: {growth: 1 %/year, inertia: 0.98}\ngroups: {RUS: {banks: 9}, CHN: {banks: 9}}\n")
    )
    two = load_scenario(
        write("groups: {CHN: {banks: 9}, RUS: {banks: 9}}\nbehaviour: {inertia: 0.98, growth: 1 %/year}\nseed: 3\n")
    )
    assert one.digest() == two.digest()
    assert list(one.groups) == list(two.groups)


def test_the_digest_does_not_depend_on_how_a_value_is_written(write):
    one = load_scenario(write("behaviour: {hub_margin: 50 bp, native_crisis_median: 48 h}\nstart: 2024-07\n"))
    two = load_scenario(write('behaviour: {hub_margin: "0.5 %", native_crisis_median: 2 d}\n'))
    assert one.digest() == two.digest()


@pytest.mark.parametrize(
    "text",
    [
        "seed: 2\n",
        "behaviour: {inertia: 0.98}\n",
        "groups: {RUS: {cips_weight: 50 %}}\n",
        "events:\n  - {kind: disconnection, at: 2027-01, groups: [CHN]}\n",
        "limits: [other]\n",
    ],
)
def test_every_change_changes_the_digest(write, text):
    assert load_scenario(write(text)).digest() != load_scenario(write("", name="story.yaml")).digest()


def test_the_digest_is_the_same_in_any_process(write):
    file = write("events:\n  - {kind: clearing_ban, at: 2027-01, groups: [CHN], currencies: [USD, EUR]}\n")
    code = f"from paysim.scenario.loading import load_scenario; print(load_scenario({str(file)!r}).digest())"
    digests = set()
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        digests.add(done.stdout.strip())
    assert digests == {load_scenario(file).digest()}


def test_the_canonical_form_holds_defaults_and_all_fields_of_events():
    scenario = Scenario(**WORDS, events=[{"kind": "disconnection", "at": "2027-01", "groups": ["CHN"]}])
    data = json.loads(scenario.canonical())
    assert data["behaviour"]["hub_margin"] == {"best": 80.0, "low": 30.0, "high": 150.0, "distribution": "triangular"}
    assert data["events"][0]["notice"] == 10.0
    assert data["events"][0]["at"] == "2027-01-01T00:00:00Z"


def test_barred_currency_sets_are_closed_under_union_with_the_empty_set_first():
    bans = [
        {"kind": "clearing_ban", "at": "2027-01", "groups": ["CHN"], "currencies": currencies}
        for currencies in (["USD"], ["EUR"], ["OTH"])
    ]
    sets = Scenario(**WORDS, events=bans).barred_currency_sets()
    assert sets[0] == frozenset()
    assert len(sets) == len(set(sets)) == 8
    assert all(a | b in sets for a in sets for b in sets)


def test_hubs_and_cut_networks_come_from_the_events():
    scenario = Scenario(
        **WORDS,
        events=[
            {"kind": "hub_opened", "at": "2027-01", "hub": "HKG"},
            {"kind": "hub_opened", "at": "2028-01", "hub": "GULF"},
            {"kind": "hub_opened", "at": "2029-01", "hub": "HKG"},
            {"kind": "disconnection", "at": "2027-01", "groups": ["CHN"], "network": "CIPS"},
        ],
    )
    assert scenario.hubs() == ("HKG", "GULF")
    assert scenario.cut_networks() == ("CIPS",)


def test_months_run_from_start_to_horizon_inclusive():
    scenario = Scenario(**WORDS, start="2024-11", horizon="2025-02")
    assert [f"{month:%Y-%m}" for month in scenario.months()] == ["2024-11", "2024-12", "2025-01", "2025-02"]
    assert scenario.end == datetime(2025, 3, 1, tzinfo=UTC)


def test_a_shortened_scenario_keeps_its_events():
    scenario = Scenario(**WORDS, events=[{"kind": "disconnection", "at": "2027-01", "groups": ["CHN"]}])
    short = scenario.shortened("2025-12")
    assert short.horizon == datetime(2025, 12, 1, tzinfo=UTC)
    assert short.events == scenario.events
    with pytest.raises(ValueError, match="lies outside"):
        scenario.shortened("2036-01")


def test_the_table_of_parameters_has_every_parameter_of_behaviour_with_its_basis():
    rows = {row.path: row for row in Scenario.parameter_table()}
    for name, field in Behaviour.model_fields.items():
        if isinstance(field.default, Uncertain):
            row = rows[f"behaviour.{name}"]
            assert row.low <= row.default <= row.high, name
            assert row.basis.split()[0] in ("S", "D", "J", "literature", "weak"), name
            assert row.meaning, name
            assert row.source or row.basis == "J", name
    assert rows["behaviour.cost_sensitivity"].unit == "/bp"
    assert rows["events.disconnection.notice"].default == 10.0


def test_the_defaults_of_behaviour_are_those_of_the_specification():
    behaviour = Behaviour()
    expected = {  # the table of parameters of the model's specification
        "cost_sensitivity": (0.006, 0.002, 0.02),
        "network_effect": (0.55, 0.0, 0.9),
        "nest_parameter": (0.25, 0.1, 1.0),
        "inertia": (0.985, 0.97, 0.992),
        "crisis_inertia": (0.90, 0.85, 0.95),
        "trade_elasticity": (4.0, 2.0, 8.0),
        "finance_elasticity": (6.0, 2.0, 12.0),
        "adjustment": (0.2, 0.1, 0.4),
        "diversion": (0.5, 0.0, 0.67),
        "bypass_share": (0.3, 0.0, 0.6),
        "bypass_cost": (500.0, 300.0, 1000.0),
        "cleared_in_cips": (0.65, 0.4, 0.8),
        "messaged_on_swift": (0.8, 0.5, 0.9),
        "initial_native_share": (0.2, 0.05, 0.45),
        "native_crisis_median": (60.0, 7.0, 180.0),
        "refusal_later": (0.25, 0.1, 0.5),
        "hub_margin": (80.0, 30.0, 150.0),
        "finance_multiplier": (5.0, 3.0, 8.0),
        "joining_innovation": (0.10, 0.04, 0.12),
        "joining_imitation": (0.10, 0.0, 0.30),
        "delay_cost": (2.0, 1.0, 20.0),
        "switching": (0.2, 0.05, 0.4),
    }
    found = {name: (p.best, p.low, p.high) for name in expected for p in [getattr(behaviour, name)]}
    assert found == expected


@pytest.mark.parametrize("name", sorted(Behaviour.model_fields))
def test_quantiles_of_a_parameter_stay_in_its_range_and_rise(name):
    parameter = getattr(Behaviour(), name)
    if not isinstance(parameter, Uncertain):
        return
    values = [parameter.quantile(step / 20) for step in range(21)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(parameter.low)
    assert values[-1] == pytest.approx(parameter.high)


def test_quantiles_follow_the_distribution():
    triangle = Uncertain(best=0.2, low=0.0, high=1.0, distribution="triangular")
    assert triangle.quantile(0.2) == pytest.approx(0.2)  # the mode lies at (best - low) / (high - low)
    assert triangle.quantile(0.6) == pytest.approx(1.0 - (0.4 * 0.8) ** 0.5)
    assert Uncertain(best=1.0, low=1.0, high=100.0, distribution="log-uniform").quantile(0.5) == pytest.approx(10.0)
    assert Uncertain(best=1.0, low=1.0, high=3.0).quantile(0.5) == 2.0
    assert Uncertain(best=1.5, low=1.0, high=3.0, distribution="fixed").quantile(0.9) == 1.5


def test_the_systems_of_a_scenario_are_those_of_the_packaged_files():
    systems = Scenario(**WORDS).systems
    assert tuple(systems) == defaults.SYSTEMS
    for name, system in systems.items():
        file = load_system(name)
        facts = (file.title, file.currency, file.hours.value, file.timezone.value, file.calendar.value)
        assert (system.name, system.currency, system.hours, system.timezone, system.calendar) == facts
        assert system.liquidity == file.liquidity.prefunding.best


def test_the_liquidity_of_the_default_systems_is_what_the_turnover_ratios_make_it():
    liquidity = {name: system.liquidity for name, system in Scenario(**WORDS).systems.items()}
    mean = 1.0 / 6.6
    # Fedwire's is solved so that 99.5 % of the value of its synthetic days settles.
    solved = {"FEDWIRE": 0.56}
    assert liquidity == solved | {"CHIPS": 1.0 / 29.0, "T2": mean, "HK-RMB": mean, "CIPS": 0.08, "OTH-RTGS": mean}


def test_an_option_settles_in_one_system_or_in_several_by_shares():
    options = Scenario(**WORDS).options
    assert options["usd-swift"].settles_in == {"CHIPS": 0.95, "FEDWIRE": 0.05}
    assert options["eur-swift"].settles_in == {"T2": 1.0}
    for written, read in (
        ("FEDWIRE", {"FEDWIRE": 1.0}),
        ({"CHIPS": "60 %", "FEDWIRE": 0.4}, {"CHIPS": 0.6, "FEDWIRE": 0.4}),
        ({"CHIPS": "100 %", "FEDWIRE": None}, {"CHIPS": 1.0}),
    ):
        changed = Scenario(**WORDS, options={"usd-swift": {"settles_in": written}})
        assert changed.options["usd-swift"].settles_in == read
        assert json.loads(changed.canonical())["options"]["usd-swift"]["settles_in"] == read


def test_who_participates_directly_is_left_open_or_stated():
    systems = Scenario(**WORDS).systems
    assert {name: system.home for name, system in systems.items() if system.home} == {"HK-RMB": ("HKG",)}
    assert all(system.direct is None for system in systems.values())
    stated = Scenario(**WORDS, systems={"CIPS": {"direct": {"CHN": 4}, "home": ["CHN"]}})
    assert stated.systems["CIPS"].direct == {"CHN": 4}
    assert stated.digest() != Scenario(**WORDS).digest()


def test_the_rules_of_working_days_are_those_of_the_calendars():
    assert set(parts.WorkingDays.__args__) == set(calendars.WORKING_DAYS)


def test_the_shipped_world_is_not_changed_by_a_scenario():
    before = json.dumps(defaults.world(), sort_keys=True)
    option = {**defaults.OPTIONS["usd-swift"], "visible": False}
    changed = {"CHN": {"banks": 3, "profile": {"USD": 0.6, "CNY": 0.27}}}
    Scenario(**WORDS, groups=changed, options={"usd-swift": None, "other": option})
    assert json.dumps(defaults.world(), sort_keys=True) == before


def test_files_and_python_make_the_same_scenario(write):
    assert (
        load_scenario(write("name: x\ntitle: t\nquestion: q\n", head="format: 1\n")).digest()
        == Scenario(**WORDS, name="x").digest()
    )


def test_issuers_of_a_currency_are_the_groups_whose_own_it_is():
    scenario = Scenario(**WORDS)
    for name, currency in scenario.currencies.items():
        assert set(currency.issuers) == {g for g, group in scenario.groups.items() if group.own_currency == name}


def test_groups_that_an_event_names_by_default_must_be_declared_too(complaints):
    found = complaints("groups: {ALLY: null}\nevents:\n  - {kind: disconnection, at: 2027-01, groups: [CHN]}\n")
    assert any("events[0].by" in line and "unknown group 'ALLY'" in line for line in found)
