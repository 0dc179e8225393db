"""`groups`: list, add, members."""

from __future__ import annotations

import click

from common.client import Client
from tui.commands.contacts import COLUMNS, as_row
from tui.commands.lookup import call_server, find_group
from tui.commands.output import json_option, print_json, say
from tui.commands.pages import print_list
from tui.state.wording import counted


@click.group()
def groups() -> None:
    """List groups and their members, and create groups."""


@groups.command("list")
@click.argument("q", default="")
@json_option
def list_groups(q: str, as_json: bool) -> None:
    """List groups. Q matches the name."""

    async def work(client: Client) -> None:
        done = await print_list(
            lambda offset, limit: client.list_groups(q, offset=offset, limit=limit),
            ("ID", "Name", "Members"),
            lambda one: (one.id, one.name, f"{one.members:,}"),
            as_json=as_json,
        )
        say(f"{counted(done.shown, 'group')}.")

    call_server(work)


@groups.command("add")
@click.argument("name")
@json_option
def add_group(name: str, as_json: bool) -> None:
    """Create an empty group."""
    made = call_server(lambda client: client.add_group(name))
    if as_json:
        print_json(made)
    else:
        say(f"Group {made.id}: {made.name}")


@groups.command("members")
@click.argument("group")
@json_option
def members(group: str, as_json: bool) -> None:
    """List the contacts in a GROUP, given by name or id."""

    async def work(client: Client) -> None:
        found = await find_group(client, group)
        done = await print_list(
            lambda offset, limit: client.list_members(found.id, offset=offset, limit=limit),
            COLUMNS,
            as_row,
            as_json=as_json,
        )
        say(f"{counted(done.shown, 'contact')} in {found.name}.")

    call_server(work)
