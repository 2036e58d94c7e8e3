"""Conversions between the units of parameters and of a month's arithmetic."""

from __future__ import annotations

DAYS_A_MONTH = 30.4
"""Days to which monthly rates refer (365 / 12)."""
MONTHS_A_YEAR = 12.0
HOURS_A_DAY = 24.0
BP = 1e-4
"""A basis point as a share."""
