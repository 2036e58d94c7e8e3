"""The sample of a study: where its points lie, in the unit cube and in the units of the factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paysim.errors import PaysimError

if TYPE_CHECKING:
    from paysim.scenario.sweep import Sweep
    from paysim.scenario.sweep_parts import Design, Factor

Array = NDArray[np.float64]

MORRIS_LEVELS = 4
"""Steps of a factor in a Morris design (usual in the literature: Campolongo, Cariboni and Saltelli 2007)."""


def unit_sample(sweep: Sweep) -> Array:
    """Where the points lie in the unit cube, (n, D), one column a factor; the same for the same study and seed.

    Raises PaysimError where the design needs SALib and it is not installed.
    """
    design, factors = sweep.design, list(sweep.factors.values())
    rows, count = design.rows(factors), len(factors)
    if design.kind == "grid":
        return _grid(design, factors, rows)
    from scipy.stats import qmc

    if design.kind == "latin-hypercube":
        return np.asarray(qmc.LatinHypercube(count, seed=_stream(sweep.seed)).random(rows))
    if design.kind == "sobol":
        sobol = qmc.Sobol(count, scramble=True, seed=_stream(sweep.seed))
        return np.asarray(sobol.random_base2((rows - 1).bit_length()))
    return _salib(design, list(sweep.factors), rows, sweep.seed)


def _stream(seed: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed))


def _grid(design: Design, factors: Sequence[Factor], rows: int) -> Array:
    """All combinations, the last factor changing fastest; ranges in even steps of their quantiles, ends included."""
    axes = []
    for factor in factors:
        if factor.levels is None:
            axes.append(np.linspace(0.0, 1.0, design.levels or 2))
        else:
            axes.append((np.arange(len(factor.levels)) + 0.5) / len(factor.levels))
    places = np.unravel_index(np.arange(rows), [len(axis) for axis in axes])
    return np.column_stack([axis[place] for axis, place in zip(axes, places, strict=True)])


def problem_of(names: Sequence[str]) -> dict[str, object]:
    """The factors as SALib wants them, in the unit cube."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _salib(design: Design, names: Sequence[str], rows: int, seed: int) -> Array:
    try:
        from SALib.sample import morris, sobol
    except ImportError:
        raise PaysimError(
            f"a {design.kind} design is drawn by SALib, which is not installed: pip install 'paysim[study]'"
        ) from None
    state = int(np.random.SeedSequence(seed).generate_state(1)[0])
    count, problem = len(names), problem_of(names)
    if design.kind == "morris":
        levels = design.levels or MORRIS_LEVELS
        return np.asarray(morris.sample(problem, rows // (count + 1), num_levels=levels, seed=state))
    step = 2 * count + 2 if design.second_order else count + 2
    return np.asarray(sobol.sample(problem, rows // step, calc_second_order=design.second_order, seed=state))


def column(factor: Factor, units: Array) -> NDArray[np.object_] | Array:
    """A factor at points (n,) of the unit interval: numbers in its unit, or texts."""
    if factor.levels is not None:
        return np.array([factor.levels[factor.place(u)] for u in units.tolist()], dtype=object)
    return np.array([factor.quantile(u) for u in units.tolist()])


def said(factor: Factor, u: float) -> str:
    """What a factor is at one point, as ``--set`` takes it, or the file of a scenario."""
    return factor.levels[factor.place(u)] if factor.levels is not None else factor.written(factor.quantile(u))
