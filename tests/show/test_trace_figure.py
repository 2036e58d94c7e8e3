"""The figure of a trace: what it draws of an invoice, and that no words meet others or leave the page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawings import faults, written
from matplotlib.patches import Rectangle

from paysim.show.style import applied
from paysim.show.trace_figure import PAGE, lanes, place_of, trace_figure
from paysim.study.traced.steps import Step
from paysim.study.traced.trace import Invoice, Place, Trace

START = 1_799_078_400  # Mon 4 Jan 2027 16:00Z
MINUTE, HOUR, DAY = 60, 3600, 86_400


def step(kind: str, lane: str, begin: float, end: float | None = None, label: str = "") -> Step:
    last = begin if end is None else end
    return Step(kind, lane, START + int(begin), START + int(last), label or f"{kind} here", f"{kind} it is")


def invoice(*steps: Step, fate: str = "settled", closed: tuple[tuple[float, float, str], ...] = ()) -> Invoice:
    spans = tuple((START + int(a), START + int(b), why) for a, b, why in closed)
    return Invoice(
        "at", "Under way when it happens", "usd-swift", "USD", "SWIFT", "EUR-1", "CHN-7",
        (Place("CHIPS", "America/New_York", spans),), START, fate, max(one.end for one in steps), steps,
    )  # fmt: skip


SUBMITTED = step("submitted", "sender", 0)
SENT = step("handled", "sender", 0, 2 * MINUTE, "sent within 2 min")
PASSED = step("handled", "correspondents", 2 * MINUTE, 10 * MINUTE, "passed on within 8 min")
ARRIVED = step("arrived", "receiver", 10 * MINUTE, label="arrives after 10 min")
SETTLED = step("settled", "CHIPS", 10 * MINUTE, label="settles: USA-1 pays USA-9")
CREDITED = step("credited", "receiver", 6 * HOUR, label="credited after 6 h")
CALM = invoice(SUBMITTED, SENT, PASSED, ARRIVED, SETTLED, CREDITED)
CLOSED = invoice(
    SUBMITTED, SENT, PASSED, ARRIVED,
    step("closed", "CHIPS", 10 * MINUTE, 9 * HOUR, "closed until Mon 21:00 New York"),
    replace(SETTLED, begin=START + 9 * HOUR, end=START + 9 * HOUR),
    step("credited", "receiver", 9 * HOUR, label="credited after 9 h"),
    closed=((0, 9 * HOUR, "closed"), (40 * HOUR, 49 * HOUR, "closed")),
)  # fmt: skip
RETURNED = invoice(
    SUBMITTED, SENT, step("handled", "correspondents", 2 * MINUTE, 5 * MINUTE, "has the message"),
    step("returned", "network", 5 * MINUTE, label="SWIFT has cut off CHN-7"),
    step("waits", "sender", 5 * MINUTE, 55 * DAY, "waits 55 d, then fails"),
    step("failed", "sender", 55 * DAY, label="failed"),
    fate="failed",
)  # fmt: skip
BLOCKED = invoice(
    SUBMITTED, step("blocked", "network", 0, label="SWIFT has cut off CHN-7"),
    step("bypassed", "sender", 0, label="goes another way"),
    fate="bypassed",
)  # fmt: skip
REFUSED = invoice(
    SUBMITTED, step("refused", "sender", 0, label="refused out of fear"),
    step("waits", "sender", 0, 27 * DAY, "refused out of fear, as 86 of 100 are; waits 27 d"),
    step("resent", "sender", 27 * DAY, label="sent again"),
    step("handled", "sender", 27 * DAY, 27 * DAY + 2 * MINUTE, "sent within 2 min"),
    step("delayed", "network", 27 * DAY + 2 * MINUTE, 32 * DAY, "held back 5 d, out of fear"),
    step("arrived", "receiver", 32 * DAY, label="arrives after 32 d"),
    step("down", "CHIPS", 32 * DAY, 32 * DAY + 5 * HOUR, "down until Fri 21:00 New York"),
    step("settled", "CHIPS", 32 * DAY + 5 * HOUR, label="settles: USA-1 pays USA-9"),
    step("credited", "receiver", 32 * DAY + 6 * HOUR, label="credited after 32 d"),
    closed=((32 * DAY - HOUR, 32 * DAY + 5 * HOUR, "down"),),
)  # fmt: skip
CASES = {
    "calm": (CALM,),
    "closed": (CALM, CLOSED, CALM),
    "cut": (CALM, RETURNED, CALM, BLOCKED),
    "fear": (CALM, REFUSED, REFUSED, BLOCKED),
    "all stopped": (RETURNED, RETURNED, BLOCKED, BLOCKED),
}


def drawn(invoices: tuple[Invoice, ...], event: str = "China and Hong Kong off SWIFT"):
    found = Trace("cutoff", "China cut off", 1, ("CHN", "EUR"), event, START + 5 * MINUTE, invoices, ())
    with applied(PAGE):
        return trace_figure(found, "paysim trace scenarios/cutoff.yaml --corridor CHN-EUR", PAGE)


def shown(figure, panel: int = 0) -> dict[str, list]:
    """Lines and boxes of a panel by what they show."""
    axes = figure.axes[panel]
    found: dict[str, list] = {}
    for artist in [*axes.lines, *(patch for patch in axes.patches if isinstance(patch, Rectangle))]:
        if artist.get_gid():
            found.setdefault(artist.get_gid(), []).append(artist)
    return found


@pytest.mark.parametrize("name", CASES)
def test_no_words_meet_others_or_leave_the_page(name: str) -> None:
    assert faults(drawn(CASES[name])) == []


def test_a_row_for_every_place_and_a_title_for_every_invoice() -> None:
    figure = drawn((CALM, BLOCKED))
    rows = [[tick.get_text() for tick in axes.get_yticklabels()] for axes in figure.axes]
    assert rows[0] == ["CHN-7", "CHIPS", "correspondents", "SWIFT messages", "EUR-1"]
    assert rows[1] == ["CHN-7", "CHIPS", "SWIFT messages", "EUR-1"]  # nobody on the way
    assert [name for _, name in lanes(CALM)] == list(reversed(rows[0]))
    assert "EUR-1 pays CHN-7, usd-swift. Credited after 6 h." in written(figure)
    assert "Goes another way at once." in written(figure)
    assert "China to euro area" in written(figure)


def test_bars_begin_and_end_when_a_bank_has_the_message() -> None:
    (bar,) = shown(drawn((CALM,)))["handled correspondents"]
    assert bar.get_x() == pytest.approx(place_of(2 * MINUTE))
    assert bar.get_x() + bar.get_width() == pytest.approx(place_of(10 * MINUTE))


def test_a_cross_stands_where_the_payment_stops_and_only_there() -> None:
    figure = drawn((CALM, RETURNED, BLOCKED))
    assert not {"returned", "blocked", "failed", "barred network"} & set(shown(figure, 0))
    (cross,) = shown(figure, 1)["returned"]
    assert cross.get_marker() == "X"
    assert cross.get_xdata()[0] == pytest.approx(place_of(5 * MINUTE))
    (barred,) = shown(figure, 1)["barred network"]
    assert barred.get_hatch() == "xx"
    assert barred.get_x() == pytest.approx(place_of(5 * MINUTE))
    assert "bypassed" in shown(figure, 2)


def test_closed_hours_are_shaded_until_the_payment_has_settled() -> None:
    figure = drawn((CALM, CLOSED, REFUSED))
    assert "shade closed CHIPS" not in shown(figure, 0)
    (closed,) = shown(figure, 1)["shade closed CHIPS"]
    assert closed.get_x() + closed.get_width() == pytest.approx(place_of(9 * HOUR))
    assert not closed.get_hatch()
    (down,) = shown(figure, 2)["shade down CHIPS"]
    assert down.get_hatch() == "xx"


def test_the_event_is_a_dashed_line_for_the_invoices_that_see_it() -> None:
    figure = drawn((CALM, BLOCKED))
    (line,) = shown(figure, 0)["event"]
    assert line.get_xdata()[0] == pytest.approx(place_of(5 * MINUTE))
    assert "event" not in shown(figure, 1)
    assert "event" not in shown(drawn((CALM,), event=""), 0)


def test_the_axis_rises_and_is_even_at_first() -> None:
    seconds = np.array([0, 1, 10, 60, 600, HOUR, DAY, 90 * DAY], dtype=float)
    places = [place_of(at) for at in seconds]
    assert places[0] == 0.0
    assert (np.diff(places) > 0).all()
    assert place_of(10) / place_of(1) == pytest.approx(10, rel=0.1)
    assert place_of(100 * DAY) - place_of(10 * DAY) == pytest.approx(1.0, abs=1e-3)
