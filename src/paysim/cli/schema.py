"""``paysim schema``: the JSON Schema of scenario files, system files and studies, for editors."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--system", "of_system", is_flag=True, help="Of files that describe a settlement system.")
@click.option("--study", "of_study", is_flag=True, help="Of files that describe a study (paysim sweep).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of the terminal.")
def command(of_system: bool, of_study: bool, out: Path | None) -> None:
    """Print the JSON Schema (2020-12) of scenario files, of system files, or of studies.

    Editors that know YAML use it through the first line of a file:
    # yaml-language-server: $schema=scenario.schema.json
    """
    from paysim.errors import InputError
    from paysim.scenario.json_schema import scenario_schema_text
    from paysim.scenario.sweep_schema import sweep_schema_text
    from paysim.scenario.system_schema import system_schema_text

    if of_system and of_study:
        raise click.UsageError("--system and --study each name a kind of file: give one of them")
    text = system_schema_text() if of_system else sweep_schema_text() if of_study else scenario_schema_text()
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}") from None
