"""`drumbeat`: the command line for operators. docs/commands.md lists the exit codes.

Commands are imported when they are called.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, ClassVar

import click

from common.program import Program
from common.requesting import ApiProblem, ClientError
from common.terminal import clean_multiline
from tui.commands.errors import Away, Refused


class _Commands(Program):
    """Reports the client's errors in one line, with their exit codes."""

    modules: ClassVar[Mapping[str, str]] = {
        "login": "tui.commands.login",
        "contacts": "tui.commands.contacts",
        "groups": "tui.commands.groups",
        "sequences": "tui.commands.sequences",
        "enroll": "tui.commands.enroll",
        "enrollments": "tui.commands.enrollments",
        "explain": "tui.commands.enrollments",
        "finish": "tui.commands.bulk_actions",
        "retry": "tui.commands.bulk_actions",
        "send": "tui.commands.bulk_actions",
        "operations": "tui.commands.operations",
        "undo": "tui.commands.operations",
        "reviews": "tui.commands.reviews",
        "suppressions": "tui.commands.suppressions",
        "events": "tui.commands.events",
        "demo": "tui.commands.demo.command",
    }

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
    """Run text-message sequences on a drumbeat server.

    Without a command it opens the full screen. Sign in with 'drumbeat login URL', or set
    DRUMBEAT_URL and DRUMBEAT_TOKEN.
    """
    if ctx.invoked_subcommand is None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise no_screen()
        from tui.opening import open_screen  # noqa: PLC0415 # half of the start is Textual

        open_screen()


def no_screen() -> click.UsageError:
    """The error if the full screen cannot open."""
    return click.UsageError(
        "The full screen needs a terminal. Without one, use a command: "
        f"{', '.join(_Commands.modules)}. 'drumbeat demo --headless' starts a demo for them."
        " See 'drumbeat COMMAND --help'."
    )


if __name__ == "__main__":
    main()
