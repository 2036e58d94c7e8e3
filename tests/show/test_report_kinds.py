"""Reports of comparisons, explanations, checks and studies: what each has at its centre."""

import json
from dataclasses import dataclass
from itertools import pairwise

import pytest
import reports
import sweep_fakes
from reports import Document, plain

from paysim.cli.compare import unlike_names
from paysim.scenario.sweep_loading import load_sweep
from paysim.show.report.blocks import Page, Section
from paysim.show.report.check import Ledger, write_check_report
from paysim.show.report.comparison import write_comparison_report
from paysim.show.report.explanation import write_explanation_report
from paysim.show.report.page import rendered
from paysim.show.report.study import write_analysis_report, write_study_report
from paysim.study import identity
from paysim.study.compared.compare import compare_runs
from paysim.study.compared.explain import default_outcomes, explain
from paysim.study.compared.explain_words import assumed, paragraph
from paysim.study.compared.words import key_series, sentences, table
from paysim.study.results import MANIFEST_FILE, REPORT_FILE
from paysim.study.sweeps import points as sweep_points
from paysim.study.sweeps import sweep
from paysim.study.sweeps import tables as sweep_tables
from paysim.study.sweeps.sweep import How, run_sweep
from paysim.study.sweeps.words import counts, outcome_rows

HEAD = {"command": "paysim again", "version": "0.1.0", "run": {"key": "k" * 64, "parts": {"code": "c" * 64}}}


@pytest.fixture(scope="module", autouse=True)
def still_code():
    """A file that is edited while the tests run must not make two runs of one test differ."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (identity, sweep_points, sweep_tables):
            patch.setattr(module, "code_digest", lambda: "c" * 64)
        yield


def read(folder):
    html = (folder / REPORT_FILE).read_text(encoding="utf-8")
    assert reports.asked_for(html) == []
    found = Document(html)
    levels = [int(tag[1]) for tag, _, _ in found.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    names = [attributes["id"] for _, attributes, _ in found.all() if "id" in attributes]
    assert len(names) == len(set(names))
    return found


# --- comparisons ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A run, and the same with a premise fewer, in which China's trade falls less by what the engine does to it."""
    story = reports.story()
    story["limits"] = ["Export bans are left out.", "Only the second says this."]
    story["assumptions"] = [*story["assumptions"], {"text": "It is judged anew.", "basis": "judgement", "source": None}]
    one = reports.run(tmp_path_factory.mktemp("one"))
    other = reports.run(tmp_path_factory.mktemp("other"), story, name="other", title="Cut later", surge=3.0)
    return one, other


def compared(runs, folder):
    names, looked_at = unlike_names(runs), key_series("CHN", "China")
    found = compare_runs(runs[0], runs[1], (names[0], names[1]))
    write_comparison_report(runs, [found], looked_at, HEAD, folder)
    return found, looked_at, read(folder)


def test_a_comparison_has_the_differences_as_sentences_and_as_a_table(pair, tmp_path):
    found, looked_at, page = compared(pair, tmp_path)
    told = page.section("short")
    assert all(plain(sentence) in told for sentence in sentences(found, looked_at))
    rows = next(rows for caption, rows in page.tables().items() if caption.startswith("other minus fake: median"))
    assert rows == [[plain(cell) for cell in row] for row in table(found, looked_at)]
    assert page.text("h1") == "Cut later – held against: China is cut off"
    assert "paysim again" in page.section("repeat")


def test_assumptions_and_limits_of_all_runs_are_told_once_with_whose_they_are(pair, tmp_path):
    _, _, page = compared(pair, tmp_path)
    rows = page.tables()["What is taken for granted beside the parameters"]
    assert {row[0]: row[-1] for row in rows[1:]} == {
        "All banks are cut.": "all",
        "A tenth is judged.": "all",
        "It was read.": "all",
        "It is judged anew.": "other",
    }
    assert page.section("limits").count("Export bans are left out.") == 1
    assert "Only the second says this." in page.section("limits")


def test_a_difference_is_drawn_month_by_month_and_none_where_nothing_differs(pair, tmp_path):
    _, _, same = compared((pair[0], pair[0]), tmp_path)
    assert same.charts() == {}
    assert "None of the series that matter differs." in same.section("happened")
    (tmp_path / "apart").mkdir()
    other = reports.run(tmp_path, seed=1, name="two", first="2024-07", replicates=6, keys=3)
    shifted = pair[0].values("trade_index", "CHN")[1] - 0.1
    found = compare_runs(pair[0], Shifted(other, shifted), ("fake", "two"))
    write_comparison_report((pair[0], other), [found], key_series("CHN", "China"), HEAD, tmp_path / "apart")
    (chart,) = [one for one in read(tmp_path / "apart").charts().values() if "trade" in one["title"]]
    assert chart["series"][0]["median"] == pytest.approx([-10.0] * 15)


@dataclass
class Shifted:
    """A run of which one series is another."""

    run: object
    trade: object

    def __getattr__(self, name):
        return getattr(self.run, name)

    def values(self, series, key=""):
        dates, found = self.run.values(series, key)
        return dates, self.trade if (series, key) == ("trade_index", "CHN") else found


# --- explanations -----------------------------------------------------------------------------------------------------


