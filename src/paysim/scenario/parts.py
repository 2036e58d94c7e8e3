"""The parts of a scenario that describe the world: currencies, country groups, networks, systems, options, traffic.

Ids are short words (``CHN``, ``usd-swift``); what a field means, and its unit, stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from paysim.scenario import units
from paysim.scenario.base import (
    CurrencyId,
    GroupId,
    Issues,
    LogOdds,
    LogOddsPerMonth,
    Model,
    Money,
    Name,
    NetworkId,
    OperatingHours,
    Profile,
    Reference,
    Share,
    SignedRatio,
    Text,
    Words,
    Written,
    Zone,
    check_sum,
    known,
    nearest,
    problem,
    quantity,
    some,
)
from paysim.scenario.dates import MONTH_PATTERN, read_month
from paysim.scenario.units import SHARE, shown

WorkingDays = Literal[
    "weekdays",
    "every-day",
    "target",
    "us-federal-reserve",
    "england",
    "japan",
    "hong-kong",
    "china-statutory",
    "china-cross-border",
]
"""Rules of working days; `paysim.networks.calendars` says what each counts."""


def fact(
    default: Any,
    meaning: str,
    basis: str = "",
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    source: str = "",
    checked: bool = False,
) -> Any:
    """Declare a field with its meaning and, for figures, unit, plausible range, basis and source.

    ``checked`` defaults are validated like what a file says: ids in them must be declared.
    """
    extra: dict[str, Any] = {"unit": unit} if unit else {}
    if basis:
        extra |= {"basis": basis, "source": source, "range": [low, high]}
    return Field(default, description=meaning, json_schema_extra=extra or None, validate_default=checked or None)


class Assumption(Model):
    """Something the scenario takes for granted."""

    id: Name | None = fact(None, "a name by which an extending file can change the assumption")
    text: Words
    basis: Literal["sourced", "derived", "judgement", "literature", "weak", "premise"]
    source: Text | None = None


class Source(Model):
    """Where a figure or a fact was read."""

    text: Text
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=600)]


class Currency(Model):
    """A currency that payments are made in."""

    name: Text
    issuers: tuple[GroupId, ...] = fact((), "groups whose own currency it is")
    latent_demand_sd: LogOddsPerMonth = fact(
        0.034, "monthly standard deviation of latent demand", "D", unit="log-odds/month", low=0.0, high=0.11,
        source="local level of the published shares, 2023-09 to 2025-10",
    )  # fmt: skip
    observation_noise: LogOdds = fact(
        0.021, "standard deviation of the noise in the published share", "D", unit="log-odds", low=0.0, high=0.08,
        source="local level of the published shares, 2023-09 to 2025-10",
    )  # fmt: skip


def read_adoption(value: object) -> str | dict[Any, float]:
    """How a group adopts: ``model``, ``frozen``, or a path of months and shares in their order."""
    if isinstance(value, str):
        if value not in ("model", "frozen"):
            raise problem(f"expected model, frozen or a path of months and shares, got {shown(value)}")
        return value
    if not isinstance(value, Mapping) or not value:
        raise problem(f"expected model, frozen or a path such as {{2025-01: 30 %}}, got {shown(value)}")
    issues, path = Issues(), {}
    last = None
    for key, share in value.items():
        month = issues.check((key,), read_month, key)
        path[month] = issues.check((key,), _read_share, share)
        if month is not None and last is not None and month <= last:
            issues.add((key,), f"the months of a path must be in order, got {key} after {last:%Y-%m}", key, at_key=True)
        last = month or last
    issues.finish("Adoption")
    return path


def _read_share(value: object) -> float:
    share = SHARE.read(value)
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"expected a share of at most 100 %, got {shown(value)}")
    return share


_SHARE_SCHEMA = {
    "anyOf": [{"type": "string", "pattern": SHARE.pattern}, {"type": "number", "minimum": 0, "maximum": 1}]
}
Adoption = Annotated[
    Any,
    Written(
        read_adoption,
        {
            "anyOf": [
                {"enum": ["model", "frozen"]},
                {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {"pattern": MONTH_PATTERN},
                    "additionalProperties": _SHARE_SCHEMA,
                },
            ]
        },
    ),
]
"""``"model"``, ``"frozen"`` or a dictionary of months (UTC datetimes) and shares, in order."""


class Trade(Model):
    """Goods trade of a group with the others, a year (for groups that the shipped matrix does not have)."""

    exports: dict[GroupId, Money] = fact({}, "exports to each group", unit="USD bn")
    imports: dict[GroupId, Money] = fact({}, "imports from each group", unit="USD bn")


class Group(Model):
    """A country or a group of countries that act alike."""

    name: Text
    members: tuple[Text, ...] = fact((), "countries in the group")
    own_currency: CurrencyId
    alignment: SignedRatio = fact(..., "political alignment, -1 (China) to 1 (United States)")
    swift_weight: Share = fact(1.0, "share of the banks, by weight, that are on SWIFT at the start")
    cips_weight: Share = fact(..., "share of the banks, by weight, that are CIPS participants at the start")
    native_share: Share | None = fact(
        None, "share of those, by weight, with CIPS's own messages (default: behaviour.initial_native_share)"
    )
    banks: Annotated[StrictInt, Field(ge=1, le=2000)] = fact(..., "number of simulated banks")
    profile: Profile = fact(..., "currencies of the group's goods trade")
    export_profile: Profile | None = fact(None, "currencies of its exports, where they differ")
    import_profile: Profile | None = fact(None, "currencies of its imports, where they differ")
    finance_weight: Share = fact(..., "share of the world's financial payments")
    bank_classes: dict[Name, Share] = fact({}, "classes of banks that events can name, with their weights")
    adoption: Adoption = fact("model", "CIPS membership: by the model, frozen, or a prescribed path of bank weight")
    native_adoption: Adoption = fact("model", "CIPS's own messages: by the model, frozen, or a prescribed path")
    willing_hub: StrictBool = fact(False, "whether its banks would pass on payments of cut banks")
    trade: Trade | None = None

    @model_validator(mode="after")
    def _classes_sum(self) -> Self:
        if self.bank_classes:
            try:
                check_sum(self.bank_classes)
            except PydanticCustomError as error:
                issues = Issues()
                issues.add(("bank_classes",), error.message())
                issues.finish("Group")
        return self


class Network(Model):
    """A network that carries payment messages."""

    name: Text
    native_messaging: StrictBool = fact(
        False, "whether members may still send their messages on another network (as CIPS members do on SWIFT)"
    )
    members: dict[GroupId, Share] = fact(
        {}, "share of a group's banks, by weight, that are members (SWIFT and CIPS: see the groups)"
    )


Direct = Annotated[StrictInt, Field(ge=0, le=2000)]


def read_direct(counts: dict[str, int]) -> dict[str, int]:
    """Numbers of banks that participate directly, by group; one bank at least."""
    if not any(some(counts).values()):
        raise problem("expected at least one bank that participates directly, got none")
    return counts


def read_shipped_system(value: object) -> str:
    """The name of a system that comes with paysim."""
    from paysim.scenario.system_loading import shipped_systems  # reads system files, which are made of these parts

    if isinstance(value, str) and value in shipped_systems():
        return value
    hint = nearest(value, shipped_systems()) if isinstance(value, str) else ""
    raise problem(f"expected a shipped system, one of {', '.join(shipped_systems())}, got {shown(value)}{hint}")


class System(Model):
    """A system in which payments of a currency settle."""

    name: Text
    currency: CurrencyId
    hours: OperatingHours = fact(..., "opening and closing by its own clock, such as 02:30-18:00 or 21:00 D-1-18:00")
    timezone: Zone
    calendar: WorkingDays
    liquidity: Annotated[float, quantity(units.RATIO, above=0.0)] = fact(
        1.0 / 6.6, "liquidity of a participant as a multiple of the value it sends on a mean day", "D",
        low=1.0 / 15.0, high=0.2, source="turnover of 6.6 in other large-value systems (The Clearing House, 2024)",
    )  # fmt: skip
    behaves_like: Annotated[str, Written(read_shipped_system, {"type": "string"})] | None = fact(
        None, "shipped system whose measured response to surges stands for it (default: its own; else rtgs-fifo)", "J"
    )
    home: tuple[GroupId, ...] = fact(
        (), "groups whose banks settle for groups without a direct participant (default: its currency's issuers)"
    )
    direct: Annotated[dict[GroupId, Direct], AfterValidator(read_direct)] | None = fact(
        None,
        "simulated banks that participate directly, by group, the largest first (all, where a group has fewer); each "
        "other bank settles through one of them. Default, a judgement: for CIPS the published shares of direct "
        "participants (groups table, each count within half and 1.5 times), at least one bank where there are any; "
        "elsewhere all banks at home; all banks anywhere where nobody is at home. Range: one bank a group to all",
    )


def read_settlement(value: object) -> dict[str, float]:
    """Where an option settles, as shares of its value by system: ``T2``, or ``{CHIPS: 95 %, FEDWIRE: 5 %}``."""
    system = Reference("system")
    if isinstance(value, str):
        return {system.check(value): 1.0}
    if not isinstance(value, Mapping) or not value:
        raise problem(
            f"expected a system such as T2, or shares such as {{CHIPS: 95 %, FEDWIRE: 5 %}}, got {shown(value)}"
        )
    issues, shares = Issues(), {}
    for key, share in value.items():
        if share is None:  # taken out of what a file extends
            continue
        try:
            system.check(str(key))
        except PydanticCustomError as error:
            issues.add((str(key),), error.message(), key, at_key=True)
        shares[str(key)] = issues.check((str(key),), _read_share, share)
    issues.finish("settles_in")
    return check_sum(shares)


Settlement = Annotated[dict[str, float], Written(read_settlement, {"anyOf": [
    {"type": "string"},
    {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"anyOf": [*_SHARE_SCHEMA["anyOf"], {"type": "null"}]},
    },
]})]  # fmt: skip
"""Shares of value by system; a system alone has all of it."""


class OptionRow(Model):
    """A currency on a route: what carries the message and where the money settles."""

    currency: CurrencyId
    message: NetworkId
    settles_in: Settlement = fact(..., "the system it settles in, or several with their shares of its value")
    needs: dict[NetworkId, Literal["member", "native"]] = fact(..., "what both banks must have on each network")
    visible: StrictBool = fact(..., "whether the SWIFT tracker counts it")
    weight: Share | None = fact(None, "share of its currency at the start (default: by behaviour)")

    @model_validator(mode="after")
    def _settles_its_currency(self) -> Self:
        names = known.get()
        for system in self.settles_in if names is not None else ():
            settled = names.system_currency.get(system, self.currency) if names is not None else self.currency
            if settled != self.currency:
                raise problem(f"{system} settles {settled}, not {self.currency}")
        return self


class Uncertainty(Model):
    """Which sources of uncertainty vary between replicates."""

    parameters: StrictBool = True
    latent_demand: StrictBool = True
    noise: StrictBool = True


class Traffic(Model):
    """How payments are drawn in the event engine."""

    payments_per_month: Annotated[StrictInt, Field(ge=1, le=10_000_000)] = fact(
        5000, "payments drawn in a month", "J", unit="payments", low=1000, high=500_000
    )
    sampling: Literal["stratified", "plain"] = fact("stratified", "by option with value weights, or one by one")
    size_sigma: Annotated[float, Written(units.RATIO.read, {"type": "number", "minimum": 0})] = fact(
        1.2, "spread of the natural log of payment sizes", "J", low=0.8, high=2.3
    )


def read_corridor(value: object) -> str:
    """A pair of groups, ``CHN-HKG``, or the exports of one to the other, ``CHN>HKG``."""
    names = known.get()
    link = ">" if isinstance(value, str) and ">" in value else "-"
    parts = value.split(link) if isinstance(value, str) else []
    if len(parts) != 2:
        raise problem(f"expected two groups such as CHN-HKG, or CHN>HKG for exports alone, got {shown(value)}")
    for part in parts if names is not None else []:
        if names is not None and part not in names.ids["group"]:
            raise problem(f"unknown group {part!r}{nearest(part, names.ids['group'])}")
    return link.join(parts)


Corridor = Annotated[str, Written(read_corridor, {"type": "string", "pattern": "^[A-Za-z0-9_]+[->][A-Za-z0-9_]+$"})]


class Calibration(Model):
    """What the base is made to meet at the start."""

    targets: Annotated[Any, Written(lambda value: read_targets(value), {"anyOf": [
        {"const": "published"}, {"type": "object", "additionalProperties": _SHARE_SCHEMA}
    ]})] = fact("published", "tracker shares to meet: the published ones, or given by currency")  # fmt: skip
    fixed: dict[Corridor, dict[CurrencyId, Share]] = fact(
        {},
        "known currency shares of goods trade between two groups: both directions (CHN-HKG; default: from the data) or "
        "the exports of one to the other (CHN>HKG), which go first",
    )


def read_targets(value: object) -> str | dict[str, float]:
    """``published`` or shares by currency."""
    if value == "published":
        return "published"
    if not isinstance(value, Mapping):
        raise problem(f"expected published or shares by currency, got {shown(value)}")
    names, issues, shares = known.get(), Issues(), {}
    for key, share in value.items():
        if names is not None and key not in names.ids["currency"]:
            issues.add((key,), f"unknown currency {key!r}{nearest(key, names.ids['currency'])}", key, at_key=True)
        shares[str(key)] = issues.check((key,), _read_share, share)
    issues.finish("targets")
    return shares
