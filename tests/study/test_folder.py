"""A folder of results is put into its place whole or not at all, whoever writes it."""

from __future__ import annotations

import pytest

from paysim.errors import ResultsError
from paysim.study.answers import TRACE, check_place, store
from paysim.study.folder import holds_own, placed, put_back

MADE = {"command": "paysim trace x", "run": {"key": "k"}}


def test_a_folder_appears_when_it_is_whole(tmp_path):
    with placed(tmp_path / "deep" / "run") as building:
        (building / "one").write_text("1")
        assert not (tmp_path / "deep" / "run").exists()
    assert (tmp_path / "deep" / "run" / "one").read_text() == "1"
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["run"]


def test_an_error_leaves_what_was_there_and_nothing_else(tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    (out / "old").touch()
    with pytest.raises(RuntimeError), placed(out) as building:  # noqa: PT012
        (building / "new").touch()
        raise RuntimeError
    assert [entry.name for entry in out.iterdir()] == ["old"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


def test_what_was_left_aside_goes_back_only_where_nothing_took_its_place(tmp_path):
    out, aside = tmp_path / "run", tmp_path / ".run.replaced"
    aside.mkdir()
    (aside / "old").touch()
    put_back(out)
    assert (out / "old").exists()
    assert not aside.exists()
    aside.mkdir()
    put_back(out)
    assert not aside.exists()
    assert (out / "old").exists()


def test_only_what_is_ones_own_may_be_in_the_way(tmp_path):
    out = tmp_path / "run"
    assert not holds_own(out, {"a", "b"}, "a", "paysim x did not write")
    out.mkdir()
    (out / ".hidden").touch()
    assert not holds_own(out, {"a", "b"}, "a", "paysim x did not write")
    (out / "b").touch()
    with pytest.raises(ResultsError, match=r"holds what paysim x did not write \(b\)"):
        holds_own(out, {"a", "b"}, "a", "paysim x did not write")
    (out / "a").touch()
    assert holds_own(out, {"a", "b"}, "a", "paysim x did not write")
    (out / "c").touch()
    with pytest.raises(ResultsError, match=r"\(c\)"):
        holds_own(out, {"a", "b"}, "a", "paysim x did not write")


def test_a_trace_that_a_died_process_left_aside_is_put_back(tmp_path):
    out = tmp_path / "trace"
    store(TRACE, out, MADE)
    before = (out / TRACE.file).read_bytes()
    out.rename(tmp_path / ".trace.replaced")
    with pytest.raises(ResultsError, match="another trace"):  # it is seen, and not written over
        check_place(TRACE, out, "other", overwrite=False)
    assert (out / TRACE.file).read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["trace"]


def test_a_failed_figure_leaves_the_trace_that_was_there(tmp_path):
    out = tmp_path / "trace"
    store(TRACE, out, MADE)

    def fail(folder):
        raise RuntimeError("no ink")

    with pytest.raises(RuntimeError, match="no ink"):
        store(TRACE, out, {**MADE, "command": "paysim trace y"}, fail)
    assert b"paysim trace x" in (out / TRACE.file).read_bytes()
    assert [entry.name for entry in tmp_path.iterdir()] == ["trace"]
