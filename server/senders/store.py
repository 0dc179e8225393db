"""SQL of senders. Functions over a Connection; none commits.

At most one sender is the default, by a partial unique index; these functions ensure that there is
one if there are senders.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from msgspec import UNSET

from common.model.senders import CarrierName, NewSender, Sender, SenderChange
from common.phones import normal
from server.clock import to_datetime
from server.database.tables import senders
from server.errors import Conflict, NotFound, invalid
from server.events import log
from server.settings import Settings
from server.titles import read_title

SIMULATED_PHONE: Final = "+15005550006"
"""The sender of Twilio's test credentials, which nobody owns."""

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


class SenderRow(NamedTuple):
    """A stored sender; times are UTC microseconds."""

    id: int
    phone: str
    name: str
    carrier: CarrierName
    segments_per_second: float
    daily_cap: int | None
    stopped_reason: str | None
    stopped_at: int | None
    is_default: bool
    created_at: int

    def told(self) -> Sender:
        """The sender in the API."""
        return Sender(
            id=self.id,
            phone=self.phone,
            name=self.name,
            carrier=self.carrier,
            segments_per_second=self.segments_per_second,
            daily_cap=self.daily_cap,
            is_default=self.is_default,
            stopped_reason=self.stopped_reason,
            stopped_at=None if self.stopped_at is None else to_datetime(self.stopped_at),
            created_at=to_datetime(self.created_at),
        )


def list_senders(connection: sa.Connection) -> list[Sender]:
    """All senders: the default first, then by phone."""
    rows = connection.execute(
        sa.select(senders).order_by(senders.c.is_default.desc(), senders.c.phone)
    )
    return [_row(row).told() for row in rows]


def get_sender(connection: sa.Connection, sender_id: int) -> SenderRow:
    """One sender. Raises NotFound."""
    row = connection.execute(sa.select(senders).where(senders.c.id == sender_id)).first()
    if row is None:
        raise NotFound("sender", sender_id)
    return _row(row)


def find_sender(connection: sa.Connection, phone: str) -> SenderRow | None:
    """The sender with this phone number in any spelling, or None.

    A sender keeps its given spelling, because its carrier may know no other.
    """
    row = connection.execute(sa.select(senders).where(senders.c.phone == phone)).first()
    if row is None:
        wanted = normal(phone)
        rows = connection.execute(sa.select(senders).order_by(senders.c.id))
        row = next((one for one in rows if normal(one.phone) == wanted), None)
    return _row(row) if row else None


def default_sender(connection: sa.Connection) -> SenderRow:
    """The sender of everything without one. Raises Conflict if there is none."""
    row = connection.execute(sa.select(senders).where(senders.c.is_default.is_(True))).first()
    if row is None:
        raise Conflict(
            "no_sender",
            "There is no sender to text from. An admin can add one (POST /senders).",
        )
    return _row(row)


def tell_sender(connection: sa.Connection, sender_id: int) -> Sender:
    """One sender in the API. Raises NotFound."""
    return get_sender(connection, sender_id).told()


def add_sender(
    connection: sa.Connection, new: NewSender, operator_id: int | None, now: int
) -> Sender:
    """Create a sender; the first becomes the default.

    Raises Invalid for a wrong phone number or name, Conflict if a sender has the number.
    """
    if not _E164.fullmatch(new.phone):
        raise invalid(
            "body.phone",
            f"{new.phone!r} is not a number in E.164.",
            "Write a plus sign, the country code and the number, such as +14155550142.",
        )
    name = read_title(new.name, "body.name")
    known = find_sender(connection, new.phone)
    if known:
        raise Conflict(
            "sender_exists", f"The sender {known.phone} already exists. Change that one instead."
        )
    first = connection.execute(sa.select(senders.c.id).limit(1)).first() is None
    is_default = new.is_default or first
    if is_default:
        _leave_no_default(connection)
    sender_id: int = connection.execute(
        sa.insert(senders)
        .values(
            phone=new.phone,
            name=name,
            carrier=new.carrier.value,
            segments_per_second=new.segments_per_second,
            daily_cap=new.daily_cap,
            is_default=is_default,
            created_at=now,
        )
        .returning(senders.c.id)
    ).scalar_one()
    _append(connection, "sender_added", sender_id, operator_id, now, phone=new.phone)
    return tell_sender(connection, sender_id)


