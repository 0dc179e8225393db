"""`suppressions`: list, lift, lift-untexted."""

from __future__ import annotations

from datetime import datetime

import click

from common.client import Client
from common.model.contacts import Suppression
from common.phones import pretty
from tui.commands.identifiers import digits, one_number
from tui.commands.lookup import call_server
from tui.commands.output import json_option, moment, print_json, say
from tui.commands.pages import PAGE, print_list
from tui.state.wording import counted


def _instant(_: click.Context, __: click.Parameter, value: str) -> datetime:
    remedy = "write a time with its zone, like 2026-11-02T14:00:00Z."
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(remedy) from error
    if at.tzinfo is None:
        raise click.BadParameter(remedy)
    return at


@click.group()
def suppressions() -> None:
    """List and lift suppressions: phone numbers that must not be texted."""


@suppressions.command("list")
@click.argument("q", default="", metavar="[DIGITS]")
@click.option("--lifted", is_flag=True, help="Include lifted ones.")
@click.option("--untexted", is_flag=True, help="Only numbers that were never texted.")
@json_option
def list_suppressions(q: str, lifted: bool, untexted: bool, as_json: bool) -> None:
    """List suppressions, newest first. DIGITS matches the phone number."""

    def row(one: Suppression) -> tuple[object, ...]:
        since, lifted_at = moment(one.created_at), moment(one.lifted_at)
        return pretty(one.phone), one.source, since, one.created_by, one.note, lifted_at

    async def work(client: Client) -> None:
        done = await print_list(
            lambda offset, limit: client.list_suppressions(
                q, lifted=lifted, texted=False if untexted else None, offset=offset, limit=limit
            ),
            ("Phone", "Source", "Since", "By", "Note", "Lifted"),
            row,
            as_json=as_json,
        )
        say(f"{counted(done.shown, 'suppression')}.")

    call_server(work)


@suppressions.command("lift")
@click.argument("phone")
def lift(phone: str) -> None:
    """Lift a suppression made by an operator or an import. A contact's own opt-out stays.

    PHONE can have any form that 'contacts suppress' accepts.
    """

    async def work(client: Client) -> str:
        page = await client.list_suppressions(digits(phone).lstrip("0"), limit=PAGE)
        number = one_number(phone, [one.phone for one in page.items], "suppression")
        await client.lift_suppression(number)
        return number

    number = call_server(work)
    say(f"Lifted. Enrollments that it ended stay ended; {pretty(number)} can be enrolled again.")


@suppressions.command("lift-untexted")
@click.option("--since", required=True, callback=_instant, help="From this time on.")
@click.option("--until", required=True, callback=_instant, help="Before this time.")
@click.option("--dry-run", is_flag=True, help="Only count them.")
@json_option
def lift_untexted(since: datetime, until: datetime, dry_run: bool, as_json: bool) -> None:
    """Lift keyword suppressions of numbers that were never texted. Admins only.

    Use it after a flood of fake opt-outs. Check them first with 'suppressions list --untexted'.
    Times are written with their zone, like 2026-11-02T14:00:00Z.
    """
    done = call_server(lambda client: client.lift_untexted(since, until, dry_run=dry_run))
    if as_json:
        print_json(done)
    else:
        say(f"{counted(done.lifted, 'suppression')} {'would be ' if dry_run else ''}lifted.")
