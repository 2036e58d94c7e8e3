"""Gridlock or deadlock: whether some of the payments in the queues could settle together.

A queue is in *gridlock* if there is a set of queued payments, not empty, that can settle at one instant because nobody
would be short: ``cover_i + in_i(X) - out_i(X) >= 0`` for every participant i (Danmarks Nationalbank, Payment Systems
in Denmark, chapter 15: http://www.nationalbanken.dk/DNUK/Publications.nsf/side/Payment_Systems_in_Denmark_publ/$file/kap15.html).
Otherwise it is in *deadlock*: only new liquidity helps. Cover is the balance and all credit.

If payments may be chosen without regard to their order, the question contains the subset-sum problem, and so there
is no method that is always fast. `queue_state` proceeds from cheap to dear, in integers throughout but for the solver:

1. A payment that its sender can cover alone settles.
2. What cannot be in any such set is dropped: a payment above its sender's cover and all that could come in, or one to
   a participant that does not itself wait for money (leaving it out only helps). What is left falls apart into
   strongly connected components, and if there is such a set at all, there is one within a component: in the set, look
   at a component that gets nothing from the others.
3. In each component: what remains when the largest payments of those short are left out; then a complete search for
   few payments; then a mixed-integer solver (HiGHS, through scipy).

The solver computes in floating point, and has called problems with large coefficients infeasible that were not
(https://github.com/ERGO-Code/HiGHS/issues/1704). Hence it is given coefficients of a few digits only, in a
problem that is *relaxed* by more than its tolerance: incoming money rounded up, outgoing down. A set that it finds
counts only if it holds in whole minor units; if not, a constraint that is exactly true and excludes it is added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from paysim.networks.payments import Vector, integers

State = Literal["empty", "gridlock", "deadlock"]

SEARCHED_PAYMENTS = 60
SEARCH_STEPS = 20_000
"""The complete search is tried on components of so many payments, and given up after so many sets."""
SOLVER_BITS = 20
"""Size of the largest coefficient in the solver: 2**20 times its tolerance of 1e-6 is about one unit."""
MARGIN = 0.5
"""Whole numbers that reach a limit reach it with half a unit to spare, far more than the solver's tolerance."""
SOLVER_ROUNDS = 200
"""How often the solver may come up with a set that does not hold exactly."""
SOLVER_NODES = 1_000
"""How many subproblems the solver may open; some seconds for a thousand payments, and the same on every machine."""
INFEASIBLE = 2  # as scipy.optimize.milp says it


class UndecidedError(RuntimeError):
    """Whether queues are in gridlock or deadlock was not found out with the effort allowed."""


class QueueState(NamedTuple):
    """State of the queues, and for a gridlock the rows of payments that can settle together, ascending."""

    state: State
    together: Vector


@dataclass(frozen=True)
class _Queue:
    """Queued payments by row, and the cover of each participant: integers of any size."""

    sender: Sequence[int]
    receiver: Sequence[int]
    amount: Sequence[int]
    cover: Sequence[int]

    def balances(self, rows: Iterable[int]) -> list[int]:
        """Give what is left of each cover if these rows settle together."""
        left = list(self.cover)
        for row in rows:
            left[self.sender[row]] -= self.amount[row]
            left[self.receiver[row]] += self.amount[row]
        return left

    def settles(self, rows: Sequence[int]) -> bool:
        """Whether there are rows and nobody would be short."""
        return bool(rows) and min(self.balances(rows)) >= 0


def queue_state(sender: ArrayLike, receiver: ArrayLike, amount: ArrayLike, cover: ArrayLike) -> QueueState:
    """Tell whether any set of queued payments could settle together, in whatever order they are queued.

    Parameters
    ----------
    sender, receiver : (N,) indices of participants
    amount : (N,) minor units, positive
    cover : (participants,) minor units, not negative: balance and credit

    Returns
    -------
    "empty" without payments; "gridlock" with a set that settles; "deadlock" if there is none

    Raises
    ------
    TypeError : a column is not of integers
    ValueError : columns of different length, or a value outside its range
    UndecidedError : it could not be found out; nothing is guessed. Hundreds of payments among participants who have
        next to nothing can bring this about, because then a set has to balance to the unit
    """
    queue = _read_queue(sender, receiver, amount, cover)
    if not queue.amount:
        return _state("empty")
    alone = next((row for row, paid in enumerate(queue.amount) if paid <= queue.cover[queue.sender[row]]), None)
    if alone is not None:
        return _state("gridlock", [alone])
    for component in _components(queue, _hopeful(queue)):
        found = _solve(queue, component)
        if found:
            return _state("gridlock", found)
    return _state("deadlock")


