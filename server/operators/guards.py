"""Signing in and permission: middleware that finds the caller, and a guard that checks the role.

Every route declares in `opt["role"]` which role it needs, or that it is public. A route without
this is refused at start, so that none is open by mistake.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any, Final

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.enums import HttpMethod
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from common.vocabulary import Role
from server.connections import address_of
from server.database.engine import Database, read_as
from server.errors import Forbidden, TooMany, Unauthorized
from server.operators import store
from server.operators.sign_in_limits import LONGEST, FailedSignIns
from server.operators.store import Caller

PUBLIC: Final = "exclude_from_auth"
_RANK: Final = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMIN: 2}

CallerRequest = Request[Caller, Any, State]


def is_description(path: str) -> bool:
    """Whether a path is the OpenAPI document's, which Litestar serves publicly."""
    return path == "/schema" or path.startswith("/schema/")


class SignIn(AbstractAuthenticationMiddleware):
    """Reads `Authorization: Bearer …`. Raises Unauthorized, and TooMany after too many failures."""

    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        """The caller behind the token."""
        scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthorized(
                "no_token", "No token was sent. Add the header 'Authorization: Bearer dbt_…'."
            )
        database: Database = connection.app.state.database
        caller = await database.read_first(store.find_caller, secret.strip())
        if caller is None:
            await _slow_down(connection)
            raise Unauthorized(
                "bad_token", "The token is unknown or revoked. Ask an admin for a new one."
            )
        read_as(caller.operator_id)
        return AuthenticationResult(user=caller, auth=caller.token_id)


async def _slow_down(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    failed: FailedSignIns = connection.app.state.failed_sign_ins
    address = address_of(connection.client.host if connection.client else "")
    wait = failed.wait(address, time.monotonic())
    if wait > LONGEST:
        raise TooMany(
            "too_many_sign_ins",
            "Too many sign-ins from this address have failed. Try again in a moment.",
            retry_after=math.ceil(wait),
        )
    await asyncio.sleep(wait)


def may(role: Role, needed: Role) -> bool:
    """Whether `role` may do what `needed` may."""
    return _RANK[role] >= _RANK[needed]


def check_role(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard: the caller's role is at least the route's."""
    if handler.opt.get(PUBLIC) or is_description(connection.scope["path"]):
        return
    if connection.scope.get("method") == HttpMethod.OPTIONS:
        return
    needed = handler.opt["role"]
    caller: Caller = connection.user
    if not may(caller.role, needed):
        raise Forbidden(
            "role_too_low",
            f"{caller.name!r} has the role {caller.role}; this needs the role {needed}. Ask "
            "an admin.",
        )


def routes_without_role(app: Litestar) -> list[str]:
    """Paths of routes that declare neither a role nor that they are public; must be empty."""
    missing = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            opt = handler.opt
            if handler.http_methods == {HttpMethod.OPTIONS}:  # Litestar's own, lists the methods
                continue
            if not (opt.get(PUBLIC) or "role" in opt or is_description(route.path)):
                missing.append(route.path)
    return missing
