"""Write the tables and the figure of the page ``response.md``: ``python docs/tools/response_tables.py``."""

from __future__ import annotations

import re
from pathlib import Path

from paysim import __version__
from paysim.engine.responses import response_of
from paysim.engine.systems import settlement_system
from paysim.networks.response import AMPLE, Reading, Response, restoring_liquidity
from paysim.networks.response_plan import thorough_plan
from paysim.show.response_figures import RESTORED, ResponseDrawn, draw_response

REAL = ("CIPS", "HK-RMB", "T2", "CHIPS", "CHAPS", "FEDWIRE", "HVPS", "BOJ-NET", "SPFS", "OTH-RTGS")
SURGES = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0)
LEVELS = (0.5, 1.0, 1.5, 2.0, 3.0)
MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)
NOTE = "A tenth of the value are batches: while one participant is short, no netting session settles."


def surge() -> str:
    """What a surge does to CIPS at its usual liquidity, and what restores it."""
    response = response_of(settlement_system("CIPS"))
    rows = [("payments", "unsettled", "waiting", "delay of what settles", "liquidity used", "liquidity that restores")]
    for value in SURGES:
        read = response.at(value, 1.0)
        row, column = int(response.value.searchsorted(value)), int(response.liquidity.searchsorted(1.0))
        error = response.errors["unsettled_share"][row, column]
        rows.append((
            f"{value:g}", f"{read.unsettled_share:.1%} ± {error:.1%}", f"{60 * float(read.waiting_hours):.0f} min",
            f"{60 * float(read.delay_hours):.1f} min", f"{read.liquidity_used:.0%}", _restored(response, value),
        ))  # fmt: skip
    return _table(rows)


def levels() -> str:
    """Unsettled share of CIPS by surge and liquidity."""
    response = response_of(settlement_system("CIPS"))
    rows = [("payments", *(f"liquidity {level:g}" for level in LEVELS))]
    rows += [
        (f"{value:g}", *(f"{float(response.at(value, level).unsettled_share):.1%}" for level in LEVELS))
        for value in SURGES
    ]
    return _table(rows)


def systems() -> str:
    """Every real system at its usual day and at twice its payments."""
    rows = [("system", "days", "unsettled", "waiting", "unsettled at 2", "waiting at 2", "at 2 and half the liquidity",
             "restored at 2 by")]  # fmt: skip
    for name in REAL:
        response = response_of(settlement_system(name))
        usual, double, half = response.at(1.0, 1.0), response.at(2.0, 1.0), response.at(2.0, 0.5)
        rows.append((
            f"`{name}`", _days(name), f"{usual.unsettled_share:.1%}", _minutes(usual),
            f"{double.unsettled_share:.1%}", _minutes(double),
            f"{half.unsettled_share:.1%}, {_minutes(half)}", _restored(response, 2.0),
        ))  # fmt: skip
    return _table(rows)


def _days(name: str) -> str:
    plan = thorough_plan(settlement_system(name))
    return f"{plan.days}" if plan.most_days is None else f"{plan.days} to {plan.most_days}"


def _minutes(read: Reading) -> str:
    return f"{60 * float(read.waiting_hours):.1f} min"


def _restored(response: Response, value: float) -> str:
    if not response.unsettled_share[:, 1].any():
        return "–"  # it funds its queues at the closing
    needed = restoring_liquidity(response, value, RESTORED)
    return f"over {response.liquidity[-2]:g}" if needed == AMPLE else f"{needed:.2f}"


def _table(rows: list[tuple[str, ...]]) -> str:
    head, *body = (f"| {' | '.join(row)} |\n" for row in rows)
    return head + "|" + "---|" * len(rows[0]) + "\n" + "".join(body).replace("%", " %")


TABLES = {"surge": surge, "levels": levels, "responses": systems}


if __name__ == "__main__":
    docs = Path(__file__).parents[1]
    page = docs / "explanation" / "response.md"
    text = MARKED.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], page.read_text(encoding="utf-8"))
    page.write_text(text, encoding="utf-8", newline="\n")
    drawn = ResponseDrawn(
        "CIPS", response_of(settlement_system("CIPS")), "python docs/tools/response_tables.py", __version__, NOTE
    )
    draw_response(drawn, docs / "figures")
