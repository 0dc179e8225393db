"""The public side of the simulated carrier: Twilio's paths, credentials and documents."""

from __future__ import annotations

import asyncio
import base64
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter

from server.carriers.simulator.exchange import Exchange, SimulatedAnswer, problem
from server.carriers.simulator.log import Kind
from server.carriers.simulator.outcomes import Answering
from server.carriers.simulator.texts import media_list, resource

DROP: Final = "drumbeat.drop"
"""The scope extension by which a handler cuts its connection without an answer."""

_encode = msgspec.json.Encoder().encode
_CUT: Final = {Answering.DROP, Answering.ACCEPT_THEN_DROP, Answering.ACCEPT_THEN_HOLD}

AnyRequest = Request[Any, Any, State]


class TwilioRoutes(Controller):
    """Messages and lookups, as `api.twilio.com` and `lookups.twilio.com` answer them."""

    @post("/2010-04-01/Accounts/{account:str}/Messages.json", status_code=201)
    async def send(
        self, request: AnyRequest, state: State, account: FromPath[str]
    ) -> Response[bytes]:
        """Accept a text."""
        exchange: Exchange = state.exchange
        denied = _denied(request, exchange, account)
        if denied is not None:
            return denied
        body = (await request.body()).decode("utf-8", "replace")
        reply = await exchange.accept(dict(parse_qsl(body, keep_blank_values=True)))
        if reply.answering in _CUT:
            await _cut(request, state, reply)
        headers = {"Retry-After": "1"} if reply.status == 429 else None
        return _json(reply.status, reply.document, headers)

    @get("/2010-04-01/Accounts/{account:str}/Messages.json")
    async def list_texts(
        self,
        request: AnyRequest,
        state: State,
        account: FromPath[str],
        to: Annotated[str | None, QueryParameter(name="To")] = None,
        from_: Annotated[str | None, QueryParameter(name="From")] = None,
        page_size: Annotated[int, QueryParameter(name="PageSize", ge=1, le=1000)] = 50,
        page: Annotated[int, QueryParameter(name="Page", ge=0)] = 0,
        token: Annotated[str | None, QueryParameter(name="PageToken")] = None,
    ) -> Response[bytes]:
        """List texts, newest first; `PageToken` continues after the last one of a page."""
        exchange: Exchange = state.exchange
        denied = _denied(request, exchange, account)
        if denied is not None:
            return denied
        exchange.log.add(
            exchange.now(), Kind.ASKED, what="list", phone=to or "", sender=from_ or ""
        )
        if exchange.strikes("list_fails", to or "", exchange.now()):
            return _json(503, {"code": 20503, "message": "Service unavailable", "status": 503})
        days = _days(request)
        found = exchange.texts.search(to, from_, days)
        if token is not None:
            for text in found:
                if text.sid == token.removeprefix("PA"):
                    break
        shown = [text for _, text in zip(range(page_size), found, strict=False)]
        more = next(found, None) is not None
        path = f"/2010-04-01/Accounts/{account}/Messages.json"
        asked = [
            pair
            for pair in parse_qsl(request.scope["query_string"].decode())
            if pair[0] not in {"Page", "PageToken", "PageSize"}
        ]
        following = None
        if more:
            place = [
                ("PageSize", page_size),
                ("Page", page + 1),
                ("PageToken", f"PA{shown[-1].sid}"),
            ]
            following = f"{path}?{urlencode([*asked, *place])}"
        first = f"{path}?{urlencode([*asked, ('PageSize', page_size), ('Page', 0)])}"
        document = {
            "messages": [resource(text, account) for text in shown],
            "first_page_uri": first,
            "next_page_uri": following,
            "previous_page_uri": None,
            "page": page,
            "page_size": page_size,
            "start": page * page_size,
            "end": page * page_size + max(0, len(shown) - 1),
            "uri": first,
        }
        return _json(200, document)

    @get("/2010-04-01/Accounts/{account:str}/Messages/{name:str}/Media.json")
    async def list_media(
        self, request: AnyRequest, state: State, account: FromPath[str], name: FromPath[str]
    ) -> Response[bytes]:
        """List the media of one text."""
        exchange: Exchange = state.exchange
        denied = _denied(request, exchange, account)
        if denied is not None:
            return denied
        exchange.log.add(exchange.now(), Kind.ASKED, what="media", carrier_id=name)
        text = exchange.texts.get(name)
        if text is None:
            return _json(404, problem("20404", 404))
        return _json(200, media_list(text, account))

    @get("/2010-04-01/Accounts/{account:str}/Messages/{name:str}")
    async def fetch(
        self, request: AnyRequest, state: State, account: FromPath[str], name: FromPath[str]
    ) -> Response[bytes]:
        """Show one text."""
        exchange: Exchange = state.exchange
        denied = _denied(request, exchange, account)
        if denied is not None:
            return denied
        sid = name.removesuffix(".json")
        exchange.log.add(exchange.now(), Kind.ASKED, what="fetch", carrier_id=sid)
        text = exchange.texts.get(sid)
        if text is None:
            return _json(404, problem("20404", 404))
        return _json(200, resource(text, account))

    @get("/v2/PhoneNumbers/{phone:str}")
    async def look_up(
        self,
        request: AnyRequest,
        state: State,
        phone: FromPath[str],
        fields: Annotated[str, QueryParameter(name="Fields")] = "",
    ) -> Response[bytes]:
        """Report a number's line type, by its outcome."""
        exchange: Exchange = state.exchange
        denied = _denied(request, exchange, exchange.settings.account_sid)
        if denied is not None:
            return denied
        exchange.log.add(exchange.now(), Kind.ASKED, what="lookup", phone=phone)
        asked = "line_type_intelligence" in fields.split(",")
        line = {
            "type": exchange.outcome(phone).line,
            "carrier_name": "Simulated",
            "error_code": None,
        }
        document = {
            "phone_number": phone,
            "valid": True,
            "validation_errors": [],
            "line_type_intelligence": line if asked else None,
            "url": f"https://lookups.twilio.com/v2/PhoneNumbers/{phone}",
        }
        return _json(200, document)


