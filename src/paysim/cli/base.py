"""``paysim base``: what the start of a scenario was made to meet, and what it reaches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from paysim.cli.page import lang_option
from paysim.words import decimal, number, said, speaking
from paysim.words import translated as _

if TYPE_CHECKING:
    from paysim.engine.calibration import Calibration


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value, as in paysim run.")
@lang_option
def command(file: Path, overrides: tuple[str, ...], language: str) -> None:
    """Calibrate the base of a scenario and print every target beside what is reached.

    Exit code 1 if a target is missed, 2 if the file is wrong.
    """
    from paysim.engine.build import prepare
    from paysim.engine.calibration import calibration
    from paysim.scenario.loading import load_scenario

    scenario = load_scenario(file, overrides)
    with speaking(language):
        found = calibration(prepare(scenario), scenario.start, scenario.as_of)
        head = _("the base in {month}, best values of all parameters").format(month=f"{scenario.start:%Y-%m}")
        click.echo(f"{said(scenario.title)}: {head}\n")
        _echo(found)
    if not all(target.met for target in found.targets):
        raise SystemExit(1)


def _echo(found: Calibration) -> None:
    """Print every target with its source and what must be said beside it, and the quantities."""
    width = max([36, *(len(target.name) for target in found.targets)])
    published, reached = _("published"), _("reached")
    for target in found.targets:
        verdict = _("shown only") if target.tolerance != target.tolerance else _("met") if target.met else _("MISSED")
        known, found_here = (decimal(f"{100 * share:6.2f} %") for share in (target.published, target.reached))
        click.echo(f"  {target.name:<{width}} {published} {known}   {reached} {found_here}   {verdict}")
        click.echo(f"    {target.source}")
        if target.remark:
            click.echo(click.wrap_text(target.remark, width=100, initial_indent="    ", subsequent_indent="    "))
    click.echo()
    width = max([58, *(len(name) for name, _value, _unit in found.quantities)])
    for name, value, unit in found.quantities:
        click.echo(f"  {name:<{width}} {number(value, 4)} {unit}".rstrip())