def test_an_explanation_says_what_an_outcome_hangs_on_and_what_each_parameter_rests_on(tmp_path):
    run = reports.run(tmp_path, replicates=40)
    outcomes = default_outcomes(run, "CHN", None)
    found, known = [explain(run, one) for one in outcomes], assumed(run)
    names = [one.key for one in outcomes]
    write_explanation_report(run, found, known, names, HEAD, tmp_path)
    page = read(tmp_path)
    for one, name in zip(found, names, strict=True):
        assert plain(paragraph(one, known, name)) in page.section("short")
    trade = next(rows for caption, rows in page.tables().items() if caption.startswith("CHN: trade"))
    assert trade[1][0] == "bypass_share"  # the engine of this test lets trade hang on it
    assert len(page.tables()["Parameters that were drawn"]) == 1 + len(reports.DRAWN)
    assert "not what causes what" in page.section("limits")


# --- claims and checks ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    depth: int
    text: str


@dataclass(frozen=True)
class Row:
    id: str
    text: str = ""
    verdict: str = "holds"
    condition: str = ""
    lines: tuple = ()
    sources_say: str = ""
    sources: tuple = ()


def ledger(file="one.yaml", title="A story"):
    rows = (
        (Row("trough", "Trade falls.", "passed", lines=(Line(0, "trade: 50 % (at most 75 %)"),)), True),
        (Row("gain", "The yuan gains.", "failed"), False),
    )
    link = ("a page", "https://example.org/x")
    claim = Row("said", "It is said.", "holds only if", "it rains", (Line(1, "in 60 %"),), "They doubt it.", (link,))
    return Ledger(file, {**reports.story(), "title": title}, rows, ((claim, None),))


def checked(folder, *ledgers):
    write_check_report(folder / REPORT_FILE, ledgers, "mean field, 20 draws, seed 1", HEAD)
    return read(folder)


def test_the_ledger_is_the_centre_of_a_check(tmp_path):
    page = checked(tmp_path, ledger())
    told = page.section("ledger")
    for words in (
        "Trade falls.",
        "✓ passed",
        "✗ failed",
        "holds only if: it rains",
        "Sources: They doubt it.",
        "in 60 %",
    ):
        assert words in told
    assert "✓ holds only if" not in told  # neither success nor failure
    assert [row[0] for row in page.tables()["All verdicts"][1:]] == ["Trade falls.", "The yuan gains.", "It is said."]
    assert "https://example.org/x" in {attributes["href"] for _, attributes, _ in page.all("a")}
    assert page.text("h1") == "A story"


def test_two_files_with_checks_of_one_name_are_kept_apart(tmp_path):
    page = checked(tmp_path, ledger(), ledger("two.yaml", "Another story"))
    assert page.text("h1") == "Claims and checks of 2 scenarios"
    assert len(page.tables()["All verdicts"]) == 7
    assert {row[-1] for row in page.tables()["All verdicts"][1:]} == {"one.yaml", "two.yaml"}


def test_a_file_without_claims_says_so(tmp_path):
    page = checked(tmp_path, Ledger("one.yaml", {"title": "Bare"}, (), ()))
    assert "neither claims nor checks" in page.section("ledger")


# --- studies ----------------------------------------------------------------------------------------------------------

MORE = """
checks:
  - {id: rises, text: Trade never falls., outcome: trade, at_least: 100 %}
  - {id: soars, text: Trade doubles., outcome: trade, at_least: 200 %}
limits: [Two factors only.]
"""


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    file = sweep_fakes.study(folder, n=12, more=MORE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "make_pool", lambda engine, *_: sweep_fakes.Inline(engine))
        command = "paysim sweep run study.yaml"
        return run_sweep(load_sweep(file), folder / "out", command=command, how=How(), engine=sweep_fakes.Engine())


def test_a_study_tells_its_outcomes_checks_factors_and_limits(studied):
    write_study_report(studied)
    page = read(studied.folder)
    rows = page.tables()["Outcomes over all points and replicates"]
    assert rows == [[plain(cell) for cell in row] for row in outcome_rows(studied)]
    assert plain(counts(studied)) in page.text("header")
    checks = page.section("checks")
    assert "✓ holds" in checks
    assert "✗ fails" in checks
    factors = {row[0]: row for row in page.tables()["What differs between the points"][1:]}
    lam = factors["lam behaviour.cost_sensitivity"]
    assert lam[1] == "0.002 to 0.02 /bp, log-uniform"
    assert lam[2].startswith("derived from sources")
    assert "Two factors only." in page.section("limits")
    assert "paysim sweep sensitivity DIR --outcome trade" in page.section("next")
    assert json.loads((studied.folder / MANIFEST_FILE).read_text())["run"]["study"][:16] in page.section("repeat")


def test_an_analysis_has_its_paragraph_tables_and_cautions(studied, tmp_path):
    tables = [("Factors", [("factor", "distance"), ("lam", "0.5")])]
    write_analysis_report(studied, "What decides: trade", "Lam decides.", tables, ["few points"], HEAD, tmp_path)
    page = read(tmp_path)
    assert page.tables()["Factors"] == [["factor", "distance"], ["lam", "0.5"]]
    told = page.section("short")
    assert "Lam decides." in told
    assert "Few points" in told
    assert "paysim sweep run study.yaml" in page.section("repeat")


def test_a_section_with_nothing_in_it_is_left_out_of_page_and_contents():
    html = rendered(Page("kind", "title", "", (), (Section("full", "Full", (), ()), Section("bare", "Bare"))))
    assert "Bare" not in html
    assert "Full" not in html
