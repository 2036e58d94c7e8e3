"""What `paysim run` prints: a table with sparklines to a person at a terminal, plain lines to everything else."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import numpy as np
import pytest

from paysim import load_results
from paysim.cli import summary
from paysim.cli.summary import BLOCKS, series_lines, sparkline

CUTOFF = Path(__file__).parents[2] / "scenarios" / "cutoff.yaml"
MAIN = """
import sys
from paysim.study import identity
identity.code_digest = lambda: "c" * 64  # a file edited while the tests run must not make another run of it
from paysim.cli.main import main
try:
    main(prog_name="paysim")
finally:
    print("rich" in sys.modules, file=open(sys.argv[0] or "loaded", "w"))
"""
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3|4|9|10)[0-7]")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a finished run of three years in results/cutoff, and what a pipe was told of it."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "main.py").write_text(MAIN.replace("sys.argv[0] or ", ""))
    return folder, piped(folder)


def words(*more):
    run = ("run", str(CUTOFF), "--engine", "mean-field", "--replicates", "3", "--until", "2027-06")
    return [sys.executable, "main.py", *run, "--no-figures", "--no-report", *more]


def environment(**settings):
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")}
    return {**plain, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **settings}


def piped(folder, *more):
    ended = subprocess.run(words(*more), cwd=folder, env=environment(), capture_output=True, timeout=120, check=True)
    return ended.stdout


def at_terminal(folder, *more, width=110, **settings):
    """What a person sees of standard output at a terminal of so many columns."""
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    with subprocess.Popen(
        words(*more), cwd=folder, env=environment(**settings), stdin=writer, stdout=writer, stderr=subprocess.PIPE
    ) as process:
        os.close(writer)
        seen = b""
        while True:
            try:
                part = os.read(reader, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            seen += part
        assert process.wait(timeout=120) == 0, process.stderr.read()
    os.close(reader)
    return seen.decode().replace("\r\n", "\n")


def plain(seen):
    return ESCAPE.sub("", seen)


def row(seen, name):
    return next(line for line in plain(seen).splitlines() if line.startswith(name))


def test_a_pipe_gets_plain_lines_with_no_control_character_and_no_sparkline(place):
    folder, told = place
    assert b"\x1b" not in told
    text = told.decode()
    assert all(letter == "\n" or letter.isprintable() for letter in text)
    assert not set(BLOCKS) & set(text)
    assert "Yuan, true share of payments" in text
    assert (folder / "loaded").read_text() == "False\n"  # rich is not even imported


def test_a_terminal_gets_a_table_with_a_sparkline_for_every_series(place):
    folder, _ = place
    seen = at_terminal(folder)
    results = load_results(folder / "results" / "cutoff")
    lines = series_lines(results)
    assert len(lines) == 7
    for line in lines:
        assert set(BLOCKS) & set(row(seen, line.name)), line.name
    share = 100 * np.median(results.values("true_share", "CNY")[1], axis=0)
    shown = row(seen, "Yuan, true share")
    assert f"{share[0]:.1f}  " in shown
    for extreme in (share.argmin(), share.argmax()):
        assert f"{share[extreme]:.1f} {results.dates[extreme].astype(object):%b %Y}" in shown
    assert re.search(rf"{share[-1]:.1f} \[\d+\.\d to \d+\.\d\]$", shown)


def test_what_a_pipe_is_told_a_terminal_is_told_as_well(place):
    folder, told = place
    seen = " ".join(plain(at_terminal(folder)).split())
    text = told.decode()
    beside = [line for line in text.splitlines() if line.startswith(("network effect", "given as input", "Repeat"))]
    assert len(beside) == 4
    for line in beside:
        assert " ".join(line.split()) in seen
    for part in ("published 4.74 %", "in the worst month", "target ", "A model, not a forecast."):
        assert part in seen
        assert part in text


def test_no_color_takes_the_colours_away_and_leaves_the_table(place):
    folder, _ = place
    coloured, bare = at_terminal(folder), at_terminal(folder, NO_COLOR="1")
    assert COLOUR.search(coloured)
    assert not COLOUR.search(bare)
    assert plain(bare) == plain(coloured)


@pytest.mark.parametrize("width", [60, 80, 140])
def test_no_line_is_wider_than_the_terminal_but_the_command_to_be_copied(place, width):
    folder, _ = place
    seen = plain(at_terminal(folder, width=width))
    *lines, last = seen.rstrip("\n").splitlines()
    assert max(map(len, lines)) <= min(width, 120)
    assert last.startswith("Repeat with paysim run")
    assert set(BLOCKS) & set(seen)
    assert ("lowest" in seen.split("\n\n")[1]) == (width > 80)


def test_german_is_spoken_at_a_terminal(place):
    folder, _ = place
    seen = plain(at_terminal(folder, "--lang", "de"))
    assert re.search(r"\d,\d \[\d,\d bis \d,\d\]", seen)
    assert "Jun 2027" in seen
    assert "Ein Modell, keine Prognose." in seen


def test_quiet_and_json_look_the_same_at_a_terminal_as_in_a_pipe(place):
    folder, _ = place
    assert at_terminal(folder, "--quiet") == ""
    assert piped(folder, "--quiet") == b""
    assert json.loads(at_terminal(folder, "--json")) == json.loads(piped(folder, "--json"))


def test_a_terminal_without_these_letters_gets_no_sparkline_and_no_error(place):
    folder, _ = place
    seen = plain(at_terminal(folder, PYTHONIOENCODING="ascii:replace", PYTHONUTF8="0"))
    assert not set(BLOCKS) & set(seen)
    assert "Yuan, true share, %" in seen


def test_a_sparkline_goes_from_the_lowest_to_the_highest_and_loses_neither():
    assert sparkline(np.arange(8.0), 8) == BLOCKS
    assert sparkline(np.arange(8.0)[::-1], 8) == BLOCKS[::-1]
    dip = np.full(100, 5.0)
    dip[37] = 1.0  # one month of a hundred, in ten letters
    assert sparkline(dip, 10) == "███▁██████"
    assert len(sparkline(np.arange(138.0), 20)) == 20
    assert len(sparkline(np.arange(5.0), 20)) == 5


def test_a_series_that_moves_by_less_than_is_written_of_it_is_level():
    wobble = 5.0 + 0.01 * np.sin(np.arange(30.0))
    assert sparkline(wobble, 6, least_range=0.1) == BLOCKS[0] * 6
    assert sparkline(wobble, 6) != BLOCKS[0] * 6
    assert sparkline(np.array([np.nan, np.nan, 1.0, 2.0]), 4) == "  ▁█"
    assert sparkline(np.full(3, np.nan), 3) == ""


def test_a_series_that_the_run_does_not_have_is_left_out(place):
    class Without:
        scenario = load_results(place[0] / "results" / "cutoff").scenario

        def keys(self, series):
            return ()

        def quantiles(self, series, key):
            if series != "trade_index":
                raise KeyError(series)
            return None, dict.fromkeys((0.05, 0.25, 0.5, 0.75, 0.95), np.ones(3))

    assert [line.name for line in series_lines(Without())] == ["China, trade (100 = no event)"]
    assert summary.PAGE == 120
