"""Typed access to the packaged tables.

Every access leaves out figures graded X, and takes ``as_of``: only what was public on that day is given. Shares are
fractions. What the columns, grades and bases mean stands in ``tables`` and in the README beside the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Literal

from paysim.data.tables import (
    PROVENANCE,
    Break,
    Faults,
    Observation,
    Period,
    Table,
    check_provenance,
    check_published,
    read_lines,
    read_observations,
    read_period,
)
from paysim.errors import DataError

FOLDER = Path(__file__).parent
TEXT_TABLES = ("groups", "sanctions_timeline")
AFTER_BREAK = "2023-09/2025-10"
CNY_LONG = "2019-01/2025-10"

_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Description:
    """What a table is about: title, unit, when its figures became public, licence and source remark, breaks."""

    name: str
    title: str
    unit: str
    publication_rule: str
    remark: str
    breaks: tuple[Break, ...]


@dataclass(frozen=True)
class Group:
    """A group of countries.

    own_currency : the currency its finance leans to; ``OTH`` where it issues none of USD, EUR and CNY
    figures : what the model takes as given about it, by name: gdp, goods_exports, goods_imports (USD bn), alignment
        (-1 China to 1 United States), sanction_hazard (per year), swap_line_cover, clearing_bank_cover (fractions of
        GDP), cips_direct, cips_indirect (participants), finance_weight (fraction of world financial payments), banks
        (simulated), cips_weight (fraction of bank weight on CIPS), native_share (fraction of the members' weight
        with CIPS-native messaging)
    """

    id: str
    name: str
    members: tuple[str, ...]
    own_currency: str
    figures: Mapping[str, Observation]

    def value(self, name: str) -> float:
        """The figure of a name; raises DataError where there is none."""
        if name not in self.figures:
            raise DataError(f"group_parameters: {self.id} has no {name!r} (it has {', '.join(self.figures)})")
        return self.figures[name].value


@dataclass(frozen=True)
class SettlementProfile:
    """Currencies in the settlement of a group's goods trade, fractions that sum to 1.

    ``exports`` and ``imports`` are None where the two are not known apart.
    """

    group: str
    both: Mapping[str, float]
    exports: Mapping[str, float] | None
    imports: Mapping[str, float] | None


@dataclass(frozen=True)
class KnownCorridor:
    """Currencies of a corridor, either direction, that are known apart from the profiles (fractions of trade)."""

    groups: tuple[str, str]
    shares: Mapping[str, Observation]


@dataclass(frozen=True)
class TrackerNoise:
    """Monthly movement of a currency's published share, log-odds.

    ``latent_demand_sd`` is the s.d. of a month's step of the random walk behind it, ``observation_noise`` that of the
    white noise on top.
    """

    currency: str
    latent_demand_sd: Observation
    observation_noise: Observation


@dataclass(frozen=True)
class SanctionsEntry:
    """A disconnection, a sanction on banks, or overcompliance. ``banks`` is None where the number is not known."""

    period: Period
    event: str
    country: str
    target: str
    banks: int | None
    type: str
    source: str
    grade: str
    basis: str
    published: date
    note: str


def descriptions() -> tuple[Description, ...]:
    """What there is: a description of every packaged table, in the order of ``tables.csv``."""
    return tuple(_descriptions().values())


def series(
    name: str, *, measure: str | None = None, as_of: date | None = None, suspect: bool = False, **keys: str
) -> Table:
    """Give a table of figures, or the part of it with one measure and some keys, as public on a day.

    ``series("swift_currency_share", currency="CNY")``. Raises DataError for an unknown table, measure or key.
    """
    return _table(name).select(measure=measure, as_of=as_of, suspect=suspect, **keys)


def public_since(name: str) -> date:
    """The day from which a table was public as a whole (figures graded X aside); DataError where there is no table."""
    if name != "groups":
        return max(row.published for row in series(name).rows)
    _, lines = read_lines(FOLDER / "groups.csv", PROVENANCE)
    return max(date.fromisoformat(line.cells["published"]) for line in lines)


def tracker_share(currency: str, as_of: date | None = None) -> list[Observation]:
    """Published share of a currency in payments on SWIFT by month (fraction of value), in order.

    The base of the series changed between March and July 2023 (see the breaks of the table).
    """
    return list(series("swift_currency_share", measure="share", as_of=as_of, currency=currency).by_period())


def cips_value(frequency: Literal["year", "quarter", "month"] = "year", as_of: date | None = None) -> list[Observation]:
    """Value that CIPS processed in each year, quarter or month (CNY trn), in order."""
    rows = series("cips_annual", measure="value", as_of=as_of).by_period()
    return [row for row in rows if row.period.kind == frequency]


def cips_participants(
    measure: Literal["total", "direct", "indirect"] = "total", as_of: date | None = None
) -> list[Observation]:
    """Count the participants of CIPS over time, in order."""
    return list(series("cips_participants", measure=measure, as_of=as_of).by_period())


def china_goods_trade_rmb_share(as_of: date | None = None) -> list[Observation]:
    """Renminbi's share of China's goods trade (fraction), years and parts of years, in order."""
    return list(series("china_rmb_settlement", measure="goods_trade_rmb_share", as_of=as_of).by_period())


def china_rmb_share(office: Literal["PBoC", "SAFE"], as_of: date | None = None) -> list[Observation]:
    """Renminbi's share of all China's cross-border receipts and payments (fraction), in order.

    PBoC counts all of them, SAFE the clients of banks: two series, not to be spliced.
    """
    return list(series("china_rmb_settlement", measure="rmb_share", as_of=as_of, office=office).by_period())


def groups() -> dict[str, Group]:
    """Give the groups by id, in their fixed order."""
    figures: dict[str, dict[str, Observation]] = {}
    for row in series("group_parameters").rows:
        figures.setdefault(row.key[0], {})[row.measure] = row
    path = FOLDER / "groups.csv"
    _, lines = read_lines(path, ("group", "name", "members", "own_currency", *PROVENANCE))
    faults = Faults(path)
    found = {}
    for line in lines:
        cells = line.cells
        check_provenance(line, faults)
        if cells["group"] not in figures:
            faults.add(line.number, "group", f"{cells['group']!r} has no figures in group_parameters.csv")
        members = tuple(member.strip() for member in cells["members"].split(";"))
        found[cells["group"]] = Group(
            cells["group"], cells["name"], members, cells["own_currency"], figures.get(cells["group"], {})
        )
    faults.raise_any()
    return found


def trade_matrix() -> dict[tuple[str, str], Observation]:
    """Goods exports from one group to another in 2023 (USD bn) by (exporter, importer), every pair.

    Raises DataError where a pair is missing.
    """
    cells = {(row.key[0], row.key[1]): row for row in series("trade_matrix", measure="goods_exports").rows}
    names = tuple(dict.fromkeys(exporter for exporter, _ in cells))
    missing = [f"{g} to {h}" for g in names for h in names if (g, h) not in cells]
    if missing:
        raise DataError(f"{FOLDER / 'trade_matrix.csv'}: no figure for {', '.join(missing)}")
    return cells


def settlement_profiles() -> dict[str, SettlementProfile]:
    """Currencies of each group's goods trade; raises DataError where a profile does not sum to 1."""
    shares: dict[tuple[str, str], dict[str, float]] = {}
    for row in series("settlement_profiles", measure="settlement_share").rows:
        group, flow, currency = row.key
        shares.setdefault((group, flow), {})[currency] = row.value
    for (group, flow), profile in shares.items():
        if abs(sum(profile.values()) - 1.0) > _SUM_TOLERANCE:
            place = FOLDER / "settlement_profiles.csv"
            raise DataError(
                f"{place}: value: the shares of {group}, flow {flow}, sum to {sum(profile.values())}, not 1"
            )
    return {
        group: SettlementProfile(group, profile, shares.get((group, "export")), shares.get((group, "import")))
        for (group, flow), profile in shares.items()
        if flow == "both"
    }


