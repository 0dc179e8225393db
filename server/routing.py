"""Declaring the routes of `/api/v1`: each with its name, the role that it needs and its errors.

Exceptions to the rule (public routes, streams) use Litestar's decorators themselves.
"""

from __future__ import annotations

from typing import Any, TypeVar

from litestar import delete
from litestar.handlers import HTTPRouteHandler

from common.vocabulary import Role
from server.problems import problems

Handler = TypeVar("Handler", bound=HTTPRouteHandler)


def route(
    method: type[Handler], path: str, name: str, role: Role, *errors: int, **more: Any
) -> Handler:
    """A decorator: `method` is Litestar's, `errors` are statuses beside those of every route."""
    return method(
        path,
        operation_id=name,
        opt={"role": role},
        responses=problems(*errors, empty=method is delete),
        **more,
    )