def queue_state_in_order(sender: ArrayLike, receiver: ArrayLike, amount: ArrayLike, cover: ArrayLike) -> QueueState:
    """Tell whether the first payments of some queues could settle together; the rows are in the order of the queues.

    A set made of the first payments of each queue, none of them left out. The set that is found is the largest:
    leaving the last payment of a short participant out can only make others shorter, so that everything left out had
    to be (rule *partial* in ``docs/reference/settlement.md``).

    Parameters and errors are those of `queue_state`.
    """
    queue = _read_queue(sender, receiver, amount, cover)
    rows = range(len(queue.amount))
    if not rows:
        return _state("empty")
    largest = _largest_prefixes(queue, rows)
    return _state("gridlock", largest) if largest else _state("deadlock")


def _state(state: State, rows: Sequence[int] = ()) -> QueueState:
    return QueueState(state, np.array(sorted(rows), np.int64))


def _read_queue(sender: ArrayLike, receiver: ArrayLike, amount: ArrayLike, cover: ArrayLike) -> _Queue:
    payer, payee = integers("sender", sender), integers("receiver", receiver)
    paid, limits = integers("amount", amount), integers("cover", cover)
    if not len(payer) == len(payee) == len(paid):
        raise ValueError(f"columns differ in length: {len(payer)}, {len(payee)}, {len(paid)}")
    if limits.min(initial=0) < 0:
        raise ValueError("cover is not negative")
    if len(paid) and paid.min() <= 0:
        raise ValueError("amounts are positive")
    for name, column in (("sender", payer), ("receiver", payee)):
        if len(column) and (column.min() < 0 or column.max() >= len(limits)):
            raise ValueError(f"{name} is an index from 0 to {len(limits) - 1}")
    if (payer == payee).any():
        raise ValueError("a participant does not pay itself")
    return _Queue(payer.tolist(), payee.tolist(), paid.tolist(), limits.tolist())


def _largest_prefixes(queue: _Queue, rows: Iterable[int]) -> list[int]:
    """Leave the last payment of a short participant out until nobody is short."""
    kept: defaultdict[int, list[int]] = defaultdict(list)
    ordered = list(rows)
    for row in ordered:
        kept[queue.sender[row]].append(row)
    left = queue.balances(ordered)
    short = [participant for participant, balance in enumerate(left) if balance < 0]
    while short:
        participant = short.pop()
        while left[participant] < 0:
            row = kept[participant].pop()
            payee = queue.receiver[row]
            left[participant] += queue.amount[row]
            left[payee] -= queue.amount[row]
            if left[payee] < 0:
                short.append(payee)
    return [row for queued in kept.values() for row in queued]


def _hopeful(queue: _Queue) -> set[int]:
    """Drop, again and again, the payments that cannot be in the smallest sets that settle."""
    rows = set(range(len(queue.amount)))
    while True:
        most = list(queue.cover)
        waiting = {queue.sender[row] for row in rows}
        for row in rows:
            most[queue.receiver[row]] += queue.amount[row]
        kept = {row for row in rows if queue.amount[row] <= most[queue.sender[row]] and queue.receiver[row] in waiting}
        if kept == rows:
            return rows
        rows = kept


def _components(queue: _Queue, rows: set[int]) -> list[list[int]]:
    """Split payments by the strongly connected components of who pays whom; those between components belong to none."""
    # Imported where it is needed: most of what this package does starts without scipy.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ordered = sorted(rows)
    ends = ([queue.sender[row] for row in ordered], [queue.receiver[row] for row in ordered])
    size = len(queue.cover)
    graph = coo_array((np.ones(len(ordered)), ends), shape=(size, size))
    label = connected_components(graph, directed=True, connection="strong")[1].tolist()
    parts: defaultdict[int, list[int]] = defaultdict(list)
    for row in ordered:
        if label[queue.sender[row]] == label[queue.receiver[row]]:
            parts[label[queue.sender[row]]].append(row)
    return sorted(parts.values(), key=len)


def _solve(queue: _Queue, rows: list[int]) -> list[int]:
    """Find rows of a component that settle together, [] if there are none."""
    for order in (rows, sorted(rows, key=queue.amount.__getitem__)):
        found = _largest_prefixes(queue, order)
        if found:
            return found
    if len(rows) <= SEARCHED_PAYMENTS:
        searched = _Search(queue, rows).result()
        if searched is not None:
            return searched
    return _ask_solver(queue, rows)


