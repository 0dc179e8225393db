"""Who and what is in a demo: sequences, people whose numbers decide what becomes of their texts.

Everything goes through the API, and everybody is aged by the engine itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from common.client import Client
from common.model.contacts import NewContact
from common.model.enrolling import Enrollees
from common.model.operations import NewOperation, Selection
from common.model.sequences import Delay, SequenceDocument, StepDocument, WindowSpan
from common.samples import Sample, sample_people
from common.vocabulary import OnReply, OperationAction

NEWCOMERS: Final = 1_000
"""The most who come while a demo runs."""
WAVES: Final = 8
"""People come in so many waves, a day apart: some are through, some are about to begin."""
DAY: Final = 86_400
_SUPPRESSED: Final = 4
_LANDLINES: Final = 4
_FINISHED: Final = 4
_DAILY: Final = (WindowSpan(days="daily", start="08:00", to="21:00"),)

HIRING: Final = SequenceDocument(
    "Spring hiring 2026",
    window=_DAILY,
    steps=(
        StepDocument(
            "Hi {{ first_name | default: 'there' }}, Ana from {{ company | default: 'Acme' }}."
            " Still looking for work? Reply STOP to opt out.",
            Delay(minutes=0),
        ),
        StepDocument("We have two openings near you. Interested?", Delay(days=1)),
        StepDocument("Shall we keep your details for summer?", Delay(days=2)),
        StepDocument("Thanks for your time. You can still answer here.", Delay(days=3)),
    ),
)
CHECKUPS: Final = SequenceDocument(
    "Checkup reminders",
    window=_DAILY,
    on_reply=OnReply.CONTINUE,
    steps=(
        StepDocument(
            "{{ first_name | default: 'Hello' }}, your yearly checkup is due. Call us to book."
            " Reply STOP to opt out.",
            Delay(hours=1),
        ),
        StepDocument("A reminder: your checkup is still due.", Delay(days=2)),
    ),
)


class Troupe(NamedTuple):
    """The sequences by id, the people who are contacts, and those who have not come yet."""

    sequence_ids: tuple[int, ...]
    people: tuple[Sample, ...]
    waiting: Iterator[Sample]


async def fill(client: Client, seed: int, count: int) -> Troupe:
    """Make sequences that run, and import people; some are not to be texted from the start."""
    sequence_ids = []
    for document in (HIRING, CHECKUPS):
        applied = await client.apply_sequence(document)
        assert applied.id is not None
        await client.activate(applied.id)
        sequence_ids.append(applied.id)
    waiting = sample_people(seed)
    people = tuple(islice(waiting, count))
    await client.import_contacts(_file(people), "application/x-ndjson")
    for one in people[:_SUPPRESSED]:
        await client.suppress(one.phone, "asked on the phone")
    return Troupe(tuple(sequence_ids), people, waiting)


async def age(client: Client, troupe: Troupe) -> None:
    """Enroll wave after wave, a day apart; each step, reply and report comes at its own time."""
    hiring, checkups = troupe.sequence_ids
    for wave in range(WAVES):
        phones = [one.phone for one in troupe.people[wave::WAVES]]
        await client.enroll(hiring, Enrollees(phones=tuple(phones)))
        await client.enroll(checkups, Enrollees(phones=tuple(phones[::3])))
        if wave == WAVES // 2:
            await _finish_some(client, hiring)
        if wave + 1 < WAVES:
            await client.advance_clock(DAY)


async def _finish_some(client: Client, sequence_id: int) -> None:
    page = await client.list_enrollments(
        sequence_id, "status:pending", sort="-name", limit=_FINISHED
    )
    chosen = Selection(ids=tuple(one.id for one in page.items))
    await client.add_operation(NewOperation(OperationAction.FINISH, chosen))


async def enroll_newcomer(client: Client, troupe: Troupe) -> None:
    """One more person, in the first sequence; nobody when all numbers are used."""
    one = next(troupe.waiting, None)
    if one is None:
        return
    added = await client.add_contact(
        NewContact(one.phone, one.first_name, one.last_name, fields={"company": one.company})
    )
    await client.enroll(troupe.sequence_ids[0], Enrollees(contact_ids=(added.id,)))


async def _file(people: Iterable[Sample]) -> AsyncIterator[bytes]:
    """The people as NDJSON; a few are said to have landlines."""
    for n, one in enumerate(people):
        row = {
            "phone": one.phone,
            "first_name": one.first_name,
            "last_name": one.last_name,
            "company": one.company,
        }
        if _SUPPRESSED <= n < _SUPPRESSED + _LANDLINES:
            row["line_type"] = "landline"
        yield msgspec.json.encode(row) + b"\n"
