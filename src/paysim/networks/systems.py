"""Facts about settlement systems: home, hours, working days and the liquidity their participants hold.

Hours are written as `OperatingCalendar.from_hours` reads them, in the system's own time zone. The basis is S where
a source says it, D where it is derived from sourced figures, J where it is a judgement, U where it is common
knowledge for which no source was read.

``prefunding`` is the liquidity that participants bring in at the opening, as a share of the value they send in a day
(1 over the turnover ratio of the system, where that is published).
"""

from __future__ import annotations

from dataclasses import dataclass

from paysim.networks.calendars import OperatingCalendar


@dataclass(frozen=True)
class Figure:
    """A number with its unit, plausible range, basis (S, D, J, U) and source."""

    value: float
    low: float
    high: float
    unit: str
    basis: str
    source: str


@dataclass(frozen=True)
class SystemFacts:
    """What is known about one settlement system.

    name : as people call it
    currency : ISO 4217 code; OTH for the sum of other currencies
    hours, time_zone, working_days : see `OperatingCalendar.from_hours` and `calendars.WORKING_DAYS`
    prefunding : liquidity at the opening over the value sent in a day
    basis, source : of the hours and working days
    """

    name: str
    currency: str
    hours: str
    time_zone: str
    working_days: str
    prefunding: Figure
    basis: str
    source: str

    def calendar(self) -> OperatingCalendar:
        """Make the operating calendar of the system."""
        return OperatingCalendar.from_hours(self.hours, self.time_zone, self.working_days)


_SHARE = "share of the value sent in a day"
_OTHER_RTGS = Figure(
    1 / 6.6,
    1 / 15,
    1 / 5,
    _SHARE,
    "D",
    "1 over 6.6, the mean turnover ratio of other large-value systems (The Clearing House, 2 April 2024); range: J",
)

SYSTEMS: dict[str, SystemFacts] = {
    "CHIPS": SystemFacts(
        name="CHIPS (Clearing House Interbank Payments System)",
        currency="USD",
        hours="21:00 D-1-18:00",
        time_zone="America/New_York",
        working_days="us-federal-reserve",
        prefunding=Figure(
            1 / 29,
            1 / 29,
            1 / 12,
            _SHARE,
            "D",
            "1 over the published turnover of 29 (2024; 26 in 2023; The Clearing House). It rests on matching and on "
            "payments that mirror one another; gross settlement of independent payments needs up to 1 over 12",
        ),
        basis="U",
        source="hours: common knowledge of the operator's rules; holidays: Federal Reserve",
    ),
    "FEDWIRE": SystemFacts(
        name="Fedwire Funds Service",
        currency="USD",
        hours="21:00 D-1-19:00",
        time_zone="America/New_York",
        working_days="us-federal-reserve",
        prefunding=Figure(
            1 / 21,
            1 / 21,
            1 / 5,
            _SHARE,
            "D",
            "USD 86 bn of peak intraday credit for USD 1.8 trn a day (FRBNY Economic Policy Review 2004); leaves out "
            "balances, so the true share is higher",
        ),
        basis="S",
        source="https://www.federalreserve.gov/paymentsystems/fedfunds_about.htm",
    ),
    "T2": SystemFacts(
        name="T2 (euro RTGS of the Eurosystem)",
        currency="EUR",
        hours="02:30-18:00",
        time_zone="Europe/Berlin",
        working_days="target",
        prefunding=_OTHER_RTGS,
        basis="U",
        source="hours: common knowledge of the T2 operating day; closing days: ECB",
    ),
    "CHAPS": SystemFacts(
        name="CHAPS",
        currency="GBP",
        hours="06:00-18:00",
        time_zone="Europe/London",
        working_days="england",
        prefunding=_OTHER_RTGS,
        basis="S",
        source="Bank of England, summary of the RTGS daily timetable",
    ),
    "BOJ-NET": SystemFacts(
        name="BOJ-NET Funds Transfer System",
        currency="JPY",
        hours="08:30-21:00",
        time_zone="Asia/Tokyo",
        working_days="japan",
        prefunding=_OTHER_RTGS,
        basis="U",
        source="hours since 2016: common knowledge",
    ),
    "HK-RMB": SystemFacts(
        name="Hong Kong RMB RTGS (offshore clearing through the clearing bank)",
        currency="CNY",
        hours="06:00-05:00 D+1",
        time_zone="Asia/Hong_Kong",
        working_days="hong-kong",
        prefunding=_OTHER_RTGS,
        basis="J",
        source=(
            "08:30 to 05:00 of the next day, Monday to Friday, from 20 July 2015 (clearing bank's notice, "
            "https://news.cnyes.com/news/id/613742); nearly 24 hours since December 2024 "
            "(https://english.dotdotnews.com/a/202502/18/AP67b4821ae4b01ec263196384.html). The exact new opening, and "
            "whether it settles on Hong Kong's general holidays, were not found: 06:00 and no are judgements"
        ),
    ),
    "CIPS": SystemFacts(
        name="CIPS (Cross-border Interbank Payment System)",
        currency="CNY",
        hours="00:00-24:00 +4h",
        time_zone="Asia/Shanghai",
        working_days="china-cross-border",
        prefunding=Figure(
            0.08,
            0.03,
            0.20,
            _SHARE,
            "J",
            "not published; between CHIPS (.034) and other large-value systems (.15). No overdraft, and zero at "
            "opening and closing by rule (Business Rules of CIPS, in force since 1 February 2026)",
        ),
        basis="S",
        source=(
            "24 hours on working days and 4 hours after them, since 2 May 2018 (operator, cips.com.cn); when in the "
            "day its accounts go through zero was not found: midnight in Beijing is a judgement"
        ),
    ),
    "OTH-RTGS": SystemFacts(
        name="Large-value systems of all other currencies, as one",
        currency="OTH",
        hours="08:00-18:00",
        time_zone="UTC",
        working_days="weekdays",
        prefunding=_OTHER_RTGS,
        basis="J",
        source="a stand-in: ten hours around the global settlement window of 06:00 to 11:00 GMT (CPMI, 2021)",
    ),
}
