"""The compiled heart of the synthetic day: payments drawn one by one in the order of time.

`paysim.networks.synthetic` states the law, prepares the tables and is the way in; nothing here checks what it is given.
This file imports nothing of paysim, because the compiler's cache looks at this file only.

Randomness is a hash of (key of a purpose, payment): payment *o* that mirrors nothing, or the *s*-th mirror after it,
has its luck whatever else is drawn, and drawing it again costs no memory. Hence the two passages: `measure` adds up
what the amounts of the day would make, so that they can be scaled, and `draw` writes the payments.

Tables::

    keys        (PURPOSES,) uint64: one key a purpose
    numbers     (NUMBERS,) float64: the parameters named below
    weights     (2, n) float64: cumulative weights inside core and periphery of the first and the second of a pair
    guide       (2, 2, GUIDE_CELLS) int64: for each kind and block, where in the weights the search for a uniform begins
    laws        (2, n) float64: scale and cap of a participant's payments, in mean payments
    progress    (PROGRESS,) int64: how far the day has been drawn
    counts      (T,) int32: payments that mirror nothing, by second
    due         (T,) int32: first mirror due by second, a row of pending
    pending     payments that are due or to come (dtype `MIRROR`)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import boolean, float64, from_dtype, int32, int64, njit, uint64
from numpy.typing import NDArray

Compiled = TypeVar("Compiled", bound=Callable[..., Any])
Array = NDArray[np.float64]
Table = NDArray[np.void]
Vector = NDArray[np.int64]
Small = NDArray[np.int32]
Keys = NDArray[np.uint64]

MIRROR = np.dtype(
    [
        ("original", np.int64),  # the payment at the beginning of the chain
        ("answers", np.int64),  # id of the payment it mirrors
        ("score", np.float64),  # its amount, as a standard normal number
        ("step", np.int32),  # its place in the chain of mirrors
        ("left", np.int32),  # mirrors that come after it
        ("sender", np.int32),
        ("receiver", np.int32),
        ("following", np.int32),  # next mirror due in the same second, or next free row
    ],
    align=True,
)

NONE = -1

# Purposes of the keys.
INSTANT, PAIR, FIRST, SECOND, SIZE, SIZE_ANGLE, MIRRORED, DELAY, URGENT, BATCH = range(10)
PURPOSES = 10

# Numbers.
CORE_INSIDE, CORE_ANY = 0, 1  # share of payments inside the core, and with the core on either side
SIZE_SIGMA, SIMILARITY = 2, 3  # sd of the logarithm of an amount; correlation of it with its mirror's
MEAN_PAYMENT, SCALE = 4, 5  # minor units; factor on all amounts that are not at their cap
URGENT_SHARE, BATCH_SHARE, MIRROR_DELAY = 6, 7, 8
NUMBERS = 9

# Progress.
ORIGINALS, MIRRORS, CHAIN, LONGER = 0, 1, 2, 3  # totals; every chain has CHAIN mirrors, LONGER of them one more
SECOND_OF_DAY, DRAWN_IN_SECOND, ORIGINALS_DRAWN, LONGER_DRAWN, DRAWN = 4, 5, 6, 7, 8
FREE, USED, CORE = 9, 10, 11  # first free row of the mirrors; rows ever used; participants in the core
PROGRESS = 12

# Columns that are drawn.
PAYMENT_ID, ARRIVES, SENDER, RECEIVER, AMOUNT, PRIORITY, ANSWERS = range(7)
COLUMNS = 7

GUIDE_CELLS = 4096

_LARGEST_FLOAT = 4.0e18  # minor units; below 2**62, so that it converts without overflow

_VECTOR, _SMALL, _ARRAY, _MATRIX = int64[::1], int32[::1], float64[::1], float64[:, ::1]
_KEYS, _GUIDE, _TABLE, _MIRRORS = uint64[::1], int64[:, :, ::1], int64[:, ::1], from_dtype(MIRROR)[::1]


def _entry(*arguments: object) -> Callable[[Compiled], Compiled]:
    """Compile a function that Python calls, once, for these argument types; keep its type hints for the reader."""
    return cast("Callable[[Compiled], Compiled]", njit(int64(*arguments), cache=True))


def _inner(function: Compiled) -> Compiled:
    """Compile a function that only compiled functions call."""
    return cast("Compiled", njit(cache=True)(function))


@_inner
def _hash(key: np.uint64, original: int, step: int) -> np.uint64:
    """64 random bits of a payment for a purpose: splitmix64 (Steele, Lea and Flood 2014) of a counter."""
    counter = np.uint64(original) + (np.uint64(step) << np.uint64(32))
    bits = key + counter * np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.uint64(bits ^ (bits >> np.uint64(31)))


@_inner
def _uniform(key: np.uint64, original: int, step: int) -> float:
    """A uniform in [0, 1) with 53 bits."""
    return float(_hash(key, original, step) >> np.uint64(11)) * 2.0**-53


@_inner
def _normal(keys: Keys, original: int, step: int) -> float:
    """A standard normal number (Box and Muller 1958)."""
    radius = np.sqrt(-2.0 * np.log(1.0 - _uniform(keys[SIZE], original, step)))
    return float(radius * np.cos(2.0 * np.pi * _uniform(keys[SIZE_ANGLE], original, step)))


@_inner
def _pick(weights: Array, guide: Vector, begin: int, end: int, uniform: float) -> int:
    """The participant in [begin, end) where the cumulative weights pass a uniform; the guide says where to begin."""
    participant = guide[int(uniform * GUIDE_CELLS)]
    while participant < end - 1 and weights[participant] <= uniform:
        participant += 1
    return int(participant)


@_inner
def _pick_other(weights: Array, guide: Vector, begin: int, end: int, uniform: float, one: int) -> int:
    """Pick a participant that is not `one`: its stretch of the cumulative weights is left out."""
    start = weights[one - 1] if one > begin else 0.0
    length = weights[one] - start
    place = uniform * (1.0 - length)
    if place >= start:
        place += length
    other = _pick(weights, guide, begin, end, min(place, 1.0 - 2.0**-53))
    if other != one:
        return int(other)
    return one + 1 if one + 1 < end else one - 1  # rounding can hit the edge of the stretch


@_inner
def _draw_pair(keys: Keys, numbers: Array, weights: Array, guide: Vector, core: int, original: int) -> tuple[int, int]:
    """Sender and receiver of a payment that mirrors nothing: a pair, and its direction by the toss of a coin."""
    bits = _hash(keys[PAIR], original, 0)
    where = float(bits >> np.uint64(11)) * 2.0**-53
    first = _uniform(keys[FIRST], original, 0)
    second = _uniform(keys[SECOND], original, 0)
    count = weights.shape[1]
    if where < numbers[CORE_INSIDE]:
        one = _pick(weights[0], guide[0, 0], 0, core, first)
        other = _pick_other(weights[1], guide[1, 0], 0, core, second, one)
    elif where < numbers[CORE_ANY]:
        one = _pick(weights[1], guide[1, 0], 0, core, first)
        other = _pick(weights[1], guide[1, 1], core, count, second)
    else:
        one = _pick(weights[0], guide[0, 1], core, count, first)
        other = _pick_other(weights[1], guide[1, 1], core, count, second, one)
    if bits & np.uint64(1):
        return one, other
    return other, one


@_inner
def _size(numbers: Array, laws: Array, sender: int, receiver: int, score: float) -> tuple[float, float]:
    """Amount before the cap, and the cap, in mean payments: the law of the smaller of the two participants."""
    smaller = sender if laws[1, sender] <= laws[1, receiver] else receiver
    sigma = numbers[SIZE_SIGMA]
    return laws[0, smaller] * np.exp(sigma * score - 0.5 * sigma * sigma), laws[1, smaller]


@_inner
def _mirror_score(keys: Keys, numbers: Array, original: int, step: int, score: float) -> float:
    """The standard normal number of a mirror's amount, near to that of the payment it mirrors."""
    similarity = numbers[SIMILARITY]
    return float(similarity * score + np.sqrt(1.0 - similarity * similarity) * _normal(keys, original, step))


