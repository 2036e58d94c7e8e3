"""Whether what a page shows is what was printed: ``...`` stands for anything, roundings may differ by one unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import count

REST = "..."
_ROUNDED = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?= ?%)|(?<![\w.])\d+\.\d+(?![\w.]|:)")


def agrees(shown: str, printed: str) -> bool:
    """Whether the shown text is what was printed.

    ``...`` alone in a line stands for any number of lines, within a line for anything; any number of blanks stands for
    any other; those at the ends, and empty lines before and after, do not count. A number with decimals, or one before
    a percent sign, may be one unit of its last digit away.
    """
    expected = tuple(line.rstrip() for line in shown.strip("\n").splitlines())
    found = tuple(line.rstrip() for line in printed.strip("\n").splitlines())

    @cache
    def rest(i: int, j: int) -> bool:
        if i == len(expected):
            return j == len(found)
        if expected[i].strip() == REST:
            return rest(i + 1, j) or (j < len(found) and rest(i, j + 1))
        return j < len(found) and line_agrees(expected[i], found[j]) and rest(i + 1, j + 1)

    # from the end, so that a long text does not go deeper than Python allows
    for j in range(len(found), -1, -1):
        for i in range(len(expected), -1, -1):
            rest(i, j)
    return rest(0, 0)


def line_agrees(shown: str, printed: str) -> bool:
    """Whether one line is as shown."""
    if shown == printed:
        return True
    numbers: list[str] = []
    pattern = ".*?".join(_pattern(part, numbers) for part in shown.split(REST))
    found = re.fullmatch(pattern, printed)
    return found is not None and all(near(*pair) for pair in zip(numbers, found.groups(), strict=True))


def _pattern(text: str, numbers: list[str]) -> str:
    made, end = [], 0
    for match in _ROUNDED.finditer(text):
        made += [_plain(text[end : match.start()]), r"(\d+(?:\.\d+)?)"]
        numbers.append(match[0])
        end = match.end()
    return "".join([*made, _plain(text[end:])])


def _plain(text: str) -> str:
    return re.sub(r"(?:\\ )+", r"\\s+", re.escape(text))


def near(shown: str, printed: str) -> bool:
    """Whether two written numbers have the same decimals and are at most one unit of the last apart."""
    decimals = [len(number.partition(".")[2]) for number in (shown, printed)]
    apart = abs(int(shown.replace(".", "")) - int(printed.replace(".", "")))
    return decimals[0] == decimals[1] and apart <= 1


def difference(shown: Sequence[str], printed: Sequence[str]) -> str:
    """Both texts, and the first line up to which they agree."""
    agreed = next(n for n in count() if n >= len(shown) or n >= len(printed) or not line_agrees(shown[n], printed[n]))
    return "\n".join(["the page shows:", *_marked(shown, agreed), "printed is:", *_marked(printed, agreed)])


def _marked(lines: Sequence[str], place: int) -> list[str]:
    return [f"{'>' if number == place else ' '} {line}" for number, line in enumerate(lines)]
