"""A demo continues whatever its operator does to its people and sequences."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from common.client import Client
from common.model.sequences import SequencePage
from tests.tui.stage import SPRING
from tui.commands.demo.troupe import enroll_newcomer, newcomers

TAKEN = {"status": 409, "code": "contact_exists", "detail": "taken"}


@pytest.mark.parametrize("sequences", [(SPRING,), ()], ids=["number_taken", "sequence_renamed"])
async def test_a_contact_who_cannot_be_added_does_not_end_the_demo(
    sequences: tuple[object, ...],
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.method == "POST":
            return httpx.Response(409, json=TAKEN)
        page = msgspec.json.encode({"items": sequences, "total": len(sequences)})
        assert msgspec.json.decode(page, type=SequencePage).total == len(sequences)
        return httpx.Response(200, content=page)

    waiting = newcomers(1, 100)
    async with Client("http://demo", "t", transport=httpx.MockTransport(answer)) as client:
        await enroll_newcomer(client, waiting)

    assert asked == ["GET /api/v1/sequences", *["POST /api/v1/contacts"] * len(sequences)]
    assert next(waiting, None) is not None
