"""System files: a user's file changes what it says, and every slip is told at its place."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from paysim.errors import ScenarioError
from paysim.scenario.document import parse, plain
from paysim.scenario.system import SystemFile
from paysim.scenario.system_loading import SHIPPED, is_system_file, load_system, shipped_systems
from paysim.scenario.system_schema import system_schema, system_schema_text

HEAD = "extends: rtgs-fifo\nsystem: 1\n"
FILES = sorted(SHIPPED.glob("*.yaml"))

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def made(text: str, name: str = "mine.yaml", head: str = HEAD) -> Path:
        file = tmp_path / name
        file.write_text(head + text, encoding="utf-8")
        return file

    return made


@pytest.fixture
def complaints(write: Write, tmp_path: Path) -> Callable[..., list[str]]:
    def made(text: str, head: str = HEAD, overrides: tuple[str, ...] = ()) -> list[str]:
        with pytest.raises(ScenarioError) as caught:
            load_system(write(text, head=head), overrides)
        return [str(one).splitlines()[0].replace(f"{tmp_path}/mine.yaml:", "") for one in caught.value.problems]

    return made


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = system_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def changed(one: SystemFile, other: SystemFile) -> set[str]:
    """Places at which two systems differ."""
    left, right = dict(one.leaves()), dict(other.leaves())
    return {place for place in left | right if left.get(place) != right.get(place)}


# -- what loads ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_file_loads_validates_and_teaches(validator, file):
    root, problems = parse(file.read_bytes(), file.name)
    assert problems == []
    assert [error.message for error in validator.iter_errors(plain(root))] == []
    assert file.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=system.schema.json\n# ")
    assert load_system(file) == load_system(file.stem)
    assert is_system_file(file)


def test_the_schema_beside_the_systems_is_current():
    assert (SHIPPED / "system.schema.json").read_text(encoding="utf-8") == system_schema_text()


def test_a_file_that_extends_gives_only_what_differs(write):
    file = write("title: Mine\nliquidity: {prefunding: 25 %}\n", head="extends: CIPS\nsystem: 1\n")
    mine, cips = load_system(file), load_system("CIPS")
    assert changed(mine, cips) == {"liquidity.prefunding"}
    assert (mine.title, mine.name, mine.currency) == ("Mine", "mine", "CNY")
    figure = mine.liquidity.prefunding
    assert (figure.best, figure.low, figure.high, figure.basis, figure.source) == (0.25, 0.25, 0.25, "given", None)
    assert [one.name for one in mine.files] == ["mine.yaml", "CIPS.yaml"]


def test_cips_with_offsetting_is_three_lines(write):
    rules = "rules: {multilateral: partial, offset_every: 10 min, bilateral: true}\n"
    mine = load_system(write(rules, head="extends: CIPS\nsystem: 1\n"))
    assert changed(mine, load_system("CIPS")) == {"rules.multilateral", "rules.offset_every", "rules.bilateral"}
    assert mine.rules.offset_every is not None
    assert mine.rules.offset_every.best == 600.0


def test_a_sterling_system_is_made_from_the_generic_one(write):
    text = """
title: My sterling system
currency: GBP
hours: 07:00-16:20
timezone: Europe/London
calendar: england
traffic:
  value: {best: 120 bn GBP, low: 80 bn, high: 200 bn GBP, basis: J, note: mine}
  participants: 12
  core: 3
"""
    mine = load_system(write(text))
    assert changed(mine, load_system("rtgs-fifo")) == {
        "hours", "timezone", "calendar", "traffic.value", "traffic.participants", "traffic.core",
    }  # fmt: skip
    assert mine.traffic.value.best == 120e9
    assert mine.traffic.value.low == 80e9
    assert mine.traffic.value.unit == "GBP"


def test_a_whole_system_needs_no_parent(write):
    text = """
