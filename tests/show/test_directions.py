"""Currencies of a country's exports and imports beside what was published."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawings import lines

from paysim.data import catalogue
from paysim.show.figures import draw, draw_all
from paysim.show.figures.directions import together
from paysim.show.published import settlement_points
from paysim.show.reading import name_of


def test_dollar_and_euro_are_added_replicate_by_replicate(run: Any) -> None:
    both = together(run, "import", ("USD", "EUR"))
    total = run.held["import_share", "RUS/USD"] + run.held["import_share", "RUS/EUR"]
    np.testing.assert_allclose(both.quantiles[0.95], np.quantile(total, 0.95, axis=0))


def test_the_published_points_are_those_of_the_table() -> None:
    points = settlement_points("import", "share_cny")
    known = {f"{row.period.first:%Y-%m-%d}": row.value for row in catalogue.series("russia_settlement").rows
             if row.key == ("import",) and row.measure == "share_cny"}  # fmt: skip
    assert dict(zip(points.dates.astype(str), points.values, strict=True)) == known
    assert known["2022-12-01"] == 0.23


def test_each_panel_has_the_points_of_its_flow_and_currency(run: Any) -> None:
    figure = draw(run, "settlement_by_direction")
    drawn = lines(figure, 0, "published")[0].get_ydata()
    points = settlement_points("import", "share_cny")
    late = points.values[points.dates >= np.datetime64("2023-07-01")]
    np.testing.assert_allclose(drawn, late)


def test_it_is_not_drawn_where_the_rouble_is_no_currency(make: Any, tmp_path: Any) -> None:
    run = make(months=6, replicates=4)
    for key in [key for key in run.held if key[1] == "RUS/RUB"]:
        del run.held[key]
    said = {sentence for path, sentence in draw_all(run, tmp_path) if path is None}
    assert any("settlement_by_direction is not drawn" in sentence for sentence in said)


@pytest.mark.parametrize("months", [6])
def test_it_is_not_drawn_where_nothing_was_published(make: Any, months: int, monkeypatch: Any, tmp_path: Any) -> None:
    run = make(months=months, replicates=4)
    run.months = (np.datetime64("2030-01") + np.arange(months)).astype("datetime64[D]")
    with pytest.raises(Exception, match="no currencies of Russia's trade are published"):
        draw(run, "settlement_by_direction")


def test_a_group_with_other_countries_in_it_has_the_name_that_its_scenario_gives(make: Any) -> None:
    run = make(months=6, replicates=4)
    assert name_of(run, "RUS", group=True) == "Russia, EAEU"
    run.scenario["names"] = {"RUS": catalogue.groups()["RUS"].name, "EUR": "Euro"}
    assert name_of(run, "RUS", group=True) == "Russia, EAEU"
    assert name_of(run, "EUR", group=True) == "euro area"
    run.scenario["names"] = {"RUS": "Russia"}
    assert name_of(run, "RUS", group=True) == "Russia"