@_inner
def _chain_length(keys: Keys, progress: Vector, original: int, longer_before: int) -> int:
    """Mirrors after an original; which chains are one longer is a random subset of exact size (Fan et al. 1962)."""
    left = progress[LONGER] - longer_before
    if _uniform(keys[MIRRORED], original, 0) * (progress[ORIGINALS] - original) < left:
        return int(progress[CHAIN] + 1)
    return int(progress[CHAIN])


@_entry(_KEYS, _ARRAY, _SMALL, int64)
def count_instants(keys: Keys, profile: Array, counts: Small, originals: int) -> int:
    """Count the payments that mirror nothing by second.

    profile : (P + 1,) cumulative weights of P equal parts of the day, from 0 to 1
    counts : (T,) is added to
    """
    parts, seconds = len(profile) - 1, len(counts)
    for original in range(originals):
        uniform = _uniform(keys[INSTANT], original, 0)
        low, high = 0, parts
        while high - low > 1:
            middle = (low + high) // 2
            if profile[middle] <= uniform:
                low = middle
            else:
                high = middle
        inside = (uniform - profile[low]) / (profile[low + 1] - profile[low])
        counts[min(int((low + inside) * seconds / parts), seconds - 1)] += 1
    return originals


@_inner
def _tally(sums: Array, low: float, step: float, size: float, cap: float) -> None:
    """Add a payment to the cell of the factor at which it meets its cap; first and last cell take the rest."""
    cells = sums.shape[1] - 2
    cell = cells + 1
    if cap < size * np.exp(low + step * cells):
        cell = min(max(1 + int(np.floor((np.log(cap / size) - low) / step)), 0), cells)
    sums[0, cell] += size
    if cap < np.inf:
        sums[1, cell] += cap


