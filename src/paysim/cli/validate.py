"""``paysim validate``: check scenario files, system files and studies without running them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from paysim.words import said

if TYPE_CHECKING:
    from paysim.scenario.schema import Scenario
    from paysim.scenario.sweep import Sweep
    from paysim.scenario.system import SystemFile


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value, as in paysim run.")
def command(files: tuple[Path, ...], overrides: tuple[str, ...]) -> None:
    """Check files and print every problem of all of them.

    A file with a key ``system`` at the top describes a settlement system, one with ``factors`` and ``design`` a study,
    any other a scenario. Prints a line for each good file: its digest and title. Exit code 2 if any file has a problem.
    """
    from paysim.errors import Problem, ScenarioError
    from paysim.scenario.loading import load_scenario
    from paysim.scenario.sweep_loading import is_sweep_file, load_sweep
    from paysim.scenario.system_loading import is_system_file, load_system

    problems: list[Problem] = []
    found: SystemFile | Scenario | Sweep
    for file in files:
        try:
            if is_sweep_file(file) and not overrides:
                found = load_sweep(file)
            else:
                found = load_system(file, overrides) if is_system_file(file) else load_scenario(file, overrides)
        except ScenarioError as error:
            problems.extend(error.problems)
        else:
            click.echo(f"ok  {file}  {found.digest()[:12]}  {said(found.title)}")
    if problems:
        raise ScenarioError(list(dict.fromkeys(problems)))
