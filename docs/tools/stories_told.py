"""What the files of the shipped stories say among their limits, in sentences whose numbers are computed."""

from __future__ import annotations

from functools import partial

from story_measures import (
    Figures,
    Told,
    by_chance,
    change,
    cips_growth,
    gains,
    kept,
    mean,
    percent,
)

yuan = partial(percent, "true_share", "CNY")
yuan_in_trade = partial(percent, "true_share_trade", "CNY")
dollar = partial(percent, "true_share", "USD")
tracker = partial(percent, "tracker_share", "CNY")
china = partial(percent, "trade_index", "CHN")
america = partial(percent, "trade_index", "USA")
asean = partial(percent, "trade_index", "ASEAN")

QUIET = "business_as_usual"
START, END, TROUGH = "2024-07", "2035-12", "2027-02"
LATER = ("2029-12", "2035-12", "2045-12")
MODEL = "native_adoption_default=model"
PREMIUM = "events.doubt.premium=60 bp"


def both_sides(name: str) -> Figures:
    """What the article's story and the skeptic's are compared by, in the same words."""
    return lambda: (
        yuan(name, END),
        yuan(name, START),
        dollar(name, END),
        dollar(name, START),
        china(name, END),
        china(name, TROUGH),
    )


BOTH_SIDES = (
    "in December 2035 the yuan makes {:.1f} % of the world's payments ({:.1f} % in July 2024), the dollar {:.1f} % "
    "({:.1f} %), and China's trade is at {:.0f} (100 = no event), after {:.0f} in February 2027."
)


def trouble(name: str) -> Told:
    """What the year after the cut is like for China."""
    return Told(
        "Trouble: on the mean of 2027 {:.0f} % of China's payments fail, and paying costs China {:.0f} bp more.",
        lambda: (
            100.0 * mean("failed_share", "CHN", name, "2027-01", "2027-12"),
            mean("cost_bp", "CHN", name, "2027-01", "2027-12"),
        ),
    )


