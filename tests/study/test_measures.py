import numpy as np
import pytest

from paysim.scenario.measure import Measure
from paysim.study.measures import figure, written

MONTHS = np.arange(np.datetime64("2024-07", "M"), np.datetime64("2025-01", "M"))
VALUES = {
    ("trade_index", "CHN"): np.array([[1.0, 0.8, 0.4, 0.5, 0.9, 1.2], [2.0, 2.0, 2.0, 2.0, 2.0, 2.0]]),
    ("trade_index", "USA"): np.array([[0.0, 1.0, 1.0, 1.0, 1.0, 1.0], [4.0, 4.0, 4.0, 4.0, 4.0, 4.0]]),
}
SPAN = {"over": ["2024-08", "2024-11"]}


def read(series, key):
    return VALUES[series, key]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"at": "2024-09"}, [0.4, 2.0]),
        ({"at": "start"}, [1.0, 2.0]),
        ({"at": "end"}, [1.2, 2.0]),
        ({**SPAN, "reduce": "last"}, [0.9, 2.0]),
        ({**SPAN, "reduce": "mean"}, [0.65, 2.0]),
        ({**SPAN, "reduce": "min"}, [0.4, 2.0]),
        ({**SPAN, "reduce": "max"}, [0.9, 2.0]),
        ({**SPAN, "reduce": "change"}, [0.1, 0.0]),
        ({**SPAN, "reduce": "ratio"}, [1.125, 1.0]),
        ({"over": ["2024-08", "end"], "reduce": "max"}, [1.2, 2.0]),
        ({"at": "end", "relative_to": "start"}, [1.2, 1.0]),
        ({"at": "end", "relative_to": {"key": "USA"}}, [1.2, 0.5]),
        ({"at": "end", "relative_to": {"key": "USA", "at": "start"}}, [np.nan, 0.5]),  # nothing over nothing
    ],
)
def test_a_figure_is_what_it_says(said, found):
    measure = Measure.model_validate({"series": "trade_index", "key": "CHN", **said})
    np.testing.assert_allclose(figure(measure, MONTHS, read), found)


@pytest.mark.parametrize("said", [{"at": "2024-06"}, {"at": "2025-01"}])
def test_months_that_are_not_there_are_refused(said):
    measure = Measure.model_validate({"series": "trade_index", "key": "CHN", **said})
    with pytest.raises(ValueError, match="lies"):
        figure(measure, MONTHS, read)


def test_two_ways_to_write_a_measure_are_one():
    one = Measure.model_validate({"series": "trade_index", "key": "CHN", "at": "2024-09"})
    other = Measure.model_validate({"at": "2024-09", "key": "CHN", "series": "trade_index", "relative_to": None})
    assert written(one) == written(other)
    assert written(one) != written(Measure.model_validate({"series": "trade_index", "key": "USA", "at": "2024-09"}))
