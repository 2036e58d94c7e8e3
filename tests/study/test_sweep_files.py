"""Files of studies: read, refused with all that is wrong, and spread over their factors."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import sweep_fakes
import yaml

from paysim.errors import ScenarioError
from paysim.scenario.sweep_loading import is_sweep_file, load_sweep
from paysim.scenario.sweep_parts import Design, Factor
from paysim.scenario.sweep_schema import sweep_schema, sweep_schema_text
from paysim.study.sweeps.design import unit_sample
from paysim.study.sweeps.results import run_checks

SWEEPS = Path(__file__).parents[2] / "scenarios" / "sweeps"

GOOD = """
format: 1
title: A study
question: none
base: base.yaml
factors:
  lam: {path: behaviour.cost_sensitivity, range: [0.002 /bp, 0.02 /bp], distribution: log-uniform}
  by: {path: behaviour.bypass_share, values: [0 %, 30 %, 60 %]}
design: {kind: latin-hypercube, n: 20}
outcomes:
  trade: {series: trade_index, key: CHN, at: end}
checks:
  - {id: kept, outcome: trade, at_least: 30 %}
"""

WRONG = (  # what is replaced, by what, line and column of the problem, what it says
    ("cost_sensitivity", "cost_sensitivty", "7:15", "unknown key 'cost_sensitivty'; nearest: cost_sensitivity"),
    ("60 %]", "600 %]", "8:58", "at most 100 %"),
    ("distribution: log-uniform", "line: {at: 3 /bp, label: here}", "7:84", "expected 0.002 to 0.02 /bp, got 3"),
    ("60 %]", "60 %], line: {at: 30 %, label: here}", "8:71", "a line is for a range"),
    ("0.02 /bp]", "0.02 bp]", "7:62", "expected the unit of the low end, /bp, got bp"),
    ("0.02 /bp]", "0.001 /bp]", "7:62", "expected more than the low end"),
    ("[0.002 /bp, 0.02 /bp]", "[0.002 d, 0.02 d]", "7:51", "'d' is no unit of a sensitivity"),
    ("log-uniform", "log-normal", "7:87", "expected uniform or log-uniform or triangular or normal"),
    ("0.002 /bp,", "0 /bp,", "7:51", "log-uniform needs a low end above 0"),
    ("values: [0 %, 30 %, 60 %]", "values: [30 %]", "8:46", "at least two values"),
    ("values: [0 %, 30 %, 60 %]", "values: [a, b]", "8:47", "expected a share such as"),
    ("by: {path: behaviour.bypass_share,", "by: {", "8:7", "is missing its path"),
    ("behaviour.bypass_share", "behaviour.cost_sensitivity", "8:14", "is changed by the factor lam already"),
    ("behaviour.bypass_share", "replicates", "8:14", "say `replicates:` in the study"),
    ("behaviour.bypass_share", "horizon", "8:14", "say `until:` in the study"),
    ("behaviour.bypass_share", "events.cutt.at", "8:14", "has no item 'cutt' (1 items; ids: cut)"),
    ("  by:", "  value:", "8:3", "value is a column of its own"),
    ("base: base.yaml", "base: bas.yaml", "5:7", "there is no file"),
    ("base: base.yaml", "base: /etc/passwd", "5:7", "lies outside the folder above"),
    ("base: base.yaml", "base: base.yaml\nuntil: 2099-01", "6:8", "lies outside 2024-07 to 2024-12"),
    ("trade_index", "trade_indx", "11:19", "unknown series 'trade_indx'; nearest: trade_index"),
    ("key: CHN", "key: CNH", "11:37", "none is 'CNH'; nearest: CHN"),
    ("at: end", "at: 2030-01", "11:46", "lies after the horizon"),
    (
        "series: trade_index, key: CHN, at: end",
        "data: cips_annual, figure: value, at: 2024",
        "11:17",
        "expected a series",
    ),
    ("outcome: trade", "outcome: trad", "13:25", "unknown outcome 'trad'; nearest: trade"),
    ("at_least: 30 %", "at_least: 30 bp", "13:42", "'bp' is no unit of a share"),
    (", at_least: 30 %", "", "13:5", "expected at_least, at_most or both"),
    ("kind: latin-hypercube", "kind: latin-cube", "9:16", "nearest: latin-hypercube"),
    ("design:", "desing:", "9:1", "unknown key 'desing'; nearest: design"),
    ("format: 1", "format: 1\nreplicates: 5", "3:13", "runs of the mean field are the same"),
)

NEXT = (  # design, number of factors, n that cannot be used, the next that can
    ({"kind": "sobol"}, 2, 100, 128),
    ({"kind": "saltelli"}, 6, 800, 1024),
    ({"kind": "saltelli", "second_order": True}, 6, 800, 896),
    ({"kind": "morris"}, 6, 100, 105),
)


CUT = "events: [{id: cut, kind: disconnection, network: SWIFT, groups: [CHN], at: 2024-08}]\n"


def read(folder, text, base=sweep_fakes.BASE + CUT):
    (folder / "base.yaml").write_text(base)
    (folder / "study.yaml").write_text(text)
    return load_sweep(folder / "study.yaml")


def problems(folder, text):
    with pytest.raises(ScenarioError) as caught:
        read(folder, text)
    return caught.value.problems


@pytest.mark.parametrize(("old", "new", "place", "said"), WRONG, ids=[new[:40] or "nothing" for _, new, _, _ in WRONG])
def test_what_is_wrong_is_told_with_its_place(tmp_path, old, new, place, said):
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert any(said in one.message and f"{one.line}:{one.column}" == place for one in found), [str(o) for o in found]
    assert all(one.file.startswith(str(tmp_path)) for one in found)


def test_everything_that_is_wrong_is_told_at_once(tmp_path):
    text = GOOD
    for old, new in (
        ("cost_sensitivity", "cost_sensitivty"),
        ("60 %]", "600 %]"),
        ("trade_index", "trade_indx"),
        ("n: 20", "n: 0"),
        ("outcome: trade", "outcome: trad"),
        ("question:", "qestion:"),
    ):
        text = text.replace(old, new, 1)
    found = {(one.line, one.column) for one in problems(tmp_path, text)}
    assert len(found) == 7  # a misspelt key is unknown, and the right one is missing


def test_problems_of_the_base_stand_where_they_are(tmp_path):
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, GOOD, sweep_fakes.BASE + "behaviour: {inertai: 0.9}\n")
    assert any(one.file.endswith("base.yaml") and one.line == 6 for one in caught.value.problems)


@pytest.mark.parametrize(("design", "count", "wrong", "good"), NEXT)
def test_a_number_of_points_that_cannot_be_used_names_the_next_good_one(design, count, wrong, good):
    factors = [Factor.model_validate({"path": f"behaviour.f{number}", "range": [0, 1]}) for number in range(count)]
    with pytest.raises(ValueError, match=f"expected {good:,} "):
        Design.model_validate({**design, "n": wrong}).rows(factors)
    assert Design.model_validate({**design, "n": good}).rows(factors) == good


def sampled(tmp_path, design, *factors):
    lines = "\n".join(f"  f{number}: {factor}" for number, factor in enumerate(factors))
    head, _, tail = GOOD.partition("factors:")
    tail = tail.partition("outcomes:")[2]
    return read(tmp_path, f"{head}factors:\n{lines}\ndesign: {design}\noutcomes:{tail}")


RANGE = "{path: behaviour.bypass_share, range: [0 %, 60 %]}"
OTHER = "{path: behaviour.network_effect, range: [0, 0.9]}"


def test_a_grid_has_every_combination_once(tmp_path):
    values = "{path: behaviour.hub_margin, values: [30 bp, 80 bp, 150 bp]}"
    sweep = sampled(tmp_path, "{kind: grid, levels: 4}", RANGE, values)
    units = unit_sample(sweep)
    assert units.shape == (12, 2)
    assert len(np.unique(units, axis=0)) == 12
    first, second = sweep.factors.values()
    assert sorted({first.quantile(u) for u in units[:, 0]}) == pytest.approx([0.0, 20.0, 40.0, 60.0])
    assert [second.levels[second.place(u)] for u in units[:3, 1]] == ["30 bp", "80 bp", "150 bp"]


def test_a_latin_hypercube_has_one_point_in_every_slice(tmp_path):
    units = unit_sample(sampled(tmp_path, "{kind: latin-hypercube, n: 50}", RANGE, OTHER))
    for column in units.T:
        assert sorted((column * 50).astype(int)) == list(range(50))


def test_a_sobol_sequence_is_balanced(tmp_path):
    units = unit_sample(sampled(tmp_path, "{kind: sobol, n: 64}", RANGE, OTHER))
    cells = (units * 8).astype(int)
    assert len(np.unique(cells, axis=0)) == 64  # one point in every cell of 8 by 8


def test_a_saltelli_design_changes_one_factor_at_a_time(tmp_path):
    units = unit_sample(sampled(tmp_path, "{kind: saltelli, n: 64}", RANGE, OTHER)).reshape(16, 4, 2)
    changed = units[:, 1:3] != units[:, :1]  # A, A with a column of B for each factor, B
    np.testing.assert_array_equal(changed.sum(axis=(0, 2)), [16, 16])
    np.testing.assert_array_equal(units[:, 3, 0], units[:, 1, 0])
    np.testing.assert_array_equal(units[:, 3, 1], units[:, 2, 1])


def test_a_morris_trajectory_changes_one_factor_a_step(tmp_path):
    units = unit_sample(sampled(tmp_path, "{kind: morris, n: 30}", RANGE, OTHER)).reshape(10, 3, 2)
    assert np.all((np.diff(units, axis=1) != 0.0).sum(axis=2) == 1)


@pytest.mark.parametrize("kind", ["latin-hypercube", "sobol", "saltelli"])
def test_a_seed_gives_one_sample_and_another_seed_another(tmp_path, kind):
    one = sampled(tmp_path, f"{{kind: {kind}, n: 32}}\nseed: 3", RANGE, OTHER)
    other = sampled(tmp_path, f"{{kind: {kind}, n: 32}}\nseed: 4", RANGE, OTHER)
    np.testing.assert_array_equal(unit_sample(one), unit_sample(one))
    assert not np.array_equal(unit_sample(one), unit_sample(other))


LAWS = (  # distribution, u, and the value by its quantile function on [1, 4]
    ({}, 0.5, 2.5),
    ({"distribution": "log-uniform"}, 0.5, 2.0),
    ({"distribution": "triangular", "best": 2}, 1.0 / 3.0, 2.0),
    ({"distribution": "triangular", "best": 2}, 1.0 - 1.0 / 6.0, 3.0),  # (4 - 3)² / ((4 - 1) (4 - 2)) lies above
    ({"distribution": "normal"}, 0.5, 2.5),
    ({"distribution": "normal"}, 0.0, 1.0),
    ({"distribution": "normal"}, 1.0, 4.0),
)


@pytest.mark.parametrize(("law", "u", "value"), LAWS)
def test_a_factor_has_the_quantiles_of_its_law(law, u, value):
    factor = Factor.model_validate({"path": "behaviour.x", "range": [1, 4], **law})
    assert factor.quantile(u) == pytest.approx(value, abs=1e-9)


def test_a_normal_factor_has_a_standard_deviation_of_a_quarter_of_its_range():
    from scipy.stats import truncnorm

    factor = Factor.model_validate({"path": "behaviour.x", "range": [1, 4], "distribution": "normal"})
    for u in (0.05, 0.3, 0.9):
        assert factor.quantile(u) == pytest.approx(truncnorm.ppf(u, -2.0, 2.0, loc=2.5, scale=0.75), abs=1e-9)


def test_what_is_drawn_can_be_written_and_read_back_to_the_bit():
    factor = Factor.model_validate({"path": "behaviour.x", "range": ["0.002 /bp", "0.02 /bp"]})
    for u in np.random.default_rng(1).random(200):
        value = factor.quantile(float(u))
        assert float(factor.written(value).split()[0]) == value


@pytest.mark.parametrize("file", sorted(SWEEPS.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_shipped_study_is_sound_and_its_editor_agrees(file):
    assert is_sweep_file(file)
    sweep = load_sweep(file)
    assert sweep.points > 0
    assert sweep.limits
    assert file.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=study.schema.json\n")
    validator = jsonschema.Draft202012Validator(sweep_schema())
    assert not list(validator.iter_errors(yaml.safe_load(file.read_text(encoding="utf-8"))))


def test_the_schema_beside_the_studies_is_that_of_the_code():
    assert (SWEEPS / "study.schema.json").read_text(encoding="utf-8") == sweep_schema_text()
    jsonschema.Draft202012Validator.check_schema(json.loads(sweep_schema_text()))


def test_the_schema_refuses_what_loading_refuses():
    validator = jsonschema.Draft202012Validator(sweep_schema())
    good = yaml.safe_load(GOOD)
    assert not list(validator.iter_errors(good))
    assert list(validator.iter_errors({**good, "desing": {}}))
    assert list(validator.iter_errors({**good, "design": {"kind": "cube"}}))


def test_the_example_of_the_page_is_sound(tmp_path):
    page = (SWEEPS.parents[1] / "docs" / "howto" / "sweeps.md").read_text(encoding="utf-8")
    text = page.partition("```yaml\n")[2].partition("```")[0]
    for file in SWEEPS.parent.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "sweeps" / "example.yaml").write_text(text)
    assert load_sweep(tmp_path / "sweeps" / "example.yaml").points == 100
    assert not list(jsonschema.Draft202012Validator(sweep_schema()).iter_errors(yaml.safe_load(text)))


CHECKS = (  # what must hold, how many points are missing, the verdict; values are .2, .4, .6, .8 and what is not there
    ("at_least: 20 %", 0, True),
    ("at_least: 50 %", 0, False),
    ("at_least: 50 %, share: 50 %", 0, True),
    ("at_least: 50 %, share: 51 %", 0, False),
    ("at_least: 30 %, at_most: 70 %, share: 50 %", 0, True),
    ("at_least: 20 %", 1, None),  # the missing one may keep it or not
    ("at_least: 50 %", 1, False),  # it cannot make up for two that do not
    ("at_least: 50 %, share: 40 %", 1, True),  # nor undo what is enough
)


@pytest.mark.parametrize(("said", "missing", "passed"), CHECKS)
def test_a_check_is_decided_as_soon_as_missing_points_cannot_change_it(tmp_path, said, missing, passed):
    sweep = read(tmp_path, GOOD.replace("at_least: 30 %", said))
    values = np.array([[0.2], [0.4], [0.6], [0.8], *[[np.nan]] * missing])
    (found,) = run_checks(sweep, {"trade": values}, missing)
    assert found.passed is passed


def test_a_point_that_failed_keeps_no_bound(tmp_path):
    (found,) = run_checks(read(tmp_path, GOOD), {"trade": np.array([[0.5], [np.nan]])}, 0)
    assert (found.met, found.values, found.passed) == (1, 2, False)