def _json(
    status: int, document: dict[str, Any], headers: dict[str, str] | None = None
) -> Response[bytes]:
    return Response(
        _encode(document), status_code=status, media_type="application/json", headers=headers
    )


def _denied(request: AnyRequest, exchange: Exchange, account: str) -> Response[bytes] | None:
    settings = exchange.settings
    login = base64.b64encode(f"{settings.account_sid}:{settings.auth_token}".encode()).decode()
    if request.headers.get("authorization") != f"Basic {login}":
        return _json(401, problem("20003", 401))
    if account != settings.account_sid:
        return _json(404, problem("20404", 404))
    return None


def _days(request: AnyRequest) -> tuple[str | None, str | None]:
    """The first and last day requested with DateSent, `DateSent>` and `DateSent<`."""
    first = last = None
    for name, value in parse_qsl(request.scope["query_string"].decode()):
        day = value.lstrip("=")[:10]
        match name.rstrip("="):
            case "DateSent":
                first = last = day
            case "DateSent>":
                first = day
            case "DateSent<":
                last = day
    return first, last


async def _cut(request: AnyRequest, state: State, reply: SimulatedAnswer) -> None:
    """Leave the request without an answer: cut it at once, or when the client gives up or time is
    up.
    """
    drop = request.scope.get("extensions", {}) or {}
    if reply.answering is Answering.ACCEPT_THEN_HOLD:
        closing: asyncio.Event = state.closing
        gone = asyncio.ensure_future(request.receive())
        stopped = asyncio.ensure_future(closing.wait())
        await asyncio.wait(
            {gone, stopped},
            timeout=state.exchange.settings.hold_seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        stopped.cancel()
        if gone.done():
            return
        gone.cancel()
    if DROP in drop:
        drop[DROP]()  # type: ignore[operator]
        await request.receive()
