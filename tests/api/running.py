"""A sequence that runs, and what befalls those in it: sent, failed, answered, at set instants.

The clock stands at 6:00 in Los Angeles, where everybody is: the window is closed, so that the
application's own worker sends nothing. What went out before went on the Saturday.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.model.operations import NewOperation, Selection
from common.vocabulary import FailureClass, MessageStatus, OperationAction
from server.clock import DAY, HOUR, wall
from server.database.tables import attempts, enrollments, messages
from server.dispatch.claim import ClaimSender, Lease, claim_steps
from server.enrollments.enrolling_service import PeopleToEnroll, enroll_part
from server.enrollments.planning import Planner
from server.messages import delivery, inbound
from server.messages.delivery import DeliveryReport
from server.messages.inbound import Inbound
from server.operations import service
from server.operations.selections import Selected
from server.senders.store import default_sender
from tests.api.conftest import stored

Api = TestClient[Litestar]
T = TypeVar("T")
NOW = 1_793_628_000_000_000
"""2026-11-02T14:00:00Z, a Monday: where the clock of these tests stands."""
SATURDAY = NOW - 2 * DAY + 8 * HOUR
"""2026-10-31T22:00:00Z, 15:00 in Los Angeles."""
OPENS = NOW + 3 * HOUR
"""When the window opens on the Monday: 9:00 in Los Angeles."""
AGAIN = "2026-11-02T23:00:00Z"
"""When the second step falls due: 15:00 on the Monday."""
BODY = "Hi {{ first_name | default: 'there' }}, Ana from Acme. Reply STOP to opt out."


def planner_of(api: Api) -> Planner:
    """The application's own planner."""
    planner: Planner = api.app.state.worker.planner
    return planner


def sequence_of(api: Api, name: str = "Spring hiring", **more: Any) -> int:
    """A new active sequence of three texts, two days apart."""
    steps = [{"body": BODY}, *({"body": f"{n}?", "delay": {"days": 2}} for n in ("Two", "Three"))]
    made = api.post("/sequences", json={"name": name, "steps": steps, **more})
    assert made.status_code == 201, made.text
    sequence_id: int = made.json()["id"]
    assert api.post(f"/sequences/{sequence_id}/activate").status_code == 200
    return sequence_id


def contact_of(api: Api, place: int = 0, **more: Any) -> int:
    """A new contact in Los Angeles."""
    made = api.post("/contacts", json={"phone": f"+1415555{100 + place:04}", **more})
    assert made.status_code == 201, made.text
    contact_id: int = made.json()["id"]
    return contact_id


def enrolled(api: Api, sequence_id: int, *contact_ids: int) -> list[int]:
    """Enroll contacts now; their enrollments' ids, in the order of the contacts."""
    answer = api.post(
        f"/sequences/{sequence_id}/enrollments", json={"contact_ids": list(contact_ids)}
    )
    assert answer.status_code == 200, answer.text
    return ids_of(api, sequence_id, contact_ids)


def crowd(api: Api, sequence_id: int, size: int) -> list[int]:
    """Enroll so many new people; their enrollments' ids."""
    phones = [f"+1415{820_0000 + place}" for place in range(size)]
    answer = api.post(f"/sequences/{sequence_id}/enrollments", json={"phones": phones})
    assert answer.status_code == 200, answer.text
    assert answer.json()["pending"] == size, answer.json()
    return ids_of(api, sequence_id)


def ids_of(api: Api, sequence_id: int, contact_ids: Sequence[int] | None = None) -> list[int]:
    """Ids of the newest enrollments in a sequence, by contact."""

    def read(connection: sa.Connection) -> dict[int, int]:
        rows = connection.execute(
            sa.select(enrollments.c.contact_id, enrollments.c.id)
            .where(enrollments.c.sequence_id == sequence_id)
            .order_by(enrollments.c.id)
        )
        return {row[0]: row[1] for row in rows}

    found = stored(api, read)
    return [found[ident] for ident in (found if contact_ids is None else contact_ids)]


def on_its_way(api: Api, sequence_id: int, contact_id: int) -> tuple[int, int]:
    """Enroll on the Saturday, and hand the first text over; its enrollment and message."""

    def begin(connection: sa.Connection) -> None:
        people = PeopleToEnroll([contact_id], [], [])
        enroll_part(connection, planner_of(api), sequence_id, people, 1, SATURDAY, dry_run=False)
        claim(connection, planner_of(api), SATURDAY)

    stored(api, begin)
    enrollment_id = ids_of(api, sequence_id, [contact_id])[0]
    return enrollment_id, text_of(api, enrollment_id)


def claim(connection: sa.Connection, planner: Planner, at: int) -> None:
    """Hand over what is due at an instant."""
    row = default_sender(connection)
    sender = ClaimSender(row.id, row.phone, row.carrier, row.segments_per_second, False, None)
    lease = Lease("these tests", wall() + DAY)
    claim_steps(connection, planner, sender, 100, lease, at, wall())


