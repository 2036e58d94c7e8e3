"""What a calibration found, in words that are made from its numbers; see `paysim.evidence.calibrated`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from paysim.evidence.calibrate import DRIFT
from paysim.evidence.posterior import LEVELS
from paysim.study.compared.explain_words import number_words, parameter_words, unit_words
from paysim.words import deferred, number
from paysim.words import translated as _

PERCENT = 100.0
SHARES = ("share", "/month")
"""Units that are shown in percent."""
ENOUGH = 100.0
"""Equally weighted points below which quantiles are rough: a judgement."""
ROUGH = 30.0
"""The same, below which little can be read off at all."""
SHORT = 0.8
"""Share of held-out figures in bands of nine tenths below which the errors are called too small: a judgement."""
SURE = 3.0
"""Standard errors beyond which a coverage is not what its level says."""
FALL = deferred("fall of demand, 2015")

Data = Mapping[str, Any]


def name_words(name: str) -> str:
    """A parameter's name as words."""
    return _(FALL) if name == DRIFT else parameter_words(name)


def value_words(row: Data, value: float, *, bare: bool = False) -> str:
    """A value of a parameter with its unit (``bare``: without), shares in percent."""
    unit = str(row["unit"])
    shown = number_words(PERCENT * value if unit in SHARES else value)
    if bare or not unit:
        return shown
    said = "%" + unit.removeprefix("share") if unit in SHARES else unit_words(unit)
    return shown + ("" if said.startswith("/") else " ") + said


def range_words(row: Data, which: str) -> str:
    """Median and band of a parameter's ``prior`` or ``posterior``."""
    low, high = (value_words(row, row[which][end], bare=True) for end in (0, 2))
    middle = value_words(row, row[which][1])
    return _("{middle} [{low} to {high}]").format(middle=middle, low=low, high=high)


def behaviour(data: Data) -> list[Data]:
    """Rows of the parameters of behaviour, the one that moved furthest first."""
    rows = [row for row in data["parameters"] if row["name"] != DRIFT]
    return sorted(rows, key=lambda row: (not row["moved"], -float(row["distance"])))


def family_words(data: Data, ids: Sequence[str]) -> str:
    """Names of families of figures."""
    return _(" and ").join(_(one["label"]) for one in data["families"] if one["id"] in ids)


def paragraphs(data: Data) -> list[str]:
    """What was found, what was not, and how far it can be trusted."""
    return [
        moved_words(data),
        *_each(data),
        _stayed(data),
        *_ends(data),
        _errors(data),
        _held_out(data),
        *_events(data),
        _planted(data),
        *_cautions(data),
    ]


def moved_words(data: Data) -> str:
    """How many parameters moved, and which."""
    rows = behaviour(data)
    moved = [name_words(row["name"]) for row in rows if row["moved"]]
    if not moved:
        return _("The figures moved none of {all} uncertain parameters further than chance does.").format(all=len(rows))
    return _("The figures moved {count} of {all} uncertain parameters further than chance does: {names}.").format(
        count=len(moved), all=len(rows), names=", ".join(moved)
    )


def _each(data: Data) -> Iterator[str]:
    for row in behaviour(data):
        if row["moved"]:
            by = family_words(data, row["by"])
            yield _(
                "{name}: {prior} before, {posterior} after; its band is {width} % [{low} to {high}] of the prior's{by}."
            ).format(
                name=name_words(row["name"]), prior=range_words(row, "prior"), posterior=range_words(row, "posterior"),
                **dict(zip(("width", "low", "high"), (number(PERCENT * one) for one in row["width"]), strict=True)),
                by=_("; informed by {families}").format(families=by) if by else _("; by no family of figures alone"),
            )  # fmt: skip


def _stayed(data: Data) -> str:
    rows = [row for row in behaviour(data) if not row["moved"]]
    if not rows:
        return _("No parameter stayed where it was.")
    furthest = max(rows, key=lambda row: float(row["distance"]))
    return _(
        "The data did not move {count}, which keep their priors: {names}. Of these {furthest} is furthest from its "
        "prior, by {distance} of probability, where {chance} would come by chance; smaller moves cannot be seen with "
        "this sample."
    ).format(
        count=len(rows), names=", ".join(name_words(row["name"]) for row in rows),
        furthest=name_words(furthest["name"]), distance=number(furthest["distance"], 2),
        chance=number(furthest["chance"], 2),
    )  # fmt: skip


def _ends(data: Data) -> Iterator[str]:
    for row in behaviour(data):
        if row["moved"] and row["end"]:
            text = (
                _("{name} leans on the low end of its range, which holds it there: the figures want less.")
                if row["end"] == "low"
                else _("{name} leans on the high end of its range, which holds it there: the figures want more.")
            )
            yield text.format(name=name_words(row["name"]))


def _errors(data: Data) -> str:
    rows = behaviour(data)
    told = {}
    for which in ("low", "high"):
        worth = rows[0]["errors"][which]["effective"]
        names = ", ".join(name_words(row["name"]) for row in rows if row["errors"][which]["moved"]) or _("none")
        rough = _("{names} (the sample is worth {worth} points there: rough)")
        told[which] = names if worth >= ROUGH else rough.format(names=names, worth=number(worth))
    return _(
        "How far the model may miss a figure is a judgement. With all errors at the low end of their ranges these "
        "move: {low}; at the high end: {high}."
    ).format(**told)


