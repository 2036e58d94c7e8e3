"""What to trace: which event, which corridor and option, and when invoices are submitted."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paysim.engine.draws import Draws
from paysim.engine.prepared import Prepared
from paysim.engine.timeline import PolicyEvent, Timeline, seconds
from paysim.engine.tracing import Mix, Probe
from paysim.errors import InputError
from paysim.model.state import Policy
from paysim.model.world import TRADE, World
from paysim.networks.calendars import working_days
from paysim.scenario.base import nearest
from paysim.scenario.dates import read_instant

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario

Array = NDArray[np.float64]

BEFORE, AT, AFTER, OLD = "before", "at", "after", "old"
"""Names of the invoices: before the event, at it, with a contract made after it, with an old contract after it."""
DAYS_BEFORE = 5
"""Working days by which the invoice before an event comes earlier (judgement: a week, and the same day of it)."""
MONTHS_AFTER = 12
"""Months in which contracts made anew are looked for after an event."""
SOME = 1e-6
"""Share of a corridor's contracts from which on an event touches it."""
DURING = 0.25
"""Share of an outage that has gone by when the invoice at it is submitted (judgement)."""
SECONDS_A_DAY = 86_400

EURO_AREA = (
    "Austria", "Belgium", "Croatia", "Cyprus", "Estonia", "Finland", "France", "Germany", "Greece", "Ireland", "Italy",
    "Latvia", "Lithuania", "Luxembourg", "Malta", "Netherlands", "Portugal", "Slovakia", "Slovenia", "Spain",
)  # fmt: skip
"""Members of the euro area in 2024, which the shipped table of groups only counts."""


# --- what a person asks for -----------------------------------------------------------------------------------------


def read_corridor(text: str, scenario: Scenario) -> tuple[str, str]:
    """Groups of the exporter and the importer of ``CHN-EUR``, of groups or of countries in them.

    Raises InputError with what was expected and the nearest name.
    """
    names = _names(scenario)
    folded = {name.casefold(): group for name, group in names.items()}
    parts = text.split("-")
    if len(parts) != 2:
        raise InputError(f"--corridor: expected exporter-importer such as CHN-EUR or China-Germany, got {text!r}")
    found = []
    for part in (part.strip() for part in parts):
        group = folded.get(part.casefold())
        if group is None:
            known = list(scenario.groups) if part.isupper() else names
            hint = nearest(part, known) or f" (groups: {', '.join(scenario.groups)})"
            raise InputError(f"--corridor {text}: unknown group or country {part!r}{hint}")
        found.append(group)
    return found[0], found[1]


def _names(scenario: Scenario) -> dict[str, str]:
    """What a group may be called: its members, its name, its id."""
    names: dict[str, str] = {}
    for identity, group in scenario.groups.items():
        for name in (*group.members, *(EURO_AREA if identity == "EUR" else ()), group.name):
            names.setdefault(name, identity)
    return names | {identity: identity for identity in scenario.groups}


def read_option(text: str, world: World) -> int:
    """Index of an option by its name; InputError with the nearest one."""
    names = [option.name for option in world.options]
    if text not in names:
        raise InputError(f"--option: unknown option {text!r}{nearest(text, names)}")
    return names.index(text)


def read_date(text: str, scenario: Scenario) -> datetime:
    """An instant inside the scenario; InputError says what is wrong."""
    try:
        at = read_instant(text)
    except ValueError as error:
        raise InputError(f"--date: {error}") from None
    if not scenario.start <= at < scenario.end:
        raise InputError(
            f"--date: {text} lies outside the scenario: expected {scenario.start:%Y-%m-%d} to "
            f"{scenario.end - timedelta(days=1):%Y-%m-%d}"
        )
    return at


# --- what an event touches ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Touch:
    """What an event does to payments of goods from an instant on, shares by corridor and option, (L, P).

    blocks : of contracts that it blocks; refuses : of payments that banks refuse out of fear; stops : 1 where it takes
    down a system or a network that payments need
    """

    at: int
    event: PolicyEvent
    blocks: Array
    refuses: Array
    stops: Array

    @property
    def any(self) -> Array:
        """The largest of the three."""
        return np.asarray(np.maximum(np.maximum(self.blocks, self.refuses), self.stops))


