"""docs/commands.md tells every command of both programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from server.cli import main as drumbeat_server
from tui.cli import main as drumbeat

TOLD = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")


def commands(group: click.Group, *before: str) -> Iterator[str]:
    """Every command of a group, with the words that lead to it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from commands(found, *before, name)
        else:
            assert found is not None, f"{name} leads nowhere"
            assert found.help, f"{name} does not say what it does"
            yield " ".join((*before, name))


@pytest.mark.parametrize("program", [drumbeat, drumbeat_server])
def test_every_command_is_documented(program: click.Group) -> None:
    untold = [name for name in commands(program) if not re.search(rf"`{re.escape(name)}\b", TOLD)]

    assert untold == []
