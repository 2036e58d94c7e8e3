"""What is published of the payment systems, met by their synthetic days, or missed by as much as the page says.

The page is ``docs/explanation/settlement_facts.md``; its measures are used here. Where a mechanism does the work, a
test says that without it the fact is gone.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from paysim.engine.systems import settlement_system

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "tools"))
import facts as of  # the scripts of the documentation are not a package
from fact_measures import (
    ENOUGH,
    SOLVED,
    alike,
    as_shipped,
    closing_share,
    days_of,
    funded_share,
    matched_minutes,
    mean,
    mean_hour,
    prompt_share,
    settled_share,
    shares,
    value_after,
    without_offsetting,
)

DOCS = Path(of.__file__).parents[1]
ONE = (1,)
LARGE = {"HVPS", "CHIPS", "FEDWIRE", "T2"}
"""Systems whose three days take some seconds."""


def each(names, slow=LARGE):
    """Names as parameters, those of large systems left to the full run."""
    return [pytest.param(name, marks=pytest.mark.slow) if name in slow else name for name in names]


# --- everything settles -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", each(of.SYSTEMS))
def test_nearly_all_the_value_settles_with_what_the_system_ships_with(name):
    assert mean(settled_share, days_of(name).settle(as_shipped)) > ENOUGH - 0.001


@pytest.mark.parametrize("name", each(SOLVED))
def test_what_was_solved_for_it_is_not_more_than_it_takes(name):
    own = getattr(settlement_system(name), SOLVED[name])
    assert own.basis == "D"
    less = shares(**{SOLVED[name]: own.value - 0.05})
    assert mean(settled_share, days_of(name).settle(less)) < ENOUGH


# --- T2 ---------------------------------------------------------------------------------------------------------------


def test_t2_settles_what_the_ecb_publishes_within_two_minutes():
    published = settlement_system("T2").figures["published.within_2_minutes"]
    reached = mean(prompt_share, days_of("T2", seeds=ONE).settle(as_shipped))
    assert published.low < reached < 1.0
    assert reached == pytest.approx(published.value, abs=0.001)


def test_between_the_bounds_t2_needs_nearly_the_upper_bound_by_any_rules():
    """Below it every participant waits at least once: 1,050 of 409,444 payments are more than may wait."""
    days = days_of("T2", seeds=ONE)
    traffic = days.system.traffic
    assert traffic.participants / traffic.payments > 1 - of.T2_PROMPT
    for rules in of.t2_rules().values():
        (short,), (enough,) = (days.settle(days.between(place), rules=rules) for place in (0.98, 1.0))
        assert prompt_share(short) < of.T2_PROMPT < prompt_share(enough) == 1.0


def test_in_t2_a_look_behind_the_head_of_a_queue_makes_payments_prompt_and_offsetting_does_not():
    days, rules = days_of("T2", seeds=ONE), of.t2_rules()
    found = {name: mean(prompt_share, days.settle(alike(0.4), rules=by)) for name, by in rules.items()}
    assert found["T2's rules"] == pytest.approx(of.T2_PROMPT, abs=0.0005)
    assert found["no offsetting"] == pytest.approx(found["T2's rules"], abs=0.0005)
    assert found["order of arrival"] < 0.98


def test_in_t2_offsetting_settles_more_value_where_liquidity_is_scarce():
    days = days_of("T2", seeds=ONE)
    rules = days.system.rules
    own, without = (mean(settled_share, days.settle(alike(0.1), rules=by)) for by in (rules, without_offsetting(rules)))
    assert own > without + 0.03


@pytest.mark.slow
def test_the_more_payments_of_t2_come_back_the_less_liquidity_it_needs():
    needs = [of.t2_need(of.t2_rules()["T2's rules"], share) for share in of.T2_RECIPROCITIES]
    assert [need.alike for need in needs] == pytest.approx([0.49, 0.38, 0.22], abs=0.05)
    assert needs[0].share > needs[1].share > needs[2].share
    assert all(need.position > 0.98 for need in needs)


# --- CHIPS ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_chips_turns_its_liquidity_over_as_often_as_published_and_pays_in_little_at_the_closing():
    published = settlement_system("CHIPS").figures["published.turnover"]
    brought, _, used = of.chips_turnover(settlement_system("CHIPS").traffic.reciprocity)
    assert brought == pytest.approx(published.low, abs=1.5)
    assert used == pytest.approx(published.value, abs=2.0)
    left = settlement_system("CHIPS").figures["published.left_at_closing"].value
    assert 0 < mean(closing_share, days_of("CHIPS").settle(as_shipped)) < left


@pytest.mark.slow
def test_chips_does_not_without_payments_that_come_back():
    assert max(of.chips_turnover(0.0)) < 15


@pytest.mark.slow
def test_the_rules_of_chips_change_how_long_payments_wait_and_not_what_is_brought_in():
    """Prefunding and the net debits at the closing are the same by any rules that settle everything."""
    found = of.chips_by_rules()
    assert len({brought for brought, *_ in found.values()}) == 1
    own, without, arrival = (found[name][-1] for name in ("CHIPS's rules", "no offsetting", "order of arrival"))
    assert without > 1.8 * own
    assert arrival > 3 * without


# --- CHAPS ------------------------------------------------------------------------------------------------------------


def test_payments_of_chaps_that_are_not_urgent_wait_eight_minutes_and_urgent_ones_hardly():
    settled = of.chaps_days().settle(as_shipped)
    published = settlement_system("CHAPS").figures["published.matching_delay"]
    assert mean(matched_minutes, settled) == pytest.approx(published.value, abs=1.5)
    assert mean(lambda day: of.minutes_by_urgency(day)[0], settled) < 2


@pytest.mark.parametrize(("reciprocity", "least", "most"), [(None, 1.7, 4.0), (0.0, 1.05, 1.4)])
def test_matching_shortens_the_wait_in_chaps_much_where_payments_come_back_and_little_elsewhere(
    reciprocity, least, most
):
    days = of.chaps_days(reciprocity, (1, 2, 3, 4))
    rules = days.system.rules
    matched, without = (
        mean(matched_minutes, days.settle(days.between(0.15), rules=by)) for by in (rules, without_offsetting(rules))
    )
    assert least <= without / matched <= most


@pytest.mark.slow
def test_matching_in_chaps_saves_more_than_half_of_what_is_published_and_with_waiting_more_than_all_of_it():
    published = settlement_system("CHAPS").figures
    saved, fifth = of.chaps_saving(of.chaps_days()), published["published.liquidity_saved"].value
    assert saved.without == pytest.approx(published["published.need_before_matching"].value, rel=0.1)  # solved
    assert saved.matched == pytest.approx((1 - fifth) * published["published.need_before_matching"].value, rel=0.2)
    assert fifth / 2 < saved.saving < fifth < saved.over_all
    assert saved.unmatched_wait > 1.5 * of.CHAPS_WAIT
    assert max(saved.urgent) < 2


@pytest.mark.slow
def test_with_nearly_half_of_its_payments_mirrored_chaps_would_save_the_published_fifth():
    assert of.chaps_saving(of.chaps_days(0.45)).saving == pytest.approx(0.2, abs=0.05)
    assert of.chaps_saving(of.chaps_days(0.0)).saving < 0.05


# --- CIPS -------------------------------------------------------------------------------------------------------------


def test_cips_settles_its_true_day_with_a_fifth_of_its_value():
    settled = days_of("CIPS").settle(as_shipped)
    assert mean(settled_share, settled) > of.CIPS_SETTLED
    assert mean(funded_share, settled) == pytest.approx(0.2, abs=0.03)


def test_money_that_cips_cannot_get_as_it_needs_it_has_to_be_four_times_as_much():
    need = of.cips_need()
    assert need.alone > 3.5 * need.injected


def test_one_participant_of_cips_that_is_short_holds_up_every_batch():
    days = days_of("CIPS")
    batches = days.system.traffic.batch_share
    ways = of.cips_ways()
    held, left = (
        mean(settled_share, days.settle(alike(0.5), **ways[way])) for way in (of.CIPS_SHIPPED, of.CIPS_PARTLY)
    )
    assert 1 - batches - 0.05 < held < 1 - batches + 0.03
    assert left > 0.98


def test_offsetting_would_help_cips_where_each_has_what_it_needs_and_not_where_all_have_the_same_share():
    days, ways = days_of("CIPS"), of.cips_ways()
    partly, both = (ways[way] for way in (of.CIPS_PARTLY, "both"))
    known = days.between(0.1)
    assert mean(settled_share, days.settle(known, **both)) > mean(settled_share, days.settle(known, **partly)) + 0.02
    ample = alike(0.4)
    gain = mean(settled_share, days.settle(ample, **both)) - mean(settled_share, days.settle(ample, **partly))
    assert abs(gain) < 0.002


# --- the others -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_money_goes_round_in_the_others_as_often_as_in_large_systems_in_the_mean():
    turnovers = [of.reached(name).turnover_used for name in of.SYSTEMS if name != "CHIPS"]
    assert np.mean(turnovers) == pytest.approx(of.OTHER_SYSTEMS_TURNOVER, abs=1.0)
    assert max(turnovers) < 20 < of.reached("CHIPS").turnover_used


@pytest.mark.slow
def test_the_peak_credit_of_fedwire_in_2004_lies_between_what_its_days_give_and_what_half_mirrored_ones_give():
    published = settlement_system("FEDWIRE").figures["published.turnover"].value
    assert of.fedwire_credit() < published < of.fedwire_credit(0.5)


@pytest.mark.slow
def test_a_third_of_fedwire_s_value_settles_after_five():
    published = settlement_system("FEDWIRE").figures["published.after_17"]
    reached = mean(lambda day: value_after(day, 17), days_of("FEDWIRE", seeds=ONE).settle(as_shipped))
    assert published.low < reached < published.high + 0.02


def test_mirrored_payments_move_the_day_of_boj_net_behind_what_was_published_of_its_queueing_accounts():
    published = settlement_system("BOJ-NET").figures["published.mean_settlement_hour"]
    own = mean(mean_hour, days_of("BOJ-NET").settle(as_shipped))
    alone = mean(mean_hour, days_of("BOJ-NET", 0.0).settle(as_shipped))
    assert published.high < own < published.value + 1.5
    assert alone < own - 0.2


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_has_its_tables_and_figures():
    page = (DOCS / "explanation" / "settlement_facts.md").read_text(encoding="utf-8")
    tables = re.findall(r"<!-- facts: (\w+) -->\n(.*?)<!-- end of facts -->", page, re.DOTALL)
    assert [name for name, _ in tables] == ["summary", "t2", "chips", "chaps", "cips", "systems", "solved"]
    assert all(text.count("\n") > 3 for _, text in tables)
    for figure in re.findall(r"\(\.\./(figures/\S+\.png)\)", page):
        assert (DOCS / figure).read_bytes().startswith(b"\x89PNG")


def test_the_page_shows_the_solved_figures_as_they_are_in_the_files():
    page = (DOCS / "explanation" / "settlement_facts.md").read_text(encoding="utf-8")
    for name, figure in SOLVED.items():
        own = getattr(settlement_system(name), figure).value
        assert f"| `{name}` | `liquidity.{figure}` | {100 * own:.0f} % |" in page
