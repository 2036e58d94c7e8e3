"""The lessons: their numbers are computed and current, and a page for the class gives none of them away."""

from __future__ import annotations

import re
import sys
from itertools import pairwise

import pytest
from page_blocks import DOCS

sys.path.insert(0, str(DOCS / "tools"))
import lesson_numbers  # a script beside the pages

QUICK = ("premises",)
"""Numbers that are there at once; the others are runs."""
SOLUTIONS = ("solutions_45", "solutions_90")
FIGURE = re.compile(r"\d+\.\d+|\d+ ?%|\b\d{2,}\b(?! ?minutes)")


def page(name: str) -> str:
    return (lesson_numbers.TUTORIAL / f"{name}.md").read_text(encoding="utf-8")


def numbers_of(text: str) -> dict[str, str]:
    return {found[2]: found[0] for found in lesson_numbers.MARKED.finditer(text)}


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=[] if one in QUICK else [pytest.mark.slow]) for one in lesson_numbers.NUMBERS]
)
def test_the_numbers_on_the_pages_are_those_that_are_computed(name: str) -> None:
    made = lesson_numbers.NUMBERS[name]()
    assert made.count("\n") > 2
    stands = [numbers_of(page(one))[name] for one in lesson_numbers.PAGES if name in numbers_of(page(one))]
    assert stands, f"no page shows {name}"
    for one in stands:
        assert one == f"<!-- numbers: {name} -->\n{made}<!-- end of numbers -->"


def test_a_number_that_was_typed_over_is_found() -> None:
    text = page("solutions_90")
    marked = numbers_of(text)["premises"]
    assert lesson_numbers.MARKED.sub("", text.replace(marked, "")) != text
    changed = text.replace(marked, marked.replace("Capital controls stay", "Capital controls go"))
    assert changed != text
    assert numbers_of(changed)["premises"] != numbers_of(text)["premises"]


@pytest.mark.parametrize("name", SOLUTIONS)
def test_solutions_hold_no_figure_of_the_model_outside_of_what_is_computed(name: str) -> None:
    text = lesson_numbers.MARKED.sub("", page(name))
    text = re.sub(r"\]\([^)]*\)|`[^`]*`|\b(?:19|20)\d\d\b|L \+ β \(100 − L\)|of (?:45|90) minutes", "", text)
    assert FIGURE.findall(text) == []


@pytest.mark.parametrize("name", ["worksheet_45", "worksheet_90"])
def test_worksheets_do_not_give_the_solution_away(name: str) -> None:
    assert numbers_of(page(name)) == {}
    assert "solutions" not in page(name)
    assert "redict" in page(name) or "Draw first" in page(name)


@pytest.mark.parametrize(("minutes", "lesson"), [(45, "lesson_45"), (90, "lesson_90")])
def test_the_plan_of_a_lesson_fills_its_minutes_without_a_gap(minutes: int, lesson: str) -> None:
    spans = [tuple(map(int, span)) for span in re.findall(r"^\| (\d+)–(\d+) \|", page(lesson), re.MULTILINE)]
    assert spans[0][0] == 0
    assert spans[-1][1] == minutes
    for (_, end), (start, _) in pairwise(spans):
        assert start == end
    told = {tuple(map(int, span)) for span in re.findall(r"^### (\d+)–(\d+) ", page(lesson), re.MULTILINE)}
    assert told <= set(spans)


NEEDED = {"Aims", "What is needed", "Plan", "Typical misunderstandings", "How to grade", "What the lesson leaves out"}


@pytest.mark.parametrize("lesson", ["lesson_45", "lesson_90"])
def test_a_lesson_has_what_a_teacher_needs_and_its_points_add_up(lesson: str) -> None:
    assert set(re.findall(r"^## (.+)$", page(lesson), re.MULTILINE)) >= NEEDED
    grading = page(lesson).split("## How to grade")[1]
    total = int(re.search(r"(\d+) points", grading)[1])
    assert sum(map(int, re.findall(r"^\| [^|]+ \| (\d+) \| ", grading, re.MULTILINE))) == total
    assert sum(map(int, re.findall(r"\((\d+) points\)", page(lesson.replace("lesson", "worksheet"))))) == total


@pytest.mark.parametrize("lesson", ["lesson_45", "lesson_90"])
def test_every_picture_to_project_is_in_the_gallery(lesson: str) -> None:
    named = re.findall(r"\]\(\.\./\.\./results/gallery/(\w+\.png)\)", page(lesson))
    assert len(named) >= 4
    for picture in named:
        assert (DOCS.parent / "results" / "gallery" / picture).is_file(), picture


def test_premises_name_every_event_of_either_story_once() -> None:
    shown = lesson_numbers.premises().splitlines()[2:5]
    listed = [event for line in shown for event in line.split(" | ")[1].rstrip(" |").split("; ")]
    assert sorted(listed) == sorted({*lesson_numbers.put_in("article_full"), *lesson_numbers.put_in("skeptic")})