def known_corridors() -> tuple[KnownCorridor, ...]:
    """Give the corridors whose currencies are known apart from the profiles."""
    shares: dict[tuple[str, str], dict[str, Observation]] = {}
    for row in series("known_corridors", measure="settlement_share").rows:
        shares.setdefault((row.key[0], row.key[1]), {})[row.key[2]] = row
    return tuple(KnownCorridor(pair, found) for pair, found in shares.items())


def tracker_noise(period: str = AFTER_BREAK) -> dict[str, TrackerNoise]:
    """Monthly movement of the published shares by currency, estimated over the months of a period.

    ``AFTER_BREAK`` has USD, EUR, CNY, GBP, JPY and OTH; ``CNY_LONG`` the renminbi alone over 82 months.
    Raises DataError for a period that was not estimated.
    """
    rows = [row for row in series("tracker_noise").rows if row.period.text == period]
    if not rows:
        raise DataError(f"tracker_noise: no estimate over {period!r} (expected {AFTER_BREAK} or {CNY_LONG})")
    found: dict[str, dict[str, Observation]] = {}
    for row in rows:
        found.setdefault(row.key[0], {})[row.measure] = row
    return {
        currency: TrackerNoise(currency, parts["latent_demand_sd"], parts["observation_noise"])
        for currency, parts in found.items()
    }


