"""SQL of suppressions: numbers that must not be texted, and who requested it.

A suppression belongs to the number, not to a contact. It is active until it is lifted; each number
has at most one active suppression per source. Functions over a Connection; none commits. Higher
layers stop what is pending for the number, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

import sqlalchemy as sa

from common.model.contacts import Suppression, SuppressionPage
from common.vocabulary import Direction, MessageKind, MessageStatus, SuppressionSource
from server.clock import to_datetime
from server.contacts.store import contacts_by_phone
from server.database.statements import count_rows, execute_in, fetch_in
from server.database.tables import contacts, messages, operators, suppressions
from server.errors import Conflict, NotFound
from server.events import log

LIFTED_BY_OPERATORS: Final = frozenset({SuppressionSource.OPERATOR, SuppressionSource.IMPORT})
LIFTED_BY_CONTACT: Final = frozenset({SuppressionSource.KEYWORD, SuppressionSource.CARRIER})
_STANDS: Final = suppressions.c.lifted_at.is_(None)
_TEXTED: Final = (
    sa.select(messages.c.id)
    .where(
        sa.or_(
            messages.c.phone == suppressions.c.phone,
            messages.c.contact_id.in_(  # texted in another spelling, before the normal form
                sa.select(contacts.c.id)
                .where(contacts.c.phone == suppressions.c.phone)
                .correlate(suppressions)
            ),
        ),
        messages.c.direction == Direction.OUT.value,
        messages.c.kind.not_in([MessageKind.CONFIRMATION.value, MessageKind.HELP.value]),
        messages.c.status.not_in([MessageStatus.WAITING.value, MessageStatus.CANCELLED.value]),
    )
    .correlate(suppressions)
    .exists()
)
"""Whether a number was ever sent a text. Answers to keywords do not count: fake opt-outs get them
too.
"""


def suppress(
    connection: sa.Connection,
    phones: Collection[str],
    source: SuppressionSource,
    note: str,
    operator_id: int | None,
    now: int,
) -> set[str]:
    """Suppress numbers; returns those that had no active suppression of this source."""
    already = {
        phone for phone, sources in standing(connection, phones).items() if source in sources
    }
    new = [phone for phone in dict.fromkeys(phones) if phone not in already]
    if not new:
        return set()
    connection.execute(
        sa.insert(suppressions),
        [
            {
                "phone": phone,
                "source": source.value,
                "note": note,
                "created_by": operator_id,
                "created_at": now,
            }
            for phone in new
        ],
    )
    _tell(connection, "suppression_added", [(phone, source) for phone in new], operator_id, now)
    return set(new)


def lift(
    connection: sa.Connection,
    phone: str,
    sources: frozenset[SuppressionSource],
    operator_id: int | None,
    now: int,
) -> list[SuppressionSource]:
    """Lift the active suppressions of these sources; returns the sources that were lifted."""
    lifted = sorted(standing(connection, [phone]).get(phone, frozenset()) & sources)
    if lifted:
        connection.execute(
            sa.update(suppressions)
            .where(suppressions.c.phone == phone, suppressions.c.source.in_(lifted), _STANDS)
            .values(lifted_by=operator_id, lifted_at=now)
        )
        _tell(
            connection,
            "suppression_lifted",
            [(phone, source) for source in lifted],
            operator_id,
            now,
        )
    return lifted


def lift_by_operator(
    connection: sa.Connection, phone: str, operator_id: int, now: int
) -> list[SuppressionSource]:
    """Lift an operator's and an import's suppression; returns the sources that were lifted.

    Raises NotFound if none is active, and Conflict, lifting nothing, if the contact opted out: only
    the contact can undo that.
    """
    sources = standing(connection, [phone]).get(phone)
    if not sources:
        raise NotFound("suppression", phone)
    asked = sorted(sources & LIFTED_BY_CONTACT)
    if asked:
        raise Conflict(
            "contact_must_opt_in",
            f"{phone} opted out ({', '.join(asked)}). Only the contact can undo this, by "
            "texting START.",
            sources=asked,
        )
    return lift(connection, phone, LIFTED_BY_OPERATORS, operator_id, now)


def standing(
    connection: sa.Connection, phones: Collection[str]
) -> dict[str, frozenset[SuppressionSource]]:
    """The sources of active suppressions of these numbers; numbers without any are left out."""
    found: dict[str, set[SuppressionSource]] = {}
    stands = "SELECT phone, source FROM suppressions WHERE lifted_at IS NULL AND phone IN"
    for phone, source in fetch_in(connection, stands, phones):
        found.setdefault(phone, set()).add(SuppressionSource(source))
    return {phone: frozenset(sources) for phone, sources in found.items()}


def lift_untexted(
    connection: sa.Connection, since: int, until: int, operator_id: int, now: int, most: int
) -> int:
    """Lift at most `most` keyword suppressions of never texted numbers; returns how many."""
    rows = connection.execute(
        sa.select(suppressions.c.id, suppressions.c.phone)
        .where(_untexted(since, until))
        .order_by(suppressions.c.id)
        .limit(most)
    ).all()
    lift_now = sa.update(suppressions).values(lifted_by=operator_id, lifted_at=now)
    execute_in(connection, lift_now, suppressions.c.id, [row.id for row in rows])
    lifted = [(row.phone, SuppressionSource.KEYWORD) for row in rows]
    _tell(connection, "suppression_lifted", lifted, operator_id, now)
    return len(rows)


def count_untexted(connection: sa.Connection, since: int, until: int) -> int:
    """How many `lift_untexted` would lift."""
    return count_rows(connection, suppressions, _untexted(since, until))


def _untexted(since: int, until: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        _STANDS,
        suppressions.c.source == SuppressionSource.KEYWORD.value,
        suppressions.c.created_at >= since,
        suppressions.c.created_at < until,
        ~_TEXTED,
    )


def list_suppressions(
    connection: sa.Connection,
    numbers: Collection[str],
    offset: int,
    limit: int,
    *,
    lifted: bool,
    texted: bool | None = None,
) -> SuppressionPage:
    """Suppressions of numbers that contain one of these digits, or of all, newest first.

    With `lifted`, past ones too; `texted` selects numbers that were, or were never, texted.
    """
    matching: sa.ColumnElement[bool] = sa.true() if lifted else _STANDS
    if numbers:
        holds = (suppressions.c.phone.contains(digits) for digits in numbers)
        matching = sa.and_(matching, sa.or_(*holds))
    if texted is not None:
        matching = sa.and_(matching, _TEXTED if texted else ~_TEXTED)
    total = count_rows(connection, suppressions, matching)
    return SuppressionPage(_read(connection, matching, offset, limit), total)


def suppressions_of(connection: sa.Connection, phone: str) -> tuple[Suppression, ...]:
    """The active suppressions of one number."""
    return _read(connection, sa.and_(suppressions.c.phone == phone, _STANDS), 0, None)


def _read(
    connection: sa.Connection, matching: sa.ColumnElement[bool], offset: int, limit: int | None
) -> tuple[Suppression, ...]:
    creator, lifter = operators.alias(), operators.alias()
    rows = connection.execute(
        sa.select(
            suppressions,
            creator.c.name.label("creator"),
            lifter.c.name.label("lifter"),
            _TEXTED.label("texted"),
        )
        .outerjoin_from(suppressions, creator, creator.c.id == suppressions.c.created_by)
        .outerjoin(lifter, lifter.c.id == suppressions.c.lifted_by)
        .where(matching)
        .order_by(suppressions.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return tuple(_suppression(row) for row in rows)


def _suppression(row: sa.Row[Any]) -> Suppression:
    return Suppression(
        id=row.id,
        phone=row.phone,
        source=SuppressionSource(row.source),
        note=row.note,
        created_by=row.creator,
        created_at=to_datetime(row.created_at),
        lifted_by=row.lifter,
        lifted_at=None if row.lifted_at is None else to_datetime(row.lifted_at),
        texted=bool(row.texted),
    )


def _tell(
    connection: sa.Connection,
    kind: str,
    what: Iterable[tuple[str, SuppressionSource]],
    operator_id: int | None,
    now: int,
) -> None:
    numbers = list(what)
    people = contacts_by_phone(connection, [phone for phone, _ in numbers])
    log.append(
        connection,
        (
            log.Entry(
                now,
                kind,
                contact_id=people.get(phone),
                operator_id=operator_id,
                body=log.body(phone=phone, source=source),
            )
            for phone, source in numbers
        ),
    )
