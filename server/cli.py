"""`drumbeat-server`: the server's commands. Exit code 0 done, 1 refused or failed, 2 wrong usage.

Commands are imported when called, so that none slows down the start of another.
"""

from __future__ import annotations

import gc
from importlib import import_module
from typing import Any, Final

import click

from common.program import Program
from server.errors import DrumbeatError
from server.version import VERSION

_ROOMS: Final = {
    "serve": "serving",
    "worker": "serving",
    "migrate": "keeping",
    "backup": "keeping",
    "doctor": "keeping",
    "operator": "operating",
    "token": "operating",
    "simulator": "simulating",
    "sample": "sampling",
}


class _Commands(Program):
    """Finds a command's module by its name; prints our errors in one line, with exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_ROOMS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        room = _ROOMS.get(cmd_name)
        if room is None:
            return None
        gc.disable()  # imports are kept: searching again takes a tenth of the start time
        try:
            found: click.Command = getattr(import_module(f"server.commands.{room}"), cmd_name)
        finally:
            gc.freeze()
            gc.enable()
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except (
            click.NoSuchCommand
        ) as error:  # click does not know commands that are not imported yet
            raise click.NoSuchCommand(error.command_name, possibilities=_ROOMS, ctx=ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DrumbeatError as error:
            raise click.ClickException(error.message) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="drumbeat-server")
def main() -> None:
    """Run the drumbeat server and maintain its database."""


if __name__ == "__main__":
    main()
