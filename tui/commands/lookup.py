"""Calls the server for a command, and finds sequences and groups by name or id."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

import click

from common.client import Client
from common.model.groups import Group
from common.model.sequences import SequencePage, SequenceSummary
from tui.client.lists import all_groups
from tui.commands.output import say
from tui.commands.pages import pages
from tui.commands.profile import present_profile

T = TypeVar("T")


def call_server(work: Callable[[Client], Awaitable[T]]) -> T:
    """Run `work` with a client of the present profile."""

    async def run() -> T:
        profile = present_profile()
        async with Client(profile.url, profile.token) as client:
            return await work(client)

    return asyncio.run(run())


async def find_sequence(client: Client, name: str) -> SequenceSummary:
    """The sequence with that name, in any case, or id. An unknown one ends the command."""
    found = await all_sequences(client)
    return _find("sequence", name, found, lambda one: one.name, lambda one: one.id)


async def find_group(client: Client, name: str) -> Group:
    """The group with that name, in any case, or id. An unknown one ends the command."""
    found = await all_groups(client)
    return _find("group", name, found, lambda one: one.name, lambda one: one.id)


async def find_or_make_group(client: Client, name: str, *, dry_run: bool) -> int | None:
    """The id of the group with that name or id; without one it is created, with a message.

    None in a dry run that would create it. Digits that are not a group's id end the command.
    """
    asked = name.strip()
    for one in await all_groups(client):
        if one.name.casefold() == asked.casefold() or str(one.id) == asked:
            return one.id
    if asked.isascii() and asked.isdigit():
        raise click.ClickException(f"There is no group {asked}. 'drumbeat groups list' shows them.")
    if dry_run:
        say(f"There is no group {asked!r} yet; it would be created.")
        return None
    made = await client.add_group(asked)
    say(f"Created the group {made.name!r}.")
    return made.id


async def all_sequences(client: Client) -> list[SequenceSummary]:
    """Every sequence, including archived ones."""

    async def fetch(offset: int, limit: int) -> SequencePage:
        return await client.list_sequences(include_archived=True, offset=offset, limit=limit)

    return [one async for page in pages(fetch) for one in page.items]


def _find(
    thing: str,
    asked: str,
    there: Sequence[T],
    name_of: Callable[[T], str],
    id_of: Callable[[T], int],
) -> T:
    for one in there:
        if name_of(one).casefold() == asked.strip().casefold():
            return one
    for one in there:
        if str(id_of(one)) == asked.strip():
            return one
    raise click.ClickException(
        f"There is no {thing} {asked!r}.{did_you_mean(asked, map(name_of, there))}"
        f" 'drumbeat {thing}s list' shows them."
    )


def did_you_mean(asked: str, names: Iterable[str]) -> str:
    """A question with the most similar names; empty if none is similar."""
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(asked.casefold(), folded, n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(repr(folded[name]) for name in near)}?" if near else ""
