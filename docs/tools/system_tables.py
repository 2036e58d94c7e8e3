"""The tables of ``systems.md``, from the shipped system files; written by ``tables.py``."""

from __future__ import annotations

from collections.abc import Iterable

from paysim.engine.systems import settlement_system
from paysim.networks.systems import Figure, System
from paysim.scenario.system_loading import load_system, shipped_systems

REAL = ("CIPS", "HVPS", "HK-RMB", "CHIPS", "FEDWIRE", "T2", "CHAPS", "BOJ-NET", "SPFS", "OTH-RTGS")
GENERIC = ("rtgs-fifo", "rtgs-priority", "rtgs-bypass", "rtgs-lsm", "hybrid", "dns")
SAME_FOR_ALL = ("rules.scan", "rules.netting_sessions", "rules.offset_every")
AMOUNTS = ((1e12, "trn"), (1e9, "bn"), (1e6, "m"), (1e3, "thousand"))


def shipped() -> str:
    """Home, hours and a mean day of each shipped system."""
    assert set(shipped_systems()) == {*REAL, *GENERIC}
    rows = [("system", "kind", "hours", "working days", "payments a day", "value a day", "mean payment")]
    for name in REAL:
        system = settlement_system(name)
        traffic = system.traffic
        mean = traffic.value / traffic.payments
        value = _amount(traffic.value, system.currency)
        hours = f"{system.hours} {system.time_zone}"
        rows.append((
            f"`{name}`", system.kind, hours, system.working_days, f"{traffic.payments:,}", value,
            _amount(mean, system.currency),
        ))  # fmt: skip
    return _table(rows)


def rules() -> str:
    """How each shipped system settles, where it is not the plainest way."""
    rows = [("system", "what it is", "discipline", "offsetting", "netting", "at the closing")]
    for name in (*REAL, *GENERIC):
        system = settlement_system(name)
        kept = system.rules
        discipline = f"bypass, {kept.scan} payments" if kept.discipline == "bypass" else kept.discipline
        offsetting = ["pairs"] if kept.bilateral else []
        if kept.multilateral != "none":
            every = f" every {_time(system.offset_every)}" if system.offset_every else ""
            offsetting.append(f"{kept.multilateral}{every}")
        netting = "" if kept.netting == "none" else f"{kept.netting}, {system.netting_sessions} a day"
        netting += ", all payments" if kept.all_net else ""
        what = system.about.split(". ")[0].split(":")[0].rstrip(".")
        rows.append((f"`{name}`", what, discipline, ", ".join(offsetting), netting, kept.at_close))
    return _table(rows)


def figures() -> str:
    """Figures of liquidity and traffic: best value, range, basis."""
    systems = [settlement_system(name) for name in REAL]
    places = [place for place in systems[0].figures if place.partition(".")[0] in ("rules", "liquidity", "traffic")]
    places += [place for place in SAME_FOR_ALL if place not in places]
    rows = [("figure", *(f"`{name}`" for name in REAL))]
    places.sort(key=lambda place: place.partition(".")[0])
    rows += [(f"`{place}`", *(_cell(system, place) for system in systems)) for place in places]
    return _table(rows)


def not_found() -> str:
    """What each shipped system says about what was not found."""
    lines = []
    for name in REAL:
        said = [one.strip() for one in load_system(name).about.split(". ")]
        gaps = [one.rstrip(".") for one in said if one.startswith(("Not found", "Left out", "Not verified"))]
        judged = [place for place, leaf in load_system(name).leaves() if leaf.basis == "J"]
        counted = f"{len(judged)} of {len(list(load_system(name).leaves()))} entries are judgements"
        lines.append(f"- `{name}`: {counted}. {'. '.join(gaps)}{'.' if gaps else ''}".rstrip() + "\n")
    return "".join(lines)


def _cell(system: System, place: str) -> str:
    figure = system.figures.get(place)
    if figure is None:
        return "–"
    best, low, high = (_spoken(value, figure, system) for value in (figure.value, figure.low, figure.high))
    spread = "" if low == high else f" ({low} – {high})"
    return f"{best}{spread} {figure.basis}"


def _spoken(value: float, figure: Figure, system: System) -> str:
    if figure.unit == "share":
        return f"{100 * value:.3g} %"
    if figure.unit == "s":
        return _time(int(value))
    if figure.unit == system.currency:
        return _amount(value, "")
    number = f"{value:,.0f}" if value.is_integer() else f"{value:g}"
    return number + (" bp" if figure.unit == "bp/year" else "")


def _time(seconds: int | None) -> str:
    assert seconds is not None
    size, unit = next((size, unit) for size, unit in ((3600, "h"), (60, "min"), (1, "s")) if seconds >= size)
    return f"{seconds / size:g} {unit}"


def _amount(value: float, currency: str) -> str:
    size, unit = next(((size, unit) for size, unit in AMOUNTS if value >= size), (1.0, ""))
    return " ".join(part for part in (f"{value / size:,.4g}", unit, currency) if part)


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    head, *body = rows
    lines = [head, ("---",) * len(head), *body]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
