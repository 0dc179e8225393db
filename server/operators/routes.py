"""Routes of operators, tokens and the caller itself."""

from __future__ import annotations

import sqlalchemy as sa
from litestar import Response, Router, delete, get, patch, post
from litestar.di import NamedDependency
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
from server.clock import to_datetime, wall
from server.mutation import Mutation
from server.operators import store
from server.operators.guards import CallerRequest
from server.parameters import Id
from server.problems import problems
from server.titles import read_label, read_title
from server.version import VERSION


@get("/me", operation_id="me", opt={"role": Role.VIEWER}, responses=problems())
async def me(request: CallerRequest) -> Me:
    """Who asks, and the server's clock."""
    state = request.app.state
    operator = await state.database.read_first(store.get_operator, request.user.operator_id)
    return Me(
        operator=operator,
        now=to_datetime(state.clock.now()),
        rate=state.clock.rate,
        zone=state.settings.zone,
        region=state.settings.region,
        simulated=state.settings.simulated,
        version=VERSION,
    )


@get("/operators", operation_id="listOperators", opt={"role": Role.VIEWER}, responses=problems())
async def list_operators(request: CallerRequest) -> list[Operator]:
    """All operators, by name."""
    found: list[Operator] = await request.app.state.database.read(store.list_operators)
    return found


@post(
    "/operators", operation_id="addOperator", opt={"role": Role.ADMIN}, responses=problems(409, 413)
)
async def add_operator(
    data: JSONBody[NewOperator], mutation: NamedDependency[Mutation]
) -> Response[TokenSecret]:
    """Make an operator with a first token, whose secret is shown this once."""
    name = read_title(data.name, "body.name")

    def add(connection: sa.Connection) -> TokenSecret:
        now = wall()
        operator_id = store.add_operator(connection, name, data.role, now)
        return store.add_token(connection, operator_id, "first", now)

    return await mutation(add)


@patch(
    "/operators/{operator_id:int}",
    operation_id="changeOperator",
    opt={"role": Role.ADMIN},
    responses=problems(404, 409, 413),
)
async def change_operator(
    operator_id: Id, data: JSONBody[OperatorChange], mutation: NamedDependency[Mutation]
) -> Response[Operator]:
    """Change an operator's role, or disable and enable the operator."""
    return await mutation(store.change_operator, operator_id, data.role, data.disabled, wall())


@get("/tokens", operation_id="listTokens", opt={"role": Role.ADMIN}, responses=problems())
async def list_tokens(request: CallerRequest) -> list[Token]:
    """All tokens, without their secrets."""
    found: list[Token] = await request.app.state.database.read(store.list_tokens)
    return found


@post(
    "/tokens", operation_id="addToken", opt={"role": Role.ADMIN}, responses=problems(404, 409, 413)
)
async def add_token(
    data: JSONBody[NewToken], mutation: NamedDependency[Mutation]
) -> Response[TokenSecret]:
    """Make a token for an operator; its secret is shown this once."""
    label = read_label(data.label, "body.label")

    def add(connection: sa.Connection) -> TokenSecret:
        operator = store.find_operator(connection, data.operator)
        return store.add_token(connection, operator.id, label, wall())

    return await mutation(add)


@delete(
    "/tokens/{token_id:int}",
    operation_id="revokeToken",
    opt={"role": Role.ADMIN},
    responses=problems(404, 409, empty=True),
)
async def revoke_token(token_id: Id, mutation: NamedDependency[Mutation]) -> Response[None]:
    """Make a token worthless."""
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
