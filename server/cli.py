"""`drumbeat-server`: the server's commands. Exit code 0 done, 1 refused or failed, 2 wrong usage.

Commands are imported when called, so that none slows down the start of another.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any, ClassVar

import click

from common.program import Program
from server.errors import DrumbeatError
from server.version import VERSION


class _Commands(Program):
    """An error of ours is one line and exit code 1."""

    modules: ClassVar[Mapping[str, str]] = {
        "serve": "server.commands.serve",
        "worker": "server.commands.serve",
        "migrate": "server.commands.maintenance",
        "backup": "server.commands.maintenance",
        "doctor": "server.commands.maintenance",
        "operator": "server.commands.operators",
        "token": "server.commands.operators",
        "simulator": "server.commands.simulator",
        "sample": "server.commands.sample",
    }

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        gc.disable()  # imports are kept: searching again takes a tenth of the start time
        try:
            return super().get_command(ctx, cmd_name)
        finally:
            gc.freeze()
            gc.enable()

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
