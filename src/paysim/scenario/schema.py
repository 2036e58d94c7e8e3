"""A scenario: one story to be simulated, as a frozen and checked model.

Values are in canonical units: shares are fractions, costs basis points, durations days, instants aware UTC datetimes.
What a file leaves out comes from `defaults` and from the fields here and in `behaviour`, `parts` and `event`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SerializeAsAny,
    StrictBool,
    StrictInt,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from paysim.scenario import defaults, kinds, vintage
from paysim.scenario.base import (
    Day,
    GroupName,
    Issues,
    Known,
    Model,
    Month,
    Name,
    Words,
    Written,
    known,
    nearest,
    problem,
)
from paysim.scenario.behaviour import Behaviour
from paysim.scenario.claims import Check, Claim
from paysim.scenario.dates import next_month, read_day, read_month
from paysim.scenario.event import Event
from paysim.scenario.parts import (
    Assumption,
    Calibration,
    Currency,
    Group,
    Network,
    OptionRow,
    Source,
    System,
    Traffic,
    Uncertainty,
)
from paysim.scenario.uncertain import ParameterRow, Uncertain, rows_of

__all__ = ["Assumption", "Event", "Group", "ParameterRow", "Scenario", "Uncertain"]

DEFAULT_START = datetime(2024, 7, 1, tzinfo=UTC)
DEFAULT_HORIZON = datetime(2035, 12, 1, tzinfo=UTC)
TABLES = ("currencies", "groups", "networks", "systems", "options")


def _in_date_order(events: tuple[Event, ...]) -> tuple[Event, ...]:
    return tuple(sorted(events, key=lambda event: event.at))


AnyEvent = Annotated[Event, Written(kinds.read_event, {"type": "object"})]


class Scenario(Model):
    """One story: what it asks and assumes, the world it starts from, how people behave, and what happens."""

    format: Literal[1] = Field(description="version of the file format")
    name: Name = Field("scenario", description="name of the results (default: name of the file)")
    title: Words = Field(description="one line for figures")
    question: Words = Field(description="what the scenario asks")
    assumptions: tuple[Assumption, ...] = Field((), description="what it takes for granted")
    sources: tuple[Source, ...] = Field((), description="where its figures and facts were read")
    limits: tuple[Words, ...] = Field((), description="what it cannot tell")
    start: Month = Field(DEFAULT_START, description="first month")
    horizon: Month = Field(DEFAULT_HORIZON, description="last month")
    as_of: Day | None = Field(
        None, description="use only what was published by this day (a month: by its last day); default: all there is"
    )
    structure: Literal["as_of", "latest"] = Field(
        "as_of", description="with as_of: groups, trade and profiles must have been public by then, or may be later"
    )
    replicates: Annotated[StrictInt, Field(ge=1, le=100_000)] = Field(100, description="number of replicates")
    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)] = Field(1, description="root of all random numbers")
    engine: Literal["events", "mean-field"] = Field("events", description="payments one by one, or their averages")
    settlement: Literal["response", "true_size"] = Field(
        "response", description="queues of CIPS: read from its response, or every payment of every day (event engine)"
    )
    tipping: StrictBool = Field(False, description="allow a network effect beyond its tipping threshold")
    adoption_default: Literal["model", "frozen"] = Field(
        "model", description="CIPS membership of groups that do not say"
    )
    native_adoption_default: Literal["model", "frozen"] = Field(
        "model", description="CIPS's own messages in groups that do not say"
    )
    currencies: dict[GroupName, Currency] = Field({}, description="currencies, added to the shipped ones")
    groups: dict[GroupName, Group] = Field({}, description="country groups, added to the shipped ones")
    networks: dict[Name, Network] = Field({}, description="message networks")
    systems: dict[Name, System] = Field({}, description="settlement systems")
    options: dict[Name, OptionRow] = Field({}, description="currencies on routes")
    behaviour: Behaviour = Field(default_factory=Behaviour, description="parameters of behaviour")
    uncertainty: Uncertainty = Field(default_factory=Uncertainty, description="what varies between replicates")
    traffic: Traffic = Field(default_factory=Traffic, description="how payments are drawn")
    calibration: Calibration = Field(default_factory=Calibration, description="what the base must meet")
    events: Annotated[tuple[SerializeAsAny[AnyEvent], ...], AfterValidator(_in_date_order)] = Field(
        (), description="what happens, in the order of dates"
    )
    claims: tuple[Claim, ...] = Field((), description="what is said about it, for `paysim check` to test")
    checks: tuple[Check, ...] = Field((), description="what must hold, for `paysim check`; not inherited")

    _files: tuple[Path, ...] = PrivateAttr(default=())

    @model_validator(mode="wrap")
    @classmethod
    def _whole(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Add the shipped world, and check each part knowing what the others declare."""
        if not isinstance(data, Mapping):
            return handler(data)
        complete = _completed(data)
        issues = Issues()
        _check_whole(complete, issues)
        token = known.set(_declared(complete))
        try:
            made = handler(complete)
        except ValidationError as error:
            issues.take(error)
        else:
            _check_events(made, complete.get("events") or (), issues)
            for place, message in vintage.problems(made):
                issues.add(place, message, complete.get(str(place[0])))
        finally:
            known.reset(token)
        issues.finish("Scenario")
        return made

    @field_validator("horizon")
    @classmethod
    def _after_start(cls, horizon: datetime, info: ValidationInfo) -> datetime:
        start = info.data.get("start")
        if start is not None and horizon < start:
            raise problem(f"the horizon {horizon:%Y-%m} lies before the start {start:%Y-%m}")
        return horizon

    @property
    def files(self) -> tuple[Path, ...]:
        """The file and those it extends, the oldest ancestor last; empty for a scenario made in Python."""
        return self._files

    @property
    def end(self) -> datetime:
        """The first instant after the horizon."""
        return next_month(self.horizon)

    def months(self) -> tuple[datetime, ...]:
        """The first instants of all months simulated."""
        months = [self.start]
        while months[-1] < self.horizon:
            months.append(next_month(months[-1]))
        return tuple(months)

    def shortened(self, horizon: datetime | str) -> Scenario:
        """The same scenario with an earlier horizon; events beyond it stay in the file but do not happen."""
        month = read_month(horizon)
        if not self.start <= month <= self.horizon:
            raise ValueError(f"{month:%Y-%m} lies outside {self.start:%Y-%m} to {self.horizon:%Y-%m}")
        return self.model_copy(update={"horizon": month})

    def hubs(self) -> tuple[str, ...]:
        """Groups that some event opens as hubs, in the order of the events."""
        return tuple(dict.fromkeys(hub for event in self.events for hub in event.hubs()))

    def opened_currencies(self) -> tuple[str, ...]:
        """Currencies whose options on the challenger's network wait for an event."""
        return tuple(dict.fromkeys(currency for event in self.events for currency in event.opens()))

    def cut_networks(self) -> tuple[str, ...]:
        """Networks that some event disconnects banks from."""
        return tuple(dict.fromkeys(network for event in self.events for network in event.cuts()))

    def barred_currency_sets(self) -> tuple[frozenset[str], ...]:
        """Every set of currencies that may be barred to a bank, the empty set first, closed under union."""
        sets: dict[frozenset[str], None] = {frozenset(): None}
        for event in self.events:
            for barred in event.bars():
                for earlier in tuple(sets):
                    sets.setdefault(earlier | barred)
        return tuple(sets)

    def member_weight(self, group: str, network: str) -> float:
        """Share of a group's banks, by weight, that are members of a network at the start."""
        if network == "SWIFT":
            return self.groups[group].swift_weight
        if network == "CIPS":
            return self.groups[group].cips_weight
        return self.networks[network].members.get(group, 0.0)

    def canonical(self) -> str:
        """The whole scenario, defaults included, as JSON: one line, sorted keys, the same on every platform."""
        data = self.model_dump(mode="json")
        if self.as_of is None:  # what was published later is no part of a scenario that does not ask
            del data["as_of"], data["structure"]
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    def digest(self) -> str:
        """SHA-256 of `canonical`, in hexadecimal; what is claimed and checked changes no run, and is left out."""
        bare = self if not (self.claims or self.checks) else self.model_copy(update={"claims": (), "checks": ()})
        return hashlib.sha256(bare.canonical().encode()).hexdigest()

    @staticmethod
    def parameter_table() -> tuple[ParameterRow, ...]:
        """Every figure with a default: path, default, range, unit, basis, source and meaning."""
        rows = [*rows_of(Behaviour, "behaviour")]
        parts: dict[str, type[BaseModel]] = {"traffic": Traffic, "currencies.*": Currency, "systems.*": System}
        for path, part in parts.items():
            rows += rows_of(part, path)
        for name in kinds.names():
            rows += rows_of(kinds.kind(name), f"events.{name}")
        return tuple(rows)


