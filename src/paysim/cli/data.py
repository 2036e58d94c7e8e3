"""The packaged figures: the commands `paysim data list`, `paysim data show` and `paysim data plot`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysim.cli.page import STYLES, aligned, hanging, lang_option
from paysim.words import LANGUAGES

if TYPE_CHECKING:
    from paysim.data.listing import Overview

_FORMATS = ("png", "svg", "pdf")
_SHOWN = ("period", "measure", "value", "low", "high", "unit", "grade", "basis", "published")


@click.group("data", short_help="List, show and draw the packaged figures.")
def command() -> None:
    """List, show and draw the figures that paysim is built on: each with source, grade, basis and date."""


@command.command("list")
@lang_option
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_tables(language: str, as_json: bool) -> None:
    """List every packaged table: what it is, how many figures of what grade, of when, and its breaks."""
    from paysim.data.listing import overviews
    from paysim.words import speaking

    found = overviews()
    if as_json:
        _echo_json([_as_data(one) for one in found])
        return
    with speaking(language):
        click.echo("\n".join(_listed(found)))


def _as_data(one: Overview) -> dict[str, Any]:
    about = one.description
    return {
        "name": about.name,
        "title": about.title,
        "unit": about.unit,
        "figures": one.figures,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "published": one.published.isoformat(),
        "grades": one.grades,
        "bases": one.bases,
        "breaks": [{"period": found.period.text, "text": found.text} for found in about.breaks],
        "publication_rule": about.publication_rule,
        "remark": about.remark,
    }


def _listed(found: list[Overview]) -> Iterator[str]:
    from paysim.data.tables import GRADES
    from paysim.words import translated as _

    rows = [
        (_("table"), _("figures"), _("of"), _("youngest public"), _("breaks"), _("grades")),
        *(
            (
                one.description.name,
                str(one.figures),
                _("{first} to {last}").format(first=f"{one.first:%Y-%m}", last=f"{one.last:%Y-%m}"),
                one.published.isoformat(),
                str(len(one.description.breaks) or "–"),
                ", ".join(f"{grade} {count}" for grade, count in one.grades.items()),
            )
            for one in found
        ),
    ]
    head, *lines = aligned(rows)
    yield head
    for one, line in zip(found, lines, strict=True):
        yield line
        yield from hanging("    ", _(one.description.title))
    yield ""
    yield from hanging(_("Grades: "), "; ".join(f"{grade} {_(words)}" for grade, words in GRADES.items()))
    yield _("One table: paysim data show NAME, or paysim data plot NAME")


@command.command("show")
@click.argument("name")
@click.option("--since", metavar="YYYY[-MM]", help="From this year, month or day on.")
@click.option("--until", metavar="YYYY[-MM]", help="Up to this year, month or day.")
@click.option("--measure", help="One measure of the table.")
@click.option("--suspect", is_flag=True, help="Show figures graded X as well.")
@lang_option
@click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV, with sources and notes.")
@click.option("--json", "as_json", is_flag=True, help="Print description and rows as JSON.")
def show_table(
    name: str,
    since: str | None,
    until: str | None,
    measure: str | None,
    suspect: bool,
    language: str,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Show the figures of one table, with grade, basis and date of publication; sources with --csv or --json."""
    from paysim.data.listing import columns, read_day, rows
    from paysim.errors import InputError
    from paysim.words import speaking

    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    ends = _both_read(read_day, since, until)
    found = rows(name, *ends, suspect=suspect, measure=measure)
    if not found:
        raise InputError(f"{name}: no figure is left")
    if as_csv:
        text = io.StringIO()
        writer = csv.DictWriter(text, columns(name), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
        click.echo(text.getvalue(), nl=False)
    elif as_json:
        _echo_json(_table_data(name, found))
    else:
        with speaking(language):
            click.echo("\n".join(_shown(name, found)))


def _both_read(read: Any, since: str | None, until: str | None) -> tuple[Any, Any]:
    from paysim.errors import InputError

    ends = None if since is None else read(since), None if until is None else read(until, last=True)
    if ends[0] is not None and ends[1] is not None and ends[1] < ends[0]:
        raise InputError(f"--until {until} lies before --since {since}")
    return ends


def _table_data(name: str, found: list[dict[str, str]]) -> dict[str, Any]:
    from paysim.data.listing import overviews

    about = next(one for one in overviews() if one.description.name == name)
    return {**_as_data(about), "rows": found}


def _shown(name: str, found: list[dict[str, str]]) -> Iterator[str]:
    from paysim.data.listing import columns, describe, used_grades
    from paysim.words import translated as _

    about = describe(name)
    yield _("{title} ({name})").format(title=_(about.title), name=name)
    for label, text in (
        (_("Unit"), about.unit),
        (_("Public"), about.publication_rule),
        (_("Remark"), about.remark),
        *((_("Break {period}").format(period=one.period.text), one.text) for one in about.breaks),
    ):
        if text:
            yield from hanging(f"  {label}: ", _(text))
    yield ""
    yield from _rows_shown(columns(name), found)
    yield ""
    yield from hanging(_("Grades: "), "; ".join(f"{grade} {_(words)}" for grade, words in used_grades(found).items()))
    yield _("Sources and notes of every figure: paysim data show {name} --csv").format(name=name)


def _rows_shown(have: tuple[str, ...], found: list[dict[str, str]]) -> Iterator[str]:
    """The rows in columns; those of a table of words as paragraphs. Measures are named as ``--measure`` takes them."""
    from paysim.words import translated as _

    told = [column for column in have if column not in ("source", "published_basis", "note")]
    if "value" not in have:
        for row in found:
            first, *rest = (_(row[column]) for column in told)
            yield from hanging(f"{first}  ", "; ".join(cell for cell in rest if cell))
        return
    keys = [column for column in told if column not in _SHOWN]
    shown = [column for column in ("period", *keys, *_SHOWN[1:]) if any(row[column] for row in found)]
    yield from aligned(
        [tuple(map(_, shown)), *(tuple(_cell(column, row[column]) for column in shown) for row in found)]
    )


def _cell(column: str, text: str) -> str:
    from paysim.words import decimal
    from paysim.words import translated as _

    if column in ("value", "low", "high"):
        return decimal(text)
    return text if column == "measure" else _(text)


@command.command("plot")
@click.argument("name")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Where to: .png, .svg or .pdf (default: NAME.png here).")  # fmt: skip
@click.option("--since", metavar="YYYY[-MM]", help="From this year, month or day on.")
@click.option("--until", metavar="YYYY[-MM]", help="Up to this year, month or day.")
@click.option("--measure", help="One measure of the table.")
@click.option("--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True, help="Style of the figure.")
@lang_option
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def plot_table(
    name: str,
    out: Path | None,
    since: str | None,
    until: str | None,
    measure: str | None,
    style: str,
    language: str,
    quiet: bool,
) -> None:
    """Draw one table: its breaks as lines, the grade of every figure as its marker, and where it was seen."""
    from paysim.data.listing import describe, read_day, rows
    from paysim.errors import InputError
    from paysim.words import speaking
    from paysim.words import translated as _

    describe(name)
    place = out if out is not None else Path(f"{name}.png")
    if place.suffix.lstrip(".").lower() not in _FORMATS:
        raise InputError(f"--out {place}: expected a file that ends with {', '.join(f'.{one}' for one in _FORMATS)}")
    if not place.parent.is_dir():
        raise InputError(f"--out {place}: there is no folder {place.parent}")
    ends = _both_read(read_day, since, until)
    if not rows(name, *ends, measure=measure):
        raise InputError(f"{name}: no figure is left")
    from paysim.show.data_figures import draw_table

    other = None if language == LANGUAGES[0] else language
    given = (("since", since), ("until", until), ("measure", measure), ("lang", other))
    words = f"paysim data plot {name}" + "".join(f" --{option} {value}" for option, value in given if value)
    with speaking(language):
        draw_table(name, place, *ends, measure, words, style)
        if not quiet:
            click.echo(_("Written to {place}").format(place=place.as_posix()))


def _echo_json(data: object) -> None:
    click.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