@_entry(_KEYS, _ARRAY, _MATRIX, _GUIDE, _MATRIX, _VECTOR, _MATRIX, float64, float64)
def measure(
    keys: Keys,
    numbers: Array,
    weights: Array,
    guide: Vector,
    laws: Array,
    progress: Vector,
    sums: Array,
    low: float,
    step: float,
) -> int:
    """Add up amounts before the cap, `sums[0]`, and caps, `sums[1]`, by the logarithm of the factor that meets the cap.

    Cell 0 is below `low`, cell 1 + c begins at low + c step, the last is above all others.
    """
    longer = 0
    for original in range(progress[ORIGINALS]):
        sender, receiver = _draw_pair(keys, numbers, weights, guide, progress[CORE], original)
        score = _normal(keys, original, 0)
        chain = _chain_length(keys, progress, original, longer)
        longer += chain - progress[CHAIN]
        size, cap = _size(numbers, laws, sender, receiver, score)
        _tally(sums, low, step, size, cap)
        for place in range(1, chain + 1):
            score = _mirror_score(keys, numbers, original, place, score)
            size, cap = _size(numbers, laws, sender, receiver, score)
            _tally(sums, low, step, size, cap)
    return longer


@_inner
def _mirror_second(keys: Keys, numbers: Array, second: int, seconds: int, original: int, step: int) -> int:
    """When a mirror arrives: an exponential delay, given that it ends before the closing; whole seconds."""
    left, mean = seconds - second, numbers[MIRROR_DELAY]
    if mean <= 0.0:
        return second
    before_closing = -np.expm1(-left / mean)
    delay = -mean * np.log1p(-_uniform(keys[DELAY], original, step) * before_closing)
    return second + min(int(delay), left - 1)


@_inner
def _amount(numbers: Array, laws: Array, sender: int, receiver: int, score: float) -> int:
    """Amount in minor units: scaled, at most the cap, at least one."""
    size, cap = _size(numbers, laws, sender, receiver, score)
    most = int(min(np.floor(cap * numbers[MEAN_PAYMENT]), _LARGEST_FLOAT))
    wanted = int(min(size * numbers[SCALE] * numbers[MEAN_PAYMENT] + 0.5, _LARGEST_FLOAT))
    return max(min(wanted, most), 1)


@_inner
def _free_row(progress: Vector, pending: Table) -> int:
    """Take a free row of the mirrors to come; the caller of `draw` sees to it that there is one."""
    row = progress[FREE]
    if row == NONE:
        row = progress[USED]
        progress[USED] += 1
    else:
        progress[FREE] = pending["following"][row]
    return int(row)


