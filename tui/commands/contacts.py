"""`contacts`: list, show, add, edit, import, suppress."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Any, Final

import click

from common.client import Client
from common.model.contacts import Contact, ImportOutcome, NewContact, Reject
from common.output import show
from common.phones import pretty
from tui.client.people_file import blocks, form_of
from tui.commands.contact_details import edit_contact, show_contact
from tui.commands.errors import unreadable
from tui.commands.lookup import call_server, find_or_make_group
from tui.commands.output import (
    SOME_LEFT,
    json_option,
    narrow,
    pairs,
    print_json,
    print_table,
    progress,
    say,
)
from tui.commands.pages import print_list
from tui.state.wording import counted, sentence

COLUMNS: Final = ("ID", "Name", "Phone", "Line", "Suppressed")


@click.group()
def contacts() -> None:
    """List, show, add, edit, import and suppress contacts."""


contacts.add_command(show_contact)
contacts.add_command(edit_contact)


@contacts.command("list")
@click.argument("words", nargs=-1, metavar="[Q]")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--all", "everybody", is_flag=True, help="Show all of them.")
@json_option
def list_contacts(words: tuple[str, ...], limit: int, everybody: bool, as_json: bool) -> None:
    """List contacts. Q matches the start of words in the name, or digits of the phone number."""
    q = " ".join(words)

    async def work(client: Client) -> None:
        done = await print_list(
            lambda offset, limit: client.list_contacts(q, offset=offset, limit=limit),
            COLUMNS,
            as_row,
            as_json=as_json,
            most=sys.maxsize if everybody else limit,
        )
        say(f"Showing {done.shown:,} of {counted(done.total, 'contact')}.")

    call_server(work)


def as_row(one: Contact) -> tuple[object, ...]:
    """The cells of a contact, in the order of `COLUMNS`."""
    name = f"{one.last_name}, {one.first_name}".strip(", ")
    return one.id, name, pretty(one.phone), one.line.kind, ", ".join(one.suppressed)


@contacts.command("add")
@click.argument("phone")
@click.option("--first-name", default="")
@click.option("--last-name", default="")
@click.option("--zone", help="A time zone like America/New_York. Default: the one of the number.")
@click.option("--region", help="A state or province. Default: the one of the number.")
@click.option("--line", type=click.Choice(["mobile", "landline", "voip"]))
@click.option("--field", "fields", multiple=True, metavar="NAME=VALUE", callback=pairs)
@json_option
def add_contact(phone: str, as_json: bool, **given: Any) -> None:
    """Add a contact."""
    added = call_server(lambda client: client.add_contact(NewContact(phone, **given)))
    if as_json:
        print_json(added)
    else:
        say(f"Contact {added.id}: {added.first_name} {added.last_name} {pretty(added.phone)}")


@contacts.command("suppress")
@click.argument("phone")
@click.option("--note", default="", help="Why, for other operators.")
@json_option
def suppress(phone: str, note: str, as_json: bool) -> None:
    """Stop all texts to a phone number, whether or not it belongs to a contact."""
    done = call_server(lambda client: client.suppress(phone, note))
    if as_json:
        print_json(done)
    else:
        before = "" if done.new else " It was suppressed already."
        stopped = counted(done.stopped, "enrollment")
        say(f"{pretty(done.phone)} is suppressed; {stopped} stopped.{before}")


@contacts.command("import")
@click.argument("file", type=click.Path(allow_dash=True, dir_okay=False))
@click.option("--overwrite", is_flag=True, help="Also replace fields that already have a value.")
@click.option("--dry-run", is_flag=True, help="Only show what would happen.")
@click.option(
    "--group",
    metavar="GROUP",
    help="Add the imported contacts to this group. It is created if needed.",
)
@json_option
def import_contacts(
    file: str, overwrite: bool, dry_run: bool, group: str | None, as_json: bool
) -> None:
    """Import contacts from a CSV or NDJSON FILE, or - for standard input. Safe to run again.

    Exit code 3 if rows were rejected; each is shown with line, reason and remedy.
    """

    async def work(client: Client, opened: IO[bytes], size: int | None) -> ImportOutcome:
        group_id = None
        if group is not None:
            group_id = await find_or_make_group(client, group, dry_run=dry_run)
        with progress("importing", size) as at:
            return await client.import_contacts(
                blocks(opened, at),
                form_of(file),
                overwrite=overwrite,
                dry_run=dry_run,
                group_id=group_id,
            )

    try:
        with click.open_file(file, "rb") as opened:
            size = None if file == "-" else Path(file).stat().st_size
            outcome = call_server(lambda client: work(client, opened, size))
    except OSError as error:
        raise unreadable(file, error) from error
    if as_json:
        print_json(outcome)
    else:
        _print_import(outcome)
    if outcome.rejected or outcome.duplicates:
        raise SystemExit(SOME_LEFT)


def _print_import(outcome: ImportOutcome) -> None:
    if outcome.rejects and narrow():
        for one in outcome.rejects:
            show(_as_line(one))
    elif outcome.rejects:
        rows = ((one.line, one.field, one.reason, one.remedy, one.text) for one in outcome.rejects)
        print_table(("Line", "Field", "Reason", "Remedy", "Text"), rows)
    if outcome.rejects_omitted:
        say(f"… and {outcome.rejects_omitted:,} more.")
    would = "would be " if outcome.dry_run else ""
    say(
        f"{counted(outcome.rows, 'row')}: {outcome.added:,} {would}added,"
        f" {outcome.changed:,} changed, {outcome.unchanged:,} unchanged,"
        f" {counted(outcome.duplicates, 'duplicate')}, {outcome.rejected:,} rejected."
    )


def _as_line(one: Reject) -> str:
    where = f"line {one.line}, {one.field}" if one.field else f"line {one.line}"
    return f"{where}: {sentence(one.reason)} {one.remedy} {one.text}".rstrip()
