import json
import shutil
from pathlib import Path

import fakes
import jsonschema
import pytest

from paysim.errors import ResultsError
from paysim.study import store as module
from paysim.study.ensemble import run_ensemble
from paysim.study.identity import Identity, code_digest, digest, repeat_command
from paysim.study.progress import Progress
from paysim.study.results import load_results
from paysim.study.store import file_digest, plain_facts

SCHEMA = json.loads(Path(module.__file__).with_name("manifest.schema.json").read_text())


class Notes(Progress):
    def __init__(self):
        self.said = []

    def note(self, text):
        self.said.append(text)


def run(out, overwrite=False, finish=None, progress=None, made_by=None, **changes):
    return run_ensemble(
        fakes.small(**changes),
        out,
        command="paysim run fake.yaml",
        workers=1,
        overwrite=overwrite,
        progress=progress,
        finish=finish,
        engine=made_by or fakes.Engine(),
    )


def figure(text):
    def finish(results, folder):
        (folder / "figures").mkdir()
        (folder / "figures" / "a.svg").write_text(f"{text} {results.manifest['seed']}")

    return finish


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("finished") / "run"
    run(out, finish=figure("slides"))
    return out


@pytest.fixture
def out(tmp_path, finished):
    """A copy of a finished run that a test may spoil."""
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def test_the_manifest_fits_its_schema_and_the_schema_is_strict(finished):
    manifest = json.loads((finished / "manifest.json").read_text())
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(manifest, SCHEMA)
    for spoilt in ({"extra": 1}, {"seed": "1"}, {"first_month": "2024-7"}, {"format": 2}, {"bands": {"noise": 1}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(manifest | spoilt, SCHEMA)
    for name in SCHEMA["required"]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({key: value for key, value in manifest.items() if key != name}, SCHEMA)


def test_the_manifest_says_what_the_files_hold(finished):
    manifest = json.loads((finished / "manifest.json").read_text())
    table = load_results(finished).table()
    assert manifest["rows"] == table.num_rows
    assert manifest["unstable"] == sum(load_results(finished).draws()["unstable"])
    assert manifest["facts"] == {"gamma_c": 1.1, "limit": None, "goods_trade": {"USA": 3.0, "CHN": 5.0}}
    for name, entry in manifest["files"].items():
        assert file_digest(finished / name) == entry["sha256"]
        assert (finished / name).stat().st_size == entry["bytes"]


def test_the_same_run_is_not_run_again_but_its_figures_may_be_drawn_anew(out, tmp_path):
    before, notes = tree(out), Notes()
    results = run(out, finish=figure("paper"), progress=notes, made_by=fakes.Engine(broken=0))  # would raise if run
    assert results.values("true_share", "CNY")[1].shape == (6, 15)
    assert "already" in notes.said[0]
    after = tree(out)
    assert after.pop("figures/a.svg") == b"paper 1"
    before.pop("figures/a.svg")
    assert after == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_another_run_is_refused_by_name_of_both_and_of_what_differs_and_the_old_one_stays(out, tmp_path):
    before = tree(out)
    mine, theirs = Identity.of(fakes.small(seed=2, replicates=7)), Identity.of(fakes.small())
    with pytest.raises(ResultsError) as caught:
        run(out, seed=2, replicates=7)
    message = str(caught.value)
    assert mine.key[:12] in message
    assert theirs.key[:12] in message
    assert "differ in replicates, scenario, seed" in message
    assert "--overwrite" in message
    assert tree(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_overwrite_replaces_the_whole_folder(out, tmp_path):
    run(out, overwrite=True, seed=2)
    assert load_results(out).manifest["seed"] == 2
    assert not (out / "figures").exists()  # the old run's figures do not stand beside the new run's numbers
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_that_fails_while_overwriting_leaves_the_old_one(out):
    before = tree(out)
    with pytest.raises(ArithmeticError):
        run(out, overwrite=True, seed=2, made_by=fakes.Engine(broken=1))
    assert tree(out) == before

    def fail(results, folder):
        raise OSError("no ink")

    with pytest.raises(OSError, match="no ink"):
        run(out, overwrite=True, seed=2, finish=fail)
    assert tree(out) == before


def test_nothing_appears_before_everything_is_there(tmp_path):
    seen = []

    def look(results, folder):
        seen.append(((tmp_path / "run").exists(), sorted(path.name for path in folder.iterdir())))
        assert results.quantiles("true_share", "CNY")[1][0.5].shape == (15,)

    run(tmp_path / "run", finish=look)
    assert seen == [(False, ["draws.csv", "manifest.json", "series.parquet", "summary.csv"])]


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_paysim_did_not_write_is_never_replaced(out, overwrite):
    (out / "notes.md").write_text("mine")
    with pytest.raises(ResultsError, match=r"notes\.md"):
        run(out, overwrite=overwrite, seed=2)
    assert (out / "notes.md").read_text() == "mine"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_holds_no_run_is_refused_even_if_its_names_look_like_one(tmp_path, overwrite):
    (tmp_path / "figures").mkdir()
    with pytest.raises(ResultsError, match="figures"):
        run(tmp_path, overwrite=overwrite)
    assert (tmp_path / "figures").is_dir()


def test_an_empty_folder_is_filled_and_a_file_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    run(tmp_path / "empty")
    assert load_results(tmp_path / "empty").manifest["replicates"] == 6
    (tmp_path / "file").touch()
    with pytest.raises(ResultsError, match="is a file"):
        run(tmp_path / "file")


def test_a_finished_run_that_was_changed_is_not_taken_for_good(out):
    with (out / "summary.csv").open("a") as file:
        file.write("x\n")
    with pytest.raises(ResultsError, match=r"summary\.csv is not as the run left it"):
        run(out)
    run(out, overwrite=True)
    assert file_digest(out / "summary.csv") == load_results(out).manifest["files"]["summary.csv"]["sha256"]


def test_a_run_lost_between_the_two_renames_of_a_replacement_is_put_back(out):
    before = tree(out)
    out.rename(out.with_name(".run.replaced"))
    run(out)  # the same run: put back, found, not run again
    assert tree(out) == before
    assert not out.with_name(".run.replaced").exists()


def test_a_failed_move_puts_the_old_run_back(out, monkeypatch):
    before, rename = tree(out), Path.rename

    def fail(self, target):
        if self.name.startswith("building-"):
            raise PermissionError("held by a virus scanner")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(PermissionError):
        run(out, overwrite=True, seed=2)
    assert tree(out) == before


def test_unfinished_runs_of_two_seeds_do_not_meet(tmp_path):
    for seed in (1, 2):
        with pytest.raises(ArithmeticError):
            run(tmp_path / "run", seed=seed, made_by=fakes.Engine(broken=5))
    assert len(list(tmp_path.iterdir())) == 2
    first = run(tmp_path / "run", seed=2).values("true_share", "CNY")[1]
    assert (first == run(tmp_path / "other", seed=2).values("true_share", "CNY")[1]).all()


def test_every_part_of_an_identity_makes_another_key():
    keys = {Identity.of(fakes.small(**change)).key for change in ({}, {"seed": 2}, {"replicates": 7}, {"months": 16})}
    assert len(keys) == 4
    one, other = Identity.of(fakes.small()), Identity({**Identity.of(fakes.small()).parts, "versions": {"numpy": "0"}})
    assert one.key != other.key
    assert "versions.numpy" in one.differences(other)


def test_a_digest_does_not_depend_on_the_order_of_keys():
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1}) != digest({"a": 1, "b": [2, 1]})


def test_the_digest_of_the_code_changes_with_a_line_of_it_and_not_with_its_bytecode(tmp_path, monkeypatch):
    from paysim.study import identity

    root = tmp_path / "paysim"
    (root / "study").mkdir(parents=True)
    (root / "model" / "__pycache__").mkdir(parents=True)
    monkeypatch.setattr(identity, "__file__", str(root / "study" / "identity.py"))
    digests = []
    for name, text in (("model/a.py", "1"), ("model/a.py", "2"), ("model/__pycache__/a.pyc", "x"), ("data.py", "x")):
        (root / name).write_text(text)
        digests.append(real_code_digest())
    assert digests[0] != digests[1] == digests[2] == digests[3]


real_code_digest = code_digest.__wrapped__


def test_facts_become_plain_data_and_what_is_not_finite_none():
    import numpy as np

    facts = {
        "a": np.float64(1.5),
        "b": float("inf"),
        "c": (np.int64(2), np.nan),
        "d": np.arange(2),
        "e": np.bool_(True),
    }
    assert json.dumps(plain_facts(facts)) == '{"a": 1.5, "b": null, "c": [2, null], "d": [0, 1], "e": true}'


def test_the_command_that_repeats_a_run_survives_a_shell():
    import shlex

    command = repeat_command(
        Path("my scenarios/cut off.yaml"), [("--set", "events.cut.at=2027-01-04 17:00Z"), ("--seed", None)]
    )
    assert shlex.split(command) == [
        "paysim",
        "run",
        "my scenarios/cut off.yaml",
        "--set",
        "events.cut.at=2027-01-04 17:00Z",
    ]
