"""The command ``paysim``: finds its subcommands, and turns errors into a message and an exit code.

A subcommand is a module of this room with a click command called ``command``; its name is the module's. Nothing heavy
may be imported while help is printed: numpy, pydantic and the like belong inside the commands.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

import click

from paysim import __version__, cli
from paysim.errors import PaysimError

NOT_COMMANDS = ("main", "page", "summary")
"""Modules of this room that the commands share."""


class Commands(click.Group):
    """Subcommands that are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all modules of this room that are commands."""
        names = (module.name for module in pkgutil.iter_modules(cli.__path__))
        return sorted(name.replace("_", "-") for name in names if name not in NOT_COMMANDS and not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None where there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"paysim.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one is near."""
        from difflib import get_close_matches

        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = get_close_matches(args[0], self.list_commands(ctx), n=1)
            if not close or "?" in error.message:  # newer click says it itself
                raise
            raise click.UsageError(f"{error.message} Did you mean {close[0]!r}?", ctx) from None

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what paysim raises on purpose becomes a message and an exit code, without a traceback."""
        try:
            return super().invoke(ctx)
        except PaysimError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="paysim")
def main() -> None:
    """Simulate SWIFT and CIPS: what a cut-off, fear or a hub would do to payments, currencies and trade.

    A model, not a forecast. Start with: paysim run scenarios/cutoff.yaml
    """
