"""Numbers in one form

Everything stored under another spelling of a number (+521, +54 without the 9, Brazil's mobiles of
eight digits) goes to its normal form. Where two contacts turn out to have one number, the one that
has the normal form already, else the older one, keeps it; the other keeps its row, its history and
its old spelling, and that spelling is suppressed, so that nothing goes out to it.
"""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa
from alembic import op

from common.phones import normal
from server.contacts.numbers import InvalidNumber, read_number

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _table(name: str, columns: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns.split()))


workspace = _table("workspace", "manual_now")
contacts = _table("contacts", "id phone country number_zones line line_source line_certain line_at")
suppressions = _table("suppressions", "id phone source note created_at lifted_at")
messages = _table("messages", "phone direction status")
reviews = _table("reviews", "phone")


def upgrade() -> None:
    """Respell what is stored."""
    connection = op.get_bind()
    _respell_suppressions(connection)
    _respell_contacts(connection)
    # A text that may be at the carrier is looked for there under the number that was handed over.
    in_doubt = sa.and_(messages.c.direction == "out", messages.c.status.in_(["sending", "unknown"]))
    _respell(connection, messages, sa.not_(in_doubt))
    _respell(connection, reviews, sa.true())


def downgrade() -> None:
    """Leave the normal forms: they are numbers to the server of the revision before, too."""


def _respell_suppressions(connection: sa.Connection) -> None:
    """Of two that then stand for one number and source, the older one goes on standing."""
    standing: set[tuple[str, str]] = set()
    rows = connection.execute(
        sa.select(suppressions).where(_may_differ(suppressions)).order_by(suppressions.c.id)
    ).all()
    for row in rows:
        if row.lifted_at is None:
            which = (normal(row.phone), row.source)
            if which in standing:
                _change(connection, row.id, lifted_at=row.created_at)
            standing.add(which)
    for row in rows:
        if normal(row.phone) != row.phone:
            _change(connection, row.id, phone=normal(row.phone))


def _change(connection: sa.Connection, suppression_id: int, **values: Any) -> None:
    connection.execute(
        sa.update(suppressions).where(suppressions.c.id == suppression_id).values(**values)
    )


def _respell_contacts(connection: sa.Connection) -> None:
    rows = connection.execute(
        sa.select(contacts).where(_may_differ(contacts)).order_by(contacts.c.id)
    ).all()
    holders = {row.phone: row.id for row in rows if normal(row.phone) == row.phone}
    manual = connection.execute(sa.select(workspace.c.manual_now)).scalar()
    now = time.time_ns() // 1_000 if manual is None else manual
    for row in rows:
        phone = normal(row.phone)
        holder = holders.setdefault(phone, row.id)
        if holder == row.id:
            connection.execute(
                sa.update(contacts).where(contacts.c.id == row.id).values(**_columns(row, phone))
            )
        else:
            note = f"The same number as {phone}, which contact {holder} has."
            connection.execute(
                sa.insert(suppressions).values(
                    phone=row.phone, source="operator", note=note, created_at=now
                )
            )


def _columns(row: sa.Row[Any], phone: str) -> dict[str, Any]:
    """The number and what it tells, but for a line type that somebody else told."""
    values: dict[str, Any] = {"phone": phone}
    try:
        number = read_number(phone, fictional_ok=True)
    except InvalidNumber:
        return values  # its plan has changed since it was taken
    values |= {"country": number.country, "number_zones": " ".join(number.zones)}
    if row.line_source in {None, "plan"} and row.line != number.line:
        known = number.line != "unknown"
        values |= {
            "line": number.line.value,
            "line_source": "plan" if known else None,
            "line_certain": known,
            "line_at": row.line_at if known else None,
        }
    return values


def _respell(connection: sa.Connection, table: sa.TableClause, which: Any) -> None:
    phones = connection.execute(sa.select(table.c.phone).where(_may_differ(table)).distinct())
    for phone in phones.scalars().all():
        if normal(phone) != phone:
            connection.execute(
                sa.update(table).where(table.c.phone == phone, which).values(phone=normal(phone))
            )


def _may_differ(table: sa.TableClause) -> sa.ColumnElement[bool]:
    """Numbers of the countries whose numbers have several spellings."""
    return sa.or_(*(table.c.phone.startswith(code) for code in ("+52", "+54", "+55")))
