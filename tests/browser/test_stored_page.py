"""The page that works from a disk: it asks nobody, says what it is, and draws what the stored runs say."""

from __future__ import annotations

import base64
import gzip
import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from paysim.engine.run import prepare, simulate_mean_field
from paysim.explore import export
from paysim.explore.presets import Presets, read_preset
from paysim.explore.state import State, document_of, scenario_of
from paysim.explore.stored import Axis, Stored
from paysim.study.progress import Progress

STORY = "extends: cutoff.yaml\nformat: 1\nname: short_cut\ntitle: A short cut\nhorizon: 2028-12\n"
STEPS = {
    "cut_date": ("2026-10", "2027-01", "2027-07", "2030-01"),  # the last one lies after the story's end
    "allies": None,
    "bypass_share": ("0 %", "30 %", "45 %", "60 %"),
    "cost_sensitivity": ("0.002 /bp", "0.006 /bp", "0.02 /bp"),
}
STATES = (
    {},
    {"bypass_share": "45 %"},
    {"allies": "refuse", "bypass_share": "60 %"},
    {"cut_date": "2027-07", "allies": "refuse", "cost_sensitivity": "0.02 /bp"},
)


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    from paysim.data import shipped

    folder = tmp_path_factory.mktemp("story")
    for file in shipped.scenarios().glob("*.yaml"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "short_cut.yaml").write_text(STORY)
    return Presets(read_preset(folder / "short_cut.yaml"))


@pytest.fixture(scope="module")
def file(presets, tmp_path_factory):
    """The page with few levers of few steps, so that it is made in seconds."""
    out = tmp_path_factory.mktemp("page") / "page.html"
    whole = export.axes_of

    def few(some):
        axes = {axis.id: axis for axis in whole(some)}
        steps = {name: tuple(s for s in STEPS[name] or axes[name].steps if s in axes[name].steps) for name in STEPS}
        return tuple(Axis(name, own, own.index(axes[name].steps[axes[name].own])) for name, own in steps.items())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "axes_of", few)
        export.export_page(presets, out, workers=2, progress=Progress())
    return out


@pytest.fixture(scope="module")
def carried(file):
    text = re.search(r'<script type="application/json" id="stored">(.*?)</script>', file.read_text())[1]
    return json.loads(text)


def opened(page, file, query=""):
    page.goto(file.as_uri() + query)
    page.locator("body[data-drawn]").wait_for()
    return page


def read_back(carried):
    """The stored runs, decoded here once more."""
    packed, states = carried["packed"], carried["states"]
    whole = np.frombuffer(gzip.decompress(base64.b64decode(packed["data"])), "<u2")
    table = whole.reshape(len(states), len(carried["series"]), -1).astype(float)
    table[table == packed["none"]] = np.nan
    table = table * np.array(packed["step"])[:, None] + np.array(packed["least"])[:, None]
    table[1:] += table[0]
    keys = [tuple(tuple(change) for change in state) for state in states]
    axes = tuple(Axis(one["id"], tuple(one["steps"]), one["own"]) for one in carried["axes"])
    return Stored(axes, tuple(carried["scales"]), dict(zip(keys, table, strict=True)), carried["later"])


def asked(page, values):
    return page.evaluate(
        "(values) => globalThis.paysimSource.line({ preset: 'short_cut', values }, 'en')",
        values,
    )


def test_it_draws_from_a_disk_and_asks_nobody(page, file):
    opened(page, file)
    assert [address.partition("?")[0] for address in page.watched.asked] == [file.as_uri()]
    note = page.get_by_role("complementary")
    assert "stored runs" in note.inner_text()
    note.get_by_text("How far off").click()
    assert note.get_by_role("row").count() > 5


def test_what_needs_a_server_is_not_offered(page, file):
    opened(page, file)
    assert not page.get_by_role("button", name="Run the event engine").is_visible()
    assert not page.get_by_role("button", name="Save as YAML").is_visible()


def test_its_lines_are_those_that_python_makes_of_the_same_runs(page, file, carried):
    opened(page, file)
    stored = read_back(carried)
    assert set(carried["follows"]) == stored.follows
    for values in STATES:
        found = asked(page, values)
        line = stored.line(tuple(values.items()))
        for row, name in enumerate(carried["series"]):
            ours = np.array([np.nan if one is None else one for one in found["series"][name]], dtype=float)
            np.testing.assert_allclose(ours, line[row], rtol=1e-9, atol=1e-9, err_msg=f"{values} {name}")


