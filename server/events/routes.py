"""The route of the event stream."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, Parameter
from litestar.response import Stream

from common.model.events import Event
from common.vocabulary import Role
from server.dependencies import Injected
from server.events.frames import EVENT_STREAM
from server.events.hub import Hub
from server.events.stream import stream
from server.operators.guards import CallerRequest
from server.problems import problems

EventId = Annotated[
    int | None,
    Parameter(
        ge=0, le=2**63 - 1, required=False, description="Start after the event with this id."
    ),
]
LastEventId = Annotated[
    int | None,
    HeaderParameter(
        name="Last-Event-ID",
        ge=0,
        le=2**63 - 1,
        required=False,
        description="Like `after`, and overrides it. Clients send it when they reconnect.",
    ),
]
OneSequence = Annotated[
    int | None,
    Parameter(ge=1, le=2**63 - 1, required=False, description="Only events of this sequence."),
]


@get(
    "/events",
    operation_id="followEvents",
    opt={"role": Role.VIEWER},
    media_type=EVENT_STREAM,
    responses={
        200: ResponseSpec(
            data_container=Event,
            generate_examples=False,
            description=(
                "Server-sent events, as long as the client stays connected: `id` is the "
                "event's id, `event` its kind, `data` this struct as JSON. The kind "
                "`resync` means that events were left out: read the lists again."
            ),
            media_type=EVENT_STREAM,
        ),
        **problems(429),
    },
)
async def follow_events(
    request: CallerRequest,
    hub: Injected[Hub],
    after: EventId = None,
    sequence_id: OneSequence = None,
    last_event_id: LastEventId = None,
) -> Stream:
    """Follow events as they happen, from now on or after a known event.

    A token may follow 20 times at once; more is refused with 429.
    """
    start = after if last_event_id is None else last_event_id
    hub.refuse_more(request.user.token_id)
    return Stream(
        stream(hub, start, sequence_id, request.user.token_id),
        media_type=EVENT_STREAM,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


router = Router(path="/", route_handlers=[follow_events], tags=["events"])
