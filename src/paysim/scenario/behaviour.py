"""The parameters of behaviour: every default stands here, once, with unit, range, basis and source.

Basis: S sourced, D derived from sources, J judgement, "literature" usual there, "weak" a weak source.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import GetJsonSchemaHandler, ValidationInfo, field_validator
from pydantic_core import CoreSchema

from paysim.scenario import units
from paysim.scenario.base import Model
from paysim.scenario.uncertain import Uncertain, parameter, read_uncertain, written_schema

RUSSIA = "https://elbalad.news/5875066"
RETURNED = "https://novayagazeta.eu/amp/articles/2024/07/29/some-80-of-russian-payments-to-china-returned-amid-increasing-western-pressure-en-news"
REUTERS_CIPS = "https://www.channelnewsasia.com/business/why-chinas-payment-system-cant-easily-save-russian-banks-cut-swift-2565576"
SWAP_LINES = "http://eprints.lse.ac.uk/id/eprint/128001"
CLEARING_BANKS = "https://ideas.repec.org/p/imf/imfwpa/2023-077.html"
DEFLECTION = "https://doczz.net/doc/902768/sanctions-and-export-deflection--evidence-from-iran"


# A parameter in a few lines reads as the row of a table that it is.
# fmt: off
class Behaviour(Model):
    """How banks, traders and offices behave. Every parameter is a point (``30 bp``) or best, low, high."""

    # -- choice of currency and route -----------------------------------------------------------------------------
    cost_sensitivity: Uncertain = parameter(
        units.PER_COST, 0.006, 0.002, 0.02, "log-uniform", "D weak",
        "log-odds of a currency lost per bp of extra cost (lambda)",
        f"bounds from swap lines, Russia and Iran: {SWAP_LINES} , {RUSSIA} , https://ier.ut.ac.ir/article_58273.html",
        above=0.0, at_most=1.0,
    )
    network_effect: Uncertain = parameter(
        units.RATIO, 0.55, 0.0, 0.9, "uniform", "J",
        "network effect as a ratio to its tipping threshold (R = gamma/gamma_c); above 1 only with `tipping: true`",
        "the literature disagrees: https://www.restud.com/paper/trade-finance-and-the-durability-of-the-dollar/ and, "
        "rejecting pure lock-in, Flandreau and Jobst (2009)", at_most=10.0,
    )
    nest_parameter: Uncertain = parameter(
        units.RATIO, 0.25, 0.1, 1.0, "log-uniform", "J",
        "how little routes of one currency differ to a payer (theta; 1: as much as currencies)", above=0.0, at_most=1.0,
    )
    inertia: Uncertain = parameter(
        units.RATIO, 0.985, 0.97, 0.992, "triangular", "D",
        "share of contracts that keep currency and route for a month (rho_n)",
        "weight .9 a year on last year's share: https://pdfslide.us/documents/will-the-euro-eventually-surpass-the-dollar-as-leading-.html",
        at_most=1.0,
    )
    crisis_inertia: Uncertain = parameter(
        units.RATIO, 0.90, 0.85, 0.95, "uniform", "D",
        "share of blocked contracts that stay blocked for another month (rho_c)",
        f"yuan in Russia's imports, 4 to 34 % in 17 months: {RUSSIA}", at_most=1.0,
    )
    local_complementarity: Uncertain = parameter(
        units.RATIO, 0.0, 0.0, 0.3, "fixed", "J",
        "how much a corridor's own habit draws further contracts (xi)",
        "Amiti, Itskhoki and Konings (2022)", at_most=10.0,
    )
    local_constant: Uncertain = parameter(
        units.RATIO, 0.01, 0.001, 0.1, "fixed", "J",
        "share added to a corridor's habit so that it may start at 0 (d)",
    )
    depth_half_life: Uncertain = parameter(
        units.DURATION, 182.625, 91.3125, 365.25, "fixed", "J",
        "half-life of the memory in a currency's depth (6 months)",
    )
    swap_line_effect: Uncertain = parameter(
        units.LOG_ODDS, 0.7, 0.0, 1.39, "triangular", "D",
        "log-odds that a new swap line adds to the issuer's currency between those who have one (psi_L)",
        f"payments times four at small shares, an association: {SWAP_LINES}", at_most=5.0,
    )
    clearing_bank_effect: Uncertain = parameter(
        units.LOG_ODDS, 1.0, 0.7, 1.8, "triangular", "D",
        "the same of a new clearing bank (psi_B); in no draw less than the swap line's",
        f"larger than a swap line's, size not found: {CLEARING_BANKS}", at_most=5.0,
    )
    recontracting: Literal["inertia", "immediate"] = "inertia"
    depth: Literal["log", "linear"] = "log"

    # -- trade and finance ----------------------------------------------------------------------------------------
    trade_elasticity: Uncertain = parameter(
        units.RATIO, 4.0, 2.0, 8.0, "log-uniform", "literature",
        "elasticity of goods trade to its cost",
        "Simonovska and Waugh (2014), Head and Mayer (2014)",
    )
    finance_elasticity: Uncertain = parameter(
        units.RATIO, 6.0, 2.0, 12.0, "triangular", "J",
        "elasticity of financial payments to their cost",
    )
    adjustment: Uncertain = parameter(
        units.RATIO, 0.2, 0.1, 0.4, "log-uniform", "J",
        "share of the way to its target that trade moves in a month (phi)", at_most=1.0,
    )
    diversion: Uncertain = parameter(
        units.SHARE, 0.5, 0.0, 0.67, "triangular", "S",
        "share of lost trade that goes to other partners",
        DEFLECTION, at_most=1.0,
    )
    finance_multiplier: Uncertain = parameter(
        units.RATIO, 5.0, 3.0, 8.0, "log-uniform", "D weak",
        "financial payments over goods trade",
        "https://gitnux.org/global-cross-border-payments-statistics", at_most=100.0,
    )
    growth: Uncertain = parameter(units.GROWTH, 0.0, 0.0, 0.06, "fixed", "J", "growth of trade without any shock")
    bypass_share: Uncertain = parameter(
        units.SHARE, 0.3, 0.0, 0.6, "uniform", "J",
        "share of unpaid value that agents, barter and bilateral accounts carry (beta)",
        f"agents carried about 30 % of Russia's payments: {RETURNED}", at_most=1.0,
    )
    bypass_cost: Uncertain = parameter(
        units.COST, 500.0, 300.0, 1000.0, "log-uniform", "S",
        "cost of the bypass",
        f"commission of 3 to 5 %, up to 10 %: {RETURNED}",
    )
    queue_limit: Uncertain = parameter(
        units.DURATION, 30.0, 7.0, 60.0, "fixed", "J",
        "after how long an unpaid payment has failed",
    )
    delay_cost: Uncertain = parameter(
        units.DELAY_COST, 2.0, 1.0, 20.0, "log-uniform", "J",
        "cost of a day's delay (tau_d)",
        "ceiling, for goods in transit: https://www.aeaweb.org/articles.php?doi=10.1257/aer.103.7.2935",
    )
    rejection_cost: Uncertain = parameter(
        units.COST, 100.0, 20.0, 500.0, "log-uniform", "J",
        "cost of a payment that its settlement system returns at the close: cover until the next day, claims, work",
    )
    liquidity_half_life: Uncertain = parameter(
        units.DURATION, 90.0, 30.0, 365.25, "log-uniform", "J",
        "time in which participants make up half of what their liquidity lacks for the value they send", above=0.0,
    )

    # -- CIPS and its messages ------------------------------------------------------------------------------------
    cleared_in_cips: Uncertain = parameter(
        units.SHARE, 0.65, 0.4, 0.8, "triangular", "J",
        "share of CNY payments that settle in CIPS (c)", above=0.0, at_most=1.0,
    )
    messaged_on_swift: Uncertain = parameter(
        units.SHARE, 0.8, 0.5, 0.9, "triangular", "weak",
        "share of the value settled in CIPS whose message is SWIFT's (h)",
        REUTERS_CIPS, at_most=1.0,
    )
    initial_native_share: Uncertain = parameter(
        units.SHARE, 0.2, 0.05, 0.45, "triangular", "J",
        "share of a group's CIPS members, by weight, with CIPS's own messages at the start",
        REUTERS_CIPS, at_most=1.0,
    )
    native_base_rate: Uncertain = parameter(
        units.YEARLY_RATE, 0.10, 0.02, 0.3, "fixed", "J",
        "rate at which members enable CIPS's own messages",
    )
    native_crisis_median: Uncertain = parameter(
        units.DURATION, 60.0, 7.0, 180.0, "triangular", "J",
        "median time to enable them for a bank with a cut counterpart",
        "Russia found routes in 3 weeks to 9 months: https://www.russiamatters.org/analysis/rise-russias-foreign-trade-middlemen",
        above=0.0,
    )
    joining_innovation: Uncertain = parameter(
        units.YEARLY_RATE, 0.10, 0.04, 0.12, "triangular", "D",
        "rate of joining CIPS of one's own accord (Bass p)",
        "fit to CIPS's participants, 2015 to 2024",
    )
    joining_imitation: Uncertain = parameter(
        units.YEARLY_RATE, 0.10, 0.0, 0.30, "triangular", "D",
        "rate of joining CIPS because partners have (Bass q)",
        "fit to CIPS's participants, 2015 to 2024: not separable from the ceiling",
    )
    joining_saving_weight: Uncertain = parameter(
        units.PER_COST, 0.005, 0.0, 0.02, "triangular", "J",
        "how much a bp of saving speeds joining (kappa_U; 200 bp: by half)",
    )
    leaving_rate: Uncertain = parameter(
        units.YEARLY_RATE, 0.10, 0.0, 0.3, "triangular", "J",
        "rate at which members leave CIPS under the full threat of secondary sanctions",
    )
    hub_margin: Uncertain = parameter(
        units.COST, 80.0, 30.0, 150.0, "triangular", "J",
        "what a hub takes for passing a payment on",
    )

    # -- sanctions and fear ---------------------------------------------------------------------------------------
    switching: Uncertain = parameter(
        units.MONTHLY_RATE, 0.2, 0.05, 0.4, "triangular", "J",
        "rate at which customers of cut banks move to uncut banks of their group",
    )
    refusal_shock: Uncertain = parameter(
        units.SHARE, 0.8, 0.3, 0.8, "fixed", "D",
        "share of payments that third banks return in the month of the shock, at the exposure of China's banks",
        RETURNED, at_most=1.0,
    )
    refusal_later: Uncertain = parameter(
        units.SHARE, 0.25, 0.1, 0.5, "triangular", "D",
        "the same later, net of what agents carry",
        f"80 % returned, yet imports down 8 %: {RETURNED} , https://ieu-monitoring.com/?p=443301", at_most=1.0,
    )
    belief_jump: Uncertain = parameter(
        units.SHARE, 0.02, 0.02 / 3.0, 0.06, "log-uniform", "J",
        "by how much sanctions against a like-minded group raise the believed chance of a freeze", at_most=1.0,
    )
    alignment_scale: Uncertain = parameter(
        units.RATIO, 0.6, 0.2, 1.8, "log-uniform", "J",
        "distance of alignment over which that belief fades by e", above=0.0,
    )
    belief_half_life: Uncertain = parameter(
        units.DURATION, 1095.75, 365.25, 2922.0, "triangular", "J",
        "half-life of that belief (36 months)", above=0.0,
    )
    loss_given_freeze: Uncertain = parameter(
        units.COST, 1000.0, 300.0, 3000.0, "log-uniform", "J",
        "loss on a payment that is frozen (LGD): as much as getting it out by the back door costs, or more",
    )

    # fmt: on

    @field_validator("*", mode="before")
    @classmethod
    def _with_unit(cls, value: Any, info: ValidationInfo) -> Any:
        """Read parameters as written; the rules are left alone."""
        field = cls.model_fields[str(info.field_name)]
        return read_uncertain(field, value) if isinstance(field.default, Uncertain) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """What a person writes: numbers with units."""
        made = handler.resolve_ref_schema(handler(schema))
        for name, field in cls.model_fields.items():
            if isinstance(field.default, Uncertain):
                made["properties"][name] = written_schema(field)
        return made
