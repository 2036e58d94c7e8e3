"""Every `paysim` command that a page names exists, with every option that stands beside it."""

from __future__ import annotations

import re
from functools import cache

import click
import pytest
from page_blocks import ROOT, blocks_of, commands_of, pages
from page_runner import lengthened

from paysim.cli.main import main

INLINE = re.compile(r"`(paysim [a-z][^`]*)`")
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")


@cache
def options(words: tuple[str, ...]) -> frozenset[str] | None:
    """The options of a command, None where there is no such command."""
    command: click.Command | None = main
    context = click.Context(main)
    found = {"--help", "-h"}
    for word in words:
        if not isinstance(command, click.Group):
            break
        command = command.get_command(context, word)
        if command is None:
            return None
    for parameter in command.params if command else ():
        found |= {*parameter.opts, *parameter.secondary_opts}
    return frozenset(found)


def wrong(said: str) -> str:
    """What is wrong with a command as a page names it, empty if nothing is."""
    names = [word for word in said.split()[1:3] if re.fullmatch(r"[a-z][a-z-]*", word)]
    known = options(tuple(names))
    if known is None:
        return f"no such command: {said}"
    unknown = [option for option in OPTION.findall(re.sub(r"'[^']*'|\"[^\"]*\"", "", said)) if option not in known]
    return f"no option {unknown} of: {said}" if unknown else ""


def test_a_command_or_an_option_that_is_not_there_is_found():
    assert wrong("paysim settel payments.csv").startswith("no such command")
    assert wrong("paysim run FILE --replicate 3").startswith("no option ['--replicate']")
    assert wrong("paysim sweep merge parts --shard 1/2").startswith("no option ['--shard']")
    assert wrong("paysim run FILE --replicates 3 --set events.cut.at=2028-01-04") == ""


@pytest.mark.parametrize("page", [*pages(), "CHANGELOG.md"])
def test_commands_that_a_page_names_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    said = INLINE.findall(text)
    for block in blocks_of(page, text):
        if block.language == "console" and block.order("exit") is None:  # one that is shown to fail may be wrong
            typed = [lengthened(command, block.order("run with") or "") for command in commands_of(block)]
            said += [re.sub(r"\s+#\s.*", "", one) for one in typed if one.startswith("paysim ")]
    assert [fault for one in said if (fault := wrong(one.replace("\\|", "|")))] == []
