"""Workspaces to measure on: a migrated database file with people who have a step due.

Made once and copied for each side, so that both begin with the same pages.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from common.model.senders import CarrierName, NewSender
from common.model.sequences import Delay, SequenceDocument, StepDocument
from common.vocabulary import Role, SequenceState
from server.carriers.interface import SendAccepted
from server.clock import MINUTE, SECOND
from server.database.engine import Database
from server.database.schema import migrate
from server.database.statements import in_parts, insert_rows
from server.database.tables import contacts, workspace
from server.dispatch.claim import ClaimSender, Lease, claim_steps
from server.dispatch.outcomes import HandOff, Waits, record
from server.enrollments.enrolling import enroll, judge
from server.enrollments.planning import Planner
from server.operators import store as operators
from server.senders.store import add_sender
from server.sequences import store as sequences

NOW: Final = 1_793_649_600 * SECOND
"""Monday 2026-11-02 20:00 UTC: noon to three in the afternoon from San Francisco to New York."""

ZONE: Final = "America/New_York"
BATCH: Final = 500
RATE: Final = 1_000_000.0
"""Segments a second: never what is measured."""

SENDER: Final = ClaimSender(1, "+15005550006", "simulator", RATE, stopped=False, daily_cap=None)
LEASE: Final = Lease("benchmark", NOW + 60 * MINUTE)
SYNCHRONOUS: Final = "FULL"

_AREAS: Final = (
    ("212", "America/New_York", "NY"),
    ("312", "America/Chicago", "IL"),
    ("303", "America/Denver", "CO"),
    ("415", "America/Los_Angeles", "CA"),
)
_NAMES: Final = ("Lena", "Sam", "Ana", "Abe", "Maya", "Noor", "Tom")
_STEPS: Final = (
    StepDocument(body="Hi {{ first_name }}, it is open house this week. Shall I save you a place?"),
    StepDocument(
        body="{{ first_name }}, there are two places left on Thursday.", delay=Delay(days=2)
    ),
    StepDocument(body="Last call, {{ first_name }}: see you tomorrow?", delay=Delay(days=1)),
)
_CONTACT: Final = (
    "phone",
    "first_name",
    "last_name",
    "number_zones",
    "country",
    "region",
    "region_given",
    "line_certain",
    "created_by",
    "created_at",
    "updated_at",
)


def url_of(path: Path) -> str:
    """The database URL of a file."""
    return f"sqlite+aiosqlite:///{path}"


def copy_of(path: Path, name: str) -> Path:
    """A copy beside a closed database."""
    made = path.with_name(name)
    shutil.copyfile(path, made)
    return made


def phone_of(n: int) -> str:
    """A number whose texts the simulator delivers without ado: it ends in 100 to 159."""
    area = _AREAS[n % len(_AREAS)][0]
    prefix, line = divmod(n // len(_AREAS), 60)
    return f"+1{area}{200 + prefix}0{100 + line}"


async def make_due(path: Path, people: int) -> None:
    """Make a database in which so many people have the first of three steps due."""
    migrate(url_of(path))
    database = await Database.open(url_of(path), synchronous="OFF")
    await database.write(_fill, people)
    await database.close()
    _checkpoint(path)


async def make_accepted(path: Path, people: int) -> None:
    """Make a database in which the carrier has the first text of so many people."""
    await make_due(path, people)
    database = await Database.open(url_of(path), synchronous="OFF")
    planner = Planner(ZONE)
    while await claim_and_record(database, planner):
        pass
    await database.close()
    _checkpoint(path)


async def claim_and_record(database: Database, planner: Planner) -> int:
    """One batch of due steps: claim them, then record that the carrier accepted all."""
    texts = await database.write(claim_steps, planner, SENDER, BATCH, LEASE, NOW, NOW)
    if texts:
        outcomes = [HandOff(text, SendAccepted(carrier_id(text.attempt_id), 1)) for text in texts]
        waits = Waits(NOW, NOW + MINUTE)
        await database.write_first(record, planner, outcomes, waits, NOW)
    return len(texts)


def carrier_id(attempt_id: int) -> str:
    """A carrier's id of the usual form and length."""
    return f"SM{attempt_id:032x}"


def count_rows(path: Path) -> dict[str, int]:
    """How many rows a benchmark left in each table that it writes."""
    with sqlite3.connect(path) as connection:
        return {
            what: connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
            for what in (
                "messages",
                "messages WHERE status = 'queued' AND carrier_id IS NOT NULL",
                "attempts",
                "attempts WHERE state = 'accepted'",
                "enrollments WHERE due_at > 0 AND accepted = 1 AND hold IS NULL",
                "events",
                "sender_days",
                "sender_pace",
            )
        }


def _fill(connection: sa.Connection, people: int) -> None:
    connection.execute(sa.insert(workspace).values(id=1, zone=ZONE, region="US", created_wall=NOW))
    operator = operators.add_operator(connection, "admin", Role.ADMIN, NOW)
    sender = NewSender(
        phone=SENDER.phone,
        name="benchmark",
        carrier=CarrierName.SIMULATOR,
        segments_per_second=RATE,
        is_default=True,
    )
    add_sender(connection, sender, operator, NOW)
    document = SequenceDocument(name="Open house", steps=_STEPS)
    sequence = sequences.add_sequence(connection, document, None, operator, NOW)
    sequences.set_state(connection, sequence, SequenceState.ACTIVE, NOW)
    insert_rows(connection, contacts, _CONTACT, [_contact(n, operator) for n in range(people)])
    planner = Planner(ZONE)
    plan = planner.plans.plan_of(connection, sequence)
    for ids in in_parts(range(1, people + 1)):
        judged = judge(connection, planner, plan, ids, NOW)
        enroll(connection, planner, plan, SENDER.id, judged, operator, NOW)


def _contact(n: int, operator: int) -> tuple[object, ...]:
    _, zone, state = _AREAS[n % len(_AREAS)]
    name = _NAMES[n % len(_NAMES)]
    return (phone_of(n), name, f"Number {n}", zone, "US", state, False, False, operator, NOW, NOW)


def _checkpoint(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
