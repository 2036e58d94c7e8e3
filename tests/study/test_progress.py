import io

import pytest

from paysim.study.progress import PlainProgress, TerminalProgress, progress_for, time_left


@pytest.mark.parametrize(
    ("seconds", "done", "total", "words"),
    [
        (10.0, 0, 5, "time left unknown"),
        (10.0, 1, 3, "20 s left"),
        (60.0, 1, 3, "2 min 00 s left"),
        (3600.0, 1, 2, "1 h 00 min left"),
    ],
)
def test_the_time_left_is_that_of_what_is_left_at_the_pace_so_far(seconds, done, total, words):
    assert time_left(seconds, done, total) == words


def test_plain_progress_prints_a_line_at_every_tenth_and_what_was_kept():
    stream = io.StringIO()
    progress = PlainProgress(stream)
    progress.start("replicates", 100, 40)
    for _ in range(60):
        progress.advance(1)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "replicates: 100, 40 kept from an earlier run"
    assert [line.split(",")[0] for line in lines[1:]] == [f"replicates: {n} of 100" for n in range(50, 101, 10)]


def test_a_bar_is_for_terminals_only():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    assert isinstance(progress_for(Terminal()), TerminalProgress)
    assert isinstance(progress_for(io.StringIO()), PlainProgress)


def test_the_bar_counts_to_the_end_and_notes_stand_above_it():
    stream = io.StringIO()
    progress = TerminalProgress(stream)
    progress.start("replicates", 3)
    progress.note("[a note] in brackets")
    progress.advance(3)
    progress.close()
    assert "3/3" in stream.getvalue()
    assert "[a note] in brackets" in stream.getvalue()
