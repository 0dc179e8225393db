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
from tui.state.wording import counted


@click.group()
def reviews() -> None:
    """List and classify texts that may be an opt-out."""


@reviews.command("list")
@json_option
def list_reviews(as_json: bool) -> None:
    """List open reviews, oldest first."""

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
    """Classify a text as reply, opt_out, wrong_number or harmless."""
    decided = call_server(lambda client: client.decide_review(review_id, verdict))
    if as_json:
        print_json(decided)
    else:
        say(f"Marked the text from {pretty(decided.phone)} as {verdict.replace('_', ' ')}.")
