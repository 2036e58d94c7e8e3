"""The forecast as of a day: what it is made of, that the committed one is what the command gives, and its errors."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from paysim.cli.main import main
from paysim.data import catalogue
from paysim.data.noise import month_number
from paysim.errors import InputError
from paysim.evidence import cips
from paysim.evidence.forecast import COLUMNS, QUANTILES, as_csv, data_digest, forecast, manifest
from paysim.evidence.origins import CURRENCIES

COMMITTED = Path(__file__).parents[2] / "docs" / "evidence" / "2025-10"
AS_OF = date(2025, 10, 31)


def invoke(*arguments):
    return CliRunner().invoke(main, ["forecast", *arguments])


def table(content):
    return list(csv.DictReader(content.decode().splitlines()))


@pytest.fixture(scope="module")
def rows():
    return forecast(AS_OF, date(2026, 3, 1))


def test_the_committed_files_are_those_that_are_summed():
    for line in (COMMITTED / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((COMMITTED / name).read_bytes()).hexdigest() == digest
    made = json.loads((COMMITTED / "manifest.json").read_text())["run"]["parts"]
    assert made["as_of"] == "2025-10-31"
    assert made["data"] == data_digest(AS_OF)
    assert made["sha256"]["forecast.csv"] == hashlib.sha256((COMMITTED / "forecast.csv").read_bytes()).hexdigest()


@pytest.mark.slow
def test_the_committed_forecast_is_what_the_command_gives(tmp_path):
    """All of it: another byte in the code that makes it, or in the data, must show in the committed manifest."""
    out = tmp_path / "forecast"
    assert invoke("--as-of", "2025-10", "--out", str(out)).exit_code == 0
    for name in ("forecast.csv", "manifest.json", "SHA256SUMS"):
        assert (out / name).read_bytes() == (COMMITTED / name).read_bytes(), name


def test_the_committed_forecast_has_every_month_series_and_quantile():
    rows = table((COMMITTED / "forecast.csv").read_bytes())
    assert tuple(rows[0]) == COLUMNS
    months = sorted({row["date"] for row in rows if row["series"] == "tracker_share"})
    assert (months[0], months[-1], len(months)) == ("2025-10", "2026-12", 15)
    for currency in CURRENCIES:
        for month in months:
            values = [float(row["value"]) for row in rows if (row["key"], row["date"]) == (currency, month)]
            assert len(values) == len(QUANTILES)
            assert values == sorted(values)
            assert 0.0 < values[0] < values[-1] < 1.0
    value = [row for row in rows if row["series"] == "cips_value" and row["date"] == "2026-06"]
    assert [float(row["quantile"]) for row in value] == list(QUANTILES)


def test_the_first_month_is_the_one_not_yet_published(rows):
    """The tracker of October 2025 came on 21 November."""
    early = {row.month for row in rows if row.key == "CNY" and row.month <= month_number(date(2025, 11, 1))}
    late = {row.month for row in forecast(date(2025, 11, 21), date(2025, 11, 1)) if row.key == "CNY"}
    assert (len(early), len(late)) == (2, 1)


def test_intervals_grow_with_the_months_ahead(rows):
    widths = {}
    for row in rows:
        if row.series == "tracker_share" and row.quantile in (0.05, 0.95):
            widths.setdefault((row.key, row.month), []).append(row.value)
    for currency in CURRENCIES:
        spread = [high - low for (key, _month), (low, high) in sorted(widths.items()) if key == currency]
        assert spread[0] < spread[-1]


def test_the_digest_of_data_knows_what_was_public():
    assert data_digest(AS_OF) == data_digest(date(2025, 10, 30))
    assert data_digest(AS_OF) != data_digest(date(2025, 11, 30))


@pytest.mark.slow
def test_no_randomness_and_no_time_in_it(rows):
    content = as_csv(rows)
    assert content == as_csv(forecast(AS_OF, date(2026, 3, 1)))
    assert manifest(AS_OF, date(2026, 3, 1), content)["seed"] is None


@pytest.mark.slow
def test_what_was_published_later_changes_no_row(monkeypatch):
    """The whole command, CIPS too: every later row of every table is replaced by noise."""
    day, until = date(2025, 4, 30), date(2025, 6, 1)
    before = forecast(day, until)
    original, generator = catalogue.read_table, np.random.default_rng(3)

    def noisy(path, description=None):
        table = original(path, description)
        later = (replace(row, value=float(generator.uniform(0.05, 0.2))) for row in table.rows)
        rows = tuple(row if row.published <= day else other for row, other in zip(table.rows, later, strict=True))
        return replace(table, rows=rows)

    monkeypatch.setattr(catalogue, "read_table", noisy)
    catalogue._table.cache_clear()
    try:
        assert forecast(day, until) == before
        assert forecast(date(2025, 5, 31), until) != before  # the noise is there
    finally:
        monkeypatch.undo()
        catalogue._table.cache_clear()


def test_a_day_with_too_little_before_it_says_what_is_missing():
    with pytest.raises(InputError, match="too little was public to forecast CNY"):
        forecast(date(2023, 10, 31))
    with pytest.raises(InputError, match="the last 2025-10"):
        forecast(date(2026, 6, 30))


def test_wrong_dates_are_told_together_and_nothing_is_written(tmp_path):
    done = invoke("--as-of", "soon", "--until", "2026", "--out", str(tmp_path / "f"))
    assert done.exit_code == 2
    assert "--as-of: expected a day such as 2024-01-31" in done.output
    assert "--until: expected a month such as 2027-01" in done.output
    assert not (tmp_path / "f").exists()
    assert "all of it was published by 2025-10-31" in invoke("--as-of", "2025-10", "--until", "2025-06").output


@pytest.mark.slow
def test_another_folder_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = invoke("--as-of", "2025-10", "--until", "2025-11", "--out", str(tmp_path))
    assert done.exit_code == 2
    assert "mine.txt" in done.output


def test_people_are_told_the_median_and_what_it_is_not():
    done = invoke("--as-of", "2025-10", "--until", "2025-12")
    assert done.exit_code == 0
    assert "A model, not a forecast of events: none is expected." in " ".join(done.output.split())
    assert "Nov 2025" in done.output
    assert "2,5" not in done.output


def test_the_value_of_cips_is_a_level_with_the_spread_of_its_growth():
    found = cips.value_forecast(AS_OF)
    months = [row.value for row in catalogue.cips_value("month", AS_OF)]
    assert np.exp(found.level) == pytest.approx(np.exp(np.mean(np.log(months))))
    low, middle, high = found.quantiles(found.month + 12, np.array([0.05, 0.5, 0.95]))
    assert low < middle < high
    assert middle == pytest.approx(np.exp(found.level))
    with pytest.raises(InputError, match="growth of CIPS is known for"):
        cips.value_forecast(date(2022, 6, 30))


def test_a_planted_curve_of_bass_is_found_again():
    years = np.linspace(0.0, 10.0, 21)
    planted = cips.Bass(0.08, 0.3, 2000.0, 150.0)
    found = cips.fit_bass(years, planted.at(years))
    assert (found.innovation, found.imitation, found.ceiling) == pytest.approx((0.08, 0.3, 2000.0), rel=1e-3)


def test_errors_of_joining_use_only_what_was_known():
    """A trend through a straight line is right; the last figure is behind it."""
    errors = cips.joining_errors()
    assert len(set(map(len, errors.values()))) == 1
    assert np.mean(errors["trend"]) < np.mean(errors["persistence"])
