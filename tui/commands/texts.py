"""`reviews` and `suppressions`."""

from __future__ import annotations

from typing import Any, get_args

import click

from common.client import Client
from common.model.messages import Verdict
from common.phones import pretty
from tui.commands.asking import PAGE, ask
from tui.commands.naming import digits, one_number
from tui.commands.telling import json_option, moment, say, tell_json, tell_table
from tui.wording import counted


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


@click.group()
def suppressions() -> None:
    """Numbers that must not be texted."""


@suppressions.command("list")
@click.argument("q", default="", metavar="[DIGITS]")
@click.option("--lifted", is_flag=True, help="Past ones, too.")
@json_option
def list_suppressions(q: str, lifted: bool, as_json: bool) -> None:
    """Suppressions, newest first; DIGITS narrow."""

    async def work(client: Client) -> None:
        shown, total = 0, 1
        while shown < total:
            page = await client.list_suppressions(q, lifted=lifted, offset=shown, limit=PAGE)
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