@_inner
def _begin_chain(
    keys: Keys, numbers: Array, weights: Array, guide: Vector, progress: Vector, due: Small, pending: Table
) -> None:
    """Draw the next payment that mirrors nothing and put it at the head of those due in this second."""
    original, second = progress[ORIGINALS_DRAWN], progress[SECOND_OF_DAY]
    sender, receiver = _draw_pair(keys, numbers, weights, guide, progress[CORE], original)
    chain = _chain_length(keys, progress, original, progress[LONGER_DRAWN])
    progress[LONGER_DRAWN] += chain - progress[CHAIN]
    progress[ORIGINALS_DRAWN] += 1
    progress[DRAWN_IN_SECOND] += 1
    row = _free_row(progress, pending)
    pending["original"][row], pending["step"][row], pending["left"][row] = original, 0, chain
    pending["sender"][row], pending["receiver"][row] = sender, receiver
    pending["score"][row] = _normal(keys, original, 0)
    pending["answers"][row] = NONE
    pending["following"][row] = due[second]
    due[second] = row


@_inner
def _write(
    keys: Keys, numbers: Array, laws: Array, progress: Vector, pending: Table, row: int, columns: Vector, place: int
) -> bool:
    """Write a payment that is due, and say whether it is a batch payment."""
    original, step = pending["original"][row], pending["step"][row]
    sender, receiver = pending["sender"][row], pending["receiver"][row]
    columns[PAYMENT_ID, place] = progress[DRAWN]
    columns[SENDER, place] = sender
    columns[RECEIVER, place] = receiver
    columns[AMOUNT, place] = _amount(numbers, laws, sender, receiver, pending["score"][row])
    columns[PRIORITY, place] = 0 if _uniform(keys[URGENT], original, step) < numbers[URGENT_SHARE] else 1
    columns[ANSWERS, place] = pending["answers"][row]
    return bool(_uniform(keys[BATCH], original, step) < numbers[BATCH_SHARE])


@_inner
def _go_on(keys: Keys, numbers: Array, progress: Vector, due: Small, pending: Table, row: int, answers: int) -> None:
    """Turn a payment that was written into its mirror to come, or set its row free if it has none."""
    if pending["left"][row] == 0:
        pending["following"][row] = progress[FREE]
        progress[FREE] = row
        return
    original, step = pending["original"][row], pending["step"][row] + 1
    sender = pending["sender"][row]
    pending["step"][row] = step
    pending["left"][row] -= 1
    pending["sender"][row], pending["receiver"][row] = pending["receiver"][row], sender
    pending["score"][row] = _mirror_score(keys, numbers, original, step, pending["score"][row])
    pending["answers"][row] = answers
    second = _mirror_second(keys, numbers, progress[SECOND_OF_DAY], len(due), original, step)
    pending["following"][row] = due[second]
    due[second] = row


@_entry(
    _KEYS,
    _ARRAY,
    _MATRIX,
    _GUIDE,
    _MATRIX,
    _VECTOR,
    _SMALL,
    _SMALL,
    _MIRRORS,
    _TABLE,
    boolean[::1],
    int64,
    int64,
    int64,
)
def draw(
    keys: Keys,
    numbers: Array,
    weights: Array,
    guide: Vector,
    laws: Array,
    progress: Vector,
    counts: Small,
    due: Small,
    pending: Table,
    columns: Vector,
    batch: NDArray[np.bool_],
    opens: int,
    first: int,
    last: int,
) -> int:
    """Draw the next payments of the day into the columns from `first` up to `last`, and return how many they are.

    In every second the mirrors due come first, the latest promised first. A mirror may be due in the very second of the
    payment it mirrors.

    pending : with room for as many rows as are in use and `last` - `first` more
    columns : (COLUMNS, rows), see the names above; batch : (rows,)
    """
    place = first
    while place < last and progress[SECOND_OF_DAY] < len(counts):
        second = progress[SECOND_OF_DAY]
        if due[second] == NONE:
            if progress[DRAWN_IN_SECOND] == counts[second]:
                progress[SECOND_OF_DAY] += 1
                progress[DRAWN_IN_SECOND] = 0
                continue
            _begin_chain(keys, numbers, weights, guide, progress, due, pending)
        row = due[second]
        due[second] = pending["following"][row]
        columns[ARRIVES, place] = opens + second
        batch[place] = _write(keys, numbers, laws, progress, pending, row, columns, place)
        _go_on(keys, numbers, progress, due, pending, row, progress[DRAWN])
        progress[DRAWN] += 1
        place += 1
    return place - first