@pytest.mark.parametrize("values", STATES[:2])
def test_with_one_lever_moved_it_is_the_models_own_line(page, presets, file, values):
    opened(page, file)
    found = asked(page, values)
    scenario = scenario_of(document_of(State("short_cut", tuple(values.items())), presets))
    record = simulate_mean_field(prepare(scenario), scenario.seed, [0], ())[0]
    for name, series, key in (
        ("true_share:CNY", "true_share", "CNY"),
        ("trade_index:target", "trade_index", "CHN"),
    ):
        np.testing.assert_allclose(found["series"][name], 100.0 * record.values(series, key), atol=0.02)
    assert [event["month"] for event in found["events"]] == [f"{event.at:%Y-%m}" for event in scenario.events]


def test_what_comes_with_a_lever_moves_with_the_cut(page, file):
    opened(page, file)
    found = asked(page, {"cut_date": "2027-07", "allies": "refuse"})
    assert [event["month"] for event in found["events"]].count("2027-07") == 2


def test_a_key_on_a_lever_redraws_and_the_address_says_so(page, file):
    opened(page, file)
    before = page.locator("body").get_attribute("data-drawn")
    page.get_by_role("slider", name="Bypass by agents and barter").press("ArrowRight")
    page.locator(f'body:not([data-drawn="{before}"])').wait_for()
    page.wait_for_timeout(300)
    assert "bypass_share=" in page.url
    again = page.url.partition("?")[2]
    opened(page, file, f"?{again}")
    assert page.locator("body").get_attribute("data-drawn") != before


def test_it_speaks_german(page, file, carried):
    opened(page, file, "?lang=de")
    assert page.locator("html").get_attribute("lang") == "de"
    assert carried["languages"]["de"]["page"]["stored"]["what"] in page.get_by_role("complementary").inner_text()


def test_axe_finds_nothing(page, file):
    from axe_core_python.sync_playwright import Axe

    opened(page, file)
    page.get_by_text("How far off").click()
    found = Axe().run(page)
    assert not found["violations"], [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]


def test_a_date_after_the_end_is_not_on_the_slider(carried):
    """The model refuses it: there is no line to show, and the preset's own would be a false one."""
    assert [axis["steps"] for axis in carried["axes"] if axis["id"] == "cut_date"] == [
        ["2026-10", "2027-01", "2027-07"]
    ]
    for told in carried["languages"].values():
        lever = next(one for one in told["page"]["levers"] if one["id"] == "cut_date")
        assert [stop["value"] for stop in lever["stops"]] == ["2026-10", "2027-01", "2027-07"]
    assert carried["refused"] == {}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?preset=short_cut&cut_date=2030-01", "2030-01"),
        ("?preset=short_cut&bypass_share=999", "999"),
        ("?preset=short_cut&nothing=1", "nothing"),
        ("?preset=skeptic", "short_cut"),
    ],
)
def test_an_address_without_a_run_is_refused(page, file, query, said):
    page.goto(f"{file.as_uri()}{query}&lang=en")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(said)
    alert.get_by_role("button", name="Show the story as written").click()
    page.locator("body[data-state=drawn]").wait_for()
    expect(alert).to_be_hidden()


def test_what_the_model_refuses_is_not_drawn(page, file, tmp_path):
    """Two levers that the model refuses together, with its reason."""
    refused = tmp_path / "page.html"
    given = '"refused":{"allies=refuse&bypass_share=60 %":"it cannot be"}'
    refused.write_text(file.read_text().replace('"refused":{}', given))
    opened(page, refused, "?lang=en&bypass_share=60+%25")
    page.goto(f"{refused.as_uri()}?lang=en&bypass_share=60+%25&allies=refuse")
    expect(page.get_by_role("alert")).to_contain_text("it cannot be")


def test_it_counts_the_runs_that_it_carries(carried):
    """Those that were run to see how far off it is are not among them."""
    told = carried["languages"]["en"]["page"]["stored"]["what"]
    assert f"carries {len(carried['states'])} stored runs" in told
