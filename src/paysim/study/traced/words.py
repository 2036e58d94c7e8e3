"""How a trace names banks, instants and spans of time, and why a payment does not pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from paysim.engine.correspondents import NONE, correspondents
from paysim.engine.timeline import Timeline, seconds
from paysim.model.state import Policy
from paysim.model.world import World
from paysim.words import date_words, number, weekday
from paysim.words import translated as _

Index = NDArray[np.int64]

SENDER, BANKS, NETWORK, RECEIVER = "sender", "correspondents", "network", "receiver"
"""Where steps happen, beside the settlement systems, which are called by their names."""

MINUTE, HOUR, DAY = 60, 3600, 86_400
LONG = 10 * DAY
"""From this span on hours are not told."""
Holds = Callable[[Policy], bool]
TOUCHED = 1e-9
"""Share of a bank from which on it counts as hit."""


def bank_name(world: World, bank: int) -> str:
    """A bank by its group and its rank there, the largest 1: ``EUR-3``."""
    group = int(world.banks.group[bank])
    return f"{world.groups[group]}-{bank - int(world.banks.first[group]) + 1}"


def money_words(currency: str) -> str:
    """A currency in a sentence."""
    return _("another currency") if currency == "OTH" else currency


def city(zone: str) -> str:
    """The city by which a time zone is called."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def day_words(at: int, zone: str = "UTC") -> str:
    """A day such as ``Mon 4 Jan 2027``."""
    return date_words(datetime.fromtimestamp(at, ZoneInfo(zone)).date())


def weekday_words(at: int, zone: str) -> str:
    """A day of the week and the time by the clock of a place: ``Mon 11:00``."""
    return f"{weekday(datetime.fromtimestamp(at, ZoneInfo(zone)).date())} {clock_words(at, zone)}"


def clock_words(at: int, zone: str = "UTC") -> str:
    """Time of day, with seconds where there are any."""
    time = datetime.fromtimestamp(at, ZoneInfo(zone))
    return f"{time:%H:%M:%S}" if time.second else f"{time:%H:%M}"


def instant_words(at: int) -> str:
    """An instant such as ``Mon 4 Jan 2027 16:00Z``."""
    return f"{day_words(at)} {clock_words(at)}Z"


def local_words(at: int, zone: str) -> str:
    """Day and time by the clock of a place: ``Mon 11:00 New York``."""
    return f"{weekday_words(at, zone)} {city(zone)}"


def span_words(length: float) -> str:
    """A span of time in its two largest units: ``10 min 41 s``, ``3 d 4 h``, ``31 d``."""
    whole = round(length)
    if whole >= LONG:
        return f"{whole // DAY} d"
    units = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1, "s"))
    for place, (size, name) in enumerate(units[:-1]):
        if whole >= size:
            rest = whole % size // units[place + 1][0]
            return f"{whole // size} {name}" + (f" {rest} {units[place + 1][1]}" if rest else "")
    return f"{whole} s"


def percent_words(share: float) -> str:
    """A share of payments in words: ``27 of 100``."""
    return _("{count} of 100").format(count=number(100 * share))


@dataclass(frozen=True)
class Passing:
    """What a payment would need: banks, option and systems, all indices.

    systems : of its legs
    """

    corridor: int
    option: int
    sender: int
    receiver: int
    systems: tuple[int, ...]


class Bar(NamedTuple):
    """What may bar a payment: the lane it stands in, a few words, a clause, and whether a policy does it."""

    lane: str
    label: str
    words: str
    holds: Holds


