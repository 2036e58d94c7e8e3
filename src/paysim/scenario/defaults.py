"""The world a scenario starts from: currencies, groups, networks, systems and options that a file may change.

Everything is written as a person would write it in a file. Groups come from the packaged tables, systems from the
packaged system files; what those do not have stands here with its basis.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from paysim.data import catalogue
from paysim.scenario.system import SystemFile
from paysim.scenario.system_loading import load_system

WILLING_HUBS = ("HKG", "ASEAN", "GULF")
"""Groups whose banks would pass on payments of cut banks (judgement: RMB hubs that have joined no bank sanctions)."""

# Every group starts with all its banks on SWIFT: what Russia's disconnections since 2022 did is in its profile and in
# its known corridors, and weights below 1 would take it off the base twice.

CURRENCY_NAMES = {"USD": "US dollar", "EUR": "Euro", "OTH": "Other currencies", "CNY": "Renminbi (yuan)"}

NETWORKS: dict[str, dict[str, Any]] = {
    "SWIFT": {"name": "SWIFT"},
    "CIPS": {"name": "CIPS messages", "native_messaging": True},
}

SYSTEMS = ("CHIPS", "FEDWIRE", "T2", "HK-RMB", "CIPS", "OTH-RTGS")
"""Settlement systems of a scenario that names none, out of those that are shipped as files."""

HOMES = {"HK-RMB": ("HKG",)}
"""Groups at home in a system that is not in a country whose own currency it settles."""

DOLLARS = {"CHIPS": 0.95, "FEDWIRE": 0.05}
"""Where dollars settle across borders: "95 to 96 % in CHIPS" is old and often repeated; CHIPS itself wrote of "a very
high percentage" in 2016 (judgement, 85 to 97 %)."""


def _on_swift(currency: str, system: str | dict[str, float]) -> dict[str, Any]:
    needs = {"SWIFT": "member"}
    return {"currency": currency, "message": "SWIFT", "settles_in": system, "needs": needs, "visible": True}


OPTIONS: dict[str, dict[str, Any]] = {
    "usd-swift": _on_swift("USD", DOLLARS),
    "eur-swift": _on_swift("EUR", "T2"),
    "oth-swift": _on_swift("OTH", "OTH-RTGS"),
    "cny-swift": _on_swift("CNY", "HK-RMB"),
    "cny-hybrid": {
        "currency": "CNY",
        "message": "SWIFT",
        "settles_in": "CIPS",
        "needs": {"SWIFT": "member", "CIPS": "member"},
        "visible": True,
    },
    "cny-cips": {
        "currency": "CNY",
        "message": "CIPS",
        "settles_in": "CIPS",
        "needs": {"CIPS": "native"},
        "visible": False,
    },
}


@cache
def world(as_of: date | None = None) -> dict[str, dict[str, dict[str, Any]]]:
    """The five tables of a scenario that has none of its own (shared: copy before changing).

    as_of : the movement of the tracker is estimated from what was public on that day
    """
    return {
        "currencies": _currencies(as_of),
        "groups": _groups(),
        "networks": NETWORKS,
        "systems": {name: _system(load_system(name), HOMES.get(name, ())) for name in SYSTEMS},
        "options": OPTIONS,
    }


@cache
def traded_groups() -> frozenset[str]:
    """Groups that the shipped trade matrix has."""
    return frozenset(group for pair in catalogue.trade_matrix() for group in pair)


@cache
def known_corridors() -> dict[str, dict[str, float]]:
    """Known currency shares of goods trade between two groups."""
    return {
        "-".join(corridor.groups): {currency: row.value for currency, row in corridor.shares.items()}
        for corridor in catalogue.known_corridors()
    }


def _currencies(as_of: date | None) -> dict[str, dict[str, Any]]:
    noise = _noise(as_of)
    owners = {name: group.own_currency for name, group in catalogue.groups().items()}
    return {
        currency: {
            "name": name,
            "issuers": [group for group, own in owners.items() if own == currency],
            "latent_demand_sd": f"{noise[currency][0]!r} log-odds/month",
            "observation_noise": f"{noise[currency][1]!r} log-odds",
        }
        for currency, name in CURRENCY_NAMES.items()
    }


def _noise(as_of: date | None) -> dict[str, tuple[float, float]]:
    """Latent demand and observation noise by currency: as packaged, or estimated from what was public on a day."""
    if as_of is None:
        packaged = catalogue.tracker_noise() | catalogue.tracker_noise(catalogue.CNY_LONG)
        return {name: (row.latent_demand_sd.value, row.observation_noise.value) for name, row in packaged.items()}
    from paysim.data.noise import tracker_noise

    found = (tracker_noise(currency, as_of) for currency in CURRENCY_NAMES)
    return {
        currency: (round(latent, 4), round(white, 4))
        for currency, (latent, white) in zip(CURRENCY_NAMES, found, strict=True)
    }


def _system(file: SystemFile, home: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": file.title,
        "currency": file.currency,
        "hours": file.hours.value,
        "timezone": file.timezone.value,
        "calendar": file.calendar.value,
        "liquidity": file.liquidity.prefunding.best,
        "home": list(home),
    }


def _groups() -> dict[str, dict[str, Any]]:
    profiles = catalogue.settlement_profiles()
    made: dict[str, dict[str, Any]] = {}
    for name, group in catalogue.groups().items():
        native = group.figures["native_share"]
        profile = profiles[name]
        made[name] = {
            "name": group.name,
            "members": list(group.members),
            "own_currency": group.own_currency,
            "alignment": group.value("alignment"),
            "cips_weight": group.value("cips_weight"),
            # A share that is the same guess for all groups is one parameter of behaviour, not one of each group.
            "native_share": native.value if name == "CHN" else None,
            "banks": int(group.value("banks")),
            "profile": dict(profile.both),
            "export_profile": dict(profile.exports) if profile.exports else None,
            "import_profile": dict(profile.imports) if profile.imports else None,
            "finance_weight": group.value("finance_weight"),
            "willing_hub": name in WILLING_HUBS,
        }
    return made


def patched(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a change as a JSON merge patch (RFC 7396): mappings merge, null removes, the rest replaces."""
    result = dict(base)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = patched(result[key], value)
        else:
            result[key] = value
    return result