def touches(prepared: Prepared, draws: Draws, timeline: Timeline) -> list[Touch]:
    """What each event does at the instant at which it does most, in the order of dates."""
    found = []
    for event in sorted(prepared.events, key=lambda event: event.at):
        instants = [at for at in event.instants() if event.until is None or at < event.until]
        tried = [_touch(prepared, draws, timeline, event, seconds(at)) for at in instants]
        found.append(max(tried, key=lambda touch: float(touch.any.sum())))  # the first of equals
    return found


def _touch(prepared: Prepared, draws: Draws, timeline: Timeline, event: PolicyEvent, at: int) -> Touch:
    world, economy = prepared.individual, draws.economy(prepared, prepared.individual)
    before, after = timeline.policy(seconds(event.at) - 1), timeline.policy(at)
    ratios, refused = [], []
    for policy in (before, after):
        economy.set_policy(policy)
        ratios.append(economy.contracts.ratio[0])
        refused.append(economy.refused[0])
    blocks = 1.0 - np.where(ratios[0] > 0.0, np.minimum(ratios[1] / np.maximum(ratios[0], 1e-300), 1.0), 1.0)
    refuses = np.maximum(refused[1] - refused[0], 0.0)[:, None] * np.ones(len(world.options))
    stops = np.maximum(_stopped(world, after) - _stopped(world, before), 0.0) * np.ones((len(world.payer), 1))
    return Touch(at, event, blocks, refuses, stops)


def _stopped(world: World, policy: Policy) -> Array:
    """1 where an option needs a system or a network that is down, (P,)."""
    networks = [policy.network_down[list(option.message)].max() for option in world.options]
    systems = (world.option_systems > 0.0) @ policy.system_down
    return np.asarray(np.maximum(networks, systems) > 0.0).astype(np.float64)


@dataclass(frozen=True)
class Subject:
    """What is traced: a corridor and an option (indices), an event that touches it or none, and the date.

    blocks : whether the event blocks contracts; waits : whether it takes something down that payments need
    """

    corridor: int
    option: int
    at: int
    touch: Touch | None = None

    @property
    def blocks(self) -> bool:
        """Whether the event blocks its contracts."""
        return self.touch is not None and bool(self.touch.blocks[self.corridor, self.option] > SOME)

    @property
    def stops(self) -> bool:
        """Whether the event takes down what it needs, and no more than that."""
        touch, place = self.touch, (self.corridor, self.option)
        return touch is not None and bool(touch.stops[place]) and not (touch.blocks[place] or touch.refuses[place])


def choose_subject(
    prepared: Prepared, draws: Draws, corridor: int | None, option: int | None, at: datetime | None, whole_day: bool
) -> Subject:
    """Find what to trace, where a person has not said it.

    The event is the first that blocks, refuses or takes down something of the corridor and option asked for, or the one
    at the date asked for; the corridor the one with most value that it touches, the option the one most used there
    among those that it touches. Without such an event it is one payment at the date.
    """
    world = prepared.individual
    economy = draws.economy(prepared, world)
    used = economy.value()[0, TRADE][:, None] * economy.contracts.live[0, TRADE]
    asked = np.zeros_like(used)
    asked[slice(None) if corridor is None else corridor, slice(None) if option is None else option] = 1.0
    timeline = Timeline(world, prepared.events, prepared.starts)
    found = touches(prepared, draws, timeline)
    wanted = _at_date(found, at, whole_day)
    for touch in wanted:
        value = used * asked * touch.any
        if value.max(initial=0.0) > SOME * used.max():
            best = int(value.sum(1).argmax())
            return Subject(best, int(value[best].argmax()), touch.at, touch)
    value = used * asked
    best = int(value.sum(1).argmax())
    if at is not None:
        date = seconds(at)
    else:
        date = found[0].at if found else _middle(prepared)
    return Subject(best, int(value[best].argmax()) if option is None else option, date)


def _at_date(found: list[Touch], at: datetime | None, whole_day: bool) -> list[Touch]:
    if at is None:
        return found
    first = seconds(at)
    last = first + (SECONDS_A_DAY - 1 if whole_day else 0)
    return [touch for touch in found if first <= touch.at <= last]


