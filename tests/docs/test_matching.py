"""What counts as the same output, and what does not."""

from __future__ import annotations

import pytest
from page_matching import agrees, difference


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("a\nb\n", "a\nb\n"),
        ("a  \nb", "\na\nb\n\n"),
        ("a\n...\nz\n", "a\nb\nc\nz\n"),
        ("a\n...\nz\n", "a\nz\n"),
        ("...\nz\n", "a\nz\n"),
        ("ok  ...  title\n", "ok  0123abc  title\n"),
        ("share 12.3 % now\n", "share 12.4 % now\n"),
        ("band [3 % to 9 %]\n", "band [4 % to 9 %]\n"),
        ("a    b\n", "a b\n"),
        ("-0.5 bp\n", "-0.4 bp\n"),
        ("", ""),
        ("...", ""),
    ],
)
def test_these_are_the_same(shown, printed):
    assert agrees(shown, printed)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("a\nb\n", "a\n"),
        ("a\n", "a\nb\n"),
        ("a\nb\n", "b\na\n"),
        ("a\n...\nz\n", "a\nb\nc\n"),
        ("ok  ...  title\n", "ok  0123abc  other\n"),
        ("share 12.3 % now\n", "share 12.5 % now\n"),
        ("share 12.3 % now\n", "share 12 % now\n"),
        ("share 12.3 % now\n", "share 12.30 % now\n"),
        ("27 pages\n", "28 pages\n"),
        ("in 2027-01\n", "in 2027-02\n"),
        ("at 16:00:27\n", "at 16:00:28\n"),
        ("version 0.1.0\n", "version 0.2.0\n"),
        ("up 3 %\n", "down 3 %\n"),
        ("-0.5 bp\n", "0.5 bp\n"),
        ("a b\n", "ab\n"),
        ("a.c\n", "abc\n"),
        ("", "a\n"),
    ],
)
def test_these_are_not(shown, printed):
    assert not agrees(shown, printed)


def test_a_long_output_is_compared_in_time():
    lines = [f"line {number}" for number in range(400)]
    assert agrees("\n".join(["line 0", "...", "line 200", "...", "line 399"]), "\n".join(lines))
    assert not agrees("\n".join(["line 0", "...", "line 200", "...", "line 398"]), "\n".join(lines))


def test_the_first_line_that_differs_is_marked():
    told = difference(["a", "b", "c"], ["a", "x", "c"]).splitlines()
    assert [line for line in told if line.startswith(">")] == ["> b", "> x"]
