"""Routes for carriers' callbacks: verify, store, answer. Outside `/api/v1`, without a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import structlog
from litestar import Request, Response, Router, post
from litestar.datastructures import State
from litestar.params import FromPath

from server.carriers.inbox import CallbackInbox, Received
from server.carriers.interface import BadCallback, BadSignature, Carrier, RawRequest
from server.dependencies import Injected
from server.errors import Forbidden, NotFound, invalid
from server.operators.guards import PUBLIC
from server.problems import problems
from server.threads import by_size

BODY_LIMIT: Final = 64 * 1024
ANSWERED_WITHIN: Final = 4.0
"""Real seconds after which a callback that is not stored yet gets a 503, to be sent again."""

_log = structlog.get_logger(__name__)


async def _take(
    carrier_name: str,
    request: Request[Any, Any, State],
    carriers: Mapping[str, Carrier],
    inbox: CallbackInbox,
) -> Response[bytes]:
    carrier = carriers.get(carrier_name)
    if carrier is None:
        raise NotFound("carrier", carrier_name)
    raw = await _raw(request)
    size = len(raw.body) + len(raw.query) + len(raw.path)
    try:
        events = await by_size(size, carrier.read_callback, raw)
    except BadSignature as error:
        _log.warning("a callback was refused", carrier=carrier_name, why=str(error))
        raise Forbidden(
            "bad_signature",
            "The signature does not match. Check DRUMBEAT_PUBLIC_URL and the account's token.",
        ) from error
    except BadCallback as error:
        _log.warning("a callback cannot be read", carrier=carrier_name, why=str(error))
        raise invalid(
            "body",
            str(error),
            "Send it in the format that the carrier documents.",
            code="bad_callback",
        ) from error
    await inbox.take(
        [Received(carrier_name, event, raw.body) for event in events], within=ANSWERED_WITHIN
    )
    answer = carrier.answer()
    return Response(content=answer.body, status_code=answer.status, media_type=answer.content_type)


async def _raw(request: Request[Any, Any, State]) -> RawRequest:
    scope = request.scope
    return RawRequest(
        method=request.method,
        path=(scope.get("raw_path") or scope["path"].encode()).split(b"?")[0].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers={key.lower(): value for key, value in request.headers.items()},
        body=await request.body(),
    )


@post(
    "/{carrier:str}/status",
    operation_id="carrierStatus",
    opt={PUBLIC: True},
    status_code=200,
    request_max_body_size=BODY_LIMIT,
    responses=problems(404, 413, 503),
)
async def status(
    carrier: FromPath[str],
    request: Request[Any, Any, State],
    carriers: Injected[Mapping[str, Carrier]],
    inbox: Injected[CallbackInbox],
) -> Response[bytes]:
    """The status of a text, signed by the carrier. Answered once it is stored."""
    return await _take(carrier, request, carriers, inbox)


@post(
    "/{carrier:str}/inbound",
    operation_id="carrierInbound",
    opt={PUBLIC: True},
    status_code=200,
    request_max_body_size=BODY_LIMIT,
    responses=problems(404, 413, 503),
)
async def inbound(
    carrier: FromPath[str],
    request: Request[Any, Any, State],
    carriers: Injected[Mapping[str, Carrier]],
    inbox: Injected[CallbackInbox],
) -> Response[bytes]:
    """A text from a contact, signed by the carrier. Answered once it is stored."""
    return await _take(carrier, request, carriers, inbox)


router = Router(path="/carriers", route_handlers=[status, inbound], tags=["carriers"])
