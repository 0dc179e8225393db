"""`enrollments` and `explain`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import click

from common.client import Client
from common.model.listing import ListedEnrollment, Sort
from common.phones import pretty
from common.terminal import clean
from tui.commands.asking import PAGE, ask, find_sequence
from tui.commands.telling import counted, json_option, moment, say, tell_json, tell_table


@click.command()
@click.argument("sequence")
@click.argument("q", default="")
@click.option("--sort", type=click.Choice(get_args(Sort)), default="name", show_default=True)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--all", "everybody", is_flag=True, help="All that match.")
@json_option
def enrollments(
    sequence: str, q: str, sort: Any, limit: int, everybody: bool, as_json: bool
) -> None:
    """Who is enrolled in a SEQUENCE, by its name or id, and how they stand.

    Q is a filter, like 'status:failed step:2 abe'. What changes meanwhile moves no row.
    """

    async def work(client: Client) -> None:
        found = await find_sequence(client, sequence)
        most = sys.maxsize if everybody else limit
        page = await client.list_enrollments(found.id, q, sort=sort, limit=min(PAGE, most))
        total, shown = page.total, 0
        while page.items:
            _tell(page.items, as_json=as_json, header=shown == 0)
            shown += len(page.items)
            if shown >= min(total, most):
                break
            page = await client.list_enrollments(
                found.id, offset=shown, limit=min(PAGE, most - shown), snapshot=page.snapshot
            )
        say(f"{shown:,} of {total:,} that match, {counted(page.enrolled, 'enrollment')} in all")

    ask(work)


def _tell(items: tuple[ListedEnrollment, ...], *, as_json: bool, header: bool) -> None:
    if as_json:
        for one in items:
            tell_json(one)
        return
    columns = ("ID", "Name", "Phone", "Step", "Status", "Next", "By")
    tell_table(columns, _rows(items), header=header)


def _rows(items: Iterable[ListedEnrollment]) -> Iterator[tuple[object, ...]]:
    for one in items:
        why = one.reason_label or one.hold_label
        yield (
            one.id,
            f"{one.contact.last_name}, {one.contact.first_name}".strip(", "),
            pretty(one.contact.phone),
            "–" if one.step is None else f"{one.step}/{one.steps}",
            f"{one.status_label} · {why}" if why else one.status_label,
            moment(one.due_at, one.contact.zone),
            one.enrolled_by.name,
        )


@click.command()
@click.argument("enrollment_id", type=click.IntRange(1))
@json_option
def explain(enrollment_id: int, as_json: bool) -> None:
    """Why an enrollment stands as it does, what happens next, and what holds it."""
    told = ask(lambda client: client.explain(enrollment_id))
    if as_json:
        tell_json(told)
        return
    contact = told.enrollment.contact
    name = f"{contact.first_name} {contact.last_name}".strip()
    click.echo(clean(f"{name or 'No name'}, {pretty(contact.phone)}"))
    for sentence in told.sentences:
        click.echo(clean(sentence))
