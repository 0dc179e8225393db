"""`sample`: sample people, enrolled in a draft, directly in the database."""

from __future__ import annotations

import asyncio
import time
from itertools import islice
from typing import Any, Final

import click
import msgspec
import sqlalchemy as sa

from common.model.sequences import Delay, SequenceDocument, StepDocument
from common.output import show
from common.samples import LINES, Sample, sample_people
from server.commands.open_database import database_options, settings_of
from server.contacts import store as contacts_store
from server.contacts.area_codes import PROVINCE_OF, US_STATE_OF
from server.contacts.numbers import Number, read_number
from server.database.statements import insert_rows, next_ids
from server.database.tables import contacts, operators
from server.enrollments import enrolling
from server.enrollments.planning import Planner
from server.logs import configure_logging
from server.senders.store import default_sender
from server.sequences import service, store
from server.settings import Settings
from server.start import open_workspace

BATCH: Final = 2_000
AREA_CODES: Final = tuple(sorted({*US_STATE_OF, *PROVINCE_OF}))
MOST: Final = len(AREA_CODES) * LINES
STEPS: Final = (
    StepDocument(
        "Hi {{ first_name | default: 'there' }}, this is a sample from {{ company | default:"
        " 'Acme' }}. Reply STOP to opt out.",
        Delay(minutes=0),
    ),
    StepDocument("Did you see our first text?", Delay(days=2)),
    StepDocument("Last sample text. Thanks for reading.", Delay(days=3)),
)


@click.command()
@database_options
@click.option(
    "--enrollments",
    "count",
    type=click.IntRange(1),
    default=1_000,
    show_default=True,
    help=f"Number of enrollments, at most {MOST:,}.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="Seed for the sample people; the same seed gives the same people.",
)
def sample(count: int, seed: int, config: str | None, **options: Any) -> None:
    """Create sample people and enroll them in a draft, so that nothing is sent."""
    settings = settings_of(config, **options)
    if not settings.simulated:
        raise click.ClickException(
            "Samples work only with the simulator, and this database uses another carrier. "
            "Choose another database and set DRUMBEAT_CARRIER=simulator."
        )
    if count > MOST:
        raise click.ClickException(
            f"There are {MOST:,} unassigned sample numbers. Ask for at most {MOST:,} enrollments."
        )
    configure_logging("warning")
    began = time.monotonic()
    name, token = asyncio.run(_sample(settings, count, seed))
    if token is not None and token != settings.admin_token:
        show("Created the operator 'admin'. Copy its token now; it is not shown again:", err=True)
        show(token)
    took = time.monotonic() - began
    show(f"Enrolled {count:,} people in the draft {name!r} in {took:.1f} s.", err=True)


async def _sample(settings: Settings, count: int, seed: int) -> tuple[str, str | None]:
    async with open_workspace(settings) as workspace:
        now = workspace.clock.now()
        name: str = await workspace.database.write(fill_samples, settings, count, seed, now)
        return name, workspace.first_token


def fill_samples(
    connection: sa.Connection, settings: Settings, count: int, seed: int, now: int
) -> str:
    """Create this many people and enroll them in a new draft; returns the draft's name."""
    operator_id: int = connection.execute(sa.select(sa.func.min(operators.c.id))).scalar_one()
    known = set(connection.execute(sa.select(contacts.c.phone)).scalars())
    people = [one for one in sample_people(seed, AREA_CODES) if one.phone not in known][:count]
    if len(people) < count:
        raise click.ClickException(
            f"Only {len(people):,} sample numbers are not in the database yet. Ask for at "
            "most that many, or choose another database."
        )
    ids = _add_people(connection, people, operator_id, now)
    name = _free_name(connection)
    made = service.create(connection, SequenceDocument(name, steps=STEPS), operator_id, now)
    planner = Planner(settings.zone)
    plan = planner.plans.plan_of(connection, made.id)
    sender_id = default_sender(connection).id
    rest = iter(ids)
    while part := list(islice(rest, BATCH)):
        judged = enrolling.judge(connection, planner, plan, part, now)
        enrolling.enroll(connection, planner, plan, sender_id, judged, operator_id, now)
    return name


def _add_people(
    connection: sa.Connection, people: list[Sample], operator_id: int, now: int
) -> list[int]:
    plans = {
        area: read_number(f"+1{area}5550100", fictional_ok=True)
        for area in {one.phone[2:5] for one in people}
    }
    ids = list(next_ids(connection, contacts, len(people)))
    rows = [_row(one, plans[one.phone[2:5]], operator_id, now) for one in people]
    columns = ("id", *rows[0])
    insert_rows(
        connection,
        contacts,
        columns,
        [(ident, *row.values()) for ident, row in zip(ids, rows, strict=True)],
    )
    added = dict(zip((one.phone for one in people), ids, strict=True))
    contacts_store.log_added(connection, added, operator_id, now)
    return ids


def _row(one: Sample, plan: Number, operator_id: int, now: int) -> dict[str, Any]:
    number = plan._replace(e164=one.phone)
    row = contacts_store.new_contact(number, one.first_name, one.last_name, operator_id, now)
    row["fields"] = msgspec.json.encode({"company": one.company}).decode()
    return row


def _free_name(connection: sa.Connection) -> str:
    name, n = "Sample", 1
    while store.find_sequence(connection, name) is not None:
        n += 1
        name = f"Sample {n}"
    return name
