"""``paysim schema``: the JSON Schema of scenario files and of system files, for editors."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--system", "of_system", is_flag=True, help="Of files that describe a settlement system.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of the terminal.")
def command(of_system: bool, out: Path | None) -> None:
    """Print the JSON Schema (2020-12) of scenario files, or of system files.

    Editors that know YAML use it through the first line of a file:
    # yaml-language-server: $schema=scenario.schema.json
    """
    from paysim.errors import InputError
    from paysim.scenario.json_schema import scenario_schema_text
    from paysim.scenario.system_schema import system_schema_text

    text = system_schema_text() if of_system else scenario_schema_text()
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}") from None
