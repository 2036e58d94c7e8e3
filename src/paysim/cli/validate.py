"""``paysim validate``: check scenario files without running them."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value, as in paysim run.")
def command(files: tuple[Path, ...], overrides: tuple[str, ...]) -> None:
    """Check scenario files and print every problem of all of them.

    Prints a line for each good file: its digest, name and title. Exit code 2 if any file has a problem.
    """
    from paysim.errors import Problem, ScenarioError
    from paysim.scenario.loading import load_scenario

    problems: list[Problem] = []
    for file in files:
        try:
            scenario = load_scenario(file, overrides)
        except ScenarioError as error:
            problems.extend(error.problems)
        else:
            click.echo(f"ok  {file}  {scenario.digest()[:12]}  {scenario.title}")
    if problems:
        raise ScenarioError(list(dict.fromkeys(problems)))
