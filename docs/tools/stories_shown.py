"""What each shipped story shows, and does not, for the table of ``scenarios.md``, with computed numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from stories_told import BOTH_SIDES, END, QUIET, SAID, TROUGH, both_sides, china, dollar, tracker, yuan
from story_measures import Told, by_chance, mean, path, story

from paysim import words

YEAR = "2028-01"


@dataclass(frozen=True)
class Shown(Told):
    """What a story shows, and what it does not."""

    hidden: str = ""


def sentence(text: str) -> str:
    """A text that begins with a capital letter."""
    return text[0].upper() + text[1:]


def said(name: str, hidden: str) -> Shown:
    """The result that the file gives among its limits."""
    first = SAID[name][0]
    return Shown(sentence(first.template.removeprefix("Result: ")), first.figures, hidden)


def quoted(name: str, beginning: str, hidden: str) -> Shown:
    """The limit of a file that begins so; its numbers are held against the code where the file is tested."""

    def limit() -> tuple[str]:
        return (next(text for text in map(words.said, story(name).limits) if text.startswith(beginning)),)

    return Shown("{}", limit, hidden)


def cut(name: str, hidden: str) -> Shown:
    """The four cuts, in the same words."""
    return Shown(
        "China's trade is at {:.0f} a month after the cut (100 = no event), {:.0f} in January 2028 and {:.0f} in "
        "December 2035; the yuan then makes {:.0f} % of payments.",
        lambda: (china(name, TROUGH), china(name, YEAR), china(name, END), yuan(name, END)),
        hidden,
    )


SHOWN: dict[str, Shown] = {
    "article_full": Shown(
        sentence(BOTH_SIDES),
        both_sides("article_full"),
        "Whether any of its premises holds: all are put in, and none follows.",
    ),
    "skeptic": Shown(
        sentence(BOTH_SIDES),
        both_sides("skeptic"),
        "Whether any of its premises holds: all are put in, and none follows.",
    ),
    "baseline": Shown(
        "Nothing moves: the yuan makes {:.1f} % of payments in July 2024 and {:.1f} % in December 2035.",
        lambda: (yuan("baseline", "2024-07"), yuan("baseline", END)),
        "The world as it is: nobody joins, nothing grows.",
    ),
    QUIET: Shown(
        "By chance alone the tracker is at 2.93 % or less in August 2025 in {:.0f} of 100 draws.",
        lambda: (by_chance(QUIET),),
        "Whether that is what happened: a fall that chance allows may have causes.",
    ),
    "decoupling": Shown(
        "Steering 15 % of yuan messages a month takes the tracker to {:.1f} % in August 2025, while the yuan's true "
        "share rises from {:.1f} to {:.1f} %, by the drift that is put in beside it.",
        lambda: (
            tracker("decoupling", "2025-08"),
            yuan("decoupling", "2024-07"),
            yuan("decoupling", "2025-08"),
        ),
        "Whether anybody steered: the fall is an input.",
    ),
    "cutoff": cut("cutoff", "Export bans, frozen assets, retaliation: only payments are blocked."),
    "cutoff_hub_open": cut("cutoff_hub_open", "What would be done to Hong Kong for it."),
    "cutoff_fear": cut("cutoff_fear", "How long fear lasts; it is taken from 2024."),
    "cutoff_allies_refuse": cut("cutoff_allies_refuse", "Whether allies would; it would cost them as well."),
    "cutoff_fear_allies_refuse": cut("cutoff_fear_allies_refuse", "How likely the two are together."),
    "reconnect": said("reconnect", "Trust, growth and investment that a cut costs, and that come back later or never."),
    "clearing_ban": Shown(
        "Without dollar correspondents China's trade falls to {:.0f} in January 2027, less than without SWIFT, and is "
        "back at {:.0f} in December 2035; the dollar falls from {:.0f} to {:.0f} % of payments.",
        lambda: (
            china("clearing_ban", "2027-01"),
            china("clearing_ban", END),
            dollar("clearing_ban", "2026-12"),
            dollar("clearing_ban", END),
        ),
        "Hong Kong's peg, frozen reserves and debt in dollars.",
    ),
    "fear_2024": Shown(
        "Russia's trade falls by {:.0f} % on the mean of January to August 2024, where imports fell by 8 %, and "
        "paying costs {:.0f} bp more, where commissions suggest 150 to 300.",
        lambda: (
            100.0 * (1.0 - mean("trade_index", "RUS", "fear_2024", "2024-01", "2024-08")),
            mean("cost_bp", "RUS", "fear_2024", "2024-01", "2024-08"),
        ),
        "The detours that most of the refused payments took.",
    ),
    "cips_surge": Shown(
        "CIPS gets {:.1f} times its payments within half a year, and {:.0f} % of the value comes back at the close; "
        "with twice the liquidity {:.1f} % would.",
        lambda: (
            float(path("cips_surge").values("settlement_load", "CIPS")[30:36].max()),
            100.0 * float(path("cips_surge").values("unsettled_share", "CIPS")[30:36].max()),
            100.0
            * float(path("cips_surge", "events.liquidity.factor=2").values("unsettled_share", "CIPS")[31:36].max()),
        ),
        "What CIPS does with a netting session in which somebody is short.",
    ),
    "outage": Shown(
        "Ten hours without T2 add {:.1f} hours to the mean delay of euro payments of that month, and move nothing "
        "else.",
        lambda: (float(np.diff(path("outage").values("delay_hours", "eur-swift")[6:8])[0]),),
        "Payments by hand, and what banks short of cash had to borrow.",
    ),
    "russia_2022": quoted(
        "russia_2022", "Imports:", "A forecast: two parameters were fitted, and the turn of trade put in."
    ),
    "iran_2012": quoted(
        "iran_2012", "The loss of SWIFT", "How many customers had a bank that was spared; all hangs on it."
    ),
    "yuan_2015": quoted("yuan_2015", "Dearer conversion", "Why demand fell: that is fitted to one number."),
    "article_claims": Shown(
        "{:.0f} claims of the article, each with the figures by which it would show; `paysim check` gives their "
        "verdicts.",
        lambda: (len(story("article_claims").claims),),
        "Truth: a verdict is one on this model and on bounds that are ours.",
    ),
    "tariffs_2025": said(
        "tariffs_2025",
        "Hoarding, exemptions, goods that pass through: trade between the two falls twice as much as it did.",
    ),
    "swap_lines": said("swap_lines", "Who gets a line: what was measured is association and no proof."),
    "belt_and_road": said("belt_and_road", "What was built, and what it cost the hosts."),
    "oil_in_yuan": said("oil_in_yuan", "Where oil exporters save; no effect was found in the data."),
    "decree_ends": Shown(
        "The yuan makes {:.1f} % of payments when the decree ends, {:.1f} % twenty years later and {:.1f} % after a "
        "century, as before the decree ({:.1f} %).",
        lambda: tuple(yuan("decree_ends", month) for month in ("2031-01", "2051-01", "2131-01", "2024-07")),
        "Which network effect the world has: above its tipping threshold all is different (sweeps/tipping).",
    ),
    "rare_earths": said("rare_earths", "Whether China could: nothing of it was measured."),
    "us_debt": said("us_debt", "Whether debt leads to a premium, and what a crisis would do."),
    "bubble": said("bubble", "Financial payments, which a crash would move first."),
}
