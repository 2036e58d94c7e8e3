"""Rewrite the tables and figures of ``settlement_facts.md``: ``python docs/tools/published_facts.py [PART ...]``.

The parts are t2, chips, chaps, cips, systems and solved; without one all are done, and the summary too, which needs
all of them. It takes some minutes. Each table stands between ``<!-- facts: NAME -->`` and ``<!-- end of facts -->``;
the text around them is left alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import facts as of
import numpy as np
from fact_measures import (
    ENOUGH,
    SOLVED,
    as_shipped,
    closing_share,
    days_of,
    funded_share,
    least_figure,
    mean,
    mean_hour,
    mean_minutes,
    prompt_share,
    settled_share,
    value_after,
)
from fact_pages import draw_chaps, draw_chips, draw_cips, draw_t2, percent

PAGE = Path(__file__).parents[1] / "explanation" / "settlement_facts.md"
MARKED = re.compile(r"(<!-- facts: (\w+) -->\n).*?(<!-- end of facts -->)", re.DOTALL)
BILLION = 1e9
Row = tuple[str, ...]
SUMMARY: Row = ("fact", "published", "reached", "with what")


def table(head: Row, rows: Iterable[Row]) -> str:
    """A table as the page has it."""
    return "".join("| " + " | ".join(row) + " |\n" for row in (head, ("---",) * len(head), *rows))


def amount(money: float) -> str:
    """An amount in billions."""
    return "none" if np.isnan(money) else f"{money / BILLION:,.0f}"


def t2() -> tuple[str, list[Row]]:
    """T2: 99.8 % of the payments within two minutes."""
    value = days_of("T2").system.traffic.value
    rules = of.t2_rules()
    shipped = days_of("T2").system.traffic.reciprocity
    cases = [(name, by, shipped) for name, by in rules.items()]
    others = [share for share in of.T2_RECIPROCITIES if share != shipped]
    cases += [(name, rules[name], share) for share in others for name in list(rules)[:2]]
    rows, needs = [], []
    for name, by, reciprocity in cases:
        need = of.t2_need(by, reciprocity)
        needs.append(need)
        rows.append((
            name, percent(reciprocity, 0), f"{need.position:.3f}", percent(need.share),
            amount(need.share * value), percent(need.alike, 0), amount(need.alike * value),
            percent(of.t2_scarce(by, reciprocity)),
        ))  # fmt: skip
    head = (
        "rules", "mirrored", "between the bounds", "of the value", "bn EUR", "the same share for all", "bn EUR",
        f"value settled with {percent(of.T2_SCARCE, 0)}",
    )  # fmt: skip
    draw_t2(needs[0])
    settled = days_of("T2").settle(as_shipped)
    reached = (
        f"{percent(mean(prompt_share, settled), 2)}, and {percent(mean(settled_share, settled))} of the value settles"
    )
    own = (
        f"liquidity and credit as shipped, {percent(_at_hand('T2'), 0)} of the value; "
        f"{percent(needs[0].alike, 0)} make it 99.8 %"
    )
    return table(head, rows), [("T2: payments within 2 minutes", "99.85 %", reached, own)]


def _at_hand(name: str) -> float:
    system = days_of(name).system
    return system.prefunding.value + system.collateralised_credit.value + system.uncollateralised_credit.value


def chips() -> tuple[str, list[Row]]:
    """CHIPS: a turnover of 26 to 29."""
    rows = [
        (percent(share, 0), *(f"{turnover:.1f}" for turnover in of.chips_turnover(share)))
        for share in of.CHIPS_RECIPROCITIES
    ]
    found = {
        target: [of.chips_reciprocity(measure, target) for measure in range(len(of.CHIPS_MEASURES))]
        for target in of.CHIPS_PUBLISHED
    }
    rows += [(f"**{target:g} is reached at**", *(percent(share) for share in some)) for target, some in found.items()]
    shipped = days_of("CHIPS").system.traffic.reciprocity
    funded, _, needed = of.chips_turnover(shipped)
    draw_chips(found[26.0][0])
    reached = f"{funded:.1f} over what is brought in, {needed:.1f} over what is used"
    with_what = f"{percent(shipped, 0)} mirrored; without any {of.chips_turnover(0.0)[0]:.1f}"
    settled = days_of("CHIPS").settle(as_shipped)
    left = f"{percent(mean(closing_share, settled), 2)} of the value is paid in at the closing"
    by_rules = [
        (name, f"{brought:.1f}", f"{used:.1f}", percent(prompt), f"{delay:.0f} min")
        for name, (brought, used, prompt, delay) in of.chips_by_rules().items()
    ]
    second = table(
        (f"prefunding of 1/{1 / of.CHIPS_SCARCE:.0f}", "over what is brought in", "over what is used",
         "payments within 2 min", "mean delay by value"), by_rules,
    )  # fmt: skip
    return table(("mirrored", *of.CHIPS_MEASURES), rows) + "\n" + second, [
        ("CHIPS: turnover", "26 (2023), 29 (2024)", reached, with_what),
        ("CHIPS: left at the closing", "under 1 % of the value", left, "prefunding of 1/29"),
    ]


def chaps() -> tuple[str, list[Row]]:
    """CHAPS: a fifth of the liquidity saved by matching."""
    days = of.chaps_days()
    shipped = days.system.traffic.reciprocity
    cases = [(share, of.chaps_days(share)) for share in of.CHAPS_RECIPROCITIES]
    cases = sorted([*cases, (shipped, days)], key=lambda case: case[0])
    saved = {share: of.chaps_saving(some) for share, some in cases}
    rows = [
        (
            percent(share, 0), percent(one.at_once), percent(one.without), percent(one.matched), percent(one.saving, 0),
            percent(one.over_all, 0), f"{one.unmatched_wait:.0f} min",
        )
        for share, one in saved.items()
    ]  # fmt: skip
    head = (
        "mirrored", "nothing waits", "8 min, no matching", "8 min, matching", "saved by matching",
        "saved by matching and waiting", "wait without matching",
    )  # fmt: skip
    one = saved[shipped]
    draw_chaps(one)
    each = [of.chaps_saving(day).saving for day in of.one_by_one(days)]
    own = days.settle(as_shipped)
    spread = f"day by day {percent(min(each), 0)} to {percent(max(each), 0)}"
    waits = mean(lambda day: of.minutes_by_urgency(day)[1], own)
    return table(head, rows), [
        (
            "CHAPS: liquidity saved by matching", "20 %; 30 % in simulation",
            f"{percent(one.saving, 0)} ({spread}); {percent(one.over_all, 0)} against settling all at once",
            f"the same wait of 8 minutes; {percent(shipped, 0)} mirrored",
        ),
        (
            "CHAPS: liquidity needed before and after", "7.1 % and 5.7 % of the value",
            f"{percent(one.without)} and {percent(one.matched)}", "the first is solved, the second a result",
        ),
        ("CHAPS: wait of payments not urgent", "8 minutes", f"{waits:.1f} minutes",
         f"prefunding as shipped, {percent(days.system.prefunding.value)}"),
    ]  # fmt: skip


def cips() -> tuple[str, list[Row]]:
    """CIPS: what it takes to settle 99 % of the value of its true day."""
    value = days_of("CIPS").system.traffic.value
    needs = {name: of.cips_need(**changes) for name, changes in of.cips_ways().items()}
    rows = [
        (
            name, percent(need.alone, 0), amount(need.alone * value), f"{need.delay_alone:.0f} min",
            percent(need.cap, 0), percent(need.injected), amount(need.injected * value),
            f"{need.delay_injected:.0f} min", percent(need.known), amount(need.known * value),
        )
        for name, need in needs.items()
    ]  # fmt: skip
    head = (
        "way", "at the opening alone", "bn CNY", "mean delay", "cap of injections", "prefunding and injections",
        "bn CNY", "mean delay", "between the bounds", "bn CNY",
    )  # fmt: skip
    settled = days_of("CIPS").settle(as_shipped)
    funded, done = mean(funded_share, settled), mean(settled_share, settled)
    draw_cips(needs, (funded, done))
    reached = f"{percent(done, 2)} of the value settles, {mean(mean_minutes, settled):.0f} minutes late"
    with_what = f"{percent(funded)} of it brought in: prefunding and injections as shipped"
    return table(head, rows), [("CIPS: value settled on its true day", "nothing; 99 % asked for", reached, with_what)]


def systems() -> tuple[str, list[Row]]:
    """What comes out of each shipped system beside what is published."""
    found = {name: of.reached(name) for name in of.SYSTEMS}
    rows = [
        (
            f"`{name}`", percent(one.settled), percent(one.prompt), f"{one.delay:.1f} min", percent(one.used),
            f"{one.turnover_used:.1f}", f"{one.turnover_funded:.1f}",
        )
        for name, one in found.items()
    ]  # fmt: skip
    head = (
        "system", "value settled", "payments within 2 min", "mean delay by value", "liquidity used",
        "turnover of it", "turnover of what is brought in",
    )  # fmt: skip
    others = [one.turnover_used for name, one in found.items() if name != "CHIPS"]
    late = mean(lambda day: value_after(day, 17), days_of("FEDWIRE").settle(as_shipped))
    hour = mean(mean_hour, days_of("BOJ-NET").settle(as_shipped))
    credit = {share: of.fedwire_credit(share) for share in (None, 0.5)}
    return table(head, rows), [
        ("turnover of other large systems", f"{of.OTHER_SYSTEMS_TURNOVER} in the mean",
         f"{np.mean(others):.1f} ({min(others):.1f} to {max(others):.1f})", "liquidity used; all shipped but CHIPS"),
        ("Fedwire: value after 17:00", "30 % (2005), 20 % (1998)", percent(late), "the profile is drawn from it"),
        ("Fedwire: value over peak credit", "21 (2004)", f"{credit[None]:.1f}; {credit[0.5]:.1f} with half mirrored",
         "no balances, and all the credit that is asked for"),
        ("BOJ-NET: mean hour of settlement", "11:00", f"{int(hour)}:{int(hour % 1 * 60):02d}", "by value"),
    ]  # fmt: skip


def solved() -> tuple[str, list[Row]]:
    """The figures that were solved so that nearly all the value settles."""
    rows = []
    for name, figure in SOLVED.items():
        own = days_of(name).system.figures[f"liquidity.{figure}"]
        share = mean(settled_share, days_of(name).settle(as_shipped))
        rows.append((
            f"`{name}`", f"`liquidity.{figure}`", percent(own.value, 0), percent(least_figure(name), 0),
            percent(share, 2),
        ))  # fmt: skip
    return table(("system", "figure", "in its file", f"least for {percent(ENOUGH)}", "value settled"), rows), []


PARTS: dict[str, Callable[[], tuple[str, list[Row]]]] = {
    "t2": t2, "chips": chips, "chaps": chaps, "cips": cips, "systems": systems, "solved": solved,
}  # fmt: skip


def main() -> None:
    """Do the parts that are asked for and write them into the page."""
    asked = sys.argv[1:] or list(PARTS)
    tables: dict[str, str] = {}
    summary: list[Row] = []
    for name in asked:
        tables[name], rows = PARTS[name]()
        summary += rows
        print(table(SUMMARY, rows) + tables[name], flush=True)
    if asked == list(PARTS):
        tables["summary"] = table(SUMMARY, summary)
    text = PAGE.read_text(encoding="utf-8")
    text = MARKED.sub(lambda found: found[1] + tables[found[2]] + found[3] if found[2] in tables else found[0], text)
    PAGE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