def _completed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with the shipped world beneath it, tables in a fixed order (shipped entries first, then by id)."""
    complete = {str(key): value for key, value in data.items()}
    for table, shipped in vintage.world_known(_day_or_none(complete.get("as_of"))).items():
        given = complete.get(table)
        if given is None or isinstance(given, Mapping):
            merged = defaults.patched(shipped, given or {})
            order = [*(key for key in shipped if key in merged), *sorted(key for key in merged if key not in shipped)]
            complete[table] = {key: merged[key] for key in order}
    groups = complete["groups"]
    if isinstance(groups, dict):
        adoption = {
            "adoption": complete.get("adoption_default", "model"),
            "native_adoption": complete.get("native_adoption_default", "model"),
        }
        complete["groups"] = {
            key: {**adoption, **group} if isinstance(group, Mapping) else group for key, group in groups.items()
        }
    calibration = complete.get("calibration") or {}
    if isinstance(calibration, Mapping) and isinstance(calibration.get("fixed") or {}, Mapping):
        present = complete["groups"] if isinstance(complete["groups"], Mapping) else {}
        corridors = {
            pair: shares for pair, shares in defaults.known_corridors().items() if set(pair.split("-")) <= set(present)
        }
        complete["calibration"] = {**calibration, "fixed": defaults.patched(corridors, calibration.get("fixed") or {})}
    return complete


def _declared(complete: Mapping[str, Any]) -> Known:
    """Names and dates that the parts may refer to, as far as they can be read."""
    tables = {table: complete[table] if isinstance(complete[table], Mapping) else {} for table in TABLES}
    groups = {name: group for name, group in tables["groups"].items() if isinstance(group, Mapping)}
    singular = {
        one: many for many, one in zip(TABLES, ("currency", "group", "network", "system", "option"), strict=True)
    }
    return Known(
        ids={one: frozenset(tables[many]) for one, many in singular.items()},
        classes={
            name: frozenset(classes) if isinstance(classes := group.get("bank_classes"), Mapping) else frozenset()
            for name, group in groups.items()
        },
        unwilling=frozenset(name for name, group in groups.items() if not group.get("willing_hub")),
        start=_month_or_none(complete.get("start", DEFAULT_START)),
        end=None if (last := _month_or_none(complete.get("horizon", DEFAULT_HORIZON))) is None else next_month(last),
        system_currency={
            name: system["currency"]
            for name, system in tables["systems"].items()
            if isinstance(system, Mapping) and isinstance(system.get("currency"), str)
        },
    )


def _month_or_none(value: object) -> datetime | None:
    try:
        return read_month(value)
    except ValueError:
        return None


def _day_or_none(value: object) -> date | None:
    try:
        return None if value is None else read_day(value)
    except ValueError:
        return None


def _check_whole(complete: Mapping[str, Any], issues: Issues) -> None:
    """Rules between parts that no single part can check."""
    groups, options, currencies = (complete[table] for table in ("groups", "options", "currencies"))
    if isinstance(groups, Mapping):
        for name, group in groups.items():
            if name not in defaults.traded_groups() and isinstance(group, Mapping) and not group.get("trade"):
                issues.add(
                    ("groups", name), f"{name} is not in the shipped trade matrix: it needs `trade`", at_key=True
                )
    if isinstance(options, Mapping) and isinstance(currencies, Mapping):
        used = {option.get("currency") for option in options.values() if isinstance(option, Mapping)}
        for currency in currencies:
            if currency not in used:
                issues.add(
                    ("currencies", currency), f"{currency} has no option: no payment could be made in it", at_key=True
                )
    for part in ("events", "claims", "checks"):
        seen: dict[str, int] = {}
        items = complete.get(part)
        for place, item in enumerate(items if isinstance(items, (list, tuple)) else ()):
            name = item.get("id") if isinstance(item, Mapping) else getattr(item, "id", None)
            if isinstance(name, str) and seen.setdefault(name, place) != place:
                issues.add((part, place, "id"), f"two {part} have the id {name!r}", name)


def _check_events(made: Scenario, written: Sequence[object], issues: Issues) -> None:
    """What events presuppose of others and of options; written : the events in the order of the file."""
    opened: dict[str, datetime] = {}
    for event in made.events:
        for hub in event.hubs():
            opened.setdefault(hub, event.at)
    for place, item in enumerate(written if any(event.closes() or event.opens() for event in made.events) else ()):
        event = kinds.read_event(item)
        for hub in event.closes():
            if hub not in opened:
                hint = nearest(hub, opened) or "; write an event hub_opened before it"
                issues.add(("events", place, "hub"), f"no event opens the hub {hub}{hint}", hub)
            elif event.at < opened[hub]:
                issues.add(("events", place, "hub"), f"the hub {hub} is not open before {opened[hub]:%Y-%m-%d}", hub)
        for currency in event.opens():
            rows = [row for row in made.options.values() if row.currency == currency and "CIPS" in row.needs]
            if not rows or any(row.weight is None for row in rows):
                message = f"{currency} needs an option under options, with needs: {{CIPS: ...}} and a weight"
                issues.add(("events", place, "currencies"), message, currency)
