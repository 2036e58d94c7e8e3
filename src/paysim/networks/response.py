"""The response curve of a settlement system: delay and unsettled share against value and liquidity.

It is measured at true size by `paysim.networks.response_measure`, and read wherever a system's state of a month is
wanted without settling its payments one by one::

    found = response.at(value=2.0, liquidity=[0.5, 1.0])
    found.unsettled_share       # (2,) shares of value
    found.clamped               # (2,) True where the question lay outside what was measured

**Between the points** each measure is interpolated linearly, after transformations that make it nearly straight: value
by its logarithm; liquidity by its logarithm between levels above zero, linearly from zero to the least of them, and by
its inverse from the largest to ample liquidity; the measure itself by ``log(1 + measure / floor)``, a logarithm that
lets zero be zero. Between two values the two curves over liquidity are blended after each has been stretched: a
surge of *m* times is compared with liquidity of ``m ** STRETCH`` times, because that is about how the liquidity grows
with which a surge settles. What is read is monotone in liquidity wherever the points are, lies between points that were
measured, and at a point is the point.

**Outside** of what was measured the nearest value is read, with liquidity stretched by the same rule, or the least
level of liquidity is taken; both are flagged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paysim.networks import response_kernel

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

AMPLE = float("inf")
"""The level of liquidity at which nobody is ever short."""

MEASURES = ("delay_hours", "waiting_hours", "unsettled_share", "liquidity_used")
"""What is measured at each point; `Response` says what they are."""

FLOORS = {"delay_hours": 0.02, "waiting_hours": 0.02, "unsettled_share": 0.005, "liquidity_used": 0.002}
"""Sizes below which a measure is interpolated as it is, and above which by its logarithm: a minute, some per mille. By
trial on finely measured CIPS and HK-RMB; half or twice as much changes little."""


STRETCH = 0.65
"""Exponent of value with which liquidity is stretched between two values. Net positions of independent payments grow
with the root of their number, payments that all run one way with the number itself; of trials from 0 to 1 on finely
measured CIPS and HK-RMB this one had the least errors, and .5 to .75 hardly larger ones."""


class Reading(NamedTuple):
    """A response read at some values and levels of liquidity; arrays of their common shape. See `Response`."""

    delay_hours: Array
    waiting_hours: Array
    unsettled_share: Array
    liquidity_used: Array
    clamped: Flags


@dataclass(frozen=True)
class Response:
    """How a system responds to V values and L levels of liquidity; measures and their errors are (V, L).

    key : hash of all that it was measured from, 64 hexadecimal digits
    seed, days : of the synthetic days, and how many were drawn
    value : (V,) multiples of the value of the usual day, by the number of payments; ascending
    liquidity : (L,) multiples of the usual opening liquidity, credits and injection caps; ascending, the last `AMPLE`
    delay_hours : mean over the value that settled of the hours by which it settled later than with ample liquidity; NaN
        where nothing settles
    waiting_hours : the same over all value, what did not settle waiting until the closing
    unsettled_share : value that was returned at the closing or left in the queues, over all value
    liquidity_used : sum of the largest net debit positions, one for each participant, over the value of the usual day
    errors : standard errors of the four measures by name, from the differences between days

    Raises
    ------
    ValueError : axes that are not ascending, or a measure of another shape
    """

    key: str
    seed: int
    days: int
    value: Array
    liquidity: Array
    delay_hours: Array
    waiting_hours: Array
    unsettled_share: Array
    liquidity_used: Array
    errors: Mapping[str, Array]

    def __post_init__(self) -> None:
        """Check shapes and order; make the arrays read-only."""
        for axis in (self.value, self.liquidity):
            if axis.ndim != 1 or len(axis) < 2 or not (np.diff(axis) > 0).all() or not axis[0] >= 0:
                raise ValueError("the axes of a response are vectors of two multiples or more, ascending")
        if not self.value[0] > 0 or not self.value[-1] < AMPLE or self.liquidity[-1] != AMPLE:
            raise ValueError("values are positive and finite, and the last level of liquidity is ample")
        shape = (len(self.value), len(self.liquidity))
        for name in MEASURES:
            for table in (getattr(self, name), self.errors[name]):
                if table.shape != shape:
                    raise ValueError(f"{name} has the shape {table.shape}, its axes have {shape}")
                table.flags.writeable = False

    @property
    def digest(self) -> str:
        """Hash of the numbers themselves and of the key, 64 hexadecimal digits."""
        content = hashlib.sha256(f"{self.key} {self.seed} {self.days}".encode())
        tables = [getattr(self, name) for name in MEASURES] + [self.errors[name] for name in MEASURES]
        for table in (self.value, self.liquidity, *tables):
            content.update(np.ascontiguousarray(table, dtype="<f8").tobytes())
        return content.hexdigest()

    def at(self, value: ArrayLike, liquidity: ArrayLike) -> Reading:
        """Read the response between its points.

        Parameters
        ----------
        value, liquidity : multiples of the usual, of shapes that fit each other; liquidity may be `AMPLE`

        Returns
        -------
        reading : where nothing settles, the delay is that of the least liquidity with which something does

        Raises
        ------
        ValueError : a value or level that is negative or not a number
        """
        values, levels = np.broadcast_arrays(np.asarray(value, np.float64), np.asarray(liquidity, np.float64))
        if not (values >= 0).all() or not (levels >= 0).all():
            raise ValueError("value and liquidity are multiples of the usual: numbers that are not negative")
        found, clamped = self._alone.read(np.zeros(values.shape, dtype=np.int64), values, levels)
        return Reading(**dict(zip(MEASURES, found, strict=True)), clamped=clamped)

    @cached_property
    def _alone(self) -> Responses:
        return Responses((self,))


class Responses:
    """Some systems' responses, to be read together: one call for all, where one for each would cost most of a month."""

    def __init__(self, responses: Sequence[Response]) -> None:
        self._floors = np.array([FLOORS[name] for name in MEASURES])
        counts = [(len(response.value), len(response.liquidity)) for response in responses]
        most = tuple(max(count) for count in zip(*counts, strict=True))
        self._values, self._levels = (np.full((len(responses), count), np.nan) for count in most)
        self._tables = np.zeros((len(responses), len(MEASURES), *most))
        for s, (response, (values, levels)) in enumerate(zip(responses, counts, strict=True)):
            self._values[s, :values], self._levels[s, :levels] = response.value, response.liquidity
            measures = np.stack([_filled(getattr(response, name)) for name in MEASURES])
            self._tables[s, :, :values, :levels] = np.log1p(measures / self._floors[:, None, None])

    def read(self, system: Places, value: Array, liquidity: Array) -> tuple[Array, Flags]:
        """Read all measures, as `Response.at` does, where value and liquidity are known to be multiples.

        Parameters
        ----------
        system : which of the responses; value, liquidity : all of one shape

        Returns
        -------
        found, clamped : (measures, *shape) in the order of `MEASURES`, and (*shape)
        """
        found = np.empty((len(MEASURES), value.size))
        clamped = np.empty(value.size, dtype=np.bool_)
        which = np.ascontiguousarray(system).reshape(-1)
        values, levels = (np.ascontiguousarray(axis).reshape(-1) for axis in (value, liquidity))
        axes = (self._values, self._levels)
        response_kernel.read(*axes, self._tables, self._floors, STRETCH, which, values, levels, found, clamped)
        return found.reshape(len(MEASURES), *value.shape), clamped.reshape(value.shape)


