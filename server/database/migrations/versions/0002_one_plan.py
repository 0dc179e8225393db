"""One plan per enrollment

Each pending enrollment gets the instant that its next step's delay counts from. Where the old
database does not know it, it is worked out backwards from the planned time, so that a later edit
never brings a text forward. Events get a kind for each meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from server.database.migrations.rebuilding import rebuilt

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BATCH = 5_000
HOLDS = [
    "sending",
    "other_text",
    "unknown",
    "quiet_hours",
    "sequence_paused",
    "draft",
    "sender_rate",
    "daily_limit",
    "campaign_cap",
    "sender_stopped",
    "missing_field",
    "needs_review",
]
KNOWN = ", ".join(f"'{hold}'" for hold in HOLDS)
PLAN = "base_at IS NOT NULL AND planned_at IS NOT NULL AND next_step_id IS NOT NULL"
DUE = (
    "CASE WHEN hold IN ('sending', 'unknown', 'sequence_paused',"
    " 'draft', 'sender_stopped', 'missing_field', 'needs_review')"
    " OR (hold IS NOT NULL AND not_before IS NULL)"
    " THEN due_at IS NULL ELSE due_at IS NOT NULL AND due_at >= planned_at"
    " AND due_at >= coalesce(retry_at, due_at) AND due_at >= coalesce(not_before, due_at)"
    " AND (due_at = planned_at OR due_at = coalesce(retry_at, -1)"
    " OR due_at = coalesce(not_before, -1)) END"
)
ENDED = (
    "status = 'pending' OR (reason IS NOT NULL AND due_at IS NULL AND hold IS NULL"
    " AND not_before IS NULL AND retry_at IS NULL AND ended_at IS NOT NULL)"
)
REWRITTEN = [
    "enrolled",
    "accepted",
    "step_skipped",
    "delivered",
    "postponed",
    "released",
    "finish_undone",
    "reread",
    "retried",
]

events = sa.table(
    "events", *map(sa.column, ["id", "at", "kind", "enrollment_id", "message_id", "body"])
)
enrollments = sa.table(
    "enrollments",
    *map(
        sa.column,
        [
            "id",
            "sequence_id",
            "contact_id",
            "status",
            "hold",
            "due_at",
            "not_before",
            "planned_at",
            "retry_at",
            "base_at",
            "base_step_id",
            "next_step_id",
            "last_step_id",
            "last_accepted_at",
            "enrolled_at",
        ],
    ),
)


def upgrade() -> None:
    """Bring the schema forward."""
    for name in ("not_before", "retry_at", "base_at"):
        op.add_column("enrollments", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("enrollments", sa.Column("base_step_id", sa.BigInteger(), nullable=True))
    connection = op.get_bind()
    _rewrite_events(connection)
    _plan(connection)
    with rebuilt("enrollments", {"ck_enrollments_hold_known": f"hold IN ({KNOWN})"}):
        pass
    # Such a one was not on the wire: it waited for another text of its contact.
    connection.execute(
        sa.update(enrollments)
        .where(enrollments.c.status == "pending", enrollments.c.due_at.is_not(None))
        .where(enrollments.c.hold == "sending")
        .values(hold="other_text")
    )
    with rebuilt("messages", {"ck_messages_hold_known": f"hold IN ({KNOWN})"}):
        pass
    checks = {
        "ck_enrollments_ended_has_a_reason": ENDED,
        "ck_enrollments_pending_has_a_plan": (
            f"status != 'pending' OR ({PLAN}) OR coalesce(hold, '') = 'draft'"
        ),
        "ck_enrollments_due_follows_from_the_plan": f"status != 'pending' OR {DUE}",
    }
    with rebuilt("enrollments", checks) as batch:
        batch.create_foreign_key(
            op.f("fk_enrollments_base_step_id"), "steps", ["base_step_id"], ["id"]
        )


def _plan(connection: sa.Connection) -> None:
    """Give every enrollment a base, and every pending one a plan."""
    connection.execute(
        sa.update(enrollments)
        .where(enrollments.c.status != "pending")
        .values(
            base_at=sa.func.coalesce(enrollments.c.last_accepted_at, enrollments.c.enrolled_at),
            base_step_id=enrollments.c.last_step_id,
            planned_at=None,
        )
    )
    steps = {
        row.id: row
        for row in connection.exec_driver_sql(
            "SELECT id, sequence_id, position, delay_days, delay_hours, delay_minutes, deleted_at"
            " FROM steps"
        )
    }
    live = {
        (row.sequence_id, row.position): row.id for row in steps.values() if row.deleted_at is None
    }
    columns = [column for column in enrollments.c if column.name != "base_at"]
    for rows in _batches(
        connection, sa.select(*columns).where(enrollments.c.status == "pending"), enrollments
    ):
        plans = [_plan_of(row, steps, live) for row in rows]
        connection.execute(
            sa.update(enrollments)
            .where(enrollments.c.id == sa.bindparam("the_id"))
            .values(
                {
                    name: sa.bindparam(name)
                    for name in ("not_before", "planned_at", "retry_at", "base_at", "base_step_id")
                }
            ),
            plans,
        )
        planned = [
            {
                "at": row.enrolled_at,
                "kind": "replanned",
                "sequence_id": row.sequence_id,
                "enrollment_id": row.id,
                "contact_id": row.contact_id,
                "body": _body(
                    {
                        "type": "replanned",
                        "next": {"step_id": row.next_step_id}
                        | {
                            name: plan[name]
                            for name in plan
                            if name not in {"the_id", "not_before"}
                        },
                    }
                ),
            }
            for row, plan in zip(rows, plans, strict=True)
            if plan["base_at"] is not None
        ]
        if planned:
            connection.execute(
                sa.text(
                    "INSERT INTO events (at, kind, sequence_id, enrollment_id, contact_id, body)"
                    " VALUES (:at, :kind, :sequence_id, :enrollment_id, :contact_id, :body)"
                ),
                planned,
            )


def _plan_of(row: Any, steps: dict[int, Any], live: dict[tuple[int, int], int]) -> dict[str, Any]:
    """The plan of a pending enrollment, from what the old columns say."""
    plan: dict[str, Any] = dict.fromkeys(
        ("not_before", "planned_at", "retry_at", "base_at", "base_step_id")
    )
    plan["the_id"] = row.id
    if row.hold == "draft" or row.next_step_id is None:
        return plan
    times = [time for time in (row.planned_at, row.due_at) if time is not None]
    planned = min(times) if row.hold is not None and times else max(times, default=None)
    step = steps[row.next_step_id]
    since = max(row.last_accepted_at or 0, row.enrolled_at)
    if row.next_step_id == row.last_step_id:
        plan["retry_at"] = planned or since
        plan["base_at"], plan["base_step_id"] = since, row.last_step_id
    else:
        minutes = (step.delay_days * 24 + step.delay_hours) * 60 + step.delay_minutes
        counted = since if planned is None else planned - minutes * 60_000_000
        plan["base_at"] = max(since, counted)
        plan["base_step_id"] = live.get((step.sequence_id, step.position - 1))
    plan["planned_at"] = max(planned or since, plan["base_at"])
    if row.hold is not None and row.due_at is not None:
        plan["not_before"] = row.due_at
    elif row.due_at is not None and row.due_at > plan["planned_at"]:
        plan["planned_at"] = row.due_at
    return plan


def _rewrite_events(connection: sa.Connection) -> None:
    """One kind for one meaning, and plans with the instant that they count from."""
    bases: dict[int, tuple[int, int | None]] = {}
    query = sa.select(events).where(events.c.kind.in_(REWRITTEN))
    for rows in _batches(connection, query, events):
        written = []
        for row in rows:
            body = msgspec.json.decode(row.body)
            if row.kind in {"accepted", "step_skipped"}:
                bases[row.enrollment_id] = (row.at, body["step_id"])
            base = bases.setdefault(row.enrollment_id, (row.at, None))
            kind, body = _rewritten(row, body, base)
            written.append({"the_id": row.id, "kind": kind, "body": _body(body)})
        connection.execute(
            sa.update(events)
            .where(events.c.id == sa.bindparam("the_id"))
            .values(kind=sa.bindparam("kind"), body=sa.bindparam("body")),
            written,
        )


def _rewritten(
    row: Any, body: dict[str, Any], base: tuple[int, int | None]
) -> tuple[str, dict[str, Any]]:
    kind: str = row.kind
    if kind == "postponed":
        return _of_a_postponed(row, body)
    if kind == "enrolled":
        planned = body.pop("due_at", None) or body.pop("planned_at", None)
        step_id = body.pop("next_step_id", None)
        body.pop("planned_at", None)
        if step_id is not None:
            at = None if body.get("hold") == "draft" else row.at
            body["next"] = {"step_id": step_id, "base_at": at, "planned_at": at and (planned or at)}
        return kind, body
    following = body.get("next")
    if following is not None:
        due = following["due_at"]
        body["next"] = {
            "step_id": following["step_id"],
            "base_at": base[0],
            "planned_at": due,
            "base_step_id": base[1],
        }
        if kind == "retried":
            body["next"]["retry_at"] = due
    if kind == "released":
        body["type"] = "replanned"
        return "replanned", body
    return kind, body


def _of_a_postponed(row: Any, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    again, hold, due = body.get("again"), body.get("hold"), body.get("due_at")
    detail = body.get("detail")
    if hold == "sending":
        hold = "other_text"
    held = {"hold": hold or "sender_rate", "until": due, "detail": detail}
    if again is not None and hold is None:
        kind, rest = "retry_planned", {**again, "retry_at": due or row.at}
    elif again is not None:
        kind, rest = "sent_back", {**again, **held}
    elif hold == "unknown":
        kind, rest = "in_doubt", {"detail": detail}
    else:
        kind, rest = ("held" if row.message_id is None else "unsent"), held
    return kind, {"type": kind, **rest}


def _body(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()


def _batches(
    connection: sa.Connection, query: sa.Select[Any], table: sa.TableClause
) -> Iterator[list[Any]]:
    last = 0
    while rows := connection.execute(
        query.where(table.c.id > last).order_by(table.c.id).limit(BATCH)
    ).all():
        last = rows[-1].id
        yield list(rows)


def downgrade() -> None:
    """There is no way back: the old form has no place for the plan. Restore a backup."""
    raise RuntimeError("a database with plans cannot be taken back; restore a backup")
