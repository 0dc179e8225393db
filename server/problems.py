"""Turns errors into RFC 9457 problems, and declares them for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import structlog
from litestar import MediaType, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from common.model.faults import Fault
from server.database.engine import may_pass
from server.errors import Invalid, NotStored, Problem, TooMany

PROBLEM_JSON: Final = "application/problem+json"
_HEADERS: Final = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "5"},
    503: {"Retry-After": "1"},
}
_log = structlog.get_logger(__name__)


class ProblemBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457. `code` is stable and for programs; `detail` is for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    faults: tuple[Fault, ...] = ()
    more: dict[str, Any] = {}


_MEANINGS: Final = {
    400: "The body is not JSON, or does not match its headers.",
    401: "There is no token, or it is unknown or revoked.",
    403: "The token's role may not do this.",
    404: "What the path names does not exist.",
    409: "The current state does not allow it, or the first request with this key is still "
    "running.",
    410: "The snapshot has expired.",
    413: "The body is too large.",
    422: "A field is wrong; `faults` lists each one with the reason and the remedy.",
    429: "Too many at the same time, or within too short a time. `Retry-After` says when to try "
    "again.",
    503: "The server cannot do this right now. `Retry-After` says when to try again.",
}


# One for all routes, because Litestar copies each declared object once.
_PROBLEMS: Final = {
    status: ResponseSpec(
        data_container=ProblemBody,
        generate_examples=False,
        description=meaning,
        media_type=PROBLEM_JSON,
    )
    for status, meaning in _MEANINGS.items()
}


def problems(*statuses: int, empty: bool = False) -> dict[int, ResponseSpec]:
    """Declare the errors that a route can return, for the OpenAPI document.

    `empty` means that success is a 204 without a body.
    """
    success = {204: ResponseSpec(data_container=None, description="Done.")} if empty else {}
    return success | {
        status: _PROBLEMS[status] for status in sorted({*statuses, 400, 401, 403, 422, 429, 503})
    }


def _answer(body: ProblemBody, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(
        content=msgspec.json.encode(body),
        status_code=body.status,
        media_type=PROBLEM_JSON,
        headers=headers,
    )


def _problem(_: Request[Any, Any, State], error: Problem) -> Response[bytes]:
    faults = error.faults if isinstance(error, Invalid) else ()
    headers = _HEADERS.get(error.status)
    if isinstance(error, TooMany):
        headers = {"Retry-After": str(error.retry_after)}
    return _answer(
        ProblemBody(
            type=f"urn:drumbeat:problem:{error.code}",
            title=error.title,
            status=error.status,
            code=error.code,
            detail=error.message,
            faults=faults,
            more=error.more,
        ),
        headers,
    )


def _validation(request: Request[Any, Any, State], error: ValidationException) -> Response[bytes]:
    told = error.extra if isinstance(error.extra, list) else []
    faults = tuple(
        Fault(
            pointer=_pointer(one),
            reason=str(one.get("message", "is wrong.")),
            remedy="Correct it; the OpenAPI document describes the format.",
        )
        for one in told
    )
    fault = Fault(
        "request", str(error.detail), "Correct it; the OpenAPI document describes the format."
    )
    return _problem(request, Invalid(*(faults or (fault,))))


def _pointer(told: dict[str, Any]) -> str:
    source = told.get("source", "request")
    return f"{getattr(source, 'value', source)}.{told.get('key', '')}".rstrip(".")


def _http(_: Request[Any, Any, State], error: HTTPException) -> Response[bytes]:
    codes = {400: "malformed", 404: "no_such_route", 405: "method_not_allowed", 413: "too_large"}
    return _answer(
        ProblemBody(
            type=f"urn:drumbeat:problem:{codes.get(error.status_code, 'http_error')}",
            title=str(error.detail).split(":")[0][:80],
            status=error.status_code,
            code=codes.get(error.status_code, "http_error"),
            detail=str(error.detail),
        ),
        dict(error.headers or {}),
    )


def _bug(request: Request[Any, Any, State], error: Exception) -> Response[bytes]:
    if may_pass(error):
        _log.warning("the database could not be written", path=request.url.path, why=str(error))
        return _problem(request, NotStored())
    _log.error("unexpected error", path=request.url.path, exc_info=error)
    return _answer(
        ProblemBody(
            type="urn:drumbeat:problem:internal",
            title="Internal error",
            status=500,
            code="internal",
            detail="An unexpected error occurred. Nothing was changed. See the server's log.",
        )
    )


EXCEPTION_HANDLERS: Final[dict[Any, Any]] = {
    Problem: _problem,
    ValidationException: _validation,
    HTTPException: _http,
    Exception: _bug,
}

JSON: Final = MediaType.JSON
