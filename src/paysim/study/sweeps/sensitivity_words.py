"""A study in words: which factor decides an outcome, how sure that is, what factors do together, what does nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from paysim.study.sweeps.distances import FEWEST, Distances
from paysim.study.sweeps.sensitivity import Estimate, Morris, Sensitivity, Sobol
from paysim.study.sweeps.studied import Array, Studied
from paysim.words import number
from paysim.words import translated as _

INERT = 0.05
"""Share of the variance, or of the largest effect, below which a factor is said to do nothing. A judgement; 0.01 to
0.05 are usual."""
UNEVEN = 0.5
"""Sigma over mu* above which an effect is said to differ from place to place (García Sánchez et al. 2014: below it
effects are nearly monotonic)."""
FEW_BASE, FEW_TRAJECTORIES = 256, 10
"""Below which a caution is said: a judgement."""
MUCH_LUCK = 0.1
"""Share of the variance that replicates of one point make, from which it is mentioned. A judgement."""


def ranking(found: Sensitivity) -> Estimate:
    """The estimate by which factors are put in order: total order, mu*, or distance."""
    if found.sobol is not None:
        return found.sobol.total
    if found.morris is not None:
        return found.morris.size
    return Estimate(found.distance.value, found.distance.low, found.distance.high)


def order(found: Sensitivity) -> list[int]:
    """Places of the factors, the strongest first."""
    return _ordered(ranking(found).value)


def _ordered(values: Array) -> list[int]:
    return [int(place) for place in np.argsort(-values, kind="stable")]


def contenders(found: Sensitivity) -> list[int]:
    """The strongest factor, and the others whose intervals overlap its own: the order among them is not settled."""
    by, places = ranking(found), order(found)
    return [places[0], *(place for place in places[1:] if not by.apart(places[0], place))]


def inert(found: Sensitivity) -> list[int]:
    """Factors that do nothing for sure: the whole interval below a twentieth of the variance, or of the largest effect.

    One that has no share of the variance but moves the distribution does something. A distance is never 0; there it is
    those that cannot be told from chance.
    """
    if found.sobol is not None:
        return [place for place in small(found.sobol) if not _sure(found.distance, place)]
    if found.morris is not None:
        most = float(found.morris.size.value.max())
        return [place for place in order(found) if found.morris.size.high[place] < INERT * most]
    return [place for place in order(found) if not found.distance.told(place)]


def small(sobol: Sobol) -> list[int]:
    """Factors that for sure have next to no share of the variance, the largest first."""
    return [place for place in _ordered(sobol.total.value) if sobol.total.high[place] < INERT]


def capital(text: str) -> str:
    """A sentence, whatever it begins with."""
    return text[:1].upper() + text[1:]


def percent(share: float) -> str:
    """A share in percent; with a decimal where it is nearly nothing or nearly all, but neither."""
    digits = 1 if 0.0 < min(share, 1.0 - share) < 0.01 else 0
    return f"{number(100.0 * share, digits)} %"


def paragraph(found: Sensitivity) -> str:
    """Say in a few sentences what decides the outcome, how sure that is, and what does not matter."""
    if found.rare:
        return f"{_spread_sentence(found)} " + _(
            "Too few lie on the other side to tell which factor decides it: over these ranges it hardly depends on any."
        )
    parts = [_spread_sentence(found), *_lead_sentences(found), _direction_sentence(found)]
    if found.sobol is not None:
        parts += [_together_sentence(found, found.sobol), _shape_sentence(found, found.sobol)]
    if found.morris is not None:
        parts.append(_uneven_sentence(found, found.morris))
    parts += [_inert_sentence(found), _groups_sentence(found), _luck_sentence(found)]
    return " ".join(part for part in parts if part)


def _spread_sentence(found: Sensitivity) -> str:
    studied = found.studied
    if studied.flag:
        share = float(np.nanmean(studied.means))
        return _("{what}: so are {share} of {count} points.").format(
            what=studied.what, share=percent(share), count=int(studied.defined.sum())
        )
    low, middle, high = (studied.scale.say(float(value)) for value in np.nanquantile(studied.means, [0.05, 0.5, 0.95]))
    return _("{what} is {middle} in the middle of {count} points, and {low} to {high} in nine of ten.").format(
        what=studied.what, middle=middle, count=int(studied.defined.sum()), low=low, high=high
    )


def _lead_sentences(found: Sensitivity) -> list[str]:
    rivals = contenders(found)
    if found.sobol is None and found.morris is None and not found.distance.told(rivals[0]):
        return [_("No factor can be told from chance.")]
    if len(rivals) > 1:
        return [
            _("Which factor decides is not settled, since their intervals overlap: {listed}.").format(
                listed="; ".join(f"{_name(found, place)} ({_measured(found, place)})" for place in rivals)
            )
        ]
    lead = capital(
        _("{name} decides it most: {measured}.").format(
            name=_name(found, rivals[0]), measured=_measured(found, rivals[0])
        )
    )
    nothing = inert(found) if found.sobol is None else small(found.sobol)
    rest = [place for place in order(found)[1:] if place not in nothing]
    if not rest:
        return [lead]
    after = [place for place in rest if place == rest[0] or not ranking(found).apart(rest[0], place)]
    if len(after) == 1:
        return [lead, _("Next is {name} ({measured}).").format(
            name=_name(found, rest[0]), measured=_measured(found, rest[0]))]  # fmt: skip
    listed = "; ".join(f"{_name(found, place)} ({_measured(found, place)})" for place in after)
    return [lead, _("Behind it the order is not settled: {listed}.").format(listed=listed)]


def _name(found: Sensitivity, place: int) -> str:
    return found.studied.factors[place].words


def _measured(found: Sensitivity, place: int) -> str:
    """What was found of a factor, with its interval."""
    if found.sobol is not None:
        return _("alone {first} of the variance, with what it does together with others {total}").format(
            first=interval(found.sobol.first, place), total=interval(found.sobol.total, place)
        )
    if found.morris is not None:
        return _("{size} on average over its whole range").format(size=effect(found, found.morris.size, place))
    return _("distance {distance}, by chance up to {chance}").format(
        distance=plain(ranking(found), place), chance=number(float(found.distance.chance[place]), 2)
    )


def interval(of: Estimate, place: int) -> str:
    """A share in percent with its interval: 44 % [39 to 50]; what luck puts below 0 or above 100 is shown as that."""
    value, low, high = (number(100.0 * min(max(float(part[place]), 0.0), 1.0)) for part in (of.value, of.low, of.high))
    return _("{value} % [{low} to {high}]").format(value=value, low=low, high=high)


def plain(of: Estimate, place: int) -> str:
    """A number without unit with its interval."""
    value, low, high = (number(float(part[place]), 2) for part in (of.value, of.low, of.high))
    return _("{value} [{low} to {high}]").format(value=value, low=low, high=high)


def effect(found: Sensitivity, of: Estimate, place: int) -> str:
    """An effect in the unit of the outcome with its interval."""
    say = found.studied.scale.say
    value, low, high = (say(float(part[place])) for part in (of.value, of.low, of.high))
    return _("{value} [{low} to {high}]").format(value=value, low=low, high=high)


def _direction_sentence(found: Sensitivity) -> str:
    """Where the outcome lies at both ends of the strongest factor, or with each of its levels."""
    place = order(found)[0]
    if len(contenders(found)) > 1:
        return ""
    if found.studied.factors[place].levels:
        return _levels_sentence(found, place)
    least, most = (found.studied.scale.say(float(value)) for value in found.ends[place])
    text = _("The median outcome is {least} where {name} is in its lowest third, {most} where it is in its highest.")
    if found.studied.flag:
        text = _("So are {least} where {name} is in its lowest third, {most} where it is in its highest.")
    return text.format(least=least, most=most, name=_name(found, place))


def _levels_sentence(found: Sensitivity, place: int) -> str:
    studied = found.studied.complete()
    middle = np.mean if studied.flag else np.median
    parts = []
    for at, level in enumerate(studied.factors[place].levels):
        rows = studied.inputs[:, place] == at
        if rows.any():
            value = studied.scale.say(float(middle(studied.means[rows])))
            parts.append(_("{value} with {level}").format(value=value, level=level))
    text = _("So are {listed}.") if studied.flag else _("The median outcome is {listed}.")
    return text.format(listed=", ".join(parts))


def _together_sentence(found: Sensitivity, sobol: Sobol) -> str:
    """How much of the variance factors make one by one, and who takes part in the rest."""
    alone = min(max(float(sobol.first.value.sum()), 0.0), 1.0)
    by = sobol.interaction
    told = [place for place in _ordered(by.value) if by.low[place] > 0.0 and by.value[place] >= INERT]
    shares = _("One by one the factors make {alone} % of the variance").format(alone=number(100.0 * alone))
    if not told:
        return shares + _("; that any of them does much through another cannot be told.")
    listed = ", ".join(f"{_name(found, place)} ({interval(sobol.interaction, place)})" for place in told)
    return shares + _("; the rest is what they do together: {listed}.").format(listed=listed)


def _shape_sentence(found: Sensitivity, sobol: Sobol) -> str:
    """Name the factors that move the distribution without a share of the variance of their own."""
    distance = found.distance
    quiet = [place for place in _ordered(distance.value) if sobol.first.low[place] <= 0.0 and _sure(distance, place)]
    if not quiet:
        return ""
    listed = ", ".join(
        _("{name} (distance {value}, by chance up to {chance})").format(
            name=_name(found, place),
            value=number(float(distance.value[place]), 2),
            chance=number(float(distance.chance[place]), 2),
        )
        for place in quiet
    )
    return _(
        "No share of the variance can be told for these alone, yet they move the distribution of the outcome, its "
        "spread or its shape: {listed}."
    ).format(listed=listed)


def _sure(distance: Distances, place: int) -> bool:
    return bool(distance.low[place] > distance.chance[place])


def _uneven_sentence(found: Sensitivity, morris: Morris) -> str:
    """Name the factors whose effect differs from place to place."""
    most = float(morris.size.value.max())
    uneven = [
        place
        for place in order(found)
        if morris.size.value[place] > INERT * most and morris.spread.low[place] > UNEVEN * morris.size.value[place]
    ]
    if not uneven:
        return ""
    return _("The effect differs much from place to place, by others or by itself, for: {listed}.").format(
        listed=", ".join(_name(found, place) for place in uneven)
    )


def _inert_sentence(found: Sensitivity) -> str:
    nothing = inert(found)
    if not nothing:
        return ""
    listed = ", ".join(_name(found, place) for place in nothing)
    if found.sobol is not None:
        text = _("Whatever value they have, these do next to nothing (below {least} % of the variance): {listed}.")
    elif found.morris is not None:
        text = _("These do next to nothing (below {least} % of the strongest effect): {listed}.")
    elif len(nothing) == len(found.studied.factors):
        return ""
    else:
        text = _("These cannot be told from chance: {listed}.")
    return text.format(least=number(100.0 * INERT), listed=listed)


def _groups_sentence(found: Sensitivity) -> str:
    """Say that the outcome falls into two groups, and whom the distances name then."""
    groups = found.groups
    if groups is None:
        return ""
    say = found.studied.scale.say
    text = _(
        "The outcome falls into two groups, {below} % of runs around {lower} and {above} % around {upper}, with little "
        "between them: its variance describes neither, so look at distances of distributions as well."
    ).format(
        below=number(100.0 * (1.0 - groups.share)), lower=say(groups.lower), above=number(100.0 * groups.share),
        upper=say(groups.upper),
    )  # fmt: skip
    if found.sobol is None and found.morris is None:
        return text
    farthest, leader = _ordered(found.distance.value)[0], order(found)[0]
    if farthest == leader or not found.distance.told(farthest):
        return text
    return f"{text} " + _("There {name} comes first.").format(name=_name(found, farthest))


def _luck_sentence(found: Sensitivity) -> str:
    if not found.luck >= MUCH_LUCK:
        return ""
    return _(
        "{luck} % of the variance of single runs is between replicates of the same point; shares and effects are those "
        "of the means over replicates, distances those of single runs."
    ).format(luck=number(100.0 * found.luck))


def cautions(found: Sensitivity) -> Iterator[str]:
    """Say what is to be read with care."""
    if found.sobol is not None and found.sobol.base < FEW_BASE:
        yield _("{count} base points are few for Sobol's indices: intervals are this wide because of that").format(
            count=found.sobol.base
        )
    if found.morris is not None and found.morris.trajectories < FEW_TRAJECTORIES:
        yield _("{count} trajectories are few for Morris's effects").format(count=found.morris.trajectories)
    yield from left_out(found.studied)
    if found.studied.values.size < FEWEST:
        yield _("{count} values are too few to see whether the outcome falls into two groups").format(
            count=found.studied.values.size
        )


def left_out(studied: Studied) -> Iterator[str]:
    """Say how many points have no outcome, if any."""
    if not studied.defined.all():
        yield _("{count} of {all} points have no outcome and are left out: if they differ, so would the result").format(
            count=int((~studied.defined).sum()), all=len(studied.points)
        )


def table(found: Sensitivity) -> list[tuple[str, ...]]:
    """Heads and rows, a factor each, the strongest first."""
    heads: tuple[str, ...] = (_("factor"),)
    if found.sobol is not None:
        heads += (_("alone"), _("with others"), _("only together"))
    if found.morris is not None:
        heads += (_("mean size (mu*)"), _("differs by (sigma)"))
    rows = [(*heads, _("distance"), _("by chance"))]
    for place in order(found):
        row: tuple[str, ...] = (_name(found, place),)
        if found.sobol is not None:
            row += tuple(
                interval(one, place) for one in (found.sobol.first, found.sobol.total, found.sobol.interaction)
            )
        if found.morris is not None:
            row += tuple(effect(found, one, place) for one in (found.morris.size, found.morris.spread))
        of = Estimate(found.distance.value, found.distance.low, found.distance.high)
        rows.append((*row, plain(of, place), number(float(found.distance.chance[place]), 2)))
    return rows


def as_data(found: Sensitivity) -> dict[str, Any]:
    """The same as plain data, unscaled; factors in the order of the study."""
    studied = found.studied
    data: dict[str, Any] = {
        "outcome": studied.outcome,
        "design": studied.design,
        "points": len(studied.points),
        "points_with_outcome": int(studied.defined.sum()),
        "replicates": studied.values.shape[1],
        "factors": list(studied.names),
    }
    if found.sobol is not None:
        parts = {"first": found.sobol.first, "total": found.sobol.total, "interaction": found.sobol.interaction}
        data["sobol"] = {"base_points": found.sobol.base, **_estimates(studied.names, parts)}
    if found.morris is not None:
        parts = {"mu_star": found.morris.size, "sigma": found.morris.spread}
        data["morris"] = {"trajectories": found.morris.trajectories, **_estimates(studied.names, parts)}
        data["morris"]["mu"] = dict(zip(studied.names, found.morris.mean.tolist(), strict=True))
    of = Estimate(found.distance.value, found.distance.low, found.distance.high)
    chance = dict(zip(studied.names, found.distance.chance.tolist(), strict=True))
    data["distance"] = {**_estimates(studied.names, {"distance": of}), "chance": chance}
    data["two_groups"] = None if found.groups is None else asdict(found.groups)
    data["luck"] = None if np.isnan(found.luck) else found.luck
    decided = [] if found.rare else contenders(found)
    data["decides"] = [studied.names[place] for place in decided]
    data["settled"] = len(decided) == 1
    data["inert"] = [] if found.rare else [studied.names[place] for place in inert(found)]
    data["text"] = paragraph(found)
    data["cautions"] = list(cautions(found))
    return data


def _estimates(names: Sequence[str], parts: dict[str, Estimate]) -> dict[str, Any]:
    return {
        name: {
            factor: {"value": value, "low": low, "high": high}
            for factor, value, low, high in zip(
                names, of.value.tolist(), of.low.tolist(), of.high.tolist(), strict=True
            )
        }
        for name, of in parts.items()
    }