title: All mine
currency: EUR
kind: rtgs
hours: 08:00-18:00
timezone: Europe/Berlin
calendar: target
liquidity: {prefunding: 1/8}
traffic: {participants: 5, payments: 100, value: 3 bn, size_sigma: 2, profile: [1, 2], core: 0, core_share: 0}
"""
    mine = load_system(write(text, head="system: 1\n"))
    assert mine.liquidity.prefunding.best == 0.125
    assert mine.rules.discipline.value == "fifo"
    assert mine.traffic.largest is None
    assert mine.traffic.reciprocity.best == 0.0


def test_a_neighbour_goes_before_a_shipped_system_and_a_file_may_take_a_shipped_name(write):
    write("title: Neighbour\n", name="CHIPS.yaml")
    assert load_system(write("", head="extends: CHIPS\nsystem: 1\n")).title == "Neighbour"
    own = write("title: Ours\n", name="CIPS.yaml", head="extends: CIPS\nsystem: 1\n")
    assert load_system(own).currency == "CNY"


def test_null_takes_back_what_the_parent_says(write):
    mine = load_system(write("liquidity: {injection_window: null}\n", head="extends: CIPS\nsystem: 1\n"))
    assert mine.liquidity.injection_window is None


def test_a_window_is_the_hours_of_a_named_system_or_hours_of_its_own(write):
    named = load_system(write("liquidity: {injection_window: HVPS}\n")).liquidity.injection_window
    assert named is not None
    assert (named.value.system, named.value.hours, named.value.calendar) == (
        "HVPS",
        "20:30 D-1-17:30",
        "china-statutory",
    )
    own = "{hours: 09:00-11:00, timezone: Asia/Tokyo, calendar: japan}"
    text = f"liquidity: {{injection_window: {{value: {own}, basis: J, note: mine}}}}\n"
    window = load_system(write(text)).liquidity.injection_window
    assert window is not None
    assert (window.value.hours, window.basis, window.note) == ("09:00-11:00", "J", "mine")


def test_overrides_come_last_and_may_change_a_part_of_a_figure():
    mine = load_system("CIPS", ["liquidity.prefunding.best=10 %", "rules.netting_sessions=12"])
    assert changed(mine, load_system("CIPS")) == {"liquidity.prefunding", "rules.netting_sessions"}
    assert (mine.liquidity.prefunding.best, mine.liquidity.prefunding.basis) == (0.1, "J")


def test_a_shipped_name_is_found_whatever_its_case():
    assert load_system("chips") == load_system("CHIPS")


def test_the_digest_does_not_depend_on_how_a_value_is_written(write):
    one = load_system(write("liquidity: {prefunding: 25 %}\ntraffic: {mirror_delay: 90 min}\n"))
    two = load_system(write("traffic: {mirror_delay: 1.5 h}\nliquidity: {prefunding: {best: 1/4}}\n"))
    assert one.digest() == two.digest()
    assert one.digest() != load_system(write("")).digest()


def test_a_system_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        load_system("CIPS").title = "Mine"


# -- what does not ---------------------------------------------------------------------------------------------------

BAD = {
    "titel: t": ["3:1: titel: unknown key 'titel'; nearest: title"],
    "rules: {disciplin: fifo}": ["3:9: rules.disciplin: unknown key 'disciplin'; nearest: discipline"],
    "rules: {discipline: fifos}": [
        "3:21: rules.discipline: expected fifo or priority or bypass, got 'fifos'; nearest: fifo"
    ],
    "rules: {discipline: bypass}": [
        "3:21: rules.discipline: bypass looks behind the head of a queue: it needs a scan of at least 2"
    ],
    "rules: {scan: 5}": ["rules.discipline: fifo tries the head alone: say scan: 1, or discipline: bypass"],
    "rules: {scan: 2.5, discipline: bypass}": ["3:15: rules.scan: expected a whole number, got 2.5"],
    "rules: {netting: delay}": ["3:18: rules.netting: netting needs at least one session a day: say netting_sessions"],
    "kind: hybrid\nrules: {netting_sessions: 4}": [
        "rules.netting: 4 netting sessions a day need a rule for those short, or none of them"
    ],
    "rules: {multilateral: partial}": [
        "3:23: rules.multilateral: multilateral offsetting needs an interval: say offset_every, such as 5 min"
    ],
    "rules: {offset_every: 5}": ["3:23: rules.offset_every: 5 has no unit: expected a time such as 30 min"],
    "rules: {above_largest: split}": [
        "3:24: rules.above_largest: there is no largest_amount that a payment could be above"
    ],
    "rules: {largest_amount: 5 bn EUR}": ["3:25: rules.largest_amount: '5 bn EUR': the currency of the system is USD"],
    "kind: dns": ["3:7: kind: a dns nets all payments: it needs rules.all_net: true"],
    "kind: hybrid": ["3:7: kind: a hybrid settles single payments gross and batches net: it needs rules.netting"],
    "kind: continuous-netting": ["3:7: kind: continuous netting needs bilateral or multilateral offsetting"],
    "rules: {netting: unwind, netting_sessions: 2}": ["kind: an rtgs with netting sessions is a hybrid"],
    "hours: 18:00-08:00": ["3:8: hours: '18:00-08:00': a system closes after it opens and at most 24 hours later"],
    "hours: 8-18": ["3:8: hours: expected hours such as 02:30-18:00 or 21:00 D-1-18:00, got '8-18'"],
    "timezone: Mars/Olympus": ["3:11: timezone: 'Mars/Olympus': unknown time zone 'Mars/Olympus'"],
    "calendar: englnd": ["3:11: calendar: expected weekdays or", "nearest: england"],
    "currency: Sterling": ["3:11: currency: expected a code of three capital letters such as EUR, got 'Sterling'"],
    "minor_units: 9": ["3:14: minor_units: expected at most 4, got 9"],
    "liquidity: {prefunding: {best: 8 %, low: 10 %}}": ["liquidity.prefunding: best 0.08 must lie between low 0.1"],
    "liquidity: {prefunding: {low: 8 %}}": ["3:13: liquidity.prefunding: best is missing"],
    "liquidity: {prefunding: {best: 8 %, sauce: x}}": [
        "3:37: liquidity.prefunding.sauce: unknown key 'sauce'; nearest: source"
    ],
    "liquidity: {prefunding: {best: 8 %, basis: X}}": ["3:44: liquidity.prefunding.basis: expected S or D or J"],
    "liquidity: {prefunding: {best: 8 %, source: '[TCH 2042]'}}": [
        "3:45: liquidity.prefunding.source: unknown source 'TCH 2042'; nearest: TCH 2024"
    ],
    "liquidity: {prefunding: -5 %}": [
        "3:25: liquidity.prefunding: expected a share of the value sent on a mean day of"
    ],
    "liquidity: {prefunding: 1/0}": ["3:25: liquidity.prefunding:"],
    "liquidity: {credit_price: 50}": [
        "3:27: liquidity.credit_price: 50 has no unit: expected a price of credit such as 50 bp/year"
    ],
    "liquidity: {injection_window: HVSP}": ["3:31: liquidity.injection_window: unknown system 'HVSP'; nearest: HVPS"],
    "liquidity: {injection_window: {hours: 08:00-18:00, timezone: UTC}}": [
        "3:13: liquidity.injection_window: the window needs calendar"
    ],
    "traffic: {core: 50}": ["3:17: traffic.core: the core of 50 is larger than the number of participants, 40"],
    "traffic: {core: 0}": ["traffic.core_share: a core of 0 of 40 cannot send 70 % of the value"],
    "traffic: {core_share: 10 %}": [
        "3:23: traffic.core_share: a core of 8 of 40 participants sends at least 20 % of the value, got 10 %"
    ],
    "traffic: {batch_share: 95 %}": [
        "3:24: traffic.batch_share: urgent_share and batch_share are together more than 100 % of the payments"
    ],
    "traffic: {profile: [0, 0]}": ["3:20: traffic.profile: the weights are all 0: no payment could arrive"],
    "traffic: {profile: [1, many]}": ["3:20: traffic.profile: expected weights of at least 0, got 'many'"],
    "traffic: {participants: 1}": ["3:25: traffic.participants: expected a number of at least 2"],
    "traffic: {value: 100}": ["3:18: traffic.value: 100 has no unit"],
    "traffic: {reciprocity: 130 %}": ["3:24: traffic.reciprocity: expected a share of at most 100 %, got '130 %'"],
    "published: {turnover: {best: 5}}": ["3:13: published.turnover.unit: is missing"],
    "sources: {Mine: {text: a, url: www.example.org}}": ["sources.Mine.url: 'www.example.org' does not look like"],
    "sources: {Mine: {text: The Clearing House, release}}": ["sources.Mine.release: unknown key 'release'"],
    "traffic: {}\ntraffic: {}": ["4:1: duplicate key 'traffic' (first in line 3)"],
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:40])
def test_a_slip_is_told_at_its_place(complaints, text):
    found = complaints(text + "\n")
    assert len(found) == 1, found
    for expected in BAD[text]:
        assert expected in found[0]


def test_all_slips_are_told_at_once_in_the_order_of_their_lines(complaints):
    found = complaints("minor_units: 9\nrules: {scan: 0}\ntraffic:\n  core: 50\n  profile: []\ntitel: x\n")
    places = [line.split(": ")[1] for line in found]
    assert places == ["minor_units", "rules.scan", "traffic.profile", "titel"]


def test_a_problem_of_a_parent_is_told_in_the_parent(write, tmp_path):
    write("rules: {order: sise}\n", name="parent.yaml")
    with pytest.raises(ScenarioError) as caught:
        load_system(write("title: t\n", head="extends: parent\nsystem: 1\n"))
    assert str(caught.value).startswith(f"{tmp_path}/parent.yaml:3:16: rules.order: expected arrival or size")


@pytest.mark.parametrize(
    ("parent", "message"),
    [
        ("rtgs-fiffo", "no shipped system 'rtgs-fiffo'; nearest: rtgs-fifo"),
        ("../other", "lies outside the folder of this file"),
        ("mine.yaml", "a circle: mine.yaml extends mine.yaml"),
        ("[CIPS]", "expected a system such as rtgs-fifo, or a file beside this one"),
    ],
)
def test_a_parent_that_is_none_is_told(complaints, parent, message):
    (found,) = complaints("", head=f"extends: {parent}\nsystem: 1\n")
    assert found.startswith("1:10: extends:")
    assert message in found


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(ScenarioError, match=r"CIPPS: there is no shipped system of this name; nearest: CIPS"):
        load_system("CIPPS")


def test_what_is_missing_is_told(complaints):
    found = complaints("title: t\ncurrency: EUR\n", head="system: 1\n")
    missing = {line.split(": ")[1] for line in found if line.endswith("is missing")}
    assert missing == {"kind", "hours", "timezone", "calendar", "liquidity", "traffic"}


def test_an_override_that_makes_no_sense_is_told(complaints):
    assert complaints("", overrides=("traffic.core=99",)) == [
        "--set traffic.core=99: traffic.core: the core of 99 is larger than the number of participants, 40"
    ]


def test_a_scenario_is_no_system_and_the_other_way_round(write, tmp_path):
    story = tmp_path / "story.yaml"
    story.write_text("format: 1\ntitle: t\nquestion: q\n", encoding="utf-8")
    assert not is_system_file(story)
    assert not is_system_file(tmp_path / "none.yaml")
    assert is_system_file(write("titel: t\n"))


@pytest.mark.parametrize(
    "text",
    [
        "titel: t",
        "rules: {discipline: fifos}",
        "rules: {offset_every: 5}",
        "hours: 8-18",
        "calendar: englnd",
        "minor_units: 9",
        "liquidity: {prefunding: {low: 8 %}}",
        "liquidity: {prefunding: {best: 8 %, basis: X}}",
        "liquidity: {credit_price: 50}",
        "traffic: {value: 100}",
        "traffic: {profile: [1, many]}",
        "traffic: {participants: 1}",
    ],
)
def test_the_schema_for_editors_refuses_it_too(validator, complaints, text):
    assert complaints(text + "\n")
    root, _ = parse(f"{HEAD}{text}\n".encode(), "x")
    assert list(validator.iter_errors(plain(root)))


# -- the page ----------------------------------------------------------------------------------------------------------

DOCS = Path(__file__).parents[2] / "docs"


def test_the_examples_of_the_page_load(tmp_path):
    examples = re.findall(
        r"```yaml\n(.*?)```", (DOCS / "reference" / "systems.md").read_text(encoding="utf-8"), re.DOTALL
    )
    files = [text for text in examples if "system: 1" in text]
    assert len(files) == 2
    for text in files:
        (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
        assert text.count("title: " + load_system(tmp_path / "mine.yaml").title) == 1


def test_the_tables_of_the_page_are_current():
    spec = importlib.util.spec_from_file_location("system_tables", DOCS / "tools" / "system_tables.py")
    assert spec is not None
    assert spec.loader is not None
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    page = (DOCS / "reference" / "systems.md").read_text(encoding="utf-8")
    for made in (tables.shipped(), tables.rules(), tables.figures(), tables.not_found()):
        assert f"-->\n{made}<!--" in page, "run python docs/tools/tables.py"


def test_names_of_the_shipped_systems_are_their_files():
    assert shipped_systems() == tuple(file.stem for file in FILES)
