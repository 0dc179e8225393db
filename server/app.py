"""`create_app(settings)`: the only place that wires the API.

The worker runs inside the same process on SQLite; `server.worker.create_worker` wires it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Router, get
from litestar.datastructures import State
from litestar.di import Provide
from litestar.events import BaseEventEmitterBackend
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from server.body import read_json
from server.carriers import codes
from server.carriers.callbacks import router as callbacks_router
from server.client_disconnect import EndWithClient
from server.clock import steady
from server.contacts.fields import Dialing
from server.contacts.routes import router as contacts_router
from server.dependencies import Injected
from server.dispatch import sender_start
from server.dispatch.routes import router as clock_router
from server.enrollments import releases
from server.enrollments.explanation_routes import router as explanation_router
from server.enrollments.listing_routes import router as listing_router
from server.enrollments.listing_sql import SqlListEngine
from server.enrollments.rate_wait import PresentMoment, moment_of
from server.enrollments.routes import router as enrolling_router
from server.enrollments.sequence_edits import sequence_edited
from server.enrollments.snapshots import Snapshots
from server.errors import invalid
from server.events.hub import Hub, most_streams
from server.events.routes import router as events_router
from server.followers import Followers
from server.messages.routes import router as messages_router
from server.mutation import keep_from_now, provide_mutation, provide_streamed_mutation
from server.operations.routes import router as operations_router
from server.operators.guards import PUBLIC, SignIn, check_role, routes_without_role
from server.operators.routes import router as operators_router
from server.operators.sign_in_limits import FailedSignIns
from server.operators.store import standing_tokens
from server.parameters import CountedQuery
from server.problems import EXCEPTION_HANDLERS, problems
from server.senders.routes import router as senders_router
from server.sequences.routes import router as sequences_router
from server.settings import Settings
from server.start import Workspace, open_workspace
from server.threads import AT_ONCE, by_size
from server.version import VERSION
from server.worker import create_worker

BODY_LIMIT: Final = 2 * 1024 * 1024
INJECTED: Final = (
    "workspace",
    "settings",
    "database",
    "clock",
    "planner",
    "carriers",
    "inbox",
    "operations",
    "clock_driver",
    "hub",
    "follow",
    "followers",
    "dialing",
    "running_keys",
    "list_engine",
    "snapshots",
    "code_label",
)
"""The parts of the application that routes can use."""


class _Api(Router):
    """A router that Litestar need not copy, because it belongs to one application.

    The deep copy of all handlers takes a third of the time of `create_app`.
    """

    def __deepcopy__(self, _: dict[int, Any]) -> _Api:
        return self


class _NoEvents(BaseEventEmitterBackend):
    """Nothing listens to Litestar's own events; their machinery takes 30 ms of a start."""

    def emit(self, event_id: str, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""

    async def __aexit__(self, *_: object) -> None:
        """Do nothing."""


async def read_strictly(request: Request[Any, Any, State]) -> None:
    """Before each request: refuse unknown query parameters and a body of the wrong form.

    Litestar would ignore the first and turn "1" into 1 in the second. A script's typing error must
    be reported instead. Raises Invalid naming the place.
    """
    handler = request.route_handler
    known = handler.opt.get("query")
    if known is not None:
        for name in request.query_params:
            if name not in known:
                raise invalid(
                    f"query.{name}",
                    "is not a parameter of this route.",
                    f"The parameters are {', '.join(sorted(known)) or 'none'}.",
                )
    field = handler.parsed_data_field
    if field is None or "body_is_read_by_route" in handler.opt:
        return
    body = await request.body()
    await by_size(len(body), read_json, body, field.annotation)
    if len(body) > AT_ONCE:  # Litestar reads it again, from what is cached here
        request._connection_state.json = await asyncio.to_thread(msgspec.json.decode, body)


def _tell_handlers_their_query(app: Litestar) -> None:
    for route in app.routes:
        for handler, model in getattr(route, "route_handler_map", {}).values():
            handler.opt["query"] = frozenset(
                parameter.field_alias for parameter in model.expected_query_params
            )


@get("/health/live", opt={PUBLIC: True}, operation_id="live", tags=["health"])
async def live() -> dict[str, str]:
    """The process is running."""
    return {"status": "live"}


@get(
    "/health/ready",
    opt={PUBLIC: True},
    operation_id="ready",
    responses=problems(503),
    tags=["health"],
)
async def ready(workspace: Injected[Workspace]) -> dict[str, str]:
    """The database can be read and written, and the worker is running."""
    await workspace.readiness.check()
    return {"status": "ready"}


@asynccontextmanager
async def _with_keys_kept(workspace: Workspace) -> AsyncIterator[None]:
    """Do not let idempotency keys expire while the server is stopped."""
    await workspace.database.write(keep_from_now, steady())
    yield


def _dependencies(state: State) -> dict[str, Provide]:
    """The dependencies of routes by parameter name: the contents of `state`, and the time.

    Read at each request, because most of it exists only after the start.
    """

    def held(name: str) -> Callable[[], object]:
        return lambda: state[name]

    def now() -> int:
        at: int = state.clock.now()
        return at

    def moment() -> PresentMoment:
        return moment_of(state.clock, state.worker.catch_up.listening())

    found = {name: held(name) for name in INJECTED} | {"now": now, "moment": moment}
    return {
        **{name: Provide(value, sync_to_thread=False) for name, value in found.items()},
        "streamed_mutation": Provide(provide_streamed_mutation, sync_to_thread=False),
        "mutation": Provide(provide_mutation),
    }


def begin(state: State, settings: Settings) -> None:
    """Let an application begin with these settings and nothing remembered."""
    state.clear()
    state.update(
        {
            "settings": settings,
            "dialing": Dialing(settings.region, settings.simulated),
            "running_keys": set(),
            "failed_sign_ins": FailedSignIns(),
            "list_engine": SqlListEngine(),
            "snapshots": Snapshots(),
            "code_label": codes.label,
            "followers": Followers(
                contacts_changed=releases.contacts_changed,
                senders_changed=releases.senders_changed,
                senders_started=sender_start.senders_started,
            ),
        }
    )


@asynccontextmanager
async def _lifespan(app: Litestar) -> AsyncIterator[None]:
    """Open the workspace that the settings name, and run its worker."""
    state = app.state
    async with (
        open_workspace(state.settings) as workspace,
        _with_keys_kept(workspace),  # before the worker sweeps
        Hub(
            workspace.database,
            workspace.clock,
            most=most_streams(),
            standing=standing_tokens,
            supervisor=workspace.supervisor,
        ) as hub,
        create_worker(workspace) as worker,
    ):
        state.workspace = workspace
        state.database = workspace.database
        state.clock = workspace.clock
        state.worker = worker
        state.planner = worker.planner
        state.carriers = worker.carriers
        state.inbox = worker.inbox
        state.operations = worker.operations
        state.clock_driver = worker.clock_driver
        state.hub = hub
        state.follow = partial(sequence_edited, worker.planner)
        yield


def create_app(settings: Settings) -> Litestar:
    """The API over one workspace, with its worker."""
    state = State()
    begin(state, settings)
    api = _Api(
        path="/api/v1",
        route_handlers=[
            operators_router,
            events_router,
            listing_router,
            explanation_router,
            enrolling_router,
            contacts_router,
            senders_router,
            sequences_router,
            messages_router,
            operations_router,
        ],
        before_request=read_strictly,
        security=[{"token": []}],
    )
    clock = Router(path="/", route_handlers=[clock_router], before_request=read_strictly)
    app = Litestar(
        route_handlers=[api, callbacks_router, clock, live, ready],
        state=state,
        dependencies=_dependencies(state),
        lifespan=[_lifespan],
        middleware=[
            EndWithClient,
            CountedQuery(),
            DefineMiddleware(SignIn, exclude="^/schema"),
        ],
        guards=[check_role],
        exception_handlers=EXCEPTION_HANDLERS,
        event_emitter_backend=_NoEvents,
        request_max_body_size=BODY_LIMIT,
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="drumbeat",
            version=VERSION,
            description="Text-message sequences: contacts, enrollments and messages.",
            path="/schema",
            render_plugins=[JsonRenderPlugin()],
            components=Components(
                security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}
            ),
            use_handler_docstrings=True,
        ),
    )
    _tell_handlers_their_query(app)
    forgotten = routes_without_role(app)
    assert not forgotten, f"routes without a role: {forgotten}"
    return app
