"""The response of a settlement system, from what is shipped, from a person's cache, or measured now.

Files are the business of ``paysim.data.response_files``; here tables become responses and the other way round.
"""

from __future__ import annotations

import numpy as np

from paysim.data.response_files import ResponseTable, cached_response, keep_response, shipped_response
from paysim.errors import DataError
from paysim.networks.response import MEASURES, Response
from paysim.networks.response_measure import Progress, measure_response
from paysim.networks.response_plan import SEED, Plan, quick_plan, response_key, thorough_plan
from paysim.networks.systems import System


def response_of(
    system: System, seed: int = SEED, plan: Plan | None = None, progress: Progress | None = None
) -> Response:
    """Give the response of a system: a shipped or cached one of the very same data, or else measure and cache it.

    Parameters
    ----------
    system : shipped or a person's own; what decides is what it says, not its name
    seed : of the synthetic days
    plan : where and how often to measure; default the thorough plan if its response is shipped, else the quick one
    progress : told how many points of how many are settled; not called if nothing has to be measured

    Raises
    ------
    DataError : a shipped file is broken
    ValueError : no day of the system can be drawn or settled
    """
    known = known_response(system, seed, plan)
    if known is not None:
        return known
    response = measure_response(system, seed, quick_plan(system) if plan is None else plan, progress)
    keep_response(as_table(response, system.name))
    return response


def known_response(system: System, seed: int = SEED, plan: Plan | None = None) -> Response | None:
    """Give the response of a system as `response_of` does, but None where it would have to be measured.

    Raises
    ------
    DataError : a shipped file is broken
    """
    shipped = shipped_response(response_key(system, thorough_plan(system) if plan is None else plan, seed))
    if shipped is not None:
        return from_table(shipped)
    table = cached_response(response_key(system, quick_plan(system) if plan is None else plan, seed))
    try:
        return None if table is None else from_table(table)
    except DataError:
        return None  # it was written by somebody else's hand


def as_table(response: Response, name: str) -> ResponseTable:
    """Write a response as a table, one row a point, with all levels of liquidity of a value together."""
    values, levels = np.meshgrid(response.value, response.liquidity, indexing="ij")
    columns = {"value": values, "liquidity": levels}
    columns |= {measure: getattr(response, measure) for measure in MEASURES}
    columns |= {_error(measure): response.errors[measure] for measure in MEASURES}
    flat = {column: tuple(numbers.ravel().tolist()) for column, numbers in columns.items()}
    return ResponseTable(name, response.key, response.seed, response.days, flat)


def from_table(table: ResponseTable) -> Response:
    """Read a response from a table.

    Raises
    ------
    DataError : a column is missing, or the rows are not the points of a grid in their order
    """
    try:
        columns = {name: np.array(table.columns[name]) for name in ("value", "liquidity", *MEASURES)}
        errors = {measure: np.array(table.columns[_error(measure)]) for measure in MEASURES}
        value, liquidity = np.unique(columns.pop("value")), np.unique(columns.pop("liquidity"))
        shape = (len(value), len(liquidity))
        grid = (np.repeat(value, shape[1]), np.tile(liquidity, shape[0]))
        if any(not np.array_equal(axis, table.columns[name]) for axis, name in zip(grid, _AXES, strict=True)):
            raise ValueError("its rows are not the points of a grid in their order")
        measures = {name: columns[name].reshape(shape) for name in MEASURES}
        spread = {name: errors[name].reshape(shape) for name in MEASURES}
        return Response(table.key, table.seed, table.days, value, liquidity, **measures, errors=spread)
    except (KeyError, ValueError) as error:
        raise DataError(f"the response of {table.system} cannot be read: {error}") from None


_AXES = ("value", "liquidity")


def _error(measure: str) -> str:
    return f"{measure}_error"
