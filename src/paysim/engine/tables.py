"""The tables of a scenario on their way to arrays: groups, banks, options, trade, memberships, paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paysim.data import catalogue
from paysim.engine.participants import participants
from paysim.engine.prepared import System
from paysim.engine.responses import response_of
from paysim.engine.systems import settlement_system
from paysim.errors import InputError
from paysim.model.ruling import Switches
from paysim.model.world import MEMBER, NATIVE, Banks, Option, World
from paysim.networks.calendars import OperatingCalendar
from paysim.networks.systems import System as TrueSystem
from paysim.scenario.system_loading import shipped_systems

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario

Array = NDArray[np.float64]

WIDE, CHALLENGER = "SWIFT", "CIPS"
YUAN, ISSUER, EURO = "CNY", "CHN", "EUR"
YUAN_GROUPS = ("CHN", "HKG")
PUBLISHED = ("USD", EURO, YUAN)
"""Currencies whose published tracker shares the base must meet."""
PLAIN = "rtgs-fifo"
"""Shipped system whose response stands for one of which nothing else is said (judgement: the plainest)."""
SEEN_DAYS = 40
"""Days from the start over which the length of sessions is averaged: a month and the longest holidays."""
SECONDS_AN_HOUR = 3600.0
DRAWN = -1.0
"""Stands for a native share that is drawn with the parameters."""


@dataclass(frozen=True)
class Tables:
    """The tables of a scenario on their way to arrays."""

    scenario: Scenario

    @property
    def groups(self) -> tuple[str, ...]:
        """Ids of the groups."""
        return tuple(self.scenario.groups)

    @property
    def networks(self) -> tuple[str, ...]:
        """Ids of the message networks."""
        return tuple(self.scenario.networks)

    @property
    def currencies(self) -> tuple[str, ...]:
        """Ids of the currencies."""
        return tuple(self.scenario.currencies)

    def world(self, representative: bool) -> World:
        """The arrays of the world, with one bank for each class of banks or with every bank for itself."""
        scenario, groups, currencies = self.scenario, self.groups, self.currencies
        hubs = scenario.hubs()
        wide, challenger = self.networks.index(WIDE), self.networks.index(CHALLENGER)
        options = self.options(hubs)
        banks, trade = self.banks(representative), self.trade()
        bars = [frozenset(currencies.index(c) for c in barred) for barred in scenario.barred_currency_sets()]
        profiles = [
            np.array([[_side(group, side).get(c, 0.0) for c in currencies] for group in scenario.groups.values()])
            for side in ("export", "import")
        ]
        return World(
            groups=groups,
            currencies=currencies,
            networks=self.networks,
            systems=tuple(scenario.systems),
            hubs=hubs,
            options=options,
            bar_patterns=tuple(bars),
            banks=banks,
            own_currency=np.array([currencies.index(g.own_currency) for g in scenario.groups.values()], dtype=np.int64),
            alignment=np.array([g.alignment for g in scenario.groups.values()]),
            trade=trade,
            finance_pattern=self.finance(),
            export_profile=profiles[0],
            import_profile=profiles[1],
            levels=np.array([NATIVE if n.native_messaging else MEMBER for n in scenario.networks.values()]),
            member=self.members(),
            native=self.natives(),
            cuttable=np.array([network in scenario.cut_networks() for network in self.networks]),
            hub_groups=np.array([groups.index(hub) for hub in hubs], dtype=np.int64),
            targets=self.targets(),
            known_corridors=self.corridors(),
            payment_networks=(wide, challenger),
            representative=representative,
            participants=self.participants(),
            anchor=(groups.index(ISSUER), currencies.index(YUAN)) if {ISSUER, YUAN} <= {*groups, *currencies} else None,
            yuan_groups=tuple(groups.index(g) for g in YUAN_GROUPS if g in groups),
            euro=currencies.index(EURO) if EURO in currencies else -1,
            **({} if representative else {"participant": participants(scenario, banks, trade)}),
        )

    def options(self, hubs: tuple[str, ...]) -> tuple[Option, ...]:
        """The direct options and, for every hub, one for each currency that can pass it."""
        scenario, systems = self.scenario, tuple(self.scenario.systems)
        direct = []
        for name, row in scenario.options.items():
            needs = tuple(
                (self.networks.index(n), NATIVE if level == "native" else MEMBER) for n, level in row.needs.items()
            )
            whole = sum(row.settles_in.values())
            split = tuple((systems.index(name), share / whole) for name, share in row.settles_in.items() if share > 0.0)
            direct.append(
                Option(
                    name=name,
                    currency=self.currencies.index(row.currency),
                    needs=needs,
                    message=(self.networks.index(row.message),),
                    systems=(max(split, key=lambda one: one[1])[0],),
                    visible=row.visible,
                    weight=self._weight(name),
                    split=split if len(split) > 1 else (),
                    waits=self._waits(name),
                )
            )
        self._check_opened(direct)
        wide, challenger = self.networks.index(WIDE), self.networks.index(CHALLENGER)
        clearing = next(o.systems[0] for o in direct if {n for n, _ in o.needs} == {challenger})
        through = [
            replace(
                option,
                name=f"{self.currencies[option.currency].lower()}-via-{hub.lower()}",
                needs=(),
                message=(challenger, wide),
                systems=(clearing, option.systems[0]),
                visible=True,
                direct=place,
                hub=number,
            )
            for number, hub in enumerate(hubs)
            for place, option in enumerate(direct)
            if {n for n, _ in option.needs} == {wide}
        ]
        return tuple(direct + through)

    def _waits(self, name: str) -> bool:
        """Whether nobody uses an option until an event opens the challenger's network to its currency."""
        row = self.scenario.options[name]
        return CHALLENGER in row.needs and row.currency in self.scenario.opened_currencies()

    def _check_opened(self, options: list[Option]) -> None:
        """Every currency that an event opens the challenger's network to needs an option there, with a weight."""
        for currency in self.scenario.opened_currencies():
            place = self.currencies.index(currency)
            found = [option for option in options if option.waits and option.currency == place]
            if not found or any(np.isnan(option.weight) for option in found) or currency == YUAN:
                raise InputError(
                    f"events: {currency} cannot be taken by {CHALLENGER}: expected an option of {currency} under "
                    f"`options` with `needs: {{{CHALLENGER}: ...}}` and a `weight`, and a currency other than {YUAN}"
                )

    def _weight(self, name: str) -> float:
        """Share of an option in its currency: as stated, all of it if it is the only one, or left to behaviour."""
        options = self.scenario.options
        row = options[name]
        if row.weight is not None:
            return float(row.weight)
        if self._waits(name):
            return float("nan")
        if sum(other.currency == row.currency and not self._waits(key) for key, other in options.items()) == 1:
            return 1.0
        if row.currency == YUAN:
            return float("nan")
        raise InputError(
            f"options.{name}: {row.currency} has several options, so each needs a weight (share of the currency at the "
            "start); expected `weight:`, got none"
        )

    def banks(self, representative: bool) -> Banks:
        """Banks of all groups: Zipf weights, scaled inside each class to the class's declared weight."""
        group_of, weights, classes, order = [], [], [], []
        for g, group in enumerate(self.scenario.groups.values()):
            shares = dict(group.bank_classes) or {"all": 1.0}
            if representative:
                weight, named = np.array(list(shares.values())), list(shares)
            else:
                weight, named = _zipf_banks(max(group.banks, len(shares)), shares)
            group_of += [g] * len(weight)
            weights.append(weight / weight.sum())
            classes += named
            order += list(range(len(weight)))
        return Banks(
            np.array(group_of, dtype=np.int64), np.concatenate(weights), tuple(classes), np.array(order, dtype=np.int64)
        )

    def trade(self) -> Array:
        """Goods exports, (G, G) USD bn a year, without trade inside a group of one currency."""
        matrix = catalogue.trade_matrix()
        values = np.zeros((len(self.groups), len(self.groups)))
        for (exporter, importer), cell in matrix.items():
            if exporter in self.groups and importer in self.groups:
                values[self.groups.index(exporter), self.groups.index(importer)] = cell.value
        for g, (name, group) in enumerate(self.scenario.groups.items()):
            if group.trade is not None:
                for partner, value in group.trade.exports.items():
                    values[g, self.groups.index(partner)] = value
                for partner, value in group.trade.imports.items():
                    values[self.groups.index(partner), g] = value
            if self.scenario.currencies[group.own_currency].issuers == (name,):
                values[g, g] = 0.0
        return values

    def finance(self) -> Array:
        """Pattern of financial payments, (G, G), summing to 1: product of weights, none inside a one-country group."""
        weight = np.array([group.finance_weight for group in self.scenario.groups.values()])
        pattern = np.outer(weight, weight)
        pattern[np.diag_indices(len(weight))] *= np.diag(self.trade()) > 0.0
        return np.asarray(pattern / pattern.sum())

    def members(self) -> Array:
        """Bank weight on every network at the start, (G, M)."""
        weights = np.array([[self.scenario.member_weight(g, n) for n in self.networks] for g in self.groups])
        challenger = self.networks.index(CHALLENGER)
        for g, group in enumerate(self.scenario.groups.values()):
            started = _path(group.adoption, self.scenario)
            if started is not None and not np.isnan(started[0]):
                weights[g, challenger] = started[0]
        return weights

    def natives(self) -> Array:
        """Bank weight with native messaging at the start, (G, M); -1 where it is drawn."""
        weights = self.members()
        for n, (name, network) in enumerate(self.scenario.networks.items()):
            if not network.native_messaging:
                continue
            for g, group in enumerate(self.scenario.groups.values()):
                started = _path(group.native_adoption, self.scenario) if name == CHALLENGER else None
                if started is not None and not np.isnan(started[0]):
                    weights[g, n] = started[0]
                elif group.native_share is not None:
                    weights[g, n] *= group.native_share
                else:
                    weights[g, n] = DRAWN
        return weights

    def switches(self) -> Switches:
        """Who joins and enables by the model, and who by a path."""
        months = len(self.scenario.months())
        modes, paths = {}, {}
        for field in ("adoption", "native_adoption"):
            values = [getattr(group, field) for group in self.scenario.groups.values()]
            modes[field] = np.array([float(value == "model") for value in values])
            read = [_path(value, self.scenario) for value in values]
            paths[field] = np.stack([path if path is not None else np.full(months, np.nan) for path in read], axis=1)
        return Switches(modes["adoption"], modes["native_adoption"], True, paths["adoption"], paths["native_adoption"])

    def targets(self) -> Array:
        """Published tracker shares at the start, (C,), nan where there is none to meet."""
        wanted = self.scenario.calibration.targets
        if isinstance(wanted, Mapping):
            return np.array([wanted.get(c, np.nan) for c in self.currencies])
        found = []
        for currency in self.currencies:
            rows = (
                {f"{row.month:%Y-%m}": row.value for row in catalogue.tracker_share(currency, self.scenario.as_of)}
                if currency in PUBLISHED
                else {}
            )
            found.append(rows.get(f"{self.scenario.start:%Y-%m}", np.nan))
        missing = [c for c, share in zip(self.currencies, found, strict=True) if c in PUBLISHED and np.isnan(share)]
        if missing:
            raise InputError(
                f"start: no tracker share of {', '.join(missing)} is published for {self.scenario.start:%Y-%m}; "
                "expected a month with USD, EUR and CNY there, or `calibration: {targets: {USD: .., EUR: .., ..}}`"
            )
        return np.array(found)

    def corridors(self) -> dict[tuple[int, int], Array]:
        """Known currency shares of goods trade by exporter and importer; one direction goes before both."""
        found: dict[tuple[int, int], Array] = {}
        fixed = self.scenario.calibration.fixed
        for corridor in sorted(fixed, key=lambda name: ">" in name):
            exporter, link, importer = corridor.partition(">" if ">" in corridor else "-")
            g, h = self.groups.index(exporter), self.groups.index(importer)
            found[g, h] = self._complete(np.array([fixed[corridor].get(c, np.nan) for c in self.currencies]), g, h)
            if link == "-":
                found[h, g] = found[g, h]
        return found

    def _complete(self, known: Array, g: int, h: int) -> Array:
        """Split what the known shares leave over in proportion to the two profiles."""
        profiles = [
            np.array([group.profile.get(c, 0.0) for c in self.currencies]) for group in self.scenario.groups.values()
        ]
        rest = np.where(np.isnan(known), np.sqrt(profiles[g] * profiles[h]), 0.0)
        left = 1.0 - np.nansum(known)
        filled = np.where(np.isnan(known), rest / max(rest.sum(), np.finfo(float).tiny) * left, known)
        return np.asarray(filled / filled.sum())

    def participants(self) -> Array:
        """Published number of CIPS participants by group, scaled to the total at the start, (G,)."""
        shipped = catalogue.groups()
        counts = np.array(
            [
                shipped[g].value("cips_direct") + shipped[g].value("cips_indirect") if g in shipped else 0.0
                for g in self.groups
            ]
        )
        totals = [
            row
            for row in catalogue.cips_participants("total", self.scenario.as_of)
            if row.period.text[:7] <= f"{self.scenario.start:%Y-%m}"
        ]
        if not totals or not counts.sum():
            return counts
        return np.asarray(counts * max(totals, key=lambda row: row.period.text).value / counts.sum())

    def systems(self) -> tuple[System, ...]:
        """Settlement systems with their calendars."""
        found = []
        for name, said in self.scenario.systems.items():
            calendar = OperatingCalendar.from_hours(said.hours, said.timezone, said.calendar)
            opens, closes = calendar.sessions(self.scenario.start, self.scenario.start + timedelta(days=SEEN_DAYS))
            true = true_system(said.behaves_like or (name if name in shipped_systems() else PLAIN))
            found.append(
                System(
                    name=name,
                    calendar=calendar,
                    level=float(said.liquidity) / true.prefunding.value,
                    hours_open=float((closes - opens).mean()) / SECONDS_AN_HOUR,
                    response=response_of(true),
                    true=true,
                )
            )
        return tuple(found)


