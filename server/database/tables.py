"""All tables. Invariants are here if a schema can hold them.

Times are integers: UTC microseconds since the epoch, on the domain clock unless a column says
`wall`. JSON columns contain text written by msgspec. Ids are never reused. A `name_key` is the name
folded by `server.titles`: names that look alike have the same key.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from common.vocabulary import (
    Direction,
    Hold,
    LineKind,
    LineSource,
    MessageKind,
    MessageStatus,
    OnReply,
    OperationAction,
    Outcome,
    Reading,
    Reason,
    Role,
    SequenceKind,
    SequenceState,
    Status,
    SuppressionSource,
)

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, sa.ForeignKey(target), nullable=nullable, index=index)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable, server_default=default)


def _one_of(column: str, codes: type[StrEnum]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{code.value}'" for code in codes)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _table(name: str, *parts: Any) -> sa.Table:
    return sa.Table(name, metadata, *parts, sqlite_autoincrement=True)


workspace = sa.Table(
    "workspace",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    _text("zone"),
    _text("region"),
    _instant("manual_now", nullable=True),
    sa.Column("running_rate", sa.Float, nullable=True),
    _instant("running_from", nullable=True),
    _instant("created_wall"),
    sa.CheckConstraint("id = 1", name="only_one"),
)

operators = _table(
    "operators",
    _id(),
    _text("name"),
    sa.Column("name_key", sa.Text, nullable=False, unique=True),
    _text("role"),
    _instant("created_wall"),
    _instant("disabled_wall", nullable=True),
    _one_of("role", Role),
)

tokens = _table(
    "tokens",
    _id(),
    _ref("operator_id", "operators.id", index=True),
    _text("label"),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    _instant("created_wall"),
    _instant("revoked_wall", nullable=True),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    _ref("token_id", "tokens.id"),
    _text("key"),
    sa.Column("request_digest", sa.LargeBinary, nullable=False),
    sa.Column("status_code", sa.Integer, nullable=False),
    sa.Column("answer", sa.LargeBinary, nullable=False),
    _instant("created_wall"),
    sa.PrimaryKeyConstraint("token_id", "key"),
    sa.Index("ix_idempotency_created_wall", "created_wall"),
)

contacts = _table(
    "contacts",
    _id(),
    sa.Column("phone", sa.Text, nullable=False, unique=True),
    _text("first_name", default=""),
    _text("last_name", default=""),
    _text("search_key", default=""),
    _text("sort_key", default=""),
    _text("zone", nullable=True),
    _text("number_zones", default=""),
    _text("country", default=""),
    _text("region", nullable=True),
    sa.Column("region_given", sa.Boolean(create_constraint=False), nullable=False),
    _text("line", default=LineKind.UNKNOWN),
    _text("line_source", nullable=True),
    sa.Column("line_certain", sa.Boolean(create_constraint=False), nullable=False),
    _instant("line_at", nullable=True),
    _text("fields", default="{}"),
    _ref("created_by", "operators.id"),
    _instant("created_at"),
    _instant("updated_at"),
    _one_of("line", LineKind),
    _one_of("line_source", LineSource),
)
sa.Index("ix_contacts_sort_key", contacts.c.sort_key, contacts.c.id)

suppressions = _table(
    "suppressions",
    _id(),
    _text("phone"),
    _text("source"),
    _text("note", default=""),
    _ref("created_by", "operators.id", nullable=True),
    _instant("created_at"),
    _ref("lifted_by", "operators.id", nullable=True),
    _instant("lifted_at", nullable=True),
    _one_of("source", SuppressionSource),
)
sa.Index(
    "uq_suppressions_standing",
    suppressions.c.phone,
    suppressions.c.source,
    unique=True,
    sqlite_where=suppressions.c.lifted_at.is_(None),
)

groups = _table(
    "groups",
    _id(),
    _text("name"),
    sa.Column("name_key", sa.Text, nullable=False, unique=True),
    _ref("created_by", "operators.id"),
    _instant("created_at"),
)

group_members = sa.Table(
    "group_members",
    metadata,
    _ref("group_id", "groups.id"),
    _ref("contact_id", "contacts.id", index=True),
    _ref("added_by", "operators.id"),
    _instant("added_at"),
    sa.PrimaryKeyConstraint("group_id", "contact_id"),
)

senders = _table(
    "senders",
    _id(),
    sa.Column("phone", sa.Text, nullable=False, unique=True),
    _text("name"),
    _text("carrier"),
    sa.Column("segments_per_second", sa.Float, nullable=False),
    sa.Column("daily_cap", sa.Integer, nullable=True),
    _text("stopped_reason", nullable=True),
    _instant("stopped_at", nullable=True),
    sa.Column("is_default", sa.Boolean(create_constraint=False), nullable=False),
    _instant("created_at"),
    sa.CheckConstraint("segments_per_second > 0", name="rate_positive"),
)
sa.Index(
    "uq_senders_default",
    senders.c.is_default,
    unique=True,
    sqlite_where=senders.c.is_default == sa.true(),
)

sequences = _table(
    "sequences",
    _id(),
    _text("name"),
    sa.Column("name_key", sa.Text, nullable=False, unique=True),
    _text("kind"),
    _text("state"),
    _text("on_reply"),
    _text("window"),
    sa.Column("version", sa.Integer, nullable=False),
    _ref("sender_id", "senders.id", nullable=True),
    sa.Column("daily_limit", sa.Integer, nullable=False),
    sa.Column("late_hours", sa.Integer, nullable=False),
    sa.Column("response_days", sa.Integer, nullable=False),
    _text("reenroll"),
    sa.Column("reenroll_days", sa.Integer, nullable=False),
    _ref("created_by", "operators.id"),
    _instant("created_at"),
    _instant("updated_at"),
    _instant("activated_at", nullable=True),
    _instant("paused_at", nullable=True),
    _one_of("kind", SequenceKind),
    _one_of("state", SequenceState),
    _one_of("on_reply", OnReply),
)

steps = _table(
    "steps",
    _id(),
    _ref("sequence_id", "sequences.id"),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("delay_days", sa.Integer, nullable=False),
    sa.Column("delay_hours", sa.Integer, nullable=False),
    sa.Column("delay_minutes", sa.Integer, nullable=False),
    _text("at", nullable=True),
    sa.Column("at_local", sa.Boolean(create_constraint=False), nullable=False),
    _text("body"),
    _instant("deleted_at", nullable=True),
    sa.CheckConstraint(
        "delay_days >= 0 AND delay_hours >= 0 AND delay_minutes >= 0", name="delay_not_negative"
    ),
)
sa.Index(
    "uq_steps_position",
    steps.c.sequence_id,
    steps.c.position,
    unique=True,
    sqlite_where=steps.c.deleted_at.is_(None),
)

enrollments = _table(
    "enrollments",
    _id(),
    _ref("sequence_id", "sequences.id"),
    _ref("contact_id", "contacts.id"),
    sa.Column("run", sa.Integer, nullable=False),
    _text("status"),
    _text("reason", nullable=True),
    _text("hold", nullable=True),
    _text("hold_detail", nullable=True),
    _instant("not_before", nullable=True),
    _instant("due_at", nullable=True),
    _instant("planned_at", nullable=True),
    _instant("retry_at", nullable=True),
    _instant("base_at", nullable=True),
    _ref("base_step_id", "steps.id", nullable=True),
    _ref("next_step_id", "steps.id", nullable=True),
    _ref("last_step_id", "steps.id", nullable=True),
    _ref("sender_id", "senders.id"),
    sa.Column("sequence_version", sa.Integer, nullable=False),
    sa.Column("anchor_minute", sa.Integer, nullable=True),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("delivered", sa.Integer, nullable=False),
    sa.Column("dead", sa.Integer, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    _instant("last_accepted_at", nullable=True),
    sa.Column("last_message_id", sa.BigInteger, nullable=True),
    _instant("replied_at", nullable=True),
    sa.Column("answered_early", sa.Boolean(create_constraint=False), nullable=False),
    _ref("enrolled_by", "operators.id"),
    _instant("enrolled_at"),
    _instant("ended_at", nullable=True),
    _one_of("status", Status),
    _one_of("reason", Reason),
    _one_of("hold", Hold),
    sa.CheckConstraint(
        "status != 'pending' OR due_at IS NOT NULL OR hold IS NOT NULL", name="pending_has_a_next"
    ),
    sa.CheckConstraint(
        "status = 'pending' OR (reason IS NOT NULL AND due_at IS NULL AND hold IS NULL"
        " AND not_before IS NULL AND retry_at IS NULL AND ended_at IS NOT NULL)",
        name="ended_has_a_reason",
    ),
    sa.CheckConstraint("status != 'pending' OR reason IS NULL", name="pending_has_no_reason"),
    sa.CheckConstraint(
        "status != 'pending' OR (base_at IS NOT NULL AND planned_at IS NOT NULL"
        " AND next_step_id IS NOT NULL) OR coalesce(hold, '') = 'draft'",
        name="pending_has_a_plan",
    ),
    sa.CheckConstraint(
        "status != 'pending' OR CASE WHEN hold IN ('sending', 'unknown', 'sequence_paused',"
        " 'draft', 'sender_stopped', 'missing_field', 'needs_review')"
        " OR (hold IS NOT NULL AND not_before IS NULL)"
        " THEN due_at IS NULL ELSE due_at IS NOT NULL AND due_at >= planned_at"
        " AND due_at >= coalesce(retry_at, due_at) AND due_at >= coalesce(not_before, due_at)"
        " AND (due_at = planned_at OR due_at = coalesce(retry_at, -1)"
        " OR due_at = coalesce(not_before, -1)) END",
        name="due_follows_from_the_plan",
    ),
    sa.UniqueConstraint("sequence_id", "contact_id", "run"),
)
_PENDING = enrollments.c.status == sa.literal_column("'pending'")
sa.Index(
    "uq_enrollments_pending",
    enrollments.c.sequence_id,
    enrollments.c.contact_id,
    unique=True,
    sqlite_where=_PENDING,
)
_DUE = sa.and_(_PENDING, enrollments.c.due_at.is_not(None))
sa.Index(
    "ix_enrollments_due",
    enrollments.c.sender_id,
    enrollments.c.due_at,
    sqlite_where=_DUE,
)
sa.Index("ix_enrollments_contact_id", enrollments.c.contact_id)
sa.Index("ix_enrollments_sequence_id_status", enrollments.c.sequence_id, enrollments.c.status)

messages = _table(
    "messages",
    _id(),
    _text("direction"),
    _text("kind"),
    _text("status"),
    _ref("contact_id", "contacts.id", nullable=True),
    _text("phone"),
    _ref("sender_id", "senders.id", nullable=True),
    _ref("enrollment_id", "enrollments.id", nullable=True),
    _ref("step_id", "steps.id", nullable=True),
    sa.Column("operation_id", sa.BigInteger, nullable=True),
    _ref("created_by", "operators.id", nullable=True),
    _text("body"),
    sa.Column("segments", sa.Integer, nullable=False),
    _text("carrier_id", nullable=True),
    _text("code", nullable=True),
    _text("failure", nullable=True),
    _text("reading", nullable=True),
    sa.Column("reading_by_operator", sa.Boolean(create_constraint=False), nullable=False),
    _text("override_reason", nullable=True),
    _text("hold", nullable=True),
    _text("media", default="[]"),
    sa.Column("answers_id", sa.BigInteger, nullable=True),
    _instant("due_at", nullable=True),
    _instant("created_at"),
    _instant("handed_off_at", nullable=True),
    _instant("final_at", nullable=True),
    _one_of("direction", Direction),
    _one_of("kind", MessageKind),
    _one_of("status", MessageStatus),
    _one_of("reading", Reading),
    _one_of("hold", Hold),
    sa.CheckConstraint(
        "status != 'waiting' OR kind = 'step' OR due_at IS NOT NULL OR hold IS NOT NULL",
        name="waiting_has_a_next",
    ),
)
_STEP_TEXT = messages.c.kind == sa.literal_column("'step'")
sa.Index(
    "uq_messages_enrollment_step",
    messages.c.enrollment_id,
    messages.c.step_id,
    unique=True,
    sqlite_where=_STEP_TEXT,
)
_ON_ITS_WAY = sa.and_(
    messages.c.status == sa.literal_column("'sending'"),
    messages.c.kind.in_([sa.literal_column("'step'"), sa.literal_column("'direct'")]),
)
sa.Index(
    "uq_messages_one_on_its_way",
    messages.c.contact_id,
    unique=True,
    sqlite_where=_ON_ITS_WAY,
)
_OUTBOX = sa.and_(
    messages.c.status == sa.literal_column("'waiting'"), messages.c.due_at.is_not(None)
)
sa.Index(
    "ix_messages_outbox",
    messages.c.sender_id,
    messages.c.due_at,
    sqlite_where=_OUTBOX,
)
sa.Index("ix_messages_contact_id", messages.c.contact_id, messages.c.id)
sa.Index("ix_messages_phone", messages.c.phone, messages.c.id)
_HANDED_OVER = sa.and_(_STEP_TEXT, messages.c.handed_off_at.is_not(None))
sa.Index(
    "ix_messages_handed_over",
    messages.c.contact_id,
    messages.c.handed_off_at,
    sqlite_where=_HANDED_OVER,
)
_UNKNOWN_STEP = sa.and_(messages.c.status == sa.literal_column("'unknown'"), _STEP_TEXT)
sa.Index("ix_messages_unknown", messages.c.contact_id, sqlite_where=_UNKNOWN_STEP)
_CARRIER_KNOWN = messages.c.carrier_id.is_not(None)
sa.Index(
    "ix_messages_carrier_id",
    messages.c.carrier_id,
    sqlite_where=_CARRIER_KNOWN,
)

attempts = _table(
    "attempts",
    _id(),
    _ref("message_id", "messages.id"),
    sa.Column("n", sa.Integer, nullable=False),
    _text("state"),
    _text("worker"),
    _instant("lease_wall"),
    _instant("started_at"),
    _instant("ended_at", nullable=True),
    _text("error", nullable=True),
    _instant("check_wall", nullable=True),
    sa.Column("checks", sa.Integer, nullable=False),
    sa.Column("misses", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("message_id", "n"),
    sa.CheckConstraint(
        "state IN ('sending', 'unknown', 'accepted', 'refused', 'unsent')", name="state_known"
    ),
)
_OPEN_ATTEMPT = attempts.c.state.in_(
    [sa.literal_column("'sending'"), sa.literal_column("'unknown'")]
)
sa.Index(
    "uq_attempts_one_open",
    attempts.c.message_id,
    unique=True,
    sqlite_where=_OPEN_ATTEMPT,
)

callbacks = _table(
    "callbacks",
    _id(),
    _text("carrier"),
    _text("dedupe_key"),
    _text("kind"),
    sa.Column("attempt_id", sa.BigInteger, nullable=True),
    _text("carrier_id", nullable=True),
    _text("status", nullable=True),
    _text("code", nullable=True),
    _text("failure", nullable=True),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("message_id", sa.BigInteger, nullable=True),
    _instant("received_at"),
    sa.UniqueConstraint("carrier", "dedupe_key"),
    sa.CheckConstraint("kind IN ('status', 'inbound')", name="kind_known"),
)
_UNMATCHED = sa.and_(
    callbacks.c.kind == sa.literal_column("'status'"), callbacks.c.message_id.is_(None)
)
sa.Index(
    "ix_callbacks_unmatched",
    callbacks.c.carrier_id,
    sqlite_where=_UNMATCHED,
)

inbound_seen = sa.Table(
    "inbound_seen",
    metadata,
    sa.Column("carrier", sa.Text, primary_key=True),
    _instant("seen_at"),
)
"""How far a carrier's list of inbound texts has been read, by the carrier's own times."""

reviews = _table(
    "reviews",
    _id(),
    _text("phone"),
    _ref("message_id", "messages.id"),
    _instant("opened_at"),
    _text("verdict", nullable=True),
    _ref("decided_by", "operators.id", nullable=True),
    _instant("decided_at", nullable=True),
    _one_of("verdict", Reading),
)
_OPEN_REVIEW = reviews.c.decided_at.is_(None)
sa.Index(
    "ix_reviews_open",
    reviews.c.phone,
    sqlite_where=_OPEN_REVIEW,
)

sender_pace = sa.Table(
    "sender_pace",
    metadata,
    sa.Column(
        "sender_id",
        sa.BigInteger,
        sa.ForeignKey("senders.id"),
        primary_key=True,
        autoincrement=False,
    ),
    _instant("next_slot_wall"),
    _instant("slow_until_wall"),
    sa.Column("refusals", sa.Integer, nullable=False, server_default="0"),
    sa.Column("set_wall", sa.BigInteger, nullable=False, server_default="0"),
)

sender_streaks = sa.Table(
    "sender_streaks",
    metadata,
    sa.Column(
        "sender_id",
        sa.BigInteger,
        sa.ForeignKey("senders.id"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("filtered", sa.Integer, nullable=False),
    _text("code", nullable=True),
    _text("phones", default="[]"),
)

sender_days = sa.Table(
    "sender_days",
    metadata,
    _ref("sender_id", "senders.id"),
    _text("day"),
    sa.Column("segments", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("sender_id", "day"),
)

operations = _table(
    "operations",
    _id(),
    _text("action"),
    _text("state"),
    _ref("operator_id", "operators.id"),
    _ref("sequence_id", "sequences.id", nullable=True),
    _text("parameters"),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("skipped", sa.Integer, nullable=False),
    sa.Column("conflict", sa.Integer, nullable=False),
    sa.Column("with_carrier", sa.Integer, nullable=False),
    _ref("undoes_id", "operations.id", nullable=True),
    _instant("created_at"),
    _instant("ended_at", nullable=True),
    _one_of("action", OperationAction),
    sa.CheckConstraint("state IN ('running', 'done', 'cancelled')", name="state_known"),
)
sa.Index(
    "uq_operations_undoes_id",
    operations.c.undoes_id,
    unique=True,
    sqlite_where=sa.and_(operations.c.undoes_id.is_not(None), operations.c.state != "cancelled"),
)

operation_rows = sa.Table(
    "operation_rows",
    metadata,
    _ref("operation_id", "operations.id"),
    sa.Column("position", sa.Integer, nullable=False),
    _ref("enrollment_id", "enrollments.id", nullable=True),
    _ref("contact_id", "contacts.id", nullable=True),
    _text("outcome", nullable=True),
    _text("why", nullable=True),
    sa.PrimaryKeyConstraint("operation_id", "position"),
    _one_of("outcome", Outcome),
)
_UNDECIDED = operation_rows.c.outcome.is_(None)
sa.Index(
    "ix_operation_rows_undecided",
    operation_rows.c.operation_id,
    operation_rows.c.position,
    sqlite_where=_UNDECIDED,
)

events = _table(
    "events",
    _id(),
    _instant("at"),
    _text("kind"),
    sa.Column("sequence_id", sa.BigInteger, nullable=True),
    sa.Column("enrollment_id", sa.BigInteger, nullable=True),
    sa.Column("contact_id", sa.BigInteger, nullable=True),
    sa.Column("message_id", sa.BigInteger, nullable=True),
    sa.Column("operation_id", sa.BigInteger, nullable=True),
    sa.Column("operator_id", sa.BigInteger, nullable=True),
    _text("body", default="{}"),
)
_OF_ENROLLMENT = events.c.enrollment_id.is_not(None)
sa.Index(
    "ix_events_enrollment_id",
    events.c.enrollment_id,
    sqlite_where=_OF_ENROLLMENT,
)
_OF_CONTACT = events.c.contact_id.is_not(None)
sa.Index(
    "ix_events_contact_id",
    events.c.contact_id,
    sqlite_where=_OF_CONTACT,
)
