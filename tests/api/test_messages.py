"""Texts and carriers' reports, listed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import MessageStatus
from server.messages import callback_matching
from server.messages.callback_matching import StatusCallback
from server.messages.inbound import BODY_LIMIT
from tests.api.conftest import stored
from tests.api.running import (
    NOW,
    contact_of,
    planner_of,
    report,
    sent,
    sequence_of,
    texts,
)

Api = TestClient[Litestar]
PHONE = "+14155550101"


def test_messages_are_listed_newest_first_and_narrowed(api: Api) -> None:
    sequence_id = sequence_of(api)
    lena, sam = contact_of(api, 1), contact_of(api, 2)
    _, first = sent(api, sequence_id, lena)
    _, second = sent(api, sequence_id, sam)
    third = texts(api, PHONE, "Who is this?")

    def listed(**narrow: Any) -> list[int]:
        page = api.get("/messages", params=narrow).json()
        assert page["total"] >= len(page["items"])
        return [one["id"] for one in page["items"]]

    assert listed() == [third, second, first]
    assert listed(contact_id=lena) == [third, first]
    assert listed(kind="step") == [second, first]
    assert listed(status="delivered", contact_id=sam) == [second]
    assert listed(offset=1, limit=1) == [second]
    for bad in ({"status": "gone"}, {"kind": "letter"}, {"contact_id": 0}, {"limit": 0}):
        assert api.get("/messages", params=bad).status_code == 422
    inbound = api.get(f"/messages/{third}").json()
    assert (inbound["direction"], inbound["reading"]) == ("in", "reply")


def test_of_an_endless_text_the_beginning_is_kept_and_both_ends_are_read(api: Api) -> None:
    contact_of(api, 1)
    early = texts(api, PHONE, "STOP" + " " * 100_000 + "x")
    late = texts(api, PHONE, "." * 5_000 + "STOP")

    found = [api.get(f"/messages/{ident}").json() for ident in (early, late)]
    assert [(one["reading"], len(one["body"])) for one in found] == [
        ("sounds_like_opt_out", BODY_LIMIT),
        ("opt_out", BODY_LIMIT),
    ]


def test_reports_that_fit_no_text_are_listed_until_they_do(api: Api) -> None:
    def receive(connection: sa.Connection) -> None:
        one = StatusCallback(
            "simulator", "a", None, "SM-unknown", MessageStatus.DELIVERED, None, None, b"raw"
        )
        callback_matching.receive_statuses(connection, [one], planner_of(api).find_next, NOW)

    stored(api, receive)
    page = api.get("/callbacks", params={"unmatched": True}).json()
    assert page["total"] == 1
    assert page["items"] == [
        {
            "id": page["items"][0]["id"],
            "carrier": "simulator",
            "carrier_id": "SM-unknown",
            "status": "delivered",
            "code": None,
            "message_id": None,
            "received_at": "2026-11-02T14:00:00Z",
        }
    ]
    _, text = sent(api, sequence_of(api), contact_of(api, 1))
    report(api, text, MessageStatus.DELIVERED)

    def match(connection: sa.Connection) -> None:
        connection.exec_driver_sql(
            "UPDATE messages SET carrier_id = 'SM-unknown' WHERE id = ?", (text,)
        )
        callback_matching.match_early(connection, ["SM-unknown"], planner_of(api).find_next, NOW)

    stored(api, match)
    assert api.get("/callbacks", params={"unmatched": True}).json()["total"] == 0
    assert [one["message_id"] for one in api.get("/callbacks").json()["items"]] == [text]