def _filled(table: Array) -> Array:
    """Where nothing settles, the delay of the next larger liquidity."""
    filled = table.copy()
    for column in range(table.shape[1] - 2, -1, -1):
        missing = np.isnan(filled[:, column])
        filled[missing, column] = filled[missing, column + 1]
    return filled


def same_numbers(one: Response, other: Response, tolerance: float) -> bool:
    """Whether two responses agree in all their numbers to a relative tolerance, and were measured from the same."""
    if (one.key, one.seed, one.days) != (other.key, other.seed, other.days):
        return False
    tables = [entry.name for entry in fields(Response) if entry.name not in ("key", "seed", "days", "errors")]
    pairs = [(getattr(one, name), getattr(other, name)) for name in tables]
    pairs += [(one.errors[name], other.errors[name]) for name in MEASURES]
    return all(np.allclose(*pair, rtol=tolerance, atol=tolerance, equal_nan=True) for pair in pairs)


def restoring_liquidity(response: Response, value: float, share: float) -> float:
    """Give the least liquidity at which no more than a share of a day's value stays unsettled.

    Parameters
    ----------
    value : multiple of the usual day's value
    share : of value

    Returns
    -------
    multiple of the usual liquidity, by halving an interval; `AMPLE` where even the largest finite level is not enough
    """

    def enough(level: float) -> bool:
        return bool(response.at(value, level).unsettled_share <= share)

    low, high = float(response.liquidity[0]), float(response.liquidity[-2])
    if enough(low) or not enough(high):
        return low if enough(low) else AMPLE
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


_HALVINGS = 40  # of an interval of some multiples: to far more digits than anybody writes
