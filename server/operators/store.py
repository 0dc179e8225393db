"""SQL of operators and tokens. Functions over a Connection; none commits."""

from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple

import sqlalchemy as sa

from common.model.operators import Operator, Token, TokenSecret
from common.vocabulary import Role
from server.clock import to_datetime
from server.database.statements import named
from server.database.tables import operators, tokens
from server.errors import Conflict, NotFound
from server.titles import name_key

PREFIX = "dbt_"


class Caller(NamedTuple):
    """The sender of a request."""

    token_id: int
    operator_id: int
    name: str
    role: Role


def digest(secret: str) -> bytes:
    """The stored form of a token: its secret has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).digest()


def find_caller(connection: sa.Connection, secret: str) -> Caller | None:
    """The operator of a valid token, or None."""
    row = connection.execute(
        sa.select(tokens.c.id, operators.c.id, operators.c.name, operators.c.role)
        .join_from(tokens, operators)
        .where(
            tokens.c.digest == digest(secret),
            tokens.c.revoked_wall.is_(None),
            operators.c.disabled_wall.is_(None),
        )
    ).first()
    return Caller(row[0], row[1], row[2], Role(row[3])) if row else None


def standing_tokens(connection: sa.Connection) -> set[int]:
    """The valid tokens."""
    found = connection.execute(
        sa.select(tokens.c.id)
        .join_from(tokens, operators)
        .where(tokens.c.revoked_wall.is_(None), operators.c.disabled_wall.is_(None))
    )
    return set(found.scalars())


def add_operator(connection: sa.Connection, name: str, role: Role, now: int) -> int:
    """Create an operator; returns the id. Raises Conflict if the name is taken, in any case."""
    key = name_key(name)
    taken = connection.execute(sa.select(operators.c.id).where(operators.c.name_key == key)).first()
    if taken:
        raise Conflict(
            "operator_exists", f"An operator named {name!r} already exists; choose another name."
        )
    operator_id: int = connection.execute(
        sa.insert(operators)
        .values(name=name, name_key=key, role=role.value, created_wall=now)
        .returning(operators.c.id)
    ).scalar_one()
    return operator_id


def add_token(
    connection: sa.Connection, operator_id: int, label: str, now: int, secret: str | None = None
) -> TokenSecret:
    """Create a token for an operator. The secret is only in the result, never stored."""
    secret = secret or PREFIX + secrets.token_urlsafe(32)
    operator = get_operator(connection, operator_id)
    if operator.disabled:
        raise Conflict(
            "operator_disabled", f"{operator.name!r} is disabled. Enable the operator first."
        )
    token_id = connection.execute(
        sa.insert(tokens)
        .values(operator_id=operator_id, label=label, digest=digest(secret), created_wall=now)
        .returning(tokens.c.id)
    ).scalar_one()
    return TokenSecret(token_id, operator.name, operator.role, secret)


def get_operator(connection: sa.Connection, operator_id: int) -> Operator:
    """One operator. Raises NotFound."""
    row = connection.execute(sa.select(operators).where(operators.c.id == operator_id)).first()
    if row is None:
        raise NotFound("operator", operator_id)
    return _operator(row)


def find_operator(connection: sa.Connection, name: str) -> Operator:
    """One operator by name, in any case. Raises NotFound."""
    row = connection.execute(named(sa.select(operators), operators.c.name_key, name)).first()
    if row is None:
        raise NotFound("operator", name)
    return _operator(row)


def list_operators(connection: sa.Connection) -> list[Operator]:
    """All operators, by name."""
    return [_operator(row) for row in connection.execute(sa.select(operators).order_by("name"))]


def change_operator(
    connection: sa.Connection, operator_id: int, role: Role | None, disabled: bool | None, now: int
) -> Operator:
    """Change the given fields. Raises Conflict if no admin, or none with a token, would be left."""
    before = get_operator(connection, operator_id)
    could_sign_in = _admin_tokens(connection)
    changes: dict[str, str | int | None] = {}
    if role is not None:
        changes["role"] = role.value
    if disabled is not None and disabled != before.disabled:
        changes["disabled_wall"] = now if disabled else None
    if changes:
        connection.execute(
            sa.update(operators).where(operators.c.id == operator_id).values(**changes)
        )
    admins = connection.execute(
        sa.select(sa.func.count()).where(
            operators.c.role == Role.ADMIN.value, operators.c.disabled_wall.is_(None)
        )
    ).scalar_one()
    if admins == 0:
        raise Conflict(
            "last_admin",
            f"{before.name!r} is the last admin. Make another operator an admin first.",
        )
    if could_sign_in and not _admin_tokens(connection):
        raise Conflict(
            "last_admin_token",
            f"{before.name!r} has the last admin token. Create one for another admin first.",
        )
    return get_operator(connection, operator_id)


def _admin_tokens(connection: sa.Connection) -> int:
    """How many valid tokens admins have."""
    count: int = connection.execute(
        sa.select(sa.func.count())
        .select_from(tokens.join(operators))
        .where(
            operators.c.role == Role.ADMIN.value,
            operators.c.disabled_wall.is_(None),
            tokens.c.revoked_wall.is_(None),
        )
    ).scalar_one()
    return count


def list_tokens(connection: sa.Connection) -> list[Token]:
    """All tokens without their secrets, newest first."""
    rows = connection.execute(
        sa.select(tokens, operators.c.name.label("operator"))
        .join_from(tokens, operators)
        .order_by(tokens.c.id.desc())
    )
    return [
        Token(
            row.id,
            row.operator,
            row.label,
            to_datetime(row.created_wall),
            row.revoked_wall is not None,
        )
        for row in rows
    ]


def revoke_token(connection: sa.Connection, token_id: int, now: int) -> None:
    """Revoke a token; repeating it changes nothing.

    Raises NotFound, and Conflict if no admin could sign in any more.
    """
    could_sign_in = _admin_tokens(connection)
    found = connection.execute(
        sa.update(tokens)
        .where(tokens.c.id == token_id)
        .values(revoked_wall=sa.func.coalesce(tokens.c.revoked_wall, now))
    )
    if found.rowcount == 0:
        raise NotFound("token", token_id)
    if could_sign_in and not _admin_tokens(connection):
        raise Conflict(
            "last_admin_token",
            f"Token {token_id} is the last admin token. Create another one first.",
        )


def _operator(row: sa.Row[tuple[object, ...]]) -> Operator:
    return Operator(
        row.id,
        row.name,
        Role(row.role),
        to_datetime(row.created_wall),
        row.disabled_wall is not None,
    )
