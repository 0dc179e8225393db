"""`enroll`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

import click
import msgspec

from common.client import Client
from common.model.enrolling import Enrollees, EnrollResult
from common.phones import pretty
from tui.commands.asking import ask, find_group, find_sequence
from tui.commands.telling import (
    SOME_LEFT,
    counted,
    json_option,
    moment,
    progress,
    say,
    tell_json,
    tell_table,
)

AT_ONCE: Final = 50_000
_CONTACT_ID: Final = re.compile(r"[1-9][0-9]{0,8}")
"""Fewer digits than any phone number has."""


@click.command()
@click.argument("sequence")
@click.argument("source", required=False, type=click.Choice(["-"]), metavar="[-]")
@click.option("--contact-id", "contact_ids", type=click.IntRange(1), multiple=True)
@click.option("--phone", "phones", multiple=True, help="Nobody's yet becomes a contact.")
@click.option("--group", help="Everyone in a group, by its name or id.")
@click.option("--q", help="Every contact that this search finds.")
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@json_option
def enroll(
    sequence: str,
    source: str | None,
    contact_ids: tuple[int, ...],
    phones: tuple[str, ...],
    group: str | None,
    q: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Enroll people in a SEQUENCE, by its name or id; - reads phones or contact ids, one a line.

    Exit code 3 if somebody was refused.
    """
    given = [contact_ids, phones, group, q, source]
    if sum(bool(one) for one in given) != 1:
        raise click.UsageError(
            "Say whom: exactly one of --contact-id, --phone, --group, --q, or - for standard input."
        )
    if source:
        contact_ids, phones = _read_lines(sys.stdin)

    async def work(client: Client) -> EnrollResult:
        sequence_id = (await find_sequence(client, sequence)).id
        if group is not None or q is not None:
            group_id = None if group is None else (await find_group(client, group)).id
            return await client.enroll(
                sequence_id, Enrollees(group_id=group_id, q=q, dry_run=dry_run)
            )
        result = None
        done = 0
        with progress("enrolling", len(contact_ids) + len(phones)) as at:
            for part in _parts(contact_ids, phones, dry_run):
                came = await client.enroll(sequence_id, part)
                result = came if result is None else _together(result, came)
                done += came.asked
                at(done)
        if result is None:
            raise click.UsageError("Nobody was named on standard input.")
        return result

    result = ask(work)
    if as_json:
        tell_json(result)
    else:
        _tell(result)
    if result.refused:
        raise SystemExit(SOME_LEFT)


def _read_lines(lines: Iterable[str]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Contact ids and phones; a line of at most nine digits is an id. Not both."""
    ids: list[int] = []
    phones: list[str] = []
    for line in lines:
        word = line.strip()
        if not word:
            continue
        if _CONTACT_ID.fullmatch(word):
            ids.append(int(word))
        else:
            phones.append(word)
    if ids and phones:
        raise click.UsageError(
            f"Standard input has both contact ids ({ids[0]}) and phones ({phones[0][:20]!r});"
            " send them apart."
        )
    return tuple(ids), tuple(phones)


def _parts(contact_ids: Sequence[int], phones: Sequence[str], dry_run: bool) -> Iterator[Enrollees]:
    ids, numbers = iter(contact_ids), iter(phones)
    while some := tuple(islice(ids, AT_ONCE)):
        yield Enrollees(contact_ids=some, dry_run=dry_run)
    while called := tuple(islice(numbers, AT_ONCE)):
        yield Enrollees(phones=called, dry_run=dry_run)


def _together(one: EnrollResult, other: EnrollResult) -> EnrollResult:
    firsts = [at for at in (one.first_text_at, other.first_text_at) if at]
    lasts = [at for at in (one.last_text_at, other.last_text_at) if at]
    return msgspec.structs.replace(
        one,
        asked=one.asked + other.asked,
        pending=one.pending + other.pending,
        omitted=_sum(one.omitted, other.omitted),
        skipped=_sum(one.skipped, other.skipped),
        refused=_sum(one.refused, other.refused),
        first_text_at=min(firsts, default=None),
        last_text_at=max(lasts, default=None),
        segments=one.segments + other.segments,
        turned=one.turned + other.turned,
        turned_omitted=one.turned_omitted + other.turned_omitted,
    )


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in (*one, *other)}


def _tell(result: EnrollResult) -> None:
    if result.turned:
        rows = ((pretty(one.phone), one.outcome, one.why) for one in result.turned)
        tell_table(("Phone", "Outcome", "Why"), rows)
    if result.turned_omitted:
        say(f"… and {result.turned_omitted:,} more.")
    counts = {
        "omitted": sum(result.omitted.values()),
        "skipped": sum(result.skipped.values()),
        "refused": sum(result.refused.values()),
    }
    told = "".join(f", {n:,} {word}" for word, n in counts.items())
    would = "Would enroll" if result.dry_run else "Enrolled"
    say(f"{would} of {result.asked:,}: {result.pending:,} pending{told}.")
    if result.first_text_at:
        say(
            f"First text {moment(result.first_text_at)}, last {moment(result.last_text_at)};"
            f" {counted(result.segments, 'segment')} if nobody replies."
        )