def _middle(prepared: Prepared) -> int:
    """Noon of the first working day of the second month, for a scenario in which nothing happens."""
    month = datetime.fromtimestamp(prepared.starts[min(1, len(prepared.months) - 1)], UTC)
    first = working_days("weekdays", month.year, month.month)[0].astype("datetime64[s]").astype(np.int64)
    return int(first) + SECONDS_A_DAY // 2


# --- when -----------------------------------------------------------------------------------------------------------


def working_day(at: int, steps: int, rule: str) -> int:
    """The same time of day some working days later, or earlier; with 0 steps the same day or the next working day."""
    day = np.datetime64(at // SECONDS_A_DAY, "D")
    months = np.arange(day.astype("datetime64[M]") - 2, day.astype("datetime64[M]") + 3)
    days = np.concatenate([working_days(rule, *_year_month(month)) for month in months])
    place = int(np.searchsorted(days, day)) + steps
    return int(days[place].astype(np.int64)) * SECONDS_A_DAY + at % SECONDS_A_DAY


def _year_month(month: np.datetime64) -> tuple[int, int]:
    year, number = str(month).split("-")
    return int(year), int(number)


def first_probes(subject: Subject, timeline: Timeline, rule: str, start: int) -> list[Probe]:
    """Invoices before an event and at it; or one at the date.

    rule : of the working days of the system in which the option settles; start : of the run, before which there is
    nothing
    """
    place, at = (subject.corridor, subject.option), subject.at
    if subject.touch is None:
        return [Probe(AT, *place, at)]
    if subject.blocks:
        shown = Probe(AT, *place, at, meets=at > start)
    else:
        shown = Probe(AT, *place, _during(subject, timeline, rule))
    earlier = working_day(shown.at, -DAYS_BEFORE, rule)
    while earlier >= at:
        earlier = working_day(earlier, -1, rule)
    return [*([Probe(BEFORE, *place, earlier)] if earlier >= start else []), shown]


def _during(subject: Subject, timeline: Timeline, rule: str) -> int:
    """An instant while an outage lasts, or the next working day while banks are afraid."""
    later = [instant for instant in timeline.instants if instant > subject.at]
    if subject.stops and later:
        return subject.at + int(DURING * (later[0] - subject.at))
    return working_day(subject.at, 1, rule)


def later_probes(
    subject: Subject, mixes: list[Mix], timeline: Timeline, starts: list[int], rule: str, first: list[Probe]
) -> list[Probe]:
    """Invoices after an event: with the option that most contracts made anew choose, and with the old one.

    mixes : contracts of every month of a run; first : the invoices before the event and at it
    """
    place = (subject.corridor, subject.option)
    if subject.touch is None:
        return []
    if subject.stops:
        until = next((instant for instant in timeline.instants if instant > subject.at), subject.at)
        day = until - until % SECONDS_A_DAY + first[-1].at % SECONDS_A_DAY
        return [Probe(AFTER, *place, working_day(day, DAYS_BEFORE, rule))]
    month = bisect_right(starts, subject.at) - 1
    found = []
    for later in range(month + 1, min(month + 1 + MONTHS_AFTER, len(mixes))):
        chosen = mixes[later].chosen[subject.corridor]
        if chosen.max() > 0.0:
            at = _same_time(subject.at, starts[later], rule)
            found.append(Probe(AFTER, subject.corridor, int(chosen.argmax()), at))
            break
    if subject.blocks and month + 1 < len(mixes):
        at = found[0].at if found else _same_time(subject.at, starts[month + 1], rule)
        found.append(Probe(OLD, *place, at, like=first[0].name))
    return found


def _same_time(at: int, month: int, rule: str) -> int:
    """The same day of another month and the same time of it, or the next working day, or the last before the end."""
    day = datetime.fromtimestamp(at, UTC).day
    first = datetime.fromtimestamp(month, UTC)
    days = working_days(rule, first.year, first.month)
    fitting = [one for one in days if int(str(one)[-2:]) >= day] or [days[-1]]
    return int(fitting[0].astype(np.int64)) * SECONDS_A_DAY + at % SECONDS_A_DAY


def until(prepared: Prepared, at: int, more: int) -> Prepared:
    """The same run up to some months after an instant; events that come later do not happen."""
    month = bisect_right(prepared.starts, at) - 1
    kept = min(month + more + 1, len(prepared.months))
    return replace(prepared, months=prepared.months[:kept], starts=prepared.starts[: kept + 1])