def change_sender(
    connection: sa.Connection, sender_id: int, change: SenderChange, operator_id: int, now: int
) -> Sender:
    """Change the given fields; a new default replaces the old one.

    Raises NotFound, Invalid for a wrong name, and Conflict if no default would be left.
    """
    before = get_sender(connection, sender_id)
    asked: dict[str, Any] = {}
    if change.name is not UNSET:
        asked["name"] = read_title(change.name, "body.name")
    if change.segments_per_second is not UNSET:
        asked["segments_per_second"] = change.segments_per_second
    if change.daily_cap is not UNSET:
        asked["daily_cap"] = change.daily_cap
    if change.is_default is not UNSET:
        asked["is_default"] = change.is_default
    changes = {name: value for name, value in asked.items() if value != getattr(before, name)}
    if changes.get("is_default") is False:
        raise Conflict(
            "last_default",
            f"{before.phone} is the default sender. Make another sender the default first.",
        )
    if not changes:
        return before.told()
    if "is_default" in changes:
        _leave_no_default(connection)
    connection.execute(sa.update(senders).where(senders.c.id == sender_id).values(**changes))
    _append(connection, "sender_changed", sender_id, operator_id, now, **changes)
    return tell_sender(connection, sender_id)


def stop_sender(connection: sa.Connection, sender_id: int, reason: str, now: int) -> bool:
    """Stop a sender; True if it was sending. The first reason stays."""
    found = connection.execute(
        sa.update(senders)
        .where(senders.c.id == sender_id, senders.c.stopped_at.is_(None))
        .values(stopped_reason=reason, stopped_at=now)
    )
    if found.rowcount:
        _append(connection, "sender_stopped", sender_id, None, now, reason=reason)
    return bool(found.rowcount)


def start_sender(
    connection: sa.Connection, sender_id: int, operator_id: int | None, now: int
) -> Sender:
    """Let a stopped sender send again; one that sends is unchanged. Raises NotFound."""
    before = get_sender(connection, sender_id)
    if before.stopped_at is None and before.stopped_reason is None:
        return before.told()
    connection.execute(
        sa.update(senders)
        .where(senders.c.id == sender_id)
        .values(stopped_reason=None, stopped_at=None)
    )
    _append(connection, "sender_started", sender_id, operator_id, now)
    return tell_sender(connection, sender_id)


def ensure_default_sender(connection: sa.Connection, settings: Settings, now: int) -> None:
    """Create a sender in a simulated workspace without one, so that it can be tried at once."""
    if not settings.simulated or connection.execute(sa.select(senders.c.id).limit(1)).first():
        return
    new = NewSender(
        phone=SIMULATED_PHONE,
        name="simulator",
        carrier=CarrierName(settings.carrier),
        segments_per_second=settings.sender_rate,
        is_default=True,
    )
    add_sender(connection, new, None, now)


def _leave_no_default(connection: sa.Connection) -> None:
    connection.execute(
        sa.update(senders).where(senders.c.is_default.is_(True)).values(is_default=False)
    )


def _append(
    connection: sa.Connection,
    kind: str,
    sender_id: int,
    operator_id: int | None,
    now: int,
    **more: Any,
) -> None:
    body = log.body(sender_id=sender_id, **more)
    log.append(connection, [log.Entry(now, kind, operator_id=operator_id, body=body)])


def _row(row: sa.Row[Any]) -> SenderRow:
    stored = row._mapping
    return SenderRow(**{**stored, "carrier": CarrierName(stored["carrier"])})
