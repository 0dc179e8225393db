"""A server with one sequence of made-up people: `python -m …stub_server PORT PEOPLE CHANGES`.

It answers what the screen asks of a Contacts tab, and says so many changes of status a second, of
those at the beginning of the list, again and again. Its own CPU time is nobody's measure.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
import uvicorn
import uvloop

from common.client import RESYNC
from common.model.events import Event
from common.model.listing import EnrollmentIds, EnrollmentPage, Facets, ListedEnrollment
from common.model.operators import Me, Operator
from common.model.sequences import SequencePage, SequenceSummary
from common.vocabulary import Role, SequenceKind, SequenceState, Status
from server.events.frames import EVENT_STREAM, HEARTBEAT, frame
from tests.tui.listed import NOW, made_up

CALLED: Final = "A sequence of made-up people"
SNAPSHOT: Final = "frozen"
CHANGING: Final = 600
"""Rows at the beginning of the list whose status changes: as many as the screen keeps."""
EVERY: Final = 0.02
"""Real seconds between two parts of the stream."""
Send = Callable[[dict[str, Any]], Awaitable[None]]


class StubServer:
    """An ASGI application; the clock is real, from the rows' own now on."""

    def __init__(self, people: int, changes: int) -> None:
        self.people, self.changes = people, changes
        self._began = time.monotonic()
        self._changed = 0

    def _now(self) -> Any:
        return NOW + timedelta(seconds=time.monotonic() - self._began)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Answer."""
        del receive
        query = {name: one[-1] for name, one in parse_qs(scope["query_string"].decode()).items()}
        path = scope["path"].removeprefix("/api/v1")
        if path == "/events":
            await self._stream(send)
        elif (found := self._find(path, query)) is None:
            problem = {"status": 404, "code": "not_found", "detail": "A stub has no such thing."}
            await _answer(send, 404, problem)
        else:
            await _answer(send, 200, found)

    def _find(self, path: str, query: dict[str, str]) -> object | None:
        if path == "/me":
            ana = Operator(1, "ana", Role.OPERATOR, NOW, disabled=False)
            return Me(ana, self._now(), 1.0, "America/New_York", "US", simulated=True, version="1")
        if path == "/sequences":
            return SequencePage((self._summary(),), 1)
        if path == "/sequences/1/enrollments":
            return self._page(*_asked_for(query))
        if path == "/sequences/1/enrollments/ids":
            ids = tuple(10 + 2 * rank for rank in self._ranks(*_asked_for(query)))
            return EnrollmentIds(ids, self.people, 1, SNAPSHOT)
        place, _, ident = path.rpartition("/")
        return self._row(int(ident) // 2 - 5) if place == "/enrollments" else None

    def _summary(self) -> SequenceSummary:
        counts = dict.fromkeys([one.value for one in Status], 0)
        counts[Status.PENDING.value] = self.people
        active, relative = SequenceState.ACTIVE, SequenceKind.RELATIVE
        return SequenceSummary(1, CALLED, relative, active, 1, 5, counts, self.people, NOW)

    def _page(self, offset: int, limit: int) -> EnrollmentPage:
        facets = Facets({one.value: 1 for one in Status}, {"1": 1, "none": 1}, {"ana": 1})
        rows = tuple(map(self._row, self._ranks(offset, limit)))
        return EnrollmentPage(rows, self.people, self.people, facets, 1, SNAPSHOT)

    def _ranks(self, offset: int, limit: int) -> range:
        return range(offset, min(offset + limit, self.people))

    def _row(self, rank: int) -> ListedEnrollment:
        row = made_up(rank, 10 + 2 * rank)
        if rank < CHANGING:
            turned = self._changed // CHANGING + (rank < self._changed % CHANGING)
            row = _turned(rank, turned % len(Status))
        return row

    async def _stream(self, send: Send) -> None:
        headers = [(b"content-type", EVENT_STREAM.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _part(send, frame(self._event(RESYNC, None)))
        began, said = time.monotonic(), 0
        while True:
            await asyncio.sleep(EVERY if self.changes else 15)
            due = int((time.monotonic() - began) * self.changes) - said
            told = [HEARTBEAT]
            for _ in range(due):
                ident = 10 + 2 * (self._changed % CHANGING)
                self._changed += 1
                told.append(frame(self._event("delivered", ident)))
            said += due
            await _part(send, b"".join(told))

    def _event(self, kind: str, enrollment_id: int | None) -> Event:
        return Event(
            id=1 + self._changed,
            at=self._now(),
            kind=kind,
            sequence_id=None if enrollment_id is None else 1,
            enrollment_id=enrollment_id,
            contact_id=enrollment_id,
            message_id=enrollment_id,
            operation_id=None,
            operator_id=None,
            body={"type": kind},
            now=self._now(),
            rate=1.0,
        )


@lru_cache(maxsize=CHANGING * len(Status))
def _turned(rank: int, times: int) -> ListedEnrollment:
    status = list(Status)[times]
    row = made_up(rank, 10 + 2 * rank)
    return msgspec.structs.replace(row, status=status, status_label=status.label)


def _asked_for(query: dict[str, str]) -> tuple[int, int]:
    return int(query.get("offset", 0)), int(query.get("limit", 50))


async def _part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _answer(send: Send, status: int, found: object) -> None:
    body = msgspec.json.encode(found)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _serve(port: int, people: int, changes: int) -> None:
    config = uvicorn.Config(
        StubServer(people, changes),
        host="127.0.0.1",
        port=port,
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(_serve(*map(int, sys.argv[1:4])))
