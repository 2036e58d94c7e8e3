"""The ledger in the report of a run: bounds, the figure in this run, and in how many replicates it lies inside."""

import numpy as np
import pytest
import reports
from reports import Document

from paysim.study import identity

LAST = {"series": "trade_index", "key": "CHN", "at": "end"}
HELD = "replicates in which it lies inside"


@pytest.fixture(autouse=True)
def still_code(monkeypatch):
    """A file that is edited while the tests run must not make two runs of one test differ."""
    monkeypatch.setattr(identity, "code_digest", lambda: "c" * 64)


def check(name, measure=LAST, **more):
    return {"id": name, "text": f"It is {name}.", "measure": measure, "at_least": None, "at_most": None, **more}


def told(folder, checks=(), claims=(), language="en", **changes):
    """The run, the ledger's section, and its rows without the head by the start of their text."""
    story = reports.story() | {"checks": list(checks), "claims": list(claims)}
    results = reports.run(folder, story, **changes)
    page = Document(reports.report_of(results, language=language))
    (rows,) = [rows for rows in page.tables().values() if len(rows[0]) == 5 and "[" in rows[0][3]]
    assert {cell["scope"] for _, cell, _ in page.all("th")} == {"col", "row"}
    return results, page.section("ledger"), rows


def percent(values):
    low, median, high = (f"{100 * one:.1f}" for one in np.quantile(values, (0.05, 0.5, 0.95)))
    return f"{median} % [{low} to {high}]"


def test_figures_and_shares_are_those_of_the_replicates(tmp_path):
    story = reports.story()
    values = reports.run(tmp_path / "first", story).values("trade_index", "CHN")[1]
    bound = float(np.sort(values[:, -1])[2])  # two of six lie below it
    fall = {"series": "trade_index", "key": "CHN", "over": ("2024-08", "2024-12"), "reduce": "min"}
    _, section, (heads, middle, against, never) = told(
        tmp_path,
        [
            check("middling", at_least=bound),
            check("against", LAST | {"relative_to": "start"}, at_least=0.8, at_most=1.5),
            check("impossible", fall, at_most=0.05),
        ],
    )
    assert heads[4] == HELD
    assert middle[1:2] + middle[3:] == ["check", percent(values[:, -1]), "4 of 6 (67 %)"]
    assert middle[2].startswith("at least 8")
    related = values[:, -1] / values[:, 0]
    assert against[2:] == ["at least 80 % and at most 150 %", percent(related), "6 of 6 (100 %)"]
    assert never[2:] == ["at most 5 %", percent(values[:, 1:6].min(axis=1)), "0 of 6 (0 %)"]
    assert "its own replicates with all the uncertainty" in section
    assert "varies only what the check or claim names" in section
    assert "paysim check fake.yaml" in section


def test_where_a_share_would_mislead_it_is_not_given(tmp_path):
    elsewhere = LAST | {"relative_to": {"scenario": "cutoff.yaml"}}
    without = LAST | {"relative_to": {"without": ["cut"]}}
    published = {"data": "cips_annual", "figure": "value", "at": "2024"}
    checks = [
        check("best", at_least=0.01, vary=[]),
        check("some", at_least=0.01, vary=["parameters"]),
        check("other", elsewhere, at_least=0.01),
        check("bare", without, at_least=0.01),
        check("published", published, at_least=1.0),
    ]
    results, _, (_, best, some, other, bare, table) = told(tmp_path, checks)
    figure = percent(results.values("trade_index", "CHN")[1][:, -1])
    assert [row[3] for row in (best, some, other, bare)] == [figure] * 4
    assert best[4] == "no share: it is tested at the best values of all parameters, without luck"
    assert some[4] == "6 of 6 (100 %)"
    assert other[4] == bare[4]
    assert other[4].startswith("no share: it is compared with another story")
    assert table[3] == "–"
    assert "published figure" in table[4]


def test_what_the_run_has_not_is_said(tmp_path):
    checks = [
        check("keyless", LAST | {"key": "XXX"}, at_least=0.1),
        check("late", LAST | {"at": "2031-01"}, at_least=0.1),
        check("broken", {"series": "trade_indes", "at": "end"}, at_least=0.1),
        check("undefined", {"series": "delay_hours", "key": "option0", "at": "start"}, at_most=5.0),
    ]
    _, _, (_, keyless, late, broken, undefined) = told(tmp_path, checks)
    assert keyless[2:] == ["at least 10 %", "not in this run", "this run has no such series or key"]
    assert late[3:] == ["not in this run", "this run has not all of its months"]
    assert broken[2:] == ["–", "–", "its measure cannot be read"]
    assert undefined[3:] == ["not defined", "0 of 6 (0 %)"]


def test_one_replicate_has_a_figure_and_no_share(tmp_path):
    results, _, (_, row) = told(tmp_path, [check("single", at_least=0.1)], replicates=1)
    value = float(results.values("trade_index", "CHN")[1][0, -1])
    assert row[3:] == [f"{100 * value:.1f} %", "no share: one replicate"]


def test_a_claim_of_this_story_has_its_figures_and_all_of_them_at_once(tmp_path):
    values = reports.run(tmp_path / "first", reports.story()).values("trade_index", "CHN")[1][:, -1]
    low, high = (float(one) for one in np.sort(values)[[2, 3]])
    expect = [{"measure": LAST, "at_least": high}, {"measure": LAST, "label": "the same", "at_most": low}]
    expect = [{"at_least": None, "at_most": None} | one for one in expect]
    claims = [
        {"id": "two", "text": "Both.", "expect": expect},
        {"id": "ends", "text": "Ends.", "expect": expect[:1], "at_ends_of": "behaviour.cost_sensitivity"},
        {"id": "away", "text": "Away.", "expect": expect[:1], "worlds": [{"scenario": "cutoff.yaml"}]},
        {"id": "here", "text": "Here.", "expect": expect[:1], "worlds": [{"without": ["x"]}, {"set": {}}]},
        {"id": "none", "text": "None.", "expect": [], "untestable": "It is a taste."},
    ]
    _, _, (_, first, second, both, ends, away, here, none) = told(tmp_path, claims=claims)
    assert [row[4] for row in (first, second, both)] == ["3 of 6 (50 %)", "3 of 6 (50 %)", "0 of 6 (0 %)"]
    assert second[0] == "Both. the same"
    assert "chosen values of behaviour.cost_sensitivity" in ends[4]
    assert away[2:4] == ["–", "–"]
    assert "other stories" in away[4]
    assert here[4] == "3 of 6 (50 %)"
    assert none[4] == "It is a taste."


def test_in_german_numbers_and_words_are_german(tmp_path):
    _, section, (_, row) = told(tmp_path, [check("single", at_least=0.125)], language="de")
    assert row[2] == "mindestens 12,5 %"
    assert "6 von 6 (100 %)" in row[4]
    assert "seine eigenen Replikationen" in section
