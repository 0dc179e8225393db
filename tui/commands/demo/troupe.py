"""The people of a demo, and their history before it opens.

Everything goes through the API, and the engine itself creates the history: each phone number
decides what happens to the texts sent to it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

import msgspec

from common.client import ApiProblem, Client
from common.model.contacts import NewContact
from common.model.enrolling import Enrollees
from common.model.operations import NewOperation, Selection
from common.model.sequences import SequenceDocument
from common.samples import Sample, sample_people
from common.vocabulary import OperationAction, Role
from tui.commands.demo.sequences import CHECKUPS, HIRING, INTERNS, SURVEY, open_house

OPERATOR: Final = "ana"
"""The operator of the demo's screen."""
NEWCOMERS: Final = 1_000
"""The most new contacts while a demo runs."""
WAVES: Final = 8
"""People are enrolled in this many waves, a day apart, so that they are at different steps."""
DAY: Final = 86_400
_OTHER: Final = "li"
_SUPPRESSED: Final = 4
_LANDLINES: Final = 4
_FINISHED: Final = 4
_WITHOUT_DOCTOR: Final = 7
"""One in this many contacts has no doctor field."""
_NAMES: Final = (
    ("花子", "山田"),
    ("María José", "Álvarez-Åkesson"),
    ("Bartholomew Maximilian", "Featherstonehaugh-Cholmondeley"),
    ("Łukasz", "Żółć"),
    ("민준", "김"),
    ("Thị Phượng", "Nguyễn"),
    ("Ayşe", "Özgür-Çağlayan"),
    ("D’Artagnan", "O’Neill"),
    ("", ""),
)
"""Names that are hard to display, for some of the people; the last has none."""
_WANTED: Final = (
    "78", "70", "76", "71", "72", "78", "79", "73", "77", "86",
    "87", "82", "70", "71", "72", "70", "71", "72", "73", "74",
)  # fmt: skip
"""Endings of phone numbers, and so outcomes, that every demo has."""
_FIRST_NAMED: Final = 9
_NAMED_EVERY: Final = 4


async def play(client: Client, seed: int, count: int) -> None:
    """Create operators, sequences, people and their history, as an admin on a manual clock."""
    people = _people(seed, count)
    ana = await client.add_operator(OPERATOR, Role.ADMIN)
    li = await client.add_operator(_OTHER, Role.OPERATOR)
    assert ana.token is not None and li.token is not None  # noqa: PT018 # both are new
    async with Client(client.url, ana.token) as first, Client(client.url, li.token) as second:
        await _import(first, people)
        began = (await first.me()).now
        hiring, checkups, survey, house, interns = [
            await _make(first, document)
            for document in (HIRING, CHECKUPS, SURVEY, open_house(began), INTERNS)
        ]
        for one in (hiring, checkups, survey, house):
            await first.activate(one)
        await first.enroll(interns, _phones(people[1::16]))
        await second.enroll(house, _phones(people[2::9]))
        for wave in range(WAVES):
            who = people[wave::WAVES]
            of_day = (first, second)[wave % 2]
            if wave == WAVES - 2:
                await second.pause(survey)
            for sequence_id, enrollees in (
                (hiring, who),
                (checkups, who[::3]),
                (survey, who[1::6]),
            ):
                await of_day.enroll(sequence_id, _phones(enrollees))
                await first.advance_clock(0)
            if wave == WAVES // 2:
                await _act(first, second, hiring)
            await first.advance_clock(DAY if wave + 1 < WAVES else 0)


async def enroll_newcomer(client: Client, waiting: Iterator[Sample]) -> None:
    """Enroll one more person in the first sequence, until all numbers are used.

    Nobody is enrolled if the user of the demo has added the number already, or has renamed or
    archived the sequence.
    """
    one = next(waiting, None)
    if one is None:
        return
    found = await client.list_sequences(HIRING.name)
    if not found.items:
        return
    new = NewContact(one.phone, one.first_name, one.last_name, fields={"company": one.company})
    with suppress(ApiProblem):
        added = await client.add_contact(new)
        await client.enroll(found.items[0].id, Enrollees(contact_ids=(added.id,)))


def newcomers(seed: int, count: int) -> Iterator[Sample]:
    """The people after the first `count`."""
    return islice(_everybody(seed, count), count, count + NEWCOMERS)


def _everybody(seed: int, count: int) -> Iterator[Sample]:
    """All sample people, with the wanted numbers among the first `count`."""
    others = list(sample_people(seed))
    wanted = []
    for ending in _WANTED[: count // 2]:
        found = next(one for one in others if one.phone.endswith(ending))
        others.remove(found)
        wanted.append(found)
    first = _SUPPRESSED + _LANDLINES
    yield from (*others[:first], *wanted, *others[first:])


def _people(seed: int, count: int) -> list[Sample]:
    people = list(islice(_everybody(seed, count), count))
    for n, (first_name, last_name) in enumerate(_NAMES):
        place = _FIRST_NAMED + n * _NAMED_EVERY
        if place < count:
            people[place] = people[place]._replace(first_name=first_name, last_name=last_name)
    return people


async def _make(client: Client, document: SequenceDocument) -> int:
    return (await client.add_sequence(document)).id


def _phones(people: Sequence[Sample]) -> Enrollees:
    return Enrollees(phones=tuple(one.phone for one in people))


async def _import(client: Client, people: Sequence[Sample]) -> None:
    await client.import_contacts(_file(people), "application/x-ndjson")
    for one in people[:_SUPPRESSED]:
        await client.suppress(one.phone, "asked on the phone")
    await client.add_group("Bay Area")
    await client.add_group("Called back – 再電話")


async def _act(first: Client, second: Client, sequence_id: int) -> None:
    """What operators do one day: finish, group and text some contacts."""
    page = await first.list_enrollments(
        sequence_id, "status:pending", sort="-name", limit=_FINISHED
    )
    finished = Selection(ids=tuple(one.id for one in page.items))
    await first.add_operation(NewOperation(OperationAction.FINISH, finished))
    page = await second.list_enrollments(
        sequence_id, "status:finished_responded", sort="name", limit=_FINISHED
    )
    if answered := tuple(one.id for one in page.items):
        grouped = Selection(ids=answered)
        await second.add_operation(
            NewOperation(OperationAction.ADD_TO_GROUP, grouped, group_name="Bay Area")
        )
        thanked = NewOperation(
            OperationAction.SEND_MESSAGE,
            Selection(ids=answered[:2]),
            body="Thank you! We call you tomorrow.",
        )
        await second.add_operation(thanked)


async def _file(people: Iterable[Sample]) -> AsyncIterator[bytes]:
    """The people as NDJSON; a few have landlines, and a few have no doctor."""
    for n, one in enumerate(people):
        row = {
            "phone": one.phone,
            "first_name": one.first_name,
            "last_name": one.last_name,
            "company": one.company,
        }
        if n % _WITHOUT_DOCTOR:
            row["doctor"] = "Osei" if n % 2 else "Lindqvist"
        if _SUPPRESSED <= n < _SUPPRESSED + _LANDLINES:
            row["line_type"] = "landline"
        yield msgspec.json.encode(row) + b"\n"