@cache
def true_system(name: str) -> TrueSystem:
    """A shipped system at true size."""
    return settlement_system(name)


def _side(group: object, side: str) -> Mapping[str, float]:
    """A group's profile of exports or imports, or the common one."""
    own: Mapping[str, float] | None = getattr(group, f"{side}_profile")
    common: Mapping[str, float] = group.profile  # type: ignore[attr-defined]
    return own if own is not None else common


def _zipf_banks(count: int, shares: Mapping[str, float]) -> tuple[Array, list[str]]:
    """Weights of banks, largest first, and their classes: each goes to the class that lacks most."""
    weight = 1.0 / np.arange(1, count + 1)
    weight /= weight.sum()
    lacking = dict(shares)
    named = []
    for place, size in enumerate(weight):
        empty = [name for name in shares if name not in named]
        chosen = empty[0] if count - place <= len(empty) else max(lacking, key=lambda name: lacking[name])
        named.append(chosen)
        lacking[chosen] -= size
    for name, share in shares.items():
        inside = np.array([chosen == name for chosen in named])
        weight[inside] *= share / weight[inside].sum()
    order = np.argsort(-weight, kind="stable")
    return weight[order], [named[i] for i in order]


def _path(adoption: object, scenario: Scenario) -> Array | None:
    """A prescribed path by month, (months,): linear between its dates, nan before the first, None without a path."""
    if not isinstance(adoption, Mapping):
        return None
    months = [month.year * 12 + month.month for month in scenario.months()]
    at = [month.year * 12 + month.month for month in adoption]
    path = np.interp(months, at, list(adoption.values()))
    return np.where(np.array(months) < at[0], np.nan, path)
