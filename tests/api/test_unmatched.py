"""Reports that fit no text are bounded in number and size, and expire."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import MessageStatus
from server.carriers.interface import BadCallback
from server.carriers.twilio_callbacks import read_form
from server.cleanup import Sweeper
from server.clock import SECOND
from server.database.tables import callbacks, messages
from server.messages import inbound
from server.messages.callback_matching import (
    MOST_UNMATCHED,
    UNMATCHED_KEPT,
    UNMATCHED_RAW,
    StatusCallback,
    bound_unmatched,
    match_early,
    receive_statuses,
)
from server.messages.inbound import Inbound
from tests.api.conftest import stored
from tests.api.running import NOW, contact_of, on_its_way, planner_of, sequence_of

Api = TestClient[Litestar]


def report(carrier_id: str, raw: bytes = b"raw") -> StatusCallback:
    """What a carrier says of a text."""
    return StatusCallback(
        "simulator", carrier_id, None, carrier_id, MessageStatus.DELIVERED, None, None, raw
    )


def kept(api: Api) -> list[str]:
    """Ids of reports that are kept, in order."""
    return stored(
        api,
        lambda connection: list(
            connection.scalars(sa.select(callbacks.c.carrier_id).order_by(callbacks.c.id))
        ),
    )


def receive(api: Api, reports: list[StatusCallback], at: int = NOW) -> None:
    stored(api, receive_statuses, reports, planner_of(api).find_next, at)


def test_as_many_are_kept_as_is_allowed_and_the_newest_of_them(api: Api) -> None:
    ids = [f"SM{n}" for n in range(MOST_UNMATCHED + 1_200)]
    for start in range(0, len(ids), 256):
        receive(api, [report(one) for one in ids[start : start + 256]])
        assert len(kept(api)) <= MOST_UNMATCHED
    left = kept(api)
    assert left == ids[-len(left) :]
    assert len(left) >= MOST_UNMATCHED * 8 // 10


@pytest.mark.unsound
def test_reports_of_texts_are_never_deleted_for_others(api: Api) -> None:
    _, message_id = on_its_way(api, sequence_of(api), contact_of(api))

    def know(connection: sa.Connection) -> None:
        connection.execute(
            sa.update(messages).where(messages.c.id == message_id).values(carrier_id="known")
        )

    stored(api, know)
    receive(api, [report("known"), *(report(f"SM{n}") for n in range(20))])
    stored(api, bound_unmatched, 10)
    assert kept(api)[0] == "known"
    assert len(kept(api)) == 10


@pytest.mark.unsound
def test_one_expires_after_a_week_and_is_matched_until_then(api: Api) -> None:
    now = api.app.state.clock.now()
    receive(api, [report("old")], now - UNMATCHED_KEPT)
    receive(api, [report("new")], now - UNMATCHED_KEPT + SECOND)
    with api.portal() as portal:
        portal.call(Sweeper(api.app.state.database, api.app.state.clock).sweep)
    assert kept(api) == ["new"]

    _, message_id = on_its_way(api, sequence_of(api), contact_of(api))

    def know(connection: sa.Connection) -> None:
        connection.execute(
            sa.update(messages).where(messages.c.id == message_id).values(carrier_id="new")
        )
        match_early(connection, ["new"], planner_of(api).find_next, NOW)

    stored(api, know)
    assert api.get(f"/messages/{message_id}").json()["status"] == "delivered"


def test_a_report_about_an_inbound_text_matches_nothing(api: Api) -> None:
    text = Inbound("SM1", "+14155550142", "+15005550006", "Hi", None, False)
    stored(api, inbound.receive, text, NOW)
    receive(api, [report("SM1")])
    assert kept(api) == ["SM1"]
    assert api.get("/messages").json()["items"][0]["status"] == "received"


def test_little_is_kept_of_a_long_body(api: Api) -> None:
    receive(api, [report("one", b"x" * 60_000)])
    raw = stored(api, lambda connection: connection.scalar(sa.select(callbacks.c.raw)))
    assert raw == b"x" * UNMATCHED_RAW


@pytest.mark.parametrize("name", ["MessageSid", "MessageStatus", "ErrorCode", "From", "To"])
def test_an_id_or_number_without_end_is_no_callback(name: str) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "sent", "From": "+1", "To": "+2"}
    with pytest.raises(BadCallback, match=name):
        read_form(form | {name: "x" * 201}, "")