class Reasons:
    """Why payments do not pass: what the policy of an instant bars, and since when."""

    def __init__(self, world: World, timeline: Timeline) -> None:
        self.world, self.timeline = world, timeline

    def blocked(self, payment: Passing, at: int) -> Bar:
        """Why a payment cannot go by its option at an instant, and since when."""
        policy, found = self.timeline.policy(at), dict[str, Bar]()
        for bar in self._bars(payment):
            if bar.holds(policy):
                found.setdefault(bar.words, bar)
        if not found:
            words = _("its banks cannot use what the contract names")
            return Bar(SENDER, words, words, lambda policy: False)
        first = next(iter(found.values()))
        clause = _("{what} {since}")
        told = "; ".join(clause.format(what=words, since=self.since(at, bar.holds)) for words, bar in found.items())
        return first._replace(words=told)

    def since(self, at: int, holds: Holds) -> str:
        """Words on when something that holds at an instant began, and the event that began it."""
        first = at
        for instant in reversed([instant for instant in self.timeline.instants if instant <= at]):
            if not holds(self.timeline.policy(instant)):
                break
            first = instant
        if holds(self.timeline.policy(first - 1)):
            return _("from the start")
        titles = "; ".join(str(event.title()) for event in self._causes(first, holds))
        return _("since {instant}").format(instant=instant_words(first)) + (f" ({titles})" if titles else "")

    def _causes(self, at: int, holds: Holds) -> Iterator[Any]:
        """The events that begin at an instant and by themselves make something hold."""
        for event in self.timeline.events:
            if seconds(event.at) == at and hasattr(event, "title"):
                alone = Policy.base(self.world)
                event.effect(alone, self.world, 0.0)
                if holds(alone):
                    yield event

    def _bars(self, payment: Passing) -> Iterator[Bar]:
        """Everything that may bar a payment."""
        world, option = self.world, self.world.options[payment.option]
        both = (payment.sender, payment.receiver)
        names = [bank_name(world, bank) for bank in both]
        groups = [int(world.banks.group[bank]) for bank in both]
        none = _("no message network between {one} and {other}: {why}")
        whole = {"one": names[0], "other": names[1]}
        for network in dict.fromkeys(network for network, _need in option.needs):
            name = world.networks[network]
            for bank, its in zip(both, names, strict=True):
                cut = _("{network} has cut off {bank}").format(network=name, bank=its)
                yield Bar(NETWORK, cut, none.format(why=cut, **whole), partial(_is_cut, bank, network))
            ends = [world.groups[group] for group in groups]
            apart = _("{network} is barred between {one} and {other}").format(network=name, one=ends[0], other=ends[1])
            yield Bar(
                NETWORK, apart, none.format(why=apart, **whole), partial(_is_apart, groups[0], groups[1], network)
            )
        for bank, its in zip(both, names, strict=True):
            for system in payment.systems:
                if world.system_currency[system] == option.currency:
                    drops = self._drops(bank, its, system)
                    yield Bar(BANKS, drops, drops, partial(_is_dropped, world, bank, system))
        if option.hub >= 0:
            closed = _("the hub {hub} is closed").format(hub=world.hubs[option.hub])
            yield Bar(BANKS, closed, closed, partial(_hub_is_closed, option.hub))

    def _drops(self, bank: int, name: str, system: int) -> str:
        """Words on a bank that loses a currency: whoever settles for it in a system has dropped it."""
        world = self.world
        money = money_words(world.currencies[world.system_currency[system]])
        participant = int(world.participant[system, bank])
        if participant == bank:
            return _("{bank} may no longer settle {currency}").format(bank=name, currency=money)
        dropped = _("{agent} dropped {bank} as a customer in {currency}")
        return dropped.format(agent=bank_name(world, participant), bank=name, currency=money)


def _is_cut(bank: int, network: int, policy: Policy) -> bool:
    return bool(policy.cut[bank, network] > TOUCHED)


def _is_apart(one: int, other: int, network: int, policy: Policy) -> bool:
    return bool(policy.pair_barred[one, other, network] > TOUCHED)


def _is_dropped(world: World, bank: int, system: int, policy: Policy) -> bool:
    return bool(correspondents(world, policy.barred)[system, bank] == NONE)


def _hub_is_closed(hub: int, policy: Policy) -> bool:
    return bool(policy.hub_open[hub] <= 0.0)


def spans_closed(sessions: Index, down: Index, first: int, last: int) -> list[tuple[int, int, str]]:
    """Spans between two instants in which a system is ``closed``, or ``down`` during a session, ascending.

    sessions, down : (N, 2) begin and end of each, seconds since 1970
    """
    inside = np.concatenate([sessions.reshape(-1), down.reshape(-1), [first, last]])
    points = np.unique(inside[(inside >= first) & (inside <= last)]).tolist()
    spans: list[tuple[int, int, str]] = []
    for begin, end in pairwise(points):
        if not _holds(sessions, begin):
            kind = "closed"
        elif _holds(down, begin):
            kind = "down"
        else:
            continue
        if spans and spans[-1][1] == begin and spans[-1][2] == kind:
            spans[-1] = (spans[-1][0], end, kind)
        else:
            spans.append((begin, end, kind))
    return spans


def _holds(spans: Index, at: int) -> bool:
    return bool(((spans[:, 0] <= at) & (at < spans[:, 1])).any())


def read_utc(at: int) -> str:
    """An instant as machines read it: ``2027-01-04T16:00:00Z``."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