def _held_out(data: Data) -> str:
    parts = [
        _(
            "{label}: error of the mean {before} points before, {after} after, and {covered} % of {count} figures in "
            "the 90 % band"
        ).format(
            label=_(one["label"]), before=number(PERCENT * one["prior"]["error"], 1),
            after=number(PERCENT * one["posterior"]["error"], 1),
            covered=number(PERCENT * one["posterior"]["covered"]), count=one["figures"],
        )
        for one in data["families"] if not one["fitted"]
    ]  # fmt: skip
    text = _("Held out, and only compared: {parts}.").format(parts="; ".join(parts))
    held = [one for one in data["families"] if not one["fitted"]]
    count = sum(one["figures"] for one in held)
    inside = sum(one["figures"] * one["posterior"]["covered"] for one in held)
    if count and inside < SHORT * count:
        text += " "
        text += _("The bands hold too few: outside of what was fitted the model misses more than was allowed for.")
    return text


def _events(data: Data) -> Iterator[str]:
    if not data["confirmed"]["points"]:
        return
    parts = [
        _("{label} {gap} ± {error}").format(
            label=_(one["label"]), gap=number(PERCENT * one["events"], 2),
            error=number(PERCENT * one["events_error"], 2),
        )
        for one in data["families"] if one["fitted"]
    ]  # fmt: skip
    yield _(
        "The event engine at {points} points of the posterior, {replicates} replicates each, less the mean field, in "
        "points with a standard error: {parts}."
    ).format(points=data["confirmed"]["points"], replicates=data["confirmed"]["replicates"], parts="; ".join(parts))


def _planted(data: Data) -> str:
    made, moved = data["coverage"], [row["name"] for row in data["parameters"] if row["moved"]]
    parts = []
    for level in LEVELS:
        one = made["levels"][str(level)]
        shares = [one["share"][name] for name in (moved or one["share"])]
        parts.append(
            _("intervals of {level} % hold it in {mean} % (least {least}, most {most}, each ± {error})").format(
                level=number(PERCENT * level), mean=number(PERCENT * sum(shares) / len(shares)),
                least=number(PERCENT * min(shares)), most=number(PERCENT * max(shares)),
                error=number(PERCENT * one["error"]),
            )
        )  # fmt: skip
    return _(
        "On {plants} sets of figures made by the model itself from known parameters, of those that moved: {parts}."
    ).format(plants=made["plants"], parts="; ".join(parts))


def _cautions(data: Data) -> Iterator[str]:
    sample = data["sample"]
    worth = number(sample["effective"])
    count = sample["first"] + sample["second"]
    yield _(
        "{count} points of the sample are worth {worth} equally weighted ones; of the prior's points {share} % are not "
        "ruled out by the figures taken together."
    ).format(count=count, worth=worth, share=number(PERCENT * sample["not_ruled_out"], 1))
    if sample["effective"] < ENOUGH:
        yield _("That is few: read quantiles as rough, and give --points.")
    if sample["failed"]:
        yield _("{count} points failed and weigh nothing.").format(count=sample["failed"])
    for row in data["parameters"]:
        for level in LEVELS:
            one = data["coverage"]["levels"][str(level)]
            off = one["share"][row["name"]] - level
            if row["moved"] and abs(off) > SURE * one["error"]:
                yield _("The intervals of {name} at {level} % do not hold what they say: {share} %.").format(
                    name=name_words(row["name"]), level=number(PERCENT * level),
                    share=number(PERCENT * one["share"][row["name"]]),
                )  # fmt: skip
    yield _(
        "In sample: the figures of Russia's imports are those that its story was fitted to. The posterior is of one "
        "sanctioned country and one fall of demand; no scenario uses it."
    )


def table(data: Data) -> list[tuple[str, ...]]:
    """All parameters with priors and posteriors, those that moved first."""
    head = (_("parameter"), _("prior"), _("posterior"), _("band over the prior's, %"), _("moved"))
    rows = [
        (
            name_words(row["name"]), range_words(row, "prior"), range_words(row, "posterior"),
            _("{width} [{low} to {high}]").format(
                **dict(zip(("width", "low", "high"), (number(PERCENT * one) for one in row["width"]), strict=True))
            ),
            _("yes") if row["moved"] else _("no"),
        )
        for row in [*behaviour(data), *(row for row in data["parameters"] if row["name"] == DRIFT)]
    ]  # fmt: skip
    return [head, *rows]


def errors_table(data: Data) -> list[tuple[str, ...]]:
    """The families of figures with their errors, judgements with ranges, and how near the model comes."""
    head = (
        _("figures"), _("how many"), _("own error, points"), _("discrepancy, points"), _("use"),
        _("error of the mean before and after, points"),
    )  # fmt: skip
    return [head, *(tuple(_family_row(one)) for one in data["families"])]


def _family_row(one: Data) -> Iterator[str]:
    yield _(one["label"])
    yield str(one["figures"])
    for name in ("own", "discrepancy"):
        best, low, high = (number_words(PERCENT * one[name][end]) for end in ("best", "low", "high"))
        text = _("{best} ({low} to {high}): {reason}")
        yield text.format(best=best, low=low, high=high, reason=_(one[name]["reason"]))
    yield _("fitted") if one["fitted"] else _("held out")
    yield _("{before} and {after}").format(
        before=number(PERCENT * one["prior"]["error"], 2), after=number(PERCENT * one["posterior"]["error"], 2)
    )


def section(data: Data) -> str:
    """The same as Markdown, for a page: paragraphs and two tables."""
    return "\n\n".join([*paragraphs(data), _markdown(table(data)), _markdown(errors_table(data))]) + "\n"


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    head, *lines = rows
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *lines))
