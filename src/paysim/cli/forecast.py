"""``paysim forecast``: quantiles of the coming months as of a day, in a folder that the future can judge."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysim.cli.page import aligned, hanging, lang_option
from paysim.words import number, speaking
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.evidence.forecast import Row

PERCENT = 100.0
SHOWN = (0.05, 0.25, 0.5, 0.75, 0.95)
MONTHS_SHOWN = (1, 3, 6, 12)
"""Months ahead that are printed; the file has all of them."""


@click.command(short_help="Forecast the tracker and CIPS as of a day.")
@click.option("--as-of", "as_of", required=True, metavar="DATE", help="Use what was public by then: YYYY-MM[-DD].")
@click.option("--until", default="2026-12", show_default=True, metavar="MONTH", help="Last month.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for the files.")
@click.option("--overwrite", is_flag=True, help="Replace another forecast in that folder.")
@lang_option
def command(as_of: str, until: str, out: Path | None, overwrite: bool, language: str) -> None:
    """Forecast SWIFT's tracker of five currencies and the value of CIPS, from what was public on a day.

    A month means its last day. The forecast is the model's without events: a flat path, and the residual process of its
    observation layer; how far it may be believed is measured by `paysim evidence backtest`.
    """
    from paysim.evidence.forecast import as_csv, forecast

    day, month = _read(as_of, until)
    rows = forecast(day, month)
    content = as_csv(rows)
    with speaking(language):
        if out is not None:
            _store(out, day, month, content, overwrite)
        click.echo("\n".join(_page(rows, day, out)))


def _read(as_of: str, until: str) -> tuple[date, date]:
    """The two dates; InputError with what is wrong with either."""
    from paysim.errors import InputError
    from paysim.scenario.dates import read_day, read_month

    wrong, found = [], []
    for option, text, read in (("--as-of", as_of, read_day), ("--until", until, lambda one: read_month(one).date())):
        try:
            found.append(read(text))
        except ValueError as error:
            wrong.append(f"{option}: {error}")
    if wrong:
        raise InputError("\n".join(wrong))
    return found[0], found[1]


def _store(out: Path, day: date, month: date, content: bytes, overwrite: bool) -> None:
    """Write the folder whole, or not at all; another forecast is replaced only when told."""
    from hashlib import sha256

    from paysim.evidence.forecast import manifest
    from paysim.study.answers import FORECAST, check_place, store
    from paysim.study.identity import digest

    parts = manifest(day, month, content)
    again = shlex.join(["paysim", "forecast", "--as-of", day.isoformat(), "--until", f"{month:%Y-%m}"])
    key = digest(parts)
    check_place(FORECAST, out, key, overwrite)

    def finish(folder: Path) -> None:
        (folder / "forecast.csv").write_bytes(content)
        names = ("forecast.csv", FORECAST.file)
        sums = (f"{sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
        (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")

    store(FORECAST, out, {"run": {"key": key, "parts": parts}, "command": again}, finish)


def _page(rows: Sequence[Row], day: date, out: Path | None) -> Iterator[str]:
    from paysim.words import date_words

    yield ""
    text = _("As of {day}: median and intervals of 50 and 90 %. A model, not a forecast of events: none is expected.")
    yield from hanging("", text.format(day=date_words(day)))
    yield ""
    yield from aligned([_head(), *_table(rows, day)])
    yield ""
    yield from hanging("", _("SWIFT's tracker in percent, CIPS in trillion yuan a month (stated, not tested)."))
    if out is not None:
        yield _("Stored in   {folder}").format(folder=out.as_posix())


def _head() -> tuple[str, ...]:
    return ("", _("month"), "5 %", "25 %", _("median"), "75 %", "95 %")


def _table(rows: Sequence[Row], day: date) -> list[tuple[str, ...]]:
    from paysim.data.noise import month_number
    from paysim.evidence.forecast import TRACKER
    from paysim.evidence.origins import month_day
    from paysim.words import month as month_words

    value: dict[tuple[str, int], dict[float, Any]] = {}
    for row in rows:
        shown = PERCENT * row.value if row.series == TRACKER else row.value
        value.setdefault((row.key or "CIPS", row.month), {})[row.quantile] = shown
    wanted = [month_number(day) + ahead for ahead in MONTHS_SHOWN]
    return [
        (key, month_words(month_day(at)), *(number(found[quantile], 2) for quantile in SHOWN))
        for (key, at), found in sorted(value.items(), key=lambda item: list(value).index(item[0]))
        if at in wanted
    ]
