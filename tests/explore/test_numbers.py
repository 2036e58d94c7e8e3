"""The page shows what the command line gives, levers move lines, and disabled ones do not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from paysim.explore.charts import CHARTS, line_ids
from paysim.explore.edits import EVERYBODY
from paysim.explore.lines import Worlds, band_of, band_part, line
from paysim.explore.presets import Presets, read_preset
from paysim.explore.state import State, document_of, key_of, read_values, scenario_of, yaml_of
from paysim.scenario.loading import load_scenario

DIGITS = {one.id: chart.digits for chart in CHARTS for one in chart.lines}
PRESETS = Presets()
WORLDS = Worlds()
STORIES = (
    "cutoff", "cutoff_hub_open", "cutoff_fear_allies_refuse", "skeptic", "article_full", "russia_2022", "reconnect",
)  # fmt: skip
BEST = tuple(f"uncertainty.{source}=false" for source in ("parameters", "latent_demand", "noise"))


def moved(preset, lever):
    """The state of a preset with a lever at each end, as far as these are not its own."""
    steps, own = PRESETS.steps[lever], PRESETS.defaults[preset][lever]
    return [read_values({"preset": preset, lever: step}, PRESETS) for step in (steps[0], steps[-1]) if step != own]


def series(state):
    document = document_of(state, PRESETS)
    return json.loads(line(WORLDS, key_of(document), document).series)


def seen(ours, theirs):
    """Series that differ by more than their rounding; the tracker is published rounded, and its last digit may flip."""
    found = set()
    for name, digits in DIGITS.items():
        pairs = zip(ours.get(name, []), theirs.get(name, []), strict=True)
        if any(one is not None and two is not None and abs(one - two) > 1.001 * 10.0**-digits for one, two in pairs):
            found.add(name)
    return found


@pytest.mark.parametrize("preset", STORIES)
def test_a_saved_state_is_read_as_the_same_scenario(preset, tmp_path):
    for lever in PRESETS.levers:
        if PRESETS.fixed_reason(preset, lever) is None:
            for state in [State(preset), *moved(preset, lever)]:
                document = document_of(state, PRESETS)
                file = tmp_path / "saved.yaml"
                file.write_text(yaml_of(state, document), encoding="utf-8")
                assert load_scenario(file).digest() == scenario_of(document).digest()


@pytest.mark.parametrize("preset", list(PRESETS))
def test_a_story_as_written_is_the_shipped_scenario(preset):
    """But for what it claims and checks, which no run depends on, and the name of its file."""
    from paysim.data import shipped

    own = load_scenario(shipped.scenarios() / f"{preset}.yaml")
    assert scenario_of(document_of(State(preset), PRESETS)).digest() == own.digest()


@pytest.mark.parametrize(
    "values",
    [
        {"preset": "cutoff"},
        {"preset": "cutoff", "bypass_share": "45 %", "allies": "refuse", "cut_date": "2028-01", "hub": "open"},
        pytest.param({"preset": "skeptic", "fear": "50 %", "cips_liquidity": "2"}, marks=pytest.mark.slow),
        pytest.param({"preset": "russia_2022", "bypass_share": "60 %"}, marks=pytest.mark.slow),
        pytest.param({"preset": "us_debt", "cut_share": "50 %", "notice": "5 d"}, marks=pytest.mark.slow),
    ],
    ids=lambda values: values["preset"] + "-".join(values)[6:],
)
def test_the_line_is_what_paysim_run_gives(values, tmp_path):
    import paysim

    state = read_values(values, PRESETS)
    file = tmp_path / "saved.yaml"
    file.write_text(yaml_of(state, document_of(state, PRESETS)), encoding="utf-8")
    results = paysim.run(
        file, replicates=1, engine="mean-field", overrides=BEST, out=tmp_path / "out", figures=False, workers=1
    )
    shown = series(state)
    for name, series_name, key, scale in (
        ("true_share:CNY", "true_share", "CNY", 100.0),
        ("tracker_share:CNY", "tracker_share", "CNY", 100.0),
        ("level:USD", "settled_value", "USD", 0.012),
        ("cips_value:", "cips_value", "", 1.0),
        ("unsettled_share:CIPS", "unsettled_share", "CIPS", 100.0),
    ):
        values = results.values(series_name, key)[1][0] * scale
        assert shown[name] == pytest.approx(values, rel=1e-12, abs=0), name


def test_levels_and_shares_are_of_the_same_payments():
    shown = series(State("cutoff"))
    levels = np.array([shown[f"level:{key}"] for key in ("USD", "EUR", "CNY", "OTH")])
    shares = np.array([shown[f"true_share:{key}"] for key in ("USD", "EUR", "CNY", "OTH")])
    assert shares == pytest.approx(100.0 * levels / levels.sum(axis=0))
    fates = {
        fate: np.array(shown[f"{fate}_share:target"]) for fate in ("live", "blocked", "refused", "bypassed", "failed")
    }
    assert fates["live"] + fates["blocked"] + fates["refused"] == pytest.approx(np.full(len(shares[0]), 100.0))
    assert fates["bypassed"] + fates["failed"] == pytest.approx(fates["blocked"] + fates["refused"])


def test_the_target_is_whom_the_story_hits():
    for preset, name in (
        ("cutoff", "China"),
        ("baseline", "China"),
        ("russia_2022", "Russia"),
        ("fear_2024", "Russia"),
    ):
        document = PRESETS[preset].document
        assert line(WORLDS, key_of(document), document).target.startswith(name)


def check_every_lever(preset):
    own, disabled = series(State(preset)), PRESETS.disabled(PRESETS[preset].document)
    for lever in PRESETS.levers:
        if PRESETS.fixed_reason(preset, lever) is not None:
            assert disabled[lever]
            continue
        changed = set().union(*(seen(own, series(state)) for state in moved(preset, lever)))
        if lever in disabled:
            assert not changed, (lever, disabled[lever], changed)
        else:
            assert changed, lever


@pytest.mark.slow
@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_lever_moves_a_line_or_says_why_not(preset):
    check_every_lever(preset)


def test_a_lever_moves_a_line_and_back():
    own = series(State("cutoff"))
    value = PRESETS.defaults["cutoff"]["bypass_share"]
    assert "failed_share:target" in seen(own, series(moved("cutoff", "bypass_share")[0]))
    assert series(read_values({"preset": "cutoff", "bypass_share": value}, PRESETS)) == own


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "other"),
    [
        ({"preset": "cutoff", "hub": "open"}, "cutoff_hub_open"),
        ({"preset": "cutoff_hub_open", "hub": "closed"}, "cutoff"),
        ({"preset": "cutoff", "allies": "refuse"}, "cutoff_allies_refuse"),
        ({"preset": "cutoff", "fear": "100 %"}, "cutoff_fear"),
        ({"preset": "cutoff_fear_allies_refuse", "fear": "0 %", "allies": "use CIPS"}, "cutoff"),
        ({"preset": "cutoff", "cut_share": "0 %"}, "decoupling"),
        ({"preset": "decoupling", "cut_share": EVERYBODY}, "cutoff"),
    ],
)
def test_levers_lead_from_one_story_to_another(values, other):
    """Two ways to the same events give the same lines to the bit."""
    assert series(read_values(values, PRESETS)) == series(State(other))


def test_a_band_is_of_the_draws(tmp_path):
    document = PRESETS["outage"].document
    key = key_of(document)
    parts = [band_part(WORLDS, key, document, draws) for draws in (range(0, 4), range(4, 6))]
    band = json.loads(band_of(parts))
    whole = band_part(WORLDS, key, document, range(6))
    assert set(band) == set(line_ids())
    for name, ends in band.items():
        low, high = np.quantile(whole[name], [0.05, 0.95], axis=0)
        assert ends["low"] == pytest.approx(low)
        assert ends["high"] == pytest.approx(high)


def test_a_file_of_ones_own_is_a_story(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "format: 1\ntitle: Mine\nquestion: What of it?\nhorizon: 2026-12\nbehaviour: {bypass_share: 37 %}\n"
        "events:\n  - {kind: disconnection, groups: [CHN], at: 2026-03}\n"
    )
    own = Presets(read_preset(file))
    assert own.first == "mine"
    assert next(iter(own)) == "mine"
    assert own.defaults["mine"]["bypass_share"] == "37 %"
    assert "37 %" in own.steps["bypass_share"]
    document = document_of(read_values({"preset": "mine", "bypass_share": "45 %"}, own), own)
    assert document["title"]["en"] == "Mine, varied"
