"""Operators and their tokens in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from common.vocabulary import Role

Name = Annotated[str, Meta(min_length=1, max_length=100)]


class Operator(Struct, frozen=True):
    """A user of the system."""

    id: int
    name: str
    role: Role
    created_at: datetime
    disabled: bool


class NewOperator(Struct, frozen=True, forbid_unknown_fields=True):
    """Creates an operator with a first token."""

    name: Name
    role: Role = Role.OPERATOR


class OperatorChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Changes the given fields; null leaves a field unchanged."""

    role: Role | None = None
    disabled: bool | None = None


class Token(Struct, frozen=True):
    """A token, without its secret."""

    id: int
    operator: str
    label: str
    created_at: datetime
    revoked: bool


class NewToken(Struct, frozen=True, forbid_unknown_fields=True):
    """Creates a token for an operator, by name."""

    operator: Name
    label: Annotated[str, Meta(max_length=100)] = ""


class TokenSecret(Struct, frozen=True):
    """A new token. The secret is shown only once.

    A repeated request with the same Idempotency-Key gets the answer without it: `token` is null and
    `withheld` is `secret_shown_once`. If you missed the secret, revoke this token and create
    another.
    """

    id: int
    operator: str
    role: Role
    token: str | None
    withheld: Literal["secret_shown_once"] | None = None

    def without_secret(self) -> TokenSecret:
        """The answer as it may be stored."""
        return replace(self, token=None, withheld="secret_shown_once")


class Me(Struct, frozen=True):
    """The caller, and the server's clock. Compare domain times with `now`, never with a local
    clock.

    `rate` is domain seconds per real second; 0 if the clock moves only when advanced.
    """

    operator: Operator
    now: datetime
    rate: float
    zone: str
    region: str
    simulated: bool
    version: str
