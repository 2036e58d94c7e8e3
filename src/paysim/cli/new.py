"""``paysim new``: a commented scenario to start from."""

from __future__ import annotations

import re
from pathlib import Path

import click

TEMPLATE = """\
# yaml-language-server: $schema=scenario.schema.json
# A scenario for paysim. Check it with `paysim validate {name}.yaml`, run it with `paysim run {name}.yaml`.
# Values carry their unit: 30 bp, 60 d, 2.5 %, 18 months; dates are 2027-01, 2027-01-12 or 2027-01-12 16:00Z.
# What is left out keeps its default. `paysim schema` lists everything that may stand here; with
# `paysim schema --out scenario.schema.json` beside this file, editors complete and check it (first line).

format: 1
title: {title}
question: What happens to payments and trade if half of China's banks lose SWIFT for two years?

# What the scenario takes for granted. basis: sourced, derived, judgement, literature, weak or premise.
assumptions:
  - text: The largest banks are cut first, until half of the bank weight is reached.
    basis: judgement

# Where its figures and facts were read.
sources:
  - text: Russia's first seven banks had ten days' notice (March 2022)
    url: https://www.theasianbanker.com/updates-and-articles/us-and-western-allies-ban-selected-russian-banks-from-swift-current

# What it cannot tell.
limits:
  - Asset freezes and export bans, which came with every real disconnection, are left out.

start: 2024-07
horizon: 2032-12
replicates: 100

# Parameters of behaviour: a point, or best, low and high. Without this block the defaults and their ranges hold.
behaviour:
  bypass_share: {{best: 30 %, low: 0 %, high: 60 %}}
  hub_margin: 80 bp

# How groups join CIPS: model (the default), frozen, or a prescribed path of bank weight.
groups:
  ASEAN:
    adoption: {{2025-01: 65 %, 2030-01: 80 %}}

# What happens. An `id` lets another file, or --set events.cut.at=..., change an event.
events:
  - id: cut
    kind: disconnection
    groups: [CHN]
    banks: 50 %
    at: 2027-01-04 16:00Z
    until: 2029-01-04 16:00Z
    notice: 10 d
"""


def _name(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    name = value.removesuffix(".yaml")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,39}", name):
        raise click.BadParameter(f"{value!r}: a name has letters, digits, - and _, and starts with a letter")
    return name


@click.command()
@click.argument("name", callback=_name)
@click.option(
    "--dir",
    "folder",
    default=Path(),
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder to write it to (default: the current one).",
)
def command(name: str, folder: Path) -> None:
    """Write a commented scenario NAME.yaml to start from; an existing file is left alone."""
    from paysim.errors import InputError

    file = folder / f"{name}.yaml"
    title = name.replace("_", " ").replace("-", " ")
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(TEMPLATE.format(name=name, title=title[0].upper() + title[1:]))
    except FileExistsError:
        raise InputError(f"{file} exists already; it was left as it is") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from None
    click.echo(f"wrote {file}")
