"""`reviews`: list, decide."""

from __future__ import annotations

from typing import Any, get_args

import click

from common.client import Client
from common.model.messages import Verdict
from common.phones import pretty
from tui.commands.lookup import call_server
from tui.commands.output import json_option, moment, print_json, say
from tui.commands.pages import print_list
from tui.wording import counted


@click.group()
def reviews() -> None:
    """Texts that sound like an opt-out, and wait for somebody to say what they are."""


@reviews.command("list")
@json_option
def list_reviews(as_json: bool) -> None:
    """Open reviews, the oldest first."""

    async def work(client: Client) -> None:
        done = await print_list(
            lambda offset, limit: client.list_reviews(offset=offset, limit=limit),
            ("ID", "At", "Name", "Phone", "Held", "Text"),
            lambda one: (
                one.id,
                moment(one.opened_at),
                one.name,
                pretty(one.phone),
                one.held,
                one.body,
            ),
            as_json=as_json,
        )
        say(f"{counted(done.shown, 'open review')}.")

    call_server(work)


@reviews.command("decide")
@click.argument("review_id", type=click.IntRange(1))
@click.argument("verdict", type=click.Choice(get_args(Verdict)))
@json_option
def decide(review_id: int, verdict: Any, as_json: bool) -> None:
    """Say what a text is: reply, opt_out, wrong_number or harmless."""
    decided = call_server(lambda client: client.decide_review(review_id, verdict))
    if as_json:
        print_json(decided)
    else:
        say(f"The text of {pretty(decided.phone)} is {decided.verdict}.")
