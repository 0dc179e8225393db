"""Operators and their tokens, as the API says them."""

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
    """Makes an operator, with a first token."""

    name: Name
    role: Role = Role.OPERATOR


class OperatorChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Changes what is given; null leaves as it is."""

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
    """Makes a token for an operator, by name."""

    operator: Name
    label: Annotated[str, Meta(max_length=100)] = ""


class TokenSecret(Struct, frozen=True):
    """A new token; the secret is shown this once.

    The same request under the same Idempotency-Key gets the answer without it: `token` is null and
    `withheld` says `secret_shown_once`. Whoever missed it revokes this token and makes another.
    """

    id: int
    operator: str
    role: Role
    token: str | None
    withheld: Literal["secret_shown_once"] | None = None

    def without_secret(self) -> TokenSecret:
        """What may be stored of it."""
        return replace(self, token=None, withheld="secret_shown_once")


class Me(Struct, frozen=True):
    """Who asks, and the server's clock: domain times are read against `now`, never a local clock.

    `rate` is domain seconds per real second; 0 when the clock stands until it is moved.
    """

    operator: Operator
    now: datetime
    rate: float
    zone: str
    region: str
    simulated: bool
    version: str