def sanctions_timeline(as_of: date | None = None) -> tuple[SanctionsEntry, ...]:
    """Disconnections, sanctions on banks and overcompliance, in the order of their dates."""
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    entries = (entry for entry in _sanctions() if day is None or entry.published <= day)
    return tuple(sorted(entries, key=lambda entry: entry.period))


def read_table(path: Path, description: Description | None = None) -> Table:
    """Read a table of figures from a file; raises DataError with file, line and column of every fault."""
    key_names, rows = read_observations(path)
    about = description or Description(path.stem, path.stem, "in each row", "", "", ())
    return Table(
        about.name, about.title, about.unit, key_names, about.breaks, about.publication_rule, about.remark, rows
    )


@cache
def _descriptions() -> dict[str, Description]:
    breaks: dict[str, list[Break]] = {}
    for line in read_lines(FOLDER / "breaks.csv", ("table", "period", "text"))[1]:
        breaks.setdefault(line.cells["table"], []).append(Break(Period.parse(line.cells["period"]), line.cells["text"]))
    found = {}
    for line in read_lines(FOLDER / "tables.csv", ("name", "title", "unit", "publication_rule", "remark"))[1]:
        cells = line.cells
        name = cells["name"]
        found[name] = Description(
            name, cells["title"], cells["unit"], cells["publication_rule"], cells["remark"], tuple(breaks.get(name, ()))
        )
    return found


@cache
def _table(name: str) -> Table:
    figures = [known for known in _descriptions() if known not in TEXT_TABLES]
    if name not in figures:
        raise DataError(f"no table of figures {name!r} (there are {', '.join(figures)})")
    return read_table(FOLDER / f"{name}.csv", _descriptions()[name])


@cache
def _sanctions() -> tuple[SanctionsEntry, ...]:
    path = FOLDER / "sanctions_timeline.csv"
    _, lines = read_lines(path, ("period", "event", "country", "target", "banks", "type", *PROVENANCE))
    faults = Faults(path)
    entries = []
    for line in lines:
        cells = line.cells
        published, period = check_provenance(line, faults), read_period(line, faults)
        if cells["banks"] and not cells["banks"].isdecimal():
            faults.add(line.number, "banks", f"{cells['banks']!r} is not a number of banks")
            continue
        if published is None or period is None:
            continue
        check_published(line, period, published, faults)
        entries.append(
            SanctionsEntry(
                period=period,
                event=cells["event"],
                country=cells["country"],
                target=cells["target"],
                banks=int(cells["banks"]) if cells["banks"] else None,
                type=cells["type"],
                source=cells["source"],
                grade=cells["grade"],
                basis=cells["basis"],
                published=published,
                note=cells["note"],
            )
        )
    faults.raise_any()
    return tuple(entries)
