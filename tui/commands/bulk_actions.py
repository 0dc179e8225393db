"""`finish`, `retry` and `send`: bulk actions. Each shows what will happen and asks first."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import click

from common.client import Client
from common.model.messages import LeftOut, MessagePreview
from common.model.operations import NewOperation, Operation, Selection
from common.output import agreed
from common.phones import pretty
from common.vocabulary import OperationAction
from tui.commands.identifiers import read_enrollment_ids
from tui.commands.lookup import call_server, find_sequence
from tui.commands.operations import ended, print_end
from tui.commands.output import Filtered, json_option, progress, say
from tui.state.wording import counted

MOST_TEXTED: Final = 10

_IDS = click.option(
    "--id",
    "ids",
    type=click.IntRange(1),
    multiple=True,
    help="An enrollment's id; repeatable.",
)
_YES = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
_ALL = click.option("--all", "everybody", is_flag=True, help="Everyone in the sequence.")


class ChosenEnrollments(NamedTuple):
    """Who a bulk action is for: ids, or everyone in a sequence who matches a filter."""

    ids: tuple[int, ...]
    sequence: str | None
    q: str


def choosing(command: Callable[[ChosenEnrollments, bool, bool], None]) -> click.Command:
    """Make a command from a function that takes the choice, --yes and --json."""

    @click.command(command.__name__, cls=Filtered, help=command.__doc__)
    @click.argument("sequence", required=False, metavar="[SEQUENCE|-]")
    @click.argument("words", nargs=-1, metavar="[Q]")
    @_IDS
    @_ALL
    @_YES
    @json_option
    def run(
        sequence: str | None,
        words: tuple[str, ...],
        ids: tuple[int, ...],
        everybody: bool,
        yes: bool,
        as_json: bool,
    ) -> None:
        if sequence == "-" and not ids:
            ids, sequence = _read_ids(yes), None
        if bool(ids) == bool(sequence):
            raise click.UsageError("Choose who: give --id, or a SEQUENCE with a filter.")
        q = " ".join(words)
        if sequence and bool(q.strip()) == everybody:
            raise click.UsageError("Choose who: give a filter Q, or --all for the whole sequence.")
        command(ChosenEnrollments(ids, sequence, q), yes, as_json)

    return run


@choosing
def finish(chosen: ChosenEnrollments, yes: bool, as_json: bool) -> None:
    """Mark enrollments as finished: by --id, or all in a SEQUENCE that match the filter Q.

    With - ids are read from standard input, one per line; this needs --yes. Exit code 3
    if some were skipped.
    """
    _act(OperationAction.FINISH, "Finish", chosen, yes, as_json)


@choosing
def retry(chosen: ChosenEnrollments, yes: bool, as_json: bool) -> None:
    """Retry failed enrollments: by --id, or all in a SEQUENCE that match the filter Q.

    With - ids are read from standard input, one per line; this needs --yes. Exit code 3
    if some were skipped.
    """
    _act(OperationAction.RETRY, "Retry", chosen, yes, as_json)


@click.command()
@click.argument("body")
@click.argument("source", required=False, type=click.Choice(["-"]), metavar="[-]")
@_IDS
@click.option("--override-reason", help="The reason to send outside sending hours.")
@_YES
@json_option
def send(
    body: str,
    source: str | None,
    ids: tuple[int, ...],
    override_reason: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Send a text to each of up to 10 enrollments, individually.

    Shows who gets what, and who is left out and why, then asks. With - ids are read from standard
    input, one per line; this needs --yes. Exit code 3 if anyone was left out.
    """
    if source and ids:
        raise click.UsageError("Choose who: give --id, or - for standard input.")
    chosen = tuple(dict.fromkeys(_read_ids(yes) if source else ids))
    if not 0 < len(chosen) <= MOST_TEXTED:
        raise click.UsageError(f"Give 1 to {MOST_TEXTED} enrollments with --id, not {len(chosen)}.")
    new = NewOperation(
        OperationAction.SEND_MESSAGE,
        Selection(ids=chosen),
        body=body,
        override_reason=override_reason,
    )

    async def work(client: Client) -> Operation:
        if not yes:
            people = [(await client.get_enrollment(one)).contact.id for one in chosen]
            previews = await client.preview_message(body, tuple(dict.fromkeys(people)))
            reached = _print_previews(previews, overridden=bool(override_reason))
            if not reached:
                raise click.ClickException("Nobody would get this text. Nothing was sent.")
            question = f"Send this text to {counted(reached, 'contact')}?"
            await asyncio.to_thread(_confirm, question, yes)
        return await _run(client, new)

    print_end(call_server(work), as_json=as_json)


def _print_previews(previews: Iterable[MessagePreview], *, overridden: bool) -> int:
    """Print who gets what, and who is left out and why; returns how many get it."""
    reached = 0
    for one in previews:
        who = f"{one.name or 'No name'}, {pretty(one.phone)}"
        if one.left_out is None or (overridden and one.left_out is LeftOut.OUTSIDE_WINDOW):
            reached += 1
            say(f"{who}: {one.text} ({counted(one.segments, 'segment')})")
        else:
            say(f"{who}: will not get it. {one.why}")
    return reached


def _read_ids(yes: bool) -> tuple[int, ...]:
    if not yes:
        raise click.UsageError("Add --yes: with - there is no way to ask for confirmation.")
    return read_enrollment_ids(sys.stdin)


def _act(
    action: OperationAction, verb: str, chosen: ChosenEnrollments, yes: bool, as_json: bool
) -> None:
    async def choose(client: Client) -> tuple[Selection, str]:
        if not chosen.sequence:
            return Selection(ids=chosen.ids), counted(len(set(chosen.ids)), "enrollment")
        found = await find_sequence(client, chosen.sequence)
        page = await client.list_enrollments(found.id, chosen.q, limit=1)
        selection = Selection(sequence_id=found.id, q=chosen.q, snapshot=page.snapshot)
        return selection, f"{counted(page.total, 'enrollment')} in {found.name!r}"

    async def work(client: Client) -> Operation:
        selection, who = await choose(client)
        await asyncio.to_thread(_confirm, f"{verb} {who}?", yes)
        return await _run(client, NewOperation(action, selection))

    print_end(call_server(work), as_json=as_json)


def _confirm(question: str, yes: bool) -> None:
    """Ask on standard error. An empty answer means no."""
    if not yes and not agreed(question):
        raise click.Abort


async def _run(client: Client, new: NewOperation) -> Operation:
    operation = await client.add_operation(new)
    with progress("working", operation.total) as at:
        return await ended(client, operation, at)
