"""A desk that claims and records by hand, over a real database: no loop, no carrier, no waiting.

Everybody is in New York, and it is Monday noon there unless a test says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
import sqlalchemy as sa

from common.model.messages import NewMessage
from common.model.senders import CarrierName, NewSender
from common.model.sequences import Delay, SequenceDocument, StepDocument
from common.vocabulary import MessageKind, Role, SequenceState, SuppressionSource
from server.carriers.interface import SendAccepted, Sent
from server.clock import HOUR, MINUTE, SECOND
from server.contacts import suppressions
from server.database.engine import sqlite_path
from server.database.statements import insert_rows
from server.database.tables import contacts, messages, senders, workspace
from server.dispatch.claim import Claimed, ClaimSender, Lease
from server.dispatch.loop import claim_due
from server.dispatch.outcomes import HandOff, Waits, Withdrawn, record
from server.enrollments.enrolling import enroll, judge
from server.enrollments.planning import Planner
from server.messages.direct_texts import send_direct
from server.operators import store as operators
from server.senders.store import add_sender
from server.sequences import store as sequences

NOON: Final = 1_793_638_800 * SECOND
"""Monday 2026-11-02, 12:00 in New York."""
WALL: Final = 1_800_000_000 * SECOND
"""What the wall clock shows, unless a test moves it."""
ZONE: Final = "America/New_York"
SENDER: Final = "+15005550006"
ONE_TEXT: Final = (StepDocument(body="Hello."),)
LONG: Final = "a" * 161
"""Two segments."""


class Desk:
    """One workspace with one sender; `now` and `wall` change only when set."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.planner = Planner(ZONE)
        self.now = NOON
        self.wall = WALL
        self._people = 0
        self._names = 0
        connection.execute(
            sa.insert(workspace).values(id=1, zone=ZONE, region="US", created_wall=0)
        )
        self.operator = operators.add_operator(connection, "admin", Role.ADMIN, 0)
        new = NewSender(
            phone=SENDER,
            name="desk",
            carrier=CarrierName.TWILIO,
            segments_per_second=100.0,
            is_default=True,
        )
        self.sender_id = add_sender(connection, new, self.operator, 0).id

    def set_sender(self, **columns: Any) -> None:
        """Change the sender's row."""
        self.connection.execute(sa.update(senders).values(**columns))

    @property
    def sender(self) -> Any:
        """The sender's row."""
        return self.connection.execute(sa.select(senders)).one()

    def people(self, how_many: int = 1, **columns: Any) -> list[int]:
        """New contacts in New York."""
        first = self._people + 1
        self._people += how_many
        names = ("phone", "number_zones", "country", "region_given", "line_certain", *columns)
        more = ("created_by", "created_at", "updated_at")
        rows = [
            (f"+1646552{n:04}", ZONE, "US", False, False, *columns.values(), self.operator, 0, 0)
            for n in range(first, first + how_many)
        ]
        insert_rows(self.connection, contacts, names + more, rows)
        return list(range(first, first + how_many))

    def sequence(self, steps: tuple[StepDocument, ...] = ONE_TEXT, **more: Any) -> int:
        """A new active sequence."""
        self._names += 1
        document = SequenceDocument(name=f"sequence {self._names}", steps=steps, **more)
        made = sequences.add_sequence(self.connection, document, None, self.operator, self.now)
        sequences.set_state(self.connection, made, SequenceState.ACTIVE, self.now)
        return made

    def enroll(self, sequence_id: int, *contact_ids: int) -> None:
        """Enroll contacts now."""
        plan = self.planner.plans.plan_of(self.connection, sequence_id)
        judged = judge(self.connection, self.planner, plan, list(contact_ids), self.now)
        enroll(self.connection, self.planner, plan, self.sender_id, judged, self.operator, self.now)

    def text(self, contact_id: int, body: str = "Hi.", override_reason: str | None = None) -> int:
        """Queue a direct text; its message."""
        new = NewMessage(body=body, override_reason=override_reason)
        found: int = send_direct(self.connection, ZONE, contact_id, new, self.operator, self.now).id
        return found

    def owe(self, kind: MessageKind, phone: str) -> None:
        """Queue a confirmation, whose number is suppressed, or a help text."""
        if kind is MessageKind.CONFIRMATION:
            source = SuppressionSource.KEYWORD
            suppressions.suppress(self.connection, [phone], source, "STOP", None, self.now)
        self.connection.execute(
            sa.insert(messages).values(
                direction="out",
                kind=kind.value,
                status="waiting",
                phone=phone,
                sender_id=self.sender_id,
                body="You will get no more texts.",
                segments=1,
                reading_by_operator=False,
                due_at=self.now,
                created_at=self.now,
            )
        )

    def claim(self, limit: int = 200) -> list[Claimed]:
        """Claim what is due, as the loop does; up to `limit` segments."""
        row = self.sender
        sender = ClaimSender(
            row.id,
            row.phone,
            row.carrier,
            row.segments_per_second,
            row.stopped_at is not None,
            row.daily_cap,
        )
        lease = Lease("the desk", self.wall + MINUTE)
        return claim_due(self.connection, self.planner, sender, limit, lease, self.now, self.wall)

    def record(self, *outcomes: tuple[Claimed, Sent | Withdrawn]) -> None:
        """Record the outcomes of hand-offs, together."""
        waits = Waits(self.wall, self.wall + MINUTE)
        listed = [HandOff(text, result) for text, result in outcomes]
        record(self.connection, self.planner, listed, waits, self.now)

    def accept(self, texts: list[Claimed]) -> None:
        """The carrier accepts them."""
        self.record(*((text, SendAccepted(f"SM{text.attempt_id}", 1)) for text in texts))

    def send_all(self, rounds: int = 20) -> list[Claimed]:
        """Claim and accept again and again, a second apart on both clocks; all that went."""
        went: list[Claimed] = []
        for _ in range(rounds):
            texts = self.claim()
            self.accept(texts)
            went += texts
            self.pass_time(SECOND)
        return went

    def pass_time(self, microseconds: int) -> None:
        """Move both clocks on."""
        self.now += microseconds
        self.wall += microseconds

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Rows of the database."""
        return list(self.connection.exec_driver_sql(sql, values).all())

    def holds(self) -> list[tuple[str | None, int | None]]:
        """Hold and due time of every enrollment, by id."""
        return [tuple(row) for row in self.rows("SELECT hold, due_at FROM enrollments ORDER BY id")]

    def segments_sent(self) -> int:
        """Segments of all that was handed over."""
        sql = "SELECT coalesce(sum(segments), 0) FROM messages WHERE handed_off_at IS NOT NULL"
        found: int = self.rows(sql)[0][0]
        return found


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """A desk over a new database."""
    engine = sa.create_engine(f"sqlite:///{sqlite_path(database_url)}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        yield Desk(connection)
    engine.dispose()


def steps(*bodies: str, days: int = 1) -> tuple[StepDocument, ...]:
    """Steps so many days apart, the first at once."""
    return tuple(
        StepDocument(body=body, delay=Delay(days=days if n else 0)) for n, body in enumerate(bodies)
    )


def at(hour: int, day: int = 0) -> int:
    """An hour in New York, so many days after the Monday."""
    return NOON + (hour - 12) * HOUR + day * 24 * HOUR
