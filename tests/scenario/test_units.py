from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paysim.scenario import units
from paysim.scenario.units import Dimension

DIMENSIONS = [value for value in vars(units).values() if isinstance(value, Dimension)]
finite = st.floats(min_value=-1e12, max_value=1e12, allow_subnormal=False)


@pytest.mark.parametrize(
    ("dimension", "text", "value"),
    [
        (units.COST, "30 bp", 30.0),
        (units.COST, "0.3 %", 30.0),
        (units.SHARE, "2.5 %", 0.025),
        (units.SHARE, "14.1%", 0.141),
        (units.SHARE, 0.3, 0.3),
        (units.DURATION, "60 d", 60.0),
        (units.DURATION, "36 h", 1.5),
        (units.DURATION, "18 months", 18 * 365.25 / 12),
        (units.DURATION, "2 years", 730.5),
        (units.YEARLY_RATE, "10 %/year", 0.1),
        (units.YEARLY_RATE, "1 %/month", 0.12),
        (units.MONTHLY_RATE, "20 %/month", 0.2),
        (units.PER_COST, "0.006 /bp", 0.006),
        (units.MONEY, "5 USD bn", 5.0),
        (units.MONEY, "2 USD trn", 2000.0),
        (units.LOG_ODDS_PER_MONTH, "-0.6 %/month", -0.006),
        (units.LIQUIDITY, "8 %", 0.08),
        (units.LIQUIDITY, "1/29", 1.0 / 29.0),
        (units.LIQUIDITY, " 1 / 6.6 ", 1.0 / 6.6),
        (units.TIME_OF_DAY, "1.5 h", 5400.0),
        (units.TIME_OF_DAY, "10 min", 600.0),
        (units.CREDIT_PRICE, "50 bp/year", 50.0),
        (units.CREDIT_PRICE, "0.5 %/year", 50.0),
        (units.amount("CNY"), "680 bn CNY", 680e9),
        (units.amount("CNY"), "35.2 trn", 35.2e12),
        (units.RATIO, 0.6, 0.6),
        (units.RATIO, "1e-3", 0.001),
    ],
)
def test_a_value_is_read_in_canonical_units(dimension, text, value):
    assert dimension.read(text) == value


@pytest.mark.parametrize(
    ("dimension", "value", "message"),
    [
        (units.COST, 30, "30 has no unit: expected a cost such as 30 bp"),
        (units.COST, "30", "'30' has no unit: expected a cost such as 30 bp"),
        (units.COST, "30 d", "'d' is no unit of a cost (units: bp, %); expected something like 30 bp"),
        (units.RATIO, "30 bp", "expected a plain number without a unit, such as 0.6, got '30 bp'"),
        (units.DURATION, "two days", "expected a duration such as 60 d, got 'two days'"),
        (units.SHARE, True, "expected a share such as 30 %, got true"),
        (units.SHARE, "1,5 %", "expected a share such as 30 %, got '1,5 %'"),
        (units.SHARE, "007 %", "expected a share such as 30 %, got '007 %'"),
        (units.SHARE, math.nan, "expected a finite number, got nan"),
        (units.SHARE, [1], "expected a share such as 30 %, got a list"),
        (units.COST, "9e999 bp", "expected a finite number, got '9e999 bp'"),
    ],
)
def test_what_cannot_be_read_says_what_was_expected_and_got(dimension, value, message):
    with pytest.raises(ValueError, match=r".") as caught:
        dimension.read(value)
    assert str(caught.value) == message


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=lambda dimension: dimension.name)
@given(value=finite)
@example(value=0.026532189526576124)
@example(value=-0.00012345678901234567)
def test_what_is_written_reads_back_as_the_same_number(dimension, value):
    assert dimension.read(dimension.write(value)) == value


@given(percent=st.decimals(min_value=0, max_value=100, places=3, allow_nan=False))
def test_a_percentage_is_the_nearest_float(percent):
    assert units.SHARE.read(f"{percent} %") == float(percent / 100)


@given(text=st.text(max_size=12))
def test_any_text_is_read_or_refused_by_value_error(text):
    for dimension in DIMENSIONS:
        with contextlib.suppress(ValueError):
            assert math.isfinite(dimension.read(text))
