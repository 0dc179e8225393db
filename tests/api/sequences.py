"""Sequences and enrollments made for tests, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import Hold, Reason, SequenceState, Status
from server.database.tables import enrollments, events, sequences, steps
from server.sequences import store

Api = TestClient[Litestar]
NOW = 1_793_628_000_000_000
FIRST = "Hi {{ first_name | default: 'there' }}, Ana from Acme. Reply STOP to opt out."
SECOND = "We have two openings near you. Interested?"


def document(name: str = "Spring hiring 2026", **more: Any) -> dict[str, Any]:
    """A sequence of two texts, two days apart."""
    steps = [{"body": FIRST}, {"body": SECOND, "delay": {"days": 2}}]
    return {"name": name, "steps": steps, **more}


def made(api: Api, name: str = "Spring hiring 2026", **more: Any) -> dict[str, Any]:
    """A sequence made through the API."""
    answer = api.post("/sequences", json=document(name, **more))
    assert answer.status_code == 201, answer.text
    sequence: dict[str, Any] = answer.json()
    return sequence


def write(api: Api, fn: Callable[[sa.Connection], Any]) -> Any:
    """Run a function over the application's database."""
    with api.portal() as portal:
        return portal.call(api.app.state.database.write, fn)


def enroll(api: Api, sequence: dict[str, Any], *statuses: Status) -> None:
    """Put one new contact into a sequence for each status."""
    sender = api.post(
        "/senders", json={"phone": "+14155550100", "name": "x", "carrier": "simulator"}
    )
    assert sender.status_code == 201
    contacts = [
        api.post("/contacts", json={"phone": f"+141555501{place:02}"}).json()["id"]
        for place in range(1, len(statuses) + 1)
    ]

    def insert(connection: sa.Connection) -> None:
        for contact_id, status in zip(contacts, statuses, strict=True):
            pending = status is Status.PENDING
            connection.execute(
                sa.insert(enrollments).values(
                    sequence_id=sequence["id"],
                    contact_id=contact_id,
                    run=1,
                    status=status.value,
                    reason=None if pending else Reason.COMPLETED.value,
                    hold=Hold.DRAFT.value if pending else None,
                    ended_at=None if pending else NOW,
                    next_step_id=sequence["steps"][0]["id"] if pending else None,
                    sender_id=sender.json()["id"],
                    sequence_version=1,
                    accepted=0,
                    delivered=0,
                    dead=0,
                    tries=0,
                    answered_early=False,
                    enrolled_by=1,
                    enrolled_at=NOW,
                )
            )

    write(api, insert)


def in_state(api: Api, sequence: dict[str, Any], state: SequenceState) -> None:
    """Put a sequence into a state."""
    write(api, lambda connection: store.set_state(connection, sequence["id"], state, NOW))


def everything(api: Api) -> Any:
    """All that is kept of sequences, for showing that nothing changed."""
    return write(
        api,
        lambda connection: [
            [tuple(row) for row in connection.execute(sa.select(table).order_by(table.c.id))]
            for table in (sequences, steps, events)
        ],
    )


def bodies(sequence: dict[str, Any]) -> dict[int, str]:
    """The texts of a sequence by the ids of its steps, in order."""
    return {step["id"]: step["body"] for step in sequence["steps"]}
