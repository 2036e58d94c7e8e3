"""Every series that a run records, with what it is keyed by, its unit and what it is a share of.

The table is the only place where this is written down: the documentation prints it and a test holds every recorded
series against it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Series:
    """One series of a run: a value for every month and key.

    ``key`` is the kind of thing it is keyed by; ``keys`` are the keys of one that no part of a scenario declares.
    ``denominator`` is empty for what is not a share or an index, ``engine`` for what both engines record.
    """

    name: str
    description: str
    key: str
    unit: str
    denominator: str = ""
    engine: str = ""
    keys: tuple[str, ...] = ()


_PAID = "value paid in the month, over all routes; bypass and the intra-euro block left out"
_GROUP_PAYMENTS = "value due in the month on the payments of the group, sent and received"
_TRADE = "goods trade of the group at the start, both directions, times the growth that the scenario prescribes"
_LOGIT = "log-odds of the CNY tracker, change since the first month"

_TABLE = (
    Series("true_share", "Share of a currency in all payments that were really made", "currency", "fraction", _PAID),
    Series("true_share_trade", "The same for payments of goods trade", "currency", "fraction", _PAID + "; trade only"),
    Series("true_share_finance", "The same for financial payments", "currency", "fraction", _PAID + "; finance only"),
    Series(
        "tracker_share",
        "Share of a currency as the tracker would publish it, rounded to two decimals of a percent",
        "currency",
        "fraction",
        "value the tracker sees and covers: messages on SWIFT, the intra-euro block among them",
    ),
    Series("message_share", "Share of payments that a message network carries", "network", "fraction", _PAID),
    Series("settlement_share", "Share of payments that a settlement system settles", "system", "fraction", _PAID),
    Series("trade_index", "Goods trade that was paid or bypassed", "group", "index, 1 at the start", _TRADE),
    Series("trade_demand", "Goods trade that was wanted at the prices and hindrances met", "group", "index", _TRADE),
    Series(
        "export_share",
        "Currency in a group's exports, for groups whose exports and imports are settled in different currencies",
        "group/currency",
        "fraction",
        "goods exports of the group that were paid; bypass and trade inside the group left out",
    ),
    Series(
        "import_share",
        "The same for its imports",
        "group/currency",
        "fraction",
        "goods imports of the group that were paid; bypass and trade inside the group left out",
    ),
    Series(
        "blocked_share", "Payments under contracts that no usable option carries", "group", "fraction", _GROUP_PAYMENTS
    ),
    Series(
        "refused_share", "Payments that banks refuse out of fear of sanctions", "group", "fraction", _GROUP_PAYMENTS
    ),
    Series("bypassed_share", "Blocked or refused payments made outside banks", "group", "fraction", _GROUP_PAYMENTS),
    Series("failed_share", "Blocked or refused payments that are never made", "group", "fraction", _GROUP_PAYMENTS),
    Series("cost_bp", "Added cost of the group's payments over the start, value-weighted", "group", "basis points"),
    Series(
        "delay_hours",
        "Time from submission to the customer's credit, value-weighted",
        "option",
        "hours",
    ),
    Series(
        "settlement_load",
        "Value sent through a settlement system over that of the start, the growth of the whole economy taken out",
        "system",
        "multiple",
    ),
    Series("liquidity_held", "Liquidity that its participants hold over the usual", "system", "multiple"),
    Series(
        "liquidity_used",
        "Largest net debit positions of its participants, added up",
        "system",
        "fraction",
        "value of the system's usual day",
    ),
    Series("turnover_ratio", "Value settled over liquidity used", "system", "ratio"),
    Series(
        "unsettled_share",
        "Value that comes back at the close or stays in the queues",
        "system",
        "fraction",
        "value sent through the system",
    ),
    Series(
        "waiting_hours",
        "Wait for liquidity, over all value; what does not settle waits until the close",
        "system",
        "hours",
    ),
    Series(
        "queued_share",
        "Value that waits for liquidity, mean over the operating day",
        "system",
        "fraction",
        "value sent through the system in the day",
    ),
    Series(
        "outside_measured",
        "1 where load is above, or liquidity below, what the system's response was measured for",
        "system",
        "0 or 1",
    ),
    Series("cips_value", "What the office that runs CIPS would publish", "none", "CNY trn a month"),
    Series("cips_participants", "Direct and indirect participants of CIPS", "none", "participants"),
    Series("cips_member_weight", "Members of CIPS by weight", "group", "fraction", "bank weight of the group"),
    Series(
        "native_messaging_share", "Banks able to use CIPS messages", "group", "fraction", "bank weight of the group"
    ),
    Series(
        "china_trade_rmb_share",
        "China's goods trade that is paid in yuan",
        "group",
        "fraction",
        "goods trade of China that was paid, both directions",
    ),
    Series("settled_value", "Value that was settled", "currency", "USD bn a month"),
    Series(
        "payments",
        "Sampled payments by what became of them, by month of submission (event engine); some are sent twice",
        "fate",
        "payments",
        engine="events",
        keys=(
            "submitted",
            "brought_forward",
            "settled",
            "returned",
            "resent",
            "blocked",
            "refused",
            "bypassed",
            "failed",
        ),
    ),
    Series(
        "tracker_part",
        "Why the tracker moved; the parts add up exactly",
        "part",
        _LOGIT,
        keys=("level", "message_migration", "clearing_migration", "hub", "other_currencies", "coverage", "noise"),
    ),
)

SERIES: dict[str, Series] = {entry.name: entry for entry in _TABLE}


def series_table() -> str:
    """Write the table of series in Markdown, for the documentation."""
    lines = ["| series | what it is | key | unit | share of |", "|---|---|---|---|---|"]
    lines += [
        f"| `{entry.name}` | {entry.description} | {entry.key} | {entry.unit} | {entry.denominator or '–'} |"
        for entry in _TABLE
    ]
    return "\n".join(lines) + "\n"
