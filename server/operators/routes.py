"""Routes of operators, tokens and the caller itself."""

from __future__ import annotations

import sqlalchemy as sa
from litestar import Response, Router, delete, get, patch, post
from litestar.params import JSONBody

from common.model.operators import (
    Me,
    NewOperator,
    NewToken,
    Operator,
    OperatorChange,
    Token,
    TokenSecret,
)
from common.vocabulary import Role
from server.clock import DomainClock, to_datetime, wall
from server.database.engine import Database
from server.dependencies import Injected
from server.mutation import Mutation
from server.operators import store
from server.operators.guards import CallerRequest
from server.parameters import Id
from server.routing import route, view
from server.settings import Settings
from server.titles import read_label, read_title
from server.version import VERSION


@view("/me", "me")
async def me(
    request: CallerRequest,
    database: Injected[Database],
    clock: Injected[DomainClock],
    settings: Injected[Settings],
) -> Me:
    """The caller, and the server's clock."""
    operator = await database.read_first(store.get_operator, request.user.operator_id)
    return Me(
        operator=operator,
        now=to_datetime(clock.now()),
        rate=clock.rate,
        zone=settings.zone,
        region=settings.region,
        simulated=settings.simulated,
        version=VERSION,
    )


@view("/operators", "listOperators")
async def list_operators(database: Injected[Database]) -> list[Operator]:
    """All operators, by name."""
    return await database.read(store.list_operators)


@route(post, "/operators", "addOperator", 409, 413, role=Role.ADMIN)
async def add_operator(
    data: JSONBody[NewOperator], mutation: Injected[Mutation]
) -> Response[TokenSecret]:
    """Create an operator with a first token, whose secret is shown once."""
    name = read_title(data.name, "body.name")

    def add(connection: sa.Connection) -> TokenSecret:
        now = wall()
        operator_id = store.add_operator(connection, name, data.role, now)
        return store.add_token(connection, operator_id, "first", now)

    return await mutation(add)


@route(patch, "/operators/{operator_id:int}", "changeOperator", 404, 409, 413, role=Role.ADMIN)
async def change_operator(
    operator_id: Id, data: JSONBody[OperatorChange], mutation: Injected[Mutation]
) -> Response[Operator]:
    """Change an operator's role, or disable or enable the operator."""
    return await mutation(store.change_operator, operator_id, data.role, data.disabled, wall())


@route(get, "/tokens", "listTokens", role=Role.ADMIN)
async def list_tokens(database: Injected[Database]) -> list[Token]:
    """All tokens, without their secrets."""
    return await database.read(store.list_tokens)


@route(post, "/tokens", "addToken", 404, 409, 413, role=Role.ADMIN)
async def add_token(
    data: JSONBody[NewToken], mutation: Injected[Mutation]
) -> Response[TokenSecret]:
    """Create a token for an operator; its secret is shown once."""
    label = read_label(data.label, "body.label")

    def add(connection: sa.Connection) -> TokenSecret:
        operator = store.find_operator(connection, data.operator)
        return store.add_token(connection, operator.id, label, wall())

    return await mutation(add)


@route(delete, "/tokens/{token_id:int}", "revokeToken", 404, 409, role=Role.ADMIN)
async def revoke_token(token_id: Id, mutation: Injected[Mutation]) -> Response[None]:
    """Revoke a token."""
    return await mutation(store.revoke_token, token_id, wall())


router = Router(
    path="/",
    route_handlers=[
        me,
        list_operators,
        add_operator,
        change_operator,
        list_tokens,
        add_token,
        revoke_token,
    ],
    tags=["operators"],
)
