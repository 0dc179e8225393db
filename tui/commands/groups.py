"""`groups`: list, add, members."""

from __future__ import annotations

import click

from common.client import Client
from tui.commands.asking import PAGE, ask, find_group
from tui.commands.contacts import tell_contacts
from tui.commands.telling import json_option, say, tell_json, tell_table
from tui.state.wording import counted


@click.group()
def groups() -> None:
    """Named sets of contacts."""


@groups.command("list")
@click.argument("q", default="")
@json_option
def list_groups(q: str, as_json: bool) -> None:
    """Groups by name."""

    async def work(client: Client) -> None:
        shown, total = 0, 1
        while shown < total:
            page = await client.list_groups(q, offset=shown, limit=PAGE)
            total = page.total
            if not page.items:
                break
            if as_json:
                for one in page.items:
                    tell_json(one)
            else:
                rows = ((one.id, one.name, f"{one.members:,}") for one in page.items)
                tell_table(("ID", "Name", "Members"), rows, header=shown == 0)
            shown += len(page.items)
        say(f"{counted(shown, 'group')}.")

    ask(work)


@groups.command("add")
@click.argument("name")
@json_option
def add_group(name: str, as_json: bool) -> None:
    """Make an empty group."""
    made = ask(lambda client: client.add_group(name))
    if as_json:
        tell_json(made)
    else:
        say(f"Group {made.id}: {made.name}")


@groups.command("members")
@click.argument("group")
@json_option
def members(group: str, as_json: bool) -> None:
    """The contacts of a GROUP, by its name or id."""

    async def work(client: Client) -> None:
        found = await find_group(client, group)
        shown, total = 0, 1
        while shown < total:
            page = await client.list_members(found.id, offset=shown, limit=PAGE)
            total = page.total
            if not page.items:
                break
            tell_contacts(page.items, as_json=as_json, header=shown == 0)
            shown += len(page.items)
        say(f"{counted(shown, 'contact')} in {found.name}.")

    ask(work)
