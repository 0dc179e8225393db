"""A stage for API tests: a sequence, its steps and people, put straight into the tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.names import search_key, sort_key
from common.vocabulary import Status
from server.database import tables

Api = TestClient[Litestar]
Write = Callable[[Callable[[sa.Connection], Any]], Any]
FIRST, SECOND, DELETED = 1, 2, 3
LATER = 2_000_000_000_000_000
"""Due times that the application's own worker never reaches in a test."""


@pytest.fixture
def write(api: Api) -> Write:
    """Runs a function in a write transaction of the application's own database."""

    def run(fn: Callable[[sa.Connection], Any]) -> Any:
        async def written() -> Any:
            return await api.app.state.database.write(fn)

        with api.portal() as portal:
            return portal.call(written)

    return run


def add_sequence(connection: sa.Connection) -> None:
    """A sequence with two steps and a deleted one, and another without any."""
    connection.execute(
        sa.insert(tables.senders).values(
            phone="+12025550100",
            name="Acme",
            carrier="simulator",
            segments_per_second=1.0,
            is_default=False,
            created_at=0,
        )
    )
    for ident, name in [(1, "Spring"), (2, "Autumn")]:
        connection.execute(
            sa.insert(tables.sequences).values(
                id=ident,
                name=name,
                name_key=name.casefold(),
                kind="relative",
                state="active",
                on_reply="finish",
                window='[{"days": "daily", "from": "00:00", "to": "00:00"}]',
                version=1,
                daily_limit=1,
                late_hours=12,
                response_days=7,
                reenroll="after",
                reenroll_days=30,
                created_by=1,
                created_at=0,
                updated_at=0,
            )
        )
    for ident, position, deleted_at in [(FIRST, 1, None), (SECOND, 2, None), (DELETED, 2, 5)]:
        connection.execute(
            sa.insert(tables.steps).values(
                id=ident,
                sequence_id=1,
                position=position,
                delay_days=0,
                delay_hours=0,
                delay_minutes=0,
                at_local=False,
                body="Hi",
                deleted_at=deleted_at,
            )
        )


def add_enrollment(
    connection: sa.Connection, first: str, last: str, phone: str, **columns: Any
) -> int:
    """A contact and its enrollment in the first sequence; pending at step 1 by default.

    `due_at` is when its next step is planned, or when a hold ends; it is None for a hold without a
    known end.
    """
    contact_id = connection.execute(
        sa.insert(tables.contacts)
        .values(
            phone=phone,
            first_name=first,
            last_name=last,
            search_key=search_key(first, last),
            sort_key=sort_key(first, last),
            number_zones="America/Los_Angeles",
            region_given=False,
            line_certain=False,
            created_by=1,
            created_at=0,
            updated_at=0,
        )
        .returning(tables.contacts.c.id)
    ).scalar_one()
    values = {
        "sequence_id": 1,
        "contact_id": contact_id,
        "run": 1,
        "status": Status.PENDING.value,
        "due_at": LATER,
        "next_step_id": FIRST,
        "sender_id": connection.execute(sa.select(sa.func.min(tables.senders.c.id))).scalar_one(),
        "sequence_version": 1,
        "accepted": 0,
        "delivered": 0,
        "dead": 0,
        "tries": 0,
        "answered_early": False,
        "enrolled_by": 1,
        "enrolled_at": 500,
        "base_at": 500,
        **columns,
    }
    if values["status"] == Status.PENDING.value:
        values["planned_at"] = values.get("planned_at", values["due_at"])
    if values.get("hold") is not None:
        values["not_before"] = values["due_at"]
    ident: int = connection.execute(
        sa.insert(tables.enrollments).values(values).returning(tables.enrollments.c.id)
    ).scalar_one()
    return ident
