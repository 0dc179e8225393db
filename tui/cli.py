"""`drumbeat`: what operators do, as commands. Exit codes are told in docs/commands.md.

Commands are imported when they are called.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

import click

from common.program import Program
from common.requesting import ApiProblem, ClientError
from common.terminal import clean_multiline
from tui.commands.errors import Away, Refused

_ROOMS: Final = {
    "login": "login",
    "contacts": "contacts",
    "groups": "groups",
    "sequences": "sequences",
    "enroll": "enroll",
    "enrollments": "enrollments",
    "explain": "enrollments",
    "finish": "bulk_actions",
    "retry": "bulk_actions",
    "send": "bulk_actions",
    "operations": "operations",
    "undo": "operations",
    "reviews": "reviews",
    "suppressions": "suppressions",
    "events": "events",
    "demo": "demo",
}


class _Commands(Program):
    """Finds a command's module by its name, and tells the client's errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_ROOMS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        room = _ROOMS.get(cmd_name)
        if room is None:
            return None
        found: click.Command = getattr(import_module(f"tui.commands.{room}"), cmd_name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:  # it knows of no commands that are not imported yet
            raise click.NoSuchCommand(error.command_name, possibilities=_ROOMS, ctx=ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ClientError as error:
            failed = Refused if isinstance(error, ApiProblem) else Away
            raise failed(clean_multiline(error.message)) from error


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Steer a drumbeat server: by DRUMBEAT_URL and DRUMBEAT_TOKEN, or by 'drumbeat login URL'."""
    if ctx.invoked_subcommand is None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise no_screen()
        from tui.opening import open_screen  # noqa: PLC0415 # half of the start is Textual

        open_screen()


def no_screen() -> click.UsageError:
    """What is said where the full screen would open."""
    return click.UsageError(
        "There is no full screen without a terminal. The commands are: "
        f"{', '.join(_ROOMS)}; 'drumbeat demo --headless' starts a demo for them."
        " 'drumbeat COMMAND --help' tells more."
    )


if __name__ == "__main__":
    main()
