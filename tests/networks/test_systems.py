from __future__ import annotations

from datetime import UTC, datetime

import pytest

from paysim.networks.systems import SYSTEMS

WEEK = (datetime(2026, 6, 8, tzinfo=UTC), datetime(2026, 6, 13, tzinfo=UTC))  # Monday to Friday, no holiday anywhere


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_every_fact_has_a_basis_a_source_and_a_value_inside_its_range(name):
    facts = SYSTEMS[name]
    assert facts.basis in {"S", "D", "J", "U"}
    assert facts.prefunding.basis in {"S", "D", "J", "U"}
    assert facts.source
    assert facts.prefunding.source
    assert 0 < facts.prefunding.low <= facts.prefunding.value <= facts.prefunding.high <= 1


def test_all_systems_are_open_together_in_the_global_settlement_window():
    """06:00 to 11:00 GMT on working days (CPMI 2021): CHIPS and Fedwire take part because they open at night."""
    wednesday = datetime(2026, 6, 10, tzinfo=UTC)
    for name, facts in SYSTEMS.items():
        opens, closes = facts.calendar().sessions(*WEEK, wednesday)
        at_nine = 9 * 3600
        assert ((opens <= at_nine) & (at_nine < closes)).any(), name


def test_chips_and_fedwire_differ_by_the_published_hour():
    chips, fedwire = (SYSTEMS[name].calendar().sessions(*WEEK) for name in ("CHIPS", "FEDWIRE"))
    assert (fedwire[1][:-1] - chips[1][:-1] == 3600).all()
    assert (fedwire[0] == chips[0]).all()
