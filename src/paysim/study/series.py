"""Every series that a run records; the table stands where scenario files are read, because claims name series."""

from paysim.scenario.series import SERIES, Series, series_table

__all__ = ["SERIES", "Series", "series_table"]
