"""`reviews` and `suppressions`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

import click

from common.client import Client
from common.model.messages import Verdict
from common.phones import pretty
from tui.commands.asking import PAGE, ask
from tui.commands.naming import digits, one_number
from tui.commands.telling import json_option, moment, say, tell_json, tell_table
from tui.state.wording import counted


@click.group()
def reviews() -> None:
    """Texts that sound like an opt-out, and wait for somebody to say what they are."""


@reviews.command("list")
@json_option
def list_reviews(as_json: bool) -> None:
    """Open reviews, the oldest first."""

    async def work(client: Client) -> None:
        shown, total = 0, 1
        while shown < total:
            page = await client.list_reviews(offset=shown, limit=PAGE)
            total = page.total
            if not page.items:
                break
            if as_json:
                for one in page.items:
                    tell_json(one)
            else:
                rows = (
                    (one.id, moment(one.opened_at), one.name, pretty(one.phone), one.held, one.body)
                    for one in page.items
                )
                columns = ("ID", "At", "Name", "Phone", "Held", "Text")
                tell_table(columns, rows, header=shown == 0)
            shown += len(page.items)
        say(f"{counted(shown, 'open review')}.")

    ask(work)


@reviews.command("decide")
@click.argument("review_id", type=click.IntRange(1))
@click.argument("verdict", type=click.Choice(get_args(Verdict)))
@json_option
def decide(review_id: int, verdict: Any, as_json: bool) -> None:
    """Say what a text is: reply, opt_out, wrong_number or harmless."""
    decided = ask(lambda client: client.decide_review(review_id, verdict))
    if as_json:
        tell_json(decided)
    else:
        say(f"The text of {pretty(decided.phone)} is {decided.verdict}.")


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
    """Numbers that must not be texted."""


@suppressions.command("list")
@click.argument("q", default="", metavar="[DIGITS]")
@click.option("--lifted", is_flag=True, help="Past ones, too.")
@click.option("--untexted", is_flag=True, help="Only of numbers that we never texted.")
@json_option
def list_suppressions(q: str, lifted: bool, untexted: bool, as_json: bool) -> None:
    """Suppressions, newest first; DIGITS narrow."""

    async def work(client: Client) -> None:
        shown, total = 0, 1
        while shown < total:
            page = await client.list_suppressions(
                q, lifted=lifted, texted=False if untexted else None, offset=shown, limit=PAGE
            )
            total = page.total
            if not page.items:
                break
            if as_json:
                for one in page.items:
                    tell_json(one)
            else:
                rows = (
                    (
                        pretty(one.phone),
                        one.source,
                        moment(one.created_at),
                        one.created_by,
                        one.note,
                        moment(one.lifted_at),
                    )
                    for one in page.items
                )
                columns = ("Phone", "Source", "Since", "By", "Note", "Lifted")
                tell_table(columns, rows, header=shown == 0)
            shown += len(page.items)
        say(f"{counted(shown, 'suppression')}.")

    ask(work)


@suppressions.command("lift")
@click.argument("phone")
def lift(phone: str) -> None:
    """Lift an operator's or an import's suppression. One by the contact stays.

    PHONE in any form that 'contacts suppress' takes.
    """

    async def work(client: Client) -> str:
        page = await client.list_suppressions(digits(phone).lstrip("0"), limit=PAGE)
        number = one_number(phone, [one.phone for one in page.items], "suppression")
        await client.lift_suppression(number)
        return number

    number = ask(work)
    say(f"Lifted; what it ended stays ended. {pretty(number)} can be enrolled again.")


@suppressions.command("lift-untexted")
@click.option("--since", required=True, callback=_instant, help="From then on.")
@click.option("--until", required=True, callback=_instant, help="Before then.")
@click.option("--dry-run", is_flag=True, help="Only count them.")
@json_option
def lift_untexted(since: datetime, until: datetime, dry_run: bool, as_json: bool) -> None:
    """Lift keyword suppressions of numbers that we never texted, as an admin.

    For a flood of invented opt-outs. Look at them first with 'suppressions list --untexted'.
    Times are written with their zone, like 2026-11-02T14:00:00Z.
    """
    done = ask(lambda client: client.lift_untexted(since, until, dry_run=dry_run))
    if as_json:
        tell_json(done)
    else:
        say(f"{counted(done.lifted, 'suppression')} {'would be ' if dry_run else ''}lifted.")
