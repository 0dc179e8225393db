"""`contacts show` and `contacts edit`: one contact and their history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from msgspec import UNSET

from common.client import Client
from common.model.contacts import ContactChange, ContactDetail
from common.model.explanation import Timeline, TimelineEvent, TimelineText
from common.output import show
from common.phones import pretty
from common.vocabulary import Direction
from tui.commands.identifiers import find_contact
from tui.commands.lookup import call_server
from tui.commands.output import json_option, moment, pairs, print_json, say
from tui.commands.pages import PAGE
from tui.state.timeline import visible_items


@click.command("show")
@click.argument("who", metavar="ID|PHONE")
@click.option("--limit", type=click.IntRange(1, PAGE), default=50, show_default=True)
@json_option
def show_contact(who: str, limit: int, as_json: bool) -> None:
    """Show a contact: details, groups, suppressions and history, newest last."""

    async def work(client: Client) -> tuple[ContactDetail, Timeline]:
        ident = await find_contact(client, who)
        return await client.get_contact(ident), await client.timeline(ident, limit=limit)

    contact, timeline = call_server(work)
    if as_json:
        print_json({"contact": contact, "timeline": timeline})
        return
    for line in _details(contact):
        show(line)
    show()
    zone = contact.zone or next(iter(contact.number_zones), None)
    for item in visible_items(timeline.items):
        words = _text(item.text) if item.text else _event(item.event) if item.event else ""
        show(f"{moment(item.at, zone)}  {words}")
    if timeline.earlier is not None:
        say(f"Showing the latest {limit:,}. Use --limit to see more.")


def _details(contact: ContactDetail) -> Iterator[str]:
    name = f"{contact.first_name} {contact.last_name}".strip()
    yield f"{name or 'No name'}, {pretty(contact.phone)}"
    yield f"Contact {contact.id}, added by {contact.created_by} {moment(contact.created_at)}"
    yield f"Line: {contact.line.kind}" + (
        f" ({contact.line.source})" if contact.line.source else ""
    )
    by_number = ", ".join(contact.number_zones)
    yield f"Time zone: {contact.zone or f'{by_number} (from the number)'}"
    if contact.region:
        yield f"Region: {contact.region}"
    for field, value in contact.fields.items():
        yield f"{field} = {value}"
    if contact.groups:
        yield f"Groups: {', '.join(group.name for group in contact.groups)}"
    for one in contact.suppressions:
        by = f" by {one.created_by}" if one.created_by else ""
        note = f": {one.note}" if one.note else ""
        yield f"Suppressed ({one.source}) since {moment(one.created_at)}{by}{note}"


def _text(text: TimelineText) -> str:
    if text.direction is Direction.IN:
        reading = f" ({text.reading.replace('_', ' ')})" if text.reading else ""
        return f"← {text.body}{reading}"
    what = f"step {text.step}" if text.step else text.kind.value
    what = f"{text.sequence}, {what}" if text.sequence else what
    return f"→ {text.body} ({what}: {text.fate})"


def _event(event: TimelineEvent) -> str:
    return f"{event.sequence}: {event.sentence}" if event.sequence else event.sentence


@click.command("edit")
@click.argument("who", metavar="ID|PHONE")
@click.option("--phone", help="The new phone number.")
@click.option("--first-name")
@click.option("--last-name")
@click.option("--zone", help="An IANA time zone. Use '' for the one of the number.")
@click.option("--region", help="A state or province. Use '' for the one of the number.")
@click.option("--line", type=click.Choice(["mobile", "landline", "voip"]))
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME=VALUE",
    callback=pairs,
    help="Can be repeated. NAME= removes the field.",
)
@json_option
def edit_contact(who: str, as_json: bool, **given: Any) -> None:
    """Change a contact. What you do not give stays as it is."""
    fields = {name: value or None for name, value in given.pop("fields").items()}
    change: dict[str, Any] = {
        name: _cleared(name, value) for name, value in given.items() if value is not None
    }
    if not change and not fields:
        raise click.UsageError("Give what to change, like --phone or --first-name.")

    async def work(client: Client) -> ContactDetail:
        ident = await find_contact(client, who)
        await client.change_contact(ident, ContactChange(**change, fields=fields or UNSET))
        return await client.get_contact(ident)

    changed = call_server(work)
    if as_json:
        print_json(changed)
        return
    for line in _details(changed):
        show(line)


def _cleared(name: str, value: str) -> str | None:
    return None if value == "" and name in {"zone", "region"} else value