SAID: dict[str, tuple[Told, ...]] = {
    "article_full": (
        Told("Result: " + BOTH_SIDES, both_sides("article_full")),
        Told(
            "What it rests on: the cut, which the article calls harmless. Without it all the rest together brings the "
            "yuan to {:.1f} % and the dollar to {:.1f} % in December 2035, and China's trade to {:.0f}; the cut alone "
            "(cutoff) brings the yuan to {:.1f} %, the dollar to {:.1f} % and China's trade to {:.0f}.",
            lambda: (
                yuan("article_full", END, without=("cut",)),
                dollar("article_full", END, without=("cut",)),
                china("article_full", END, without=("cut",)),
                yuan("cutoff", END),
                dollar("cutoff", END),
                china("cutoff", END),
            ),
        ),
        Told(
            "Its error: CIPS grows by {:.0f} % in 2025, where it grew by 2.7 %. That SWIFT's tracker shows {:.1f} % "
            "in August 2025, where 2.9 % was published, is put in.",
            lambda: (cips_growth("article_full"), tracker("article_full", "2025-08")),
        ),
        trouble("article_full"),
    ),
    "skeptic": (
        Told("Result: " + BOTH_SIDES, both_sides("skeptic")),
        Told(
            "What it rests on: that no bank enables CIPS's messages. If those with a cut counterpart did, within 180 "
            "days at the median (--set native_adoption_default=model), the yuan would make {:.1f} % in December 2035 "
            "and China's trade be at {:.0f}; without capital controls as well {:.1f} % and {:.0f}; without fear "
            "either {:.1f} % and {:.0f}.",
            lambda: (
                yuan("skeptic", END, MODEL),
                china("skeptic", END, MODEL),
                yuan("skeptic", END, MODEL, without=("controls",)),
                china("skeptic", END, MODEL, without=("controls",)),
                yuan("skeptic", END, MODEL, without=("controls", "fear")),
                china("skeptic", END, MODEL, without=("controls", "fear")),
            ),
        ),
        Told(
            "Its error: CIPS falls by {:.0f} % in 2025, where it grew by 2.7 %. SWIFT's tracker shows {:.1f} % in "
            "August 2025, where 2.9 % was published; chance takes it there in {:.0f} of 100 draws.",
            lambda: (-cips_growth("skeptic"), tracker("skeptic", "2025-08"), by_chance("skeptic")),
        ),
        trouble("skeptic"),
    ),
    "reconnect": (
        Told(
            "Result: the yuan's true share is {:.1f} % in December 2029, {:.1f} % in December 2035 and {:.1f} % in "
            "December 2045; had nobody been cut, {:.1f} % throughout. Of the gain {:.0f} % is left after six years "
            "and {:.0f} % after sixteen.",
            lambda: (
                *(yuan("reconnect", month) for month in LATER),
                yuan("decoupling", END),
                *(kept(month) for month in LATER[1:]),
            ),
        ),
        Told(
            "Why it stays: contracts move slowly, and use breeds use. Without a network effect (R = 0) {:.0f} % of "
            "the gain is left after six years, with R = 0.9 {:.0f} %; beyond the tipping threshold (R = 1.3, --set "
            "tipping=true) it grows on, to {:.0f} %.",
            lambda: tuple(
                kept(END, *changes)
                for changes in (
                    ("behaviour.network_effect=0",),
                    ("behaviour.network_effect=0.9",),
                    ("tipping=true", "behaviour.network_effect=1.3"),
                )
            ),
        ),
        Told(
            "SWIFT's tracker sees little of it. It shows the yuan at {:.1f} % in December 2035, as it would had "
            "nobody been cut ({:.1f} %): banks that have CIPS's messages keep them.",
            lambda: (tracker("reconnect", END), tracker("decoupling", END)),
        ),
        Told(
            "China's trade is at {:.0f} in December 2029 and at {:.1f} two years later, above 100 for the depth that "
            "the yuan has gained; what a cut costs otherwise, in growth, trust or investment, is left out.",
            lambda: (china("reconnect", "2029-12"), china("reconnect", "2031-12")),
        ),
    ),
    "swap_lines": (
        Told(
            "Result: the yuan makes {:.1f} % of payments in December 2035 instead of {:.1f} %, and {:.1f} % of goods "
            "trade instead of {:.1f} %. The dollar loses {:.1f} points and keeps {:.1f} %.",
            lambda: (
                yuan("swap_lines", END),
                yuan(QUIET, END),
                yuan_in_trade("swap_lines", END),
                yuan_in_trade(QUIET, END),
                dollar(QUIET, END) - dollar("swap_lines", END),
                dollar("swap_lines", END),
            ),
        ),
        Told(
            "Swap lines alone bring the yuan to {:.1f} %, clearing banks alone to {:.1f} %. In 2030, after five "
            "years, both together have brought {:.1f} %.",
            lambda: (
                yuan("swap_lines", END, without=("banks",)),
                yuan("swap_lines", END, without=("lines",)),
                yuan("swap_lines", "2030-12"),
            ),
        ),
        Told(
            "China's trade rises by {:.1f} %. The model reads what attracts payers as money that they save, up to 280 "
            "bp a payment; no study measured that.",
            lambda: (china("swap_lines", END) - 100.0,),
        ),
    ),
    "oil_in_yuan": (
        Told(
            "Result: the yuan makes {:.1f} % of payments in December 2035 instead of {:.1f} %, and {:.1f} % of goods "
            "trade instead of {:.1f} %; the dollar {:.1f} instead of {:.1f} %.",
            lambda: (
                yuan("oil_in_yuan", END),
                yuan(QUIET, END),
                yuan_in_trade("oil_in_yuan", END),
                yuan_in_trade(QUIET, END),
                dollar("oil_in_yuan", END),
                dollar(QUIET, END),
            ),
        ),
        Told(
            'If it binds China alone (--set "events.oil.importers=[CHN]") the yuan makes {:.2f} %, where it would '
            "make {:.2f} % without any decree.",
            lambda: (yuan("oil_in_yuan", END, "events.oil.importers=[CHN]"), yuan(QUIET, END)),
        ),
        Told(
            "All that the Gulf exports is a small part of trade, and trade a sixth of payments. Were all of it paid "
            'in yuan (--set "events.oil.share=100 %"), the dollar would still have {:.1f} %.',
            lambda: (dollar("oil_in_yuan", END, "events.oil.share=100 %"),),
        ),
    ),
    "us_debt": (
        Told(
            "Result: the dollar makes {:.1f} % of payments in December 2035 instead of {:.1f} %. The euro gains "
            "{:.1f} points, the yuan {:.1f}, all others together {:.1f}.",
            lambda: (
                dollar("us_debt", END),
                dollar(QUIET, END),
                *gains("us_debt", "EUR", "CNY", "OTH"),
            ),
        ),
        Told(
            "With a premium of 30 bp the dollar makes {:.1f} %, with 90 bp {:.1f} %. At 60 bp and without a network "
            "effect (R = 0) it makes {:.1f} %, with R = 0.9 {:.1f} %.",
            lambda: (
                dollar("us_debt", END, "events.doubt.premium=30 bp"),
                dollar("us_debt", END, "events.doubt.premium=90 bp"),
                dollar("us_debt", END, "behaviour.network_effect=0"),
                dollar("us_debt", END, "behaviour.network_effect=0.9"),
            ),
        ),
        Told(
            "The trade of the United States is {:.1f} % lower, China's {:.1f} %. That each currency gains by what it "
            "had is how the model chooses, and no finding about whom the doubters would trust.",
            lambda: (100.0 - america("us_debt", END), 100.0 - china("us_debt", END)),
        ),
    ),
    "tariffs_2025": (
        Told(
            "Result: from 2026 on China's trade is {:.1f} % lower and that of the United States {:.1f} %. The yuan's "
            "true share moves from {:.2f} to {:.2f} %, the dollar's from {:.1f} to {:.1f} %.",
            lambda: (
                100.0 - china("tariffs_2025", "2026-12"),
                100.0 - america("tariffs_2025", "2026-12"),
                yuan("tariffs_2025", "2024-07"),
                yuan("tariffs_2025", "2026-12"),
                dollar("tariffs_2025", "2024-07"),
                dollar("tariffs_2025", "2026-12"),
            ),
        ),
        Told(
            "Against what happened: China's exports to the United States fall by {:.0f} % in 2025, where they fell by "
            "20 %, and its imports from there by {:.0f} %, where they fell by 14.6 %: twice too much. A trade "
            "elasticity of 4 is one of years; with 1.5 (--set behaviour.trade_elasticity=1.5) they fall by {:.0f} and "
            "{:.0f} %.",
            lambda: tuple(
                -change("tariffs_2025", *pair, 2025, *elasticity)
                for elasticity in ((), ("behaviour.trade_elasticity=1.5",))
                for pair in (("CHN", "USA"), ("USA", "CHN"))
            ),
        ),
        Told(
            "South-East Asia buys {:.1f} % more of China and sells {:.1f} % more to the United States in 2026. What "
            "was lost finds all partners alike; in truth China sold 5.5 % more to all the world in 2025.",
            lambda: (
                change("tariffs_2025", "CHN", "ASEAN", 2026),
                change("tariffs_2025", "ASEAN", "USA", 2026),
            ),
        ),
    ),
    "belt_and_road": (
        Told(
            "Result: China's trade is {:.1f} % higher in December 2035, and the yuan makes {:.1f} % of payments "
            "instead of {:.1f} %.",
            lambda: (china("belt_and_road", END) - 100.0, yuan("belt_and_road", END), yuan(QUIET, END)),
        ),
        Told(
            "The banks do it, not the roads. More trade alone brings the yuan to {:.2f} %, clearing banks alone to "
            "{:.2f} %, where it would make {:.2f} % without either.",
            lambda: (
                yuan("belt_and_road", END, without=("banks",)),
                yuan("belt_and_road", END, without=("trade",)),
                yuan(QUIET, END),
            ),
        ),
        Told(
            'With 4.1 % more trade (--set "events.trade.change=4.1 %") China\'s trade is {:.1f} % higher, of which '
            "{:.1f} % come from the clearing banks, whose attraction the model reads as money saved.",
            lambda: (
                china("belt_and_road", END, "events.trade.change=4.1 %") - 100.0,
                china("belt_and_road", END, without=("trade",)) - 100.0,
            ),
        ),
    ),
    "rare_earths": (
        Told(
            "Result: the yuan makes {:.1f} % of payments in December 2035 instead of {:.1f} %, and {:.0f} % of "
            "China's goods trade instead of {:.0f} %.",
            lambda: (
                yuan("rare_earths", END),
                yuan(QUIET, END),
                percent("china_trade_rmb_share", "CHN", "rare_earths", END),
                percent("china_trade_rmb_share", "CHN", QUIET, END),
            ),
        ),
        Told(
            "Rare earths and magnets alone, 0.2 % of what China sells to these three (--set "
            '"events.leverage.share=0.2 %"), bring the yuan from {:.3f} to {:.3f} %.',
            lambda: (yuan(QUIET, END), yuan("rare_earths", END, "events.leverage.share=0.2 %")),
        ),
        Told(
            'Were half of it paid in yuan (--set "events.leverage.share=50 %"), the yuan would make {:.1f} % and the '
            "dollar {:.1f} instead of {:.1f} %.",
            lambda: (
                yuan("rare_earths", END, "events.leverage.share=50 %"),
                dollar("rare_earths", END, "events.leverage.share=50 %"),
                dollar(QUIET, END),
            ),
        ),
    ),
    "bubble": (
        Told(
            "Result: in December 2028 the trade of the United States is {:.0f} % lower, that of South-East Asia "
            "{:.1f} % and China's {:.1f} %. The dollar's share is {:.1f} % instead of {:.1f} %, and {:.1f} % again at "
            "the end of 2030.",
            lambda: (
                100.0 - america("bubble", "2028-12"),
                100.0 - asean("bubble", "2028-12"),
                100.0 - china("bubble", "2028-12"),
                dollar("bubble", "2028-12"),
                dollar(QUIET, "2028-12"),
                dollar("bubble", "2030-12"),
            ),
        ),
        Told(
            "What moves the dollar is the premium and not the bubble. With one of 60 bp its share is {:.1f} % in "
            "December 2028 and {:.1f} % in December 2035; with the premium and no bubble {:.1f} % in 2035.",
            lambda: (
                dollar("bubble", "2028-12", PREMIUM),
                dollar("bubble", END, PREMIUM),
                dollar("bubble", END, PREMIUM, without=("fall",)),
            ),
        ),
        Told(
            'Were nothing sold elsewhere instead (--set "behaviour.diversion=0 %"), China\'s trade would be {:.1f} % '
            "lower, and that of South-East Asia {:.1f} %.",
            lambda: (
                100.0 - china("bubble", "2028-12", "behaviour.diversion=0 %"),
                100.0 - asean("bubble", "2028-12", "behaviour.diversion=0 %"),
            ),
        ),
    ),
}
