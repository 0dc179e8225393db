"""Declares the routes of `/api/v1`: each with its path, its name, its role and its errors.

`view` reads, for viewers. `act` changes, for operators, and answers 200. `route` is any other.
Public routes and streams use Litestar's decorators directly.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, TypeVar

from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler

from common.vocabulary import Role
from server.problems import problems

Handler = TypeVar("Handler", bound=HTTPRouteHandler)


def route(
    method: type[Handler],
    path: str,
    name: str,
    *errors: int,
    role: Role = Role.OPERATOR,
    **more: Any,
) -> Handler:
    """A decorator: `method` is Litestar's; `errors` are statuses beyond the common ones."""
    return method(
        path,
        operation_id=name,
        opt={"role": role},
        responses=problems(*errors, empty=method is delete),
        **more,
    )


view: Final = partial(route, get, role=Role.VIEWER)
act: Final = partial(route, post, status_code=200)
