"""The list of enrollments over HTTP: pages, frozen orders, and what is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from common.model.listing import EnrollmentIds, EnrollmentPage, ListedEnrollment
from common.vocabulary import Hold, Reason, Role, Status
from server.clock import HOUR, from_datetime, to_datetime
from server.database import tables
from tests.api.conftest import Sign, fault_of
from tests.api.stage import (
    DELETED,
    LATER,
    SECOND,
    Api,
    Write,
    add_enrollment,
    add_sequence,
    write,
)

pytestmark = pytest.mark.unsound

__all__ = ["write"]  # a fixture


def now_of(api: Api) -> int:
    return int(api.app.state.clock.now())


ENDED: dict[str, Any] = {"due_at": None, "next_step_id": None, "ended_at": 900}


def add_four(connection: sa.Connection) -> list[int]:
    """Abadi pending, Abbott held, Abe finished with the last text failed, Abel omitted."""
    add_sequence(connection)
    ids = [
        add_enrollment(connection, "Lena", "Abadi", "+14155550142", next_step_id=SECOND),
        add_enrollment(
            connection,
            "Sam",
            "Abbott",
            "+12065550117",
            due_at=None,
            planned_at=2_000,
            hold=Hold.MISSING_FIELD.value,
            hold_detail="company",
            replied_at=700,
            run=2,
        ),
        add_enrollment(
            connection,
            "Kenji",
            "Abe",
            "+13125550190",
            **ENDED,
            status=Status.FINISHED_NO_RESPONSE.value,
            reason=Reason.COMPLETED.value,
            last_step_id=DELETED,
        ),
        add_enrollment(
            connection,
            "Rosa",
            "Abel",
            "+12135550155",
            **ENDED,
            status=Status.OMITTED_LANDLINE.value,
            reason=Reason.LANDLINE_PLAN.value,
        ),
    ]
    message_id = connection.execute(
        sa.insert(tables.messages)
        .values(
            direction="out",
            kind="step",
            status="undelivered",
            phone="+13125550190",
            body="Hi",
            segments=1,
            reading_by_operator=False,
            created_at=600,
        )
        .returning(tables.messages.c.id)
    ).scalar_one()
    connection.execute(
        sa.update(tables.enrollments)
        .where(tables.enrollments.c.id == ids[2])
        .values(last_message_id=message_id)
    )
    return ids


@pytest.fixture
def four(write: Write) -> list[int]:
    ids: list[int] = write(add_four)
    return ids


def get_page(api: Api, **params: Any) -> EnrollmentPage:
    answer = api.get("/sequences/1/enrollments", params=params)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=EnrollmentPage)


def test_a_page_says_rows_totals_and_choices(api: Api, four: list[int]) -> None:
    page = get_page(api)
    assert [row.contact.last_name for row in page.items] == ["Abadi", "Abbott", "Abe", "Abel"]
    assert (page.total, page.enrolled) == (4, 4)
    assert page.facets.status["pending"] == 2
    assert set(page.facets.status) == {status.value for status in Status}
    assert page.facets.step == {"1": 1, "2": 1, "none": 2}
    assert page.facets.enrolled_by == {"admin": 4}


def test_a_pending_row_says_its_step_due_time_and_hold(api: Api, four: list[int]) -> None:
    due, held = get_page(api, q="status:pending").items
    assert (due.step, due.steps, due.step_id) == (2, 2, SECOND)
    assert due.due_at == to_datetime(LATER)
    assert (due.status_label, due.reason, due.hold, due.replied, due.run) == (
        "Pending",
        None,
        None,
        False,
        1,
    )
    assert due.contact.zone == "America/Los_Angeles"
    assert (due.enrolled_by.name, due.enrolled_at) == ("admin", to_datetime(500))
    assert (held.hold, held.hold_label) == (
        Hold.MISSING_FIELD,
        "a merge field is missing: company",
    )
    assert (held.due_at, held.planned_at) == (None, to_datetime(2_000))
    assert (held.replied, held.run) == (True, 2)


def test_an_ended_row_says_its_reason_and_a_last_text_that_failed(
    api: Api, four: list[int]
) -> None:
    finished, omitted = get_page(api, q="-status:pending").items
    assert finished.status_label == "Finished, no response"
    assert (finished.reason_label, finished.last_failed) == ("completed", True)
    assert (finished.step, finished.step_id) == (None, DELETED)
    assert (omitted.reason_label, omitted.last_failed) == ("landline by its number", False)
    assert omitted.step is None


def test_pages_follow_each_other(api: Api, four: list[int]) -> None:
    first = get_page(api, limit=3, sort="-phone")
    rest = get_page(api, limit=3, offset=3, snapshot=first.snapshot)
    beyond = get_page(api, limit=3, offset=9, snapshot=first.snapshot)
    phones = [row.contact.phone for row in first.items + rest.items]
    assert phones == sorted(phones, reverse=True)
    assert len(phones) == 4
    assert beyond.items == ()
    assert beyond.total == 4


def test_a_named_snapshot_keeps_its_rows_and_shows_what_they_are_now(
    api: Api, write: Write, four: list[int]
) -> None:
    before = get_page(api, q="status:pending")

    def change(connection: sa.Connection) -> None:
        connection.execute(
            sa.update(tables.enrollments)
            .where(tables.enrollments.c.id == four[0])
            .values(status="failed", reason="filtered", **ENDED)
        )
        connection.execute(
            sa.insert(tables.events).values(at=1, kind="failed", enrollment_id=four[0])
        )
        add_enrollment(connection, "Ada", "Aalto", "+12135550199")

    write(change)
    frozen = get_page(api, q="status:pending", snapshot=before.snapshot)
    fresh = get_page(api, q="status:pending")
    assert [row.id for row in frozen.items] == four[:2]
    assert frozen.items[0].status is Status.FAILED
    assert (frozen.total, frozen.version) == (before.total, before.version)
    assert [row.contact.last_name for row in fresh.items] == ["Aalto", "Abbott"]
    assert fresh.version == before.version + 1
    assert fresh.snapshot != before.snapshot


def test_the_same_question_of_the_same_version_is_the_same_snapshot(
    api: Api, four: list[int]
) -> None:
    one = get_page(api, q="status:pending  abb")
    assert get_page(api, q=' status:pending "abb"', sort="name").snapshot == one.snapshot
    assert get_page(api, q="status:pending abb", sort="-name").snapshot != one.snapshot


def test_a_filter_on_times_is_asked_again_when_the_clock_moved(
    api: Api, write: Write, four: list[int]
) -> None:
    def plan(connection: sa.Connection) -> None:
        connection.execute(
            sa.update(tables.enrollments)
            .where(tables.enrollments.c.id == four[0])
            .values(due_at=now_of(api) + 3 * HOUR, planned_at=now_of(api) + 3 * HOUR)
        )

    write(plan)
    assert get_page(api, q="due:<2h").total == 0
    api.app.state.clock.move_to(now_of(api) + 2 * HOUR)
    assert [row.id for row in get_page(api, q="due:<2h").items] == [four[0]]


def test_days_are_those_of_the_workspace(api: Api, write: Write, four: list[int]) -> None:
    def plan(connection: sa.Connection) -> None:
        late = to_datetime(now_of(api)).replace(day=3, hour=4, minute=30)  # 23:30 in New York
        connection.execute(
            sa.update(tables.enrollments)
            .where(tables.enrollments.c.id == four[0])
            .values(due_at=from_datetime(late), planned_at=from_datetime(late))
        )

    write(plan)
    assert [row.id for row in get_page(api, q="due:2026-11-02").items] == [four[0]]
    assert get_page(api, q="due:2026-11-03").total == 0


def test_one_enrollment_is_the_row_of_the_list(api: Api, four: list[int]) -> None:
    answer = api.get(f"/enrollments/{four[1]}")
    one = msgspec.json.decode(answer.content, type=ListedEnrollment)
    assert one == get_page(api).items[1]


def test_a_sequence_of_nobody_is_an_empty_list(api: Api, four: list[int]) -> None:
    answer = api.get("/sequences/2/enrollments").json()
    assert (answer["items"], answer["total"], answer["enrolled"]) == ([], 0, 0)
    assert answer["facets"]["step"] == {"none": 0}


def get_ids(api: Api, **params: Any) -> EnrollmentIds:
    answer = api.get("/sequences/1/enrollments/ids", params=params)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=EnrollmentIds)


def test_the_ids_of_a_snapshot_come_in_parts_and_in_its_order(
    api: Api, write: Write, four: list[int]
) -> None:
    page = get_page(api, sort="-phone")
    write(lambda connection: add_enrollment(connection, "Ada", "Aalto", "+12135550199"))
    parts = [
        get_ids(api, snapshot=page.snapshot, offset=at, limit=3, sort="-phone", q="")
        for at in (0, 3, 6)
    ]
    assert [*parts[0].ids, *parts[1].ids] == [row.id for row in page.items]
    assert parts[2].ids == ()
    assert {(one.total, one.version, one.snapshot) for one in parts} == {
        (4, page.version, page.snapshot)
    }


def test_ids_without_a_snapshot_take_one(api: Api, four: list[int]) -> None:
    found = get_ids(api, q="status:pending")
    assert (found.ids, found.total) == (tuple(four[:2]), 2)
    assert get_page(api, snapshot=found.snapshot).total == 2


@pytest.mark.parametrize("limit", ["0", "50001"])
def test_so_many_ids_at_once_are_refused(api: Api, four: list[int], limit: str) -> None:
    answer = api.get("/sequences/1/enrollments/ids", params={"limit": limit})
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["pointer"] == "query.limit"


def test_the_ids_of_an_expired_snapshot_are_gone(
    api: Api, four: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = get_page(api)
    snapshots = api.app.state.snapshots
    later = snapshots._now() + snapshots._ttl + 1
    monkeypatch.setattr(snapshots, "_now", lambda: later)
    answer = api.get("/sequences/1/enrollments/ids", params={"snapshot": page.snapshot})
    assert (answer.status_code, answer.json()["code"]) == (410, "snapshot_expired")


@pytest.mark.parametrize(
    "path", ["/sequences/9/enrollments", "/sequences/9/enrollments/ids", "/enrollments/99"]
)
def test_what_does_not_exist_is_not_found(api: Api, four: list[int], path: str) -> None:
    assert api.get(path).status_code == 404


@pytest.mark.parametrize("snapshot", ["", "nonsense"])
def test_an_unknown_snapshot_is_gone(api: Api, four: list[int], snapshot: str) -> None:
    answer = api.get("/sequences/1/enrollments", params={"snapshot": snapshot})
    assert (answer.status_code, answer.json()["code"]) == (410, "snapshot_expired")


def test_a_snapshot_of_another_sequence_is_gone(api: Api, four: list[int]) -> None:
    page = get_page(api)
    answer = api.get("/sequences/2/enrollments", params={"snapshot": page.snapshot})
    assert answer.status_code == 410


@pytest.mark.parametrize("other", [{"q": "abe"}, {"sort": "phone"}])
def test_a_snapshot_does_not_answer_another_question(
    api: Api, four: list[int], other: dict[str, str]
) -> None:
    page = get_page(api)
    for path in ("/sequences/1/enrollments", "/sequences/1/enrollments/ids"):
        answer = api.get(path, params={"snapshot": page.snapshot, **other})
        fault_of(answer, "snapshot")


@pytest.mark.parametrize(
    ("q", "pointer", "remedy"),
    [
        ("abe status:faild", "q[11:16]", 'Did you mean "failed"?'),
        ("by:admim", "q[3:8]", 'Did you mean "admin"?'),
        ("step:3", "q[5:6]", "Write step:1 to step:2, or step:none."),
        ("x" * 2001, "q[2000:2001]", "Shorten it."),
    ],
    ids=["status", "by", "step", "length"],
)
def test_a_bad_filter_is_pointed_at(
    api: Api, four: list[int], q: str, pointer: str, remedy: str
) -> None:
    answer = api.get("/sequences/1/enrollments", params={"q": q})
    assert fault_of(answer, pointer)["remedy"] == remedy


@pytest.mark.parametrize("params", [{"sort": "age"}, {"limit": "501"}, {"offset": "-1"}])
def test_parameters_have_bounds(api: Api, four: list[int], params: dict[str, str]) -> None:
    assert api.get("/sequences/1/enrollments", params=params).status_code == 422


def test_a_viewer_may_look(api: Api, four: list[int], sign: Sign) -> None:
    viewer = sign(Role.VIEWER)
    assert api.get("/sequences/1/enrollments", headers=viewer).status_code == 200
    assert api.get(f"/enrollments/{four[0]}", headers=viewer).status_code == 200
