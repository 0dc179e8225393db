"""`operations` and `undo`: the history of bulk actions, and undoing them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import click

from common.client import Client
from common.model.operations import Operation
from common.output import agreed
from common.phones import pretty
from common.vocabulary import Outcome
from tui.commands.lookup import call_server
from tui.commands.output import (
    SOME_LEFT,
    json_option,
    moment,
    print_items,
    print_json,
    print_table,
    say,
)
from tui.commands.pages import PAGE

POLL: Final = 0.3
"""Real seconds between checks of a running operation."""
_RUNNING: Final = "running"


@click.command()
@click.argument("operation_id", type=click.IntRange(1), required=False)
@click.option("--limit", type=click.IntRange(1, PAGE), default=50, show_default=True)
@json_option
def operations(operation_id: int | None, limit: int, as_json: bool) -> None:
    """List bulk actions, newest first; with an ID, show that one row by row."""
    if operation_id is not None:
        found = call_server(lambda client: client.get_operation(operation_id, limit=PAGE))
        print_operation(found, as_json=as_json, everything=True)
        return
    page = call_server(lambda client: client.list_operations(limit=limit))
    print_items(
        page.items,
        ("ID", "At", "Action", "By", "State", "Done", "Skipped", "Conflict", "Undo"),
        lambda one: (
            one.id,
            moment(one.created_at),
            one.action,
            one.operator,
            one.state,
            f"{one.done:,}",
            f"{one.skipped:,}",
            f"{one.conflict:,}",
            _undoing(one),
        ),
        as_json=as_json,
    )


@click.command()
@click.argument("operation_id", type=click.IntRange(1))
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@json_option
def undo(operation_id: int, yes: bool, as_json: bool) -> None:
    """Undo a bulk action, as far as possible."""

    async def work(client: Client) -> Operation:
        before = await client.get_operation(operation_id, limit=1)
        action = before.action.replace("_", " ")
        question = f"Undo {action} of {before.done:,} by {before.operator}?"
        if not yes and not await asyncio.to_thread(agreed, question):
            raise click.Abort
        operation = await client.undo_operation(operation_id)
        return await ended(client, operation)

    print_end(call_server(work), as_json=as_json)


async def ended(
    client: Client, operation: Operation, at: Callable[[int], object] = lambda _: None
) -> Operation:
    """Wait until an operation has ended; `at` is called with the number of finished rows."""
    while operation.state == _RUNNING:
        at(operation.done + operation.skipped + operation.conflict)
        await asyncio.sleep(POLL)
        operation = await client.get_operation(operation.id)
    return operation


def _undoing(operation: Operation) -> str:
    if operation.undoes is not None:
        return f"undo of {operation.undoes}"
    if operation.undone_by is not None:
        return f"undone by {operation.undone_by}"
    return "can be undone" if operation.undoable else ""


def print_operation(operation: Operation, *, as_json: bool, everything: bool = False) -> None:
    """An operation with the rows that were not done, or with all of them."""
    if as_json:
        print_json(operation)
        return
    rows = [
        (one.enrollment_id, one.name, pretty(one.phone), one.outcome, one.why)
        for one in operation.rows
        if everything or one.outcome is not Outcome.DONE
    ]
    if rows:
        print_table(("Enrollment", "Name", "Phone", "Outcome", "Why"), rows)
    action = operation.action.replace("_", " ")
    what = f"Operation {operation.id}, {action}, is {operation.state}"
    if operation.undoes is not None:
        what = f"Undid operation {operation.undoes}"
    told = (
        f"{what}: {operation.done:,} done, {operation.skipped:,} skipped,"
        f" {operation.conflict:,} in conflict"
    )
    if operation.with_carrier:
        told += f", {operation.with_carrier:,} already with the carrier"
    say(f"{told}.")


def print_end(operation: Operation, *, as_json: bool) -> None:
    """Print an operation that has ended; exit code 3 if not every row was done."""
    print_operation(operation, as_json=as_json)
    if operation.skipped or operation.conflict:
        raise SystemExit(SOME_LEFT)
