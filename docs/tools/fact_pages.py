"""The figure of each part of ``settlement_facts.md``: which lines it shows and what to read from it."""

from __future__ import annotations

from collections.abc import Mapping

import facts as of
import numpy as np
from fact_figures import LOOKS, Line, Plot, draw
from fact_measures import without_offsetting

Curve = list[tuple[float, float]]


def percent(share: float, digits: int = 1) -> str:
    """A share in percent; `none` for what does not exist."""
    return "none" if np.isnan(share) else f"{100 * share:.{digits}f} %"


def draw_t2(need: of.Need) -> None:
    """Payments within two minutes by liquidity."""
    rules = of.t2_rules()
    by_rules = {name: of.t2_curve(by) for name, by in rules.items()}
    mirrored = {share: of.t2_curve(rules["T2's rules"], share) for share in of.T2_RECIPROCITIES}
    ask = ((of.T2_PROMPT, "99.8 %"),)
    draw(
        "t2_within_two_minutes",
        "T2: payments settled within two minutes",
        f"By T2's rules 99.8 % of the payments need {percent(need.alike, 0)} of what a bank sends; offsetting hardly "
        "changes that, looking behind the head of a queue does",
        [
            Plot(
                "Share of the payments within 2 minutes, by liquidity as a share of the value",
                [Line(name, curve) for name, curve in by_rules.items()],
                (0.0, 0.8),
                (0.85, 1.0),
                ask,
            ),
            Plot(
                "The same by T2's rules, by the share of payments that mirror an earlier one",
                [Line(f"{percent(share, 0)} mirrored", curve) for share, curve in mirrored.items()],
                (0.0, 0.8),
                (0.98, 1.0),
                ask,
            ),
        ],
        [
            "Opening liquidity is the same share of what each participant sends; three days. Published: 99.85 %. "
            "The axes differ."
        ],
    )


def draw_chips(reciprocity: float) -> None:
    """Turnover by reciprocity; `reciprocity` is the one at which what is brought in turns over 26 times."""
    lines = [
        Line(name, [(share, of.chips_turnover(share)[place]) for share in of.CHIPS_RECIPROCITIES])
        for place, name in enumerate(of.CHIPS_MEASURES)
    ]
    draw(
        "chips_turnover",
        "CHIPS: how often money goes round",
        f"Where payments are independent, money goes round {of.chips_turnover(0.0)[0]:.0f} times; where "
        f"{percent(reciprocity, 0)} mirror an earlier one, the published 26",
        [
            Plot(
                "Value over liquidity, by the share of payments that mirror an earlier one",
                lines,
                (0.0, 0.5),
                (0.0, 50.0),
                [(26.0, "published for 2023: 26"), (29.0, "for 2024: 29")],
                percent=False,
                corner="upper left",
            )
        ],
        ["Brought in: prefunding (a share of what each bank sends) and closing pay-ins. Used: largest net debits."],
    )


def draw_chaps(saved: of.Saved) -> None:
    """Wait by liquidity, with and without matching."""
    days = of.chaps_days()
    rules, mirrored = days.system.rules, days.system.traffic.reciprocity
    draw(
        "chaps_matching",
        "CHAPS: what matching saves",
        f"For a wait of 8 minutes banks need {percent(saved.without)} of the value without matching and "
        f"{percent(saved.matched)} with it: {percent(saved.saving, 0)} less",
        [
            Plot(
                "Mean wait of payments that are not urgent, minutes, by liquidity as a share of the value",
                [
                    Line("without matching", of.chaps_curve(without_offsetting(rules)), LOOKS[1]),
                    Line("with matching every two minutes", of.chaps_curve(rules), LOOKS[0]),
                ],
                (0.04, saved.at_once),
                (0.0, 45.0),
                [(of.CHAPS_WAIT, "published: 8 minutes")],
                percent=False,
                corner="upper right",
            )
        ],
        [
            f"{len(of.CHAPS_SEEDS)} days, {percent(mirrored, 0)} of the payments mirrored. Banks know their bounds of "
            "the day; at the right end nothing waits."
        ],
    )


def draw_cips(needs: Mapping[str, of.Brought], funded: tuple[float, float]) -> None:
    """Value settled by liquidity; `funded` is the point as shipped, with injections."""
    titles = {
        False: "Value settled, by liquidity over the value: at the opening, the same share for all",
        True: "The same, each participant with what lies between its bounds of the day",
    }
    plots = []
    for known, title in titles.items():
        lines = [Line(name, of.cips_curve(known, **changes)) for name, changes in of.cips_ways().items()]
        ring = [Line("as shipped: prefunding and injections", [funded], LOOKS[0])]
        across = (0.09, 0.2) if known else (0.0, 1.0)
        level = ((of.CIPS_SETTLED, "99 %"),)
        plots.append(Plot(title, lines + ring * (not known), across, (0.7 if known else 0.4, 1.0), level))
    first, leave = (needs[name] for name in (of.CIPS_SHIPPED, of.CIPS_PARTLY))
    draw(
        "cips_liquidity",
        "CIPS: liquidity and the value that settles",
        f"99 % of the value takes {percent(first.alone, 0)} of it at the opening, or {percent(first.injected, 0)} "
        f"brought in when needed; {percent(leave.alone, 0)} if one that is short holds up no batches",
        plots,
        ["Three days of 31,900 payments and 680 bn CNY, six netting sessions. The axes differ."],
    )
