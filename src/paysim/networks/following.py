"""Drive a settlement system by a timetable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paysim.networks.rules import Timetable

if TYPE_CHECKING:
    from paysim.networks.settlement import SettlementSystem


def follow(system: SettlementSystem, timetable: Timetable, until: int) -> None:
    """Do what a timetable says from the clock up to and without `until`; see `SettlementSystem.follow`."""
    _fall_in(system, timetable)
    for instant, act in timetable.acts(system.now, until):
        _act(system, act, instant)
    system.advance(until)


def _fall_in(system: SettlementSystem, timetable: Timetable) -> None:
    """Join what by the timetable began before the clock and goes on, leave what by it is over."""
    now = system.now
    window, session = timetable.in_window(now), timetable.in_session(now)
    if window is not None and not window[0]:
        _act(system, "close_window", now)
    if session is not None:
        before, beyond = session
        if not before and now not in timetable.opens:
            _act(system, "close", now)
        elif beyond:
            _act(system, "open", now)
    if window is not None and window[1]:
        _act(system, "open_window", now)


def _act(system: SettlementSystem, act: str, now: int) -> None:
    """Do it unless it is done already: a timetable does not complain."""
    possible = {
        "open": not system.is_open,
        "close": system.is_open,
        "suspend": not system.is_suspended,
        "resume": system.is_suspended,
        "open_window": not system.window_is_open,
        "close_window": system.window_is_open,
    }
    if possible.get(act, True):
        getattr(system, act)(now)
