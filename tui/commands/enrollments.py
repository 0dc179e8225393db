"""`enrollments` and `explain`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, get_args

import click

from common.client import Client
from common.model.explanation import Explanation
from common.model.listing import EnrollmentPage, ListedEnrollment, Sort
from common.output import show
from common.phones import pretty
from common.vocabulary import Hold, Reason
from tui.commands.lookup import call_server, find_sequence
from tui.commands.output import (
    Filtered,
    json_option,
    moment,
    narrow,
    print_json,
    say,
)
from tui.commands.pages import print_list
from tui.state.wording import counted


@click.command(cls=Filtered)
@click.argument("sequence")
@click.argument("words", nargs=-1, metavar="[Q]")
@click.option("--sort", type=click.Choice(get_args(Sort)), default="name", show_default=True)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--all", "everybody", is_flag=True, help="Show all that match.")
@json_option
def enrollments(
    sequence: str, words: tuple[str, ...], sort: Any, limit: int, everybody: bool, as_json: bool
) -> None:
    """List who is enrolled in a SEQUENCE, given by name or id, with their status.

    Q is a filter, like 'status:failed step:2 abe'. Changes during the listing move no row.
    """
    q = " ".join(words)

    async def work(client: Client) -> None:
        found = await find_sequence(client, sequence)
        read: list[EnrollmentPage] = []

        async def fetch(offset: int, limit: int) -> EnrollmentPage:
            """The first page creates a snapshot; the others follow its order."""
            if read:
                page = await client.list_enrollments(
                    found.id, offset=offset, limit=limit, snapshot=read[0].snapshot
                )
            else:
                page = await client.list_enrollments(found.id, q, sort=sort, limit=limit)
            read.append(page)
            return page

        most = sys.maxsize if everybody else limit
        done = await print_list(fetch, columns(), as_row, as_json=as_json, most=most)
        enrolled = counted(read[-1].enrolled, "enrollment")
        say(f"Showing {done.shown:,} of {done.total:,} that match, of {enrolled}.")

    call_server(work)


def columns() -> tuple[str, ...]:
    """The columns of a list of enrollments, as many as fit on the screen."""
    first = ("ID", "Name", "Phone", "Step", "Status", "Why")
    return first if narrow() else (*first, "Next", "By")


def as_row(one: ListedEnrollment) -> tuple[object, ...]:
    """The cells of an enrollment, in the order of `columns`; where the screen is narrow, `Why`
    also says when the next text goes.
    """
    zone = one.contact.zone
    why = one.reason_label or one.hold_label or ""
    if narrow() and one.due_at is not None:
        due = f"next {moment(one.due_at, zone, year=False)}"
        why = f"{due}, {why}" if why else due
    first = (
        one.id,
        f"{one.contact.last_name}, {one.contact.first_name}".strip(", "),
        pretty(one.contact.phone),
        "–" if one.step is None else f"{one.step}/{one.steps}",
        one.status_label,
        why,
    )
    return first if narrow() else (*first, moment(one.due_at, zone), one.enrolled_by.name)


@click.command()
@click.argument("enrollment_id", type=click.IntRange(1))
@json_option
def explain(enrollment_id: int, as_json: bool) -> None:
    """Explain an enrollment's status: why, what happens next, and what it waits for."""

    async def work(client: Client) -> tuple[Explanation, str]:
        told = await client.explain(enrollment_id)
        return told, (await client.get_sequence(told.enrollment.sequence_id)).name

    told, sequence = call_server(work)
    if as_json:
        print_json(told)
        return
    contact = told.enrollment.contact
    name = f"{contact.first_name} {contact.last_name}".strip()
    show(f"{name or 'No name'}, {pretty(contact.phone)}, in {sequence}")
    for sentence in told.sentences:
        show(sentence)
    for command in _helping(told):
        show(f"    {command}")


def _helping(told: Explanation) -> Iterator[str]:
    """The commands that carry out the remedy, or show more."""
    row = told.enrollment
    contact = row.contact.id
    if row.reason in {Reason.LANDLINE_PLAN, Reason.LANDLINE_LOOKUP, Reason.LANDLINE_CARRIER}:
        yield f"drumbeat contacts edit {contact} --phone NUMBER, or --line mobile"
    elif row.reason is Reason.INVALID_NUMBER:
        yield f"drumbeat contacts edit {contact} --phone NUMBER"
    elif row.reason in {Reason.SUPPRESSED_BY_OPERATOR, Reason.SUPPRESSED_BY_IMPORT}:
        yield f"drumbeat suppressions lift {row.contact.phone}"
    elif row.hold is Hold.MISSING_FIELD:
        yield f"drumbeat contacts edit {contact} --field {row.hold_detail or 'NAME'}=VALUE"
    if told.retryable:
        yield f"drumbeat retry --id {row.id}"
    if told.review is not None:
        yield f"drumbeat reviews decide {told.review.id} reply|opt_out|wrong_number|harmless"
    yield f"drumbeat contacts show {contact}"