def report(
    api: Api,
    message_id: int,
    status: MessageStatus,
    failure: FailureClass | None = None,
    at: int = SATURDAY,
    refused: bool = False,
) -> None:
    """The carrier says what became of a text."""
    one = DeliveryReport(message_id, status, failure=failure, refused=refused)

    def settle(connection: sa.Connection) -> None:
        connection.execute(
            sa.update(attempts)
            .where(attempts.c.message_id == message_id)
            .values(state="refused" if refused else "accepted", ended_at=at)
        )
        delivery.report(connection, [one], planner_of(api).find_next, at)

    stored(api, settle)


def sent(api: Api, sequence_id: int, contact_id: int) -> tuple[int, int]:
    """Enroll on the Saturday; the first text was delivered at once."""
    enrollment_id, message_id = on_its_way(api, sequence_id, contact_id)
    report(api, message_id, MessageStatus.DELIVERED)
    return enrollment_id, message_id


def failed(
    api: Api,
    sequence_id: int,
    contact_id: int,
    failure: FailureClass = FailureClass.INVALID_NUMBER,
) -> tuple[int, int]:
    """Enroll on the Saturday; the first text was accepted, and failed."""
    enrollment_id, message_id = on_its_way(api, sequence_id, contact_id)
    report(api, message_id, MessageStatus.SENT)
    report(api, message_id, MessageStatus.FAILED, failure)
    return enrollment_id, message_id


def texts(api: Api, phone: str, body: str, at: int = NOW) -> int:
    """A text comes in; its message."""
    text = Inbound(f"SM{time.monotonic_ns()}", phone, sender_phone(api), body, None, False)
    return stored(api, inbound.receive, text, at)


def sender_phone(api: Api) -> str:
    """The number that everything goes out from."""
    return stored(api, default_sender).phone


def text_of(api: Api, enrollment_id: int) -> int:
    """The newest text of an enrollment."""

    def read(connection: sa.Connection) -> int:
        found: int = connection.execute(
            sa.select(sa.func.max(messages.c.id)).where(messages.c.enrollment_id == enrollment_id)
        ).scalar_one()
        return found

    return stored(api, read)


def row_of(api: Api, enrollment_id: int) -> dict[str, Any]:
    """An enrollment as the API lists it."""
    answer = api.get(f"/enrollments/{enrollment_id}")
    assert answer.status_code == 200, answer.text
    row: dict[str, Any] = answer.json()
    return row


def status_of(api: Api, enrollment_id: int) -> str:
    """The status of an enrollment."""
    status: str = row_of(api, enrollment_id)["status"]
    return status


def operator(api: Api, name: str) -> dict[str, str]:
    """Headers of a new operator of this name."""
    made = api.post("/operators", json={"name": name, "role": "operator"})
    return {"Authorization": f"Bearer {made.json()['token']}"}


def act(api: Api, action: str, *ids: int, **more: Any) -> dict[str, Any]:
    """An operation on enrollments that ends before the answer."""
    headers = more.pop("headers", {})
    answer = api.post(
        "/operations",
        json={"action": action, "selection": {"ids": list(ids)}, **more},
        headers=headers,
    )
    assert answer.status_code == 200, answer.text
    operation: dict[str, Any] = answer.json()
    assert operation["state"] == "done"
    return operation


def undo(api: Api, operation: dict[str, Any]) -> dict[str, Any]:
    """Take an operation back."""
    answer = api.post(f"/operations/{operation['id']}/undo")
    assert answer.status_code == 200, answer.text
    undone: dict[str, Any] = answer.json()
    return undone


def outcomes(operation: dict[str, Any]) -> list[tuple[str, str | None]]:
    """How the rows of an operation ended, and why."""
    return [(row["outcome"], row["why"]) for row in operation["rows"]]


def eventually(ask: Callable[[], T], until: Callable[[T], bool]) -> T:
    """Ask again and again until the answer will do; an AssertionError after 30 seconds."""
    deadline = time.monotonic() + 30
    while not until(answer := ask()):
        assert time.monotonic() < deadline, f"still {answer!r}"
    return answer


def begun(api: Api, ids: list[int], action: OperationAction = OperationAction.FINISH) -> int:
    """A large operation that has begun, while the runner has not heard of it."""
    new = NewOperation(action, Selection(ids=tuple(ids)))

    def begin(connection: sa.Connection) -> int:
        rows = [(ident, contact_of_enrollment(connection, ident)) for ident in ids]
        chosen = Selected(rows, None)
        return service.begin(connection, planner_of(api), new, chosen, 1, NOW).id

    return stored(api, begin)


def contact_of_enrollment(connection: sa.Connection, enrollment_id: int) -> int:
    """Whose an enrollment is."""
    found: int = connection.exec_driver_sql(
        "SELECT contact_id FROM enrollments WHERE id = ?", (enrollment_id,)
    ).scalar_one()
    return found
