"""`enroll`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

import click
import msgspec

from common.client import Client
from common.model.enrolling import Enrollees, EnrollResult, NotEnrolled
from common.phones import pretty
from common.terminal import clean
from tui.client.enrollees import by_phone, parts, together
from tui.commands.identifiers import read_id
from tui.commands.lookup import call_server, find_group, find_sequence
from tui.commands.output import (
    SOME_LEFT,
    json_option,
    moment,
    print_json,
    print_table,
    progress,
    say,
)
from tui.state.wording import counted

_ORDER: Final = {"refused": -1, "skipped": 1}
"""Refused numbers come first, contacts who are already enrolled last."""
SHOWN: Final = 10
"""How many of those not pending are listed; --json lists more."""


@click.command()
@click.argument("sequence")
@click.argument("source", required=False, type=click.Choice(["-"]), metavar="[-]")
@click.option("--contact-id", "contact_ids", type=click.IntRange(1), multiple=True)
@click.option(
    "--phone", "phones", multiple=True, help="A phone number; a new one becomes a contact."
)
@click.option("--group", help="Everyone in a group, given by name or id.")
@click.option("--q", help="Every contact that matches this search.")
@click.option("--everybody", is_flag=True, help="Every contact.")
@click.option("--dry-run", is_flag=True, help="Only show what would happen.")
@json_option
def enroll(
    sequence: str,
    source: str | None,
    contact_ids: tuple[int, ...],
    phones: tuple[str, ...],
    group: str | None,
    q: str | None,
    everybody: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Enroll contacts in a SEQUENCE, given by name or id.

    With - phone numbers or contact ids are read from standard input, one per line: #123, or up to
    six digits, is a contact's id; anything else is a phone number. Exit code 3 if anyone was
    refused or skipped, unless they are already pending in this sequence.
    """
    given = [contact_ids, phones, group, q, everybody, source]
    if sum(bool(one) for one in given) != 1:
        raise click.UsageError(
            "Choose who: give exactly one of --contact-id, --phone, --group, --q, --everybody, or"
            " - for standard input."
        )
    if source:
        contact_ids, phones = _read_lines(sys.stdin)

    async def work(client: Client) -> EnrollResult:
        sequence_id = (await find_sequence(client, sequence)).id
        if group is not None or q is not None or everybody:
            group_id = None if group is None else (await find_group(client, group)).id
            return await client.enroll(
                sequence_id,
                Enrollees(group_id=group_id, q=q, everybody=everybody, dry_run=dry_run),
            )
        result = None
        done = 0
        with progress("enrolling", len(contact_ids) + len(phones)) as at:
            named = await by_phone(client, contact_ids, phones)
            for part in (part for one in named for part in parts(one)):
                came = await client.enroll(
                    sequence_id, msgspec.structs.replace(part, dry_run=dry_run)
                )
                result = together(result, came)
                done += came.asked
                at(done)
        if result is None:
            raise click.UsageError("Standard input is empty.")
        return result

    result = call_server(work)
    if as_json:
        print_json(result)
    else:
        _tell(result)
    if {*result.refused, *result.skipped} - {NotEnrolled.ALREADY_PENDING}:
        raise SystemExit(SOME_LEFT)


def _read_lines(lines: Iterable[str]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Read contact ids and phone numbers, one per line. Any other line is a usage error."""
    ids: list[int] = []
    phones: list[str] = []
    for number, line in enumerate(lines, 1):
        word = line.strip()
        if not word:
            continue
        ident = read_id(word)
        if ident is not None:
            ids.append(ident)
        elif any(char.isdigit() for char in word) and not word.startswith("#"):
            phones.append(word)
        else:
            raise click.UsageError(
                f"Standard input, line {number}: {clean(word[:40])!r} is neither a contact's id,"
                " like #17, nor a phone number, like +14155550142."
            )
    return tuple(ids), tuple(phones)


def _tell(result: EnrollResult) -> None:
    first = sorted(result.turned, key=lambda one: _ORDER.get(one.outcome, 0))[:SHOWN]
    if first:
        rows = ((pretty(one.phone), one.outcome, one.why) for one in first)
        print_table(("Phone", "Outcome", "Why"), rows)
    turned = len(result.turned) + result.turned_omitted
    if turned > len(first):
        say(f"… and {turned - len(first):,} more. --json lists the first 1,000.")
    omitted = sum(result.omitted.values())
    parts = []
    if result.pending or not result.asked:
        parts.append(f"{result.pending:,} pending")
    if omitted:
        parts.append(f"{omitted:,} omitted ({_by_reason(result.omitted)})")
    for word, counts in (("skipped", result.skipped), ("refused", result.refused)):
        if counts:
            parts.append(f"{sum(counts.values()):,} {word} ({_by_reason(counts)})")
    enrolled = result.pending + omitted
    who = f"{enrolled:,}" + (f" of {result.asked:,}" if enrolled != result.asked else "")
    would = "Would enroll" if result.dry_run else "Enrolled"
    say(f"{would} {who}: {', '.join(parts)}.")
    if result.first_text_at:
        say(
            f"First text {moment(result.first_text_at)}, last {moment(result.last_text_at)};"
            f" {counted(result.segments, 'segment')} if nobody replies."
        )


def _by_reason(counts: dict[str, int]) -> str:
    if len(counts) == 1:
        return next(iter(counts)).replace("_", " ")
    return ", ".join(f"{n:,} {why.replace('_', ' ')}" for why, n in counts.items())