class _Search:
    """Complete search: a set grows by payments to somebody who is short in it, until nobody is."""

    def __init__(self, queue: _Queue, rows: list[int]) -> None:
        self._queue = queue
        self._rows = rows
        self._steps = 0
        self._incoming: defaultdict[int, list[int]] = defaultdict(list)
        for row in sorted(rows, key=queue.amount.__getitem__, reverse=True):
            self._incoming[queue.receiver[row]].append(row)

    def result(self) -> list[int] | None:
        """Give rows that settle together, [] if there are none, None if it took too long."""
        barred: set[int] = set()
        for row in self._rows:
            found = self._grow([row], self._queue.balances([row]), barred)
            if found or self._steps > SEARCH_STEPS:
                return found or None
            barred = barred | {row}
        return []

    def _grow(self, chosen: list[int], left: list[int], barred: set[int]) -> list[int]:
        self._steps += 1
        if self._steps > SEARCH_STEPS:
            return []
        short = [participant for participant, balance in enumerate(left) if balance < 0]
        if not short:
            return chosen
        helpers = {
            participant: [row for row in self._incoming[participant] if row not in barred and row not in chosen]
            for participant in short
        }
        for participant in short:
            if left[participant] + sum(self._queue.amount[row] for row in helpers[participant]) < 0:
                return []
        # Every larger set that settles has one of these; those before it are barred, so that no set comes twice.
        for row in min(helpers.values(), key=len):
            more = list(left)
            more[self._queue.sender[row]] -= self._queue.amount[row]
            more[self._queue.receiver[row]] += self._queue.amount[row]
            found = self._grow([*chosen, row], more, barred)
            if found or self._steps > SEARCH_STEPS:
                return found
            barred = barred | {row}
        return []


def _ask_solver(queue: _Queue, rows: list[int]) -> list[int]:
    """Solve the relaxed problem, with more and more exact constraints, until a set holds exactly or there is none."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    matrix = _Matrix()
    matrix.add([(column, 1.0) for column in range(len(rows))], 1.0)  # not the empty set
    _add_relaxed(matrix, queue, rows)
    for _ in range(SOLVER_ROUNDS):
        values = csr_array((matrix.values, (matrix.lines, matrix.columns)), shape=(len(matrix.lowest), len(rows)))
        answer = milp(
            np.zeros(len(rows)),
            integrality=np.ones(len(rows)),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(values, matrix.lowest, np.inf),
            options={"node_limit": SOLVER_NODES},
        )
        if answer.status == INFEASIBLE:
            return []
        if answer.x is None:
            raise UndecidedError(f"gridlock or deadlock of {len(rows)} payments: undecided after {SOLVER_NODES} nodes")
        chosen = [row for row, taken in zip(rows, answer.x, strict=True) if taken > 0.5]
        if queue.settles(chosen):
            return chosen
        _add_exact_cut(matrix, queue, rows, set(chosen))
    raise UndecidedError(f"gridlock or deadlock of {len(rows)} payments: {SOLVER_ROUNDS} sets almost settle, none does")


class _Matrix:
    """Lines ``sum of value x column >= lowest`` of a sparse matrix."""

    def __init__(self) -> None:
        self.lines: list[int] = []
        self.columns: list[int] = []
        self.values: list[float] = []
        self.lowest: list[float] = []

    def add(self, terms: Iterable[tuple[int, float]], lowest: float) -> None:
        """Add a line of (column, value)."""
        for column, value in terms:
            self.lines.append(len(self.lowest))
            self.columns.append(column)
            self.values.append(value)
        self.lowest.append(lowest)


def _add_relaxed(matrix: _Matrix, queue: _Queue, rows: list[int]) -> None:
    """Add ``in - out >= -cover`` in small whole numbers, so that every set that settles fulfils it with a margin.

    In coarse units, incoming rounded up, outgoing and cover down: the whole part of ``in + cover`` is at most what is
    rounded up and the whole part of the cover, and the whole parts of what goes out are together at most that.
    """
    unit = reduce(gcd, (queue.amount[row] for row in rows))
    largest = max(queue.amount[row] for row in rows) // unit
    coarse = unit << max(0, largest.bit_length() - SOLVER_BITS)
    terms: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for column, row in enumerate(rows):
        terms[queue.sender[row]].append((column, -float(queue.amount[row] // coarse)))
        terms[queue.receiver[row]].append((column, float(-(-queue.amount[row] // coarse))))
    everything = sum(queue.amount[row] for row in rows)  # more cover is of no use, and would be another large number
    for participant, line in terms.items():
        matrix.add(line, -(min(queue.cover[participant], everything) // coarse) - MARGIN)


def _add_exact_cut(matrix: _Matrix, queue: _Queue, rows: list[int], chosen: set[int]) -> None:
    """Exclude a set in which somebody is short: it has to pay less of this, or to receive something else."""
    if not chosen:
        raise UndecidedError(f"gridlock or deadlock of {len(rows)} payments: the solver gave an empty set")
    left = queue.balances(chosen)
    participant = left.index(min(left))
    paid = [column for column, row in enumerate(rows) if row in chosen and queue.sender[row] == participant]
    other = [column for column, row in enumerate(rows) if row not in chosen and queue.receiver[row] == participant]
    matrix.add([(column, -1.0) for column in paid] + [(column, 1.0) for column in other], 1.0 - len(paid))
