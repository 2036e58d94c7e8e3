"""``paysim base``: what the start of a scenario was made to meet, and what it reaches."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value, as in paysim run.")
def command(file: Path, overrides: tuple[str, ...]) -> None:
    """Calibrate the base of a scenario and print every target beside what is reached.

    Exit code 1 if a target is missed, 2 if the file is wrong.
    """
    from paysim.engine.build import prepare
    from paysim.engine.calibration import calibration
    from paysim.scenario.loading import load_scenario

    scenario = load_scenario(file, overrides)
    found = calibration(prepare(scenario), scenario.start)
    click.echo(f"{scenario.title}: the base in {scenario.start:%Y-%m}, best values of all parameters\n")
    for target in found.targets:
        verdict = "shown only" if target.tolerance != target.tolerance else "met" if target.met else "MISSED"
        click.echo(
            f"  {target.name:<36} published {100 * target.published:6.2f} %   reached {100 * target.reached:6.2f} %   "
            f"{verdict}"
        )
        click.echo(f"    {target.source}")
        if target.remark:
            click.echo(click.wrap_text(target.remark, width=100, initial_indent="    ", subsequent_indent="    "))
    click.echo()
    for name, value, unit in found.quantities:
        click.echo(f"  {name:<58} {value:.4f} {unit}".rstrip())
    if not all(target.met for target in found.targets):
        raise SystemExit(1)
