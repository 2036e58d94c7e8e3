"""What settles together, against a search through everything that could: queues of at most 12 payments."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, combinations, product
from pathlib import Path

import pytest
from hypothesis import strategies as st

from paysim.networks.indicators import queue_state, queue_state_in_order
from paysim.networks.rules import Rules

sys.path.insert(0, str(Path(__file__).parent))
from gross_twin import Payment  # the tests are not a package
from settlement_days import PAYMENT_BYTES, Day, chunks, drive, journal, journal_of_twin, on_days
from settlement_days import read_payments as payments_from
from settlement_families import DISCIPLINES
from settlement_twin import Twin

FEW, MANY = 300, 10_000  # days in a normal run, and in a full one
few_and_many = pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])


@st.composite
def stuck_days(draw: st.DrawFn, rules: dict[str, str]) -> Day:
    """Draw a day on which up to 12 payments wait for each other when something is to be settled at once."""
    banks = draw(st.integers(2, 4))
    discipline, scan = draw(st.sampled_from(DISCIPLINES))
    order = draw(st.sampled_from(("arrival", "size")))
    largest, most = draw(st.sampled_from(((1, 0), (2, 0), (2, 1), (6, 2), (20, 6))))  # amounts and opening liquidity
    payments = payments_from(chunks(draw, PAYMENT_BYTES, 12), banks, 4, largest)
    liquidity, collateralised, uncollateralised = (
        draw(st.lists(st.integers(0, up_to), min_size=banks, max_size=banks)) for up_to in (most, most // 3, most // 3)
    )
    acts = (("set_credit", collateralised, uncollateralised), ("open", 1, liquidity), ("advance", 5))
    return Day(banks, Rules(discipline=discipline, scan=scan, order=order, **rules), payments, acts)


def nobody_is_short(payments: Iterable[Payment], cover: Sequence[int]) -> bool:
    left = list(cover)
    for payment in payments:
        left[payment.sender] -= payment.amount
        left[payment.receiver] += payment.amount
    return min(left) >= 0


def largest_union(queues: Sequence[Sequence[Payment]], cover: Sequence[int]) -> set[int]:
    """Look through all sets made of the first payments of each queue for those that settle; the largest holds all."""
    found = []
    for lengths in product(*(range(len(queue) + 1) for queue in queues)):
        chosen = [payment for queue, length in zip(queues, lengths, strict=True) for payment in queue[:length]]
        if nobody_is_short(chosen, cover):
            found.append({payment.payment_id for payment in chosen})
    largest = set().union(*found)
    assert largest in found
    return largest


def settled_at_once(day: Day, act: str, counter: str) -> tuple[Twin, list[list[Payment]], list[int], list[set[int]]]:
    """Live through a day and do an act; give the twin and its queues and cover before, and what either side settled."""
    system, twin = day.system(), day.twin()
    for side, before in product((system, twin), day.acts):
        drive(side, before)
    queues = [list(queue) for queue in twin.queues]
    if act == "net":
        queues = [[payment for payment in twin.batch_queue if payment.sender == who] for who in twin.participants]
    cover = [twin.cover(who) for who in twin.participants]
    done = len(twin.journal)
    assert journal(system) == journal_of_twin(twin)
    settled = []
    for side, of_side in ((system, journal), (twin, journal_of_twin)):
        drive(side, (act, 5))
        together = of_side(side)[done : done + getattr(side, counter)]  # what follows settled for its own cover
        settled.append({payment_id for payment_id, _ in together})
    assert (system.gridlocks, system.deadlocks) == (twin.gridlocks, twin.deadlocks)
    return twin, queues, cover, settled


@few_and_many
@pytest.mark.parametrize("rule", ["partial", "all-or-nothing"])
def test_an_offsetting_run_settles_the_largest_set_of_first_payments_and_names_the_state(rule, examples):
    seen: Counter[str] = Counter()

    def compare(day: Day) -> None:
        twin, queues, cover, settled = settled_at_once(day, "offset", "offset_settled")
        everything = {payment.payment_id for queue in queues for payment in queue}
        largest = largest_union(queues, cover)
        expected = largest if rule == "partial" or largest == everything else set()
        assert settled == [expected, expected]
        assert (twin.gridlocks, twin.deadlocks) == (bool(largest), bool(everything) and not largest)
        assert_verdicts(list(chain(*queues)), cover, largest)
        state = "empty" if not everything else "deadlock" if not largest else "gridlock"
        whole = bool(everything) and largest == everything
        seen.update(("days", state, "whole" if whole else "part" if largest else "none"))

    on_days(examples, compare, stuck_days({"multilateral": rule}))
    assert min(seen[state] for state in ("empty", "deadlock", "part", "whole")) > seen["days"] / 30, seen


def some_set_settles(queued: Sequence[Payment], cover: Sequence[int]) -> bool:
    """Look through all sets of queued payments, in whatever order they are queued."""
    sizes = range(1, len(queued) + 1)
    return any(nobody_is_short(chosen, cover) for size in sizes for chosen in combinations(queued, size))


def assert_verdicts(queued: Sequence[Payment], cover: Sequence[int], largest: set[int]) -> None:
    """Hold the indicators against the search: in the order of the queues, and in whatever order."""
    columns = [[getattr(payment, name) for payment in queued] for name in ("sender", "receiver", "amount")]
    in_order = queue_state_in_order(*columns, cover)
    assert {queued[row].payment_id for row in in_order.together} == largest
    some = bool(largest) or some_set_settles(queued, cover)
    names = {(False, False): "empty", (True, False): "deadlock", (True, True): "gridlock"}
    assert in_order.state == names[bool(queued), bool(largest)]
    assert queue_state(*columns, cover).state == names[bool(queued), some]


@few_and_many
def test_a_netting_session_by_the_rule_partial_settles_the_largest_set_of_first_payments(examples):
    seen: Counter[str] = Counter()

    def compare(day: Day) -> None:
        _, queues, cover, settled = settled_at_once(day, "net", "netting_settled")
        largest = largest_union(queues, cover)
        assert settled == [largest, largest]
        waiting = sum(map(len, queues))
        seen.update(("days", "none" if not largest else "part" if len(largest) < waiting else "whole"))

    on_days(examples, compare, stuck_days({"netting": "partial", "all_net": True}))
    assert min(seen[state] for state in ("none", "part", "whole")) > seen["days"] / 20, seen
