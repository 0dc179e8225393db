"""Enrolling: who becomes pending, who is omitted, skipped or refused; a dry run says the same."""

from __future__ import annotations

import random
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import LineKind, LineSource, SuppressionSource
from server.contacts import suppressions
from server.database.tables import contacts
from server.enrollments import enrolling_service
from tests.api.conftest import fault_of, stored

Api = TestClient[Litestar]

FIRST = "Hi {{ first_name | default: 'there' }}, Ana from Acme. Reply STOP to opt out."
RELATIVE: dict[str, Any] = {
    "name": "Spring hiring",
    "steps": [
        {"body": FIRST, "delay": {"minutes": 0}},
        {"body": "Two openings near you.", "delay": {"days": 2}},
    ],
}


def sequence_of(api: Api, **changed: Any) -> int:
    """A new sequence, active unless `state` says draft."""
    active = changed.pop("state", "active") == "active"
    made = api.post("/sequences", json=RELATIVE | changed)
    assert made.status_code == 201, made.text
    sequence_id: int = made.json()["id"]
    if active:
        assert api.post(f"/sequences/{sequence_id}/activate").status_code == 200
    return sequence_id


def contact_of(api: Api, phone: str, **changed: Any) -> int:
    """A new contact."""
    made = api.post("/contacts", json={"phone": phone} | changed)
    assert made.status_code == 201, made.text
    contact_id: int = made.json()["id"]
    return contact_id


def enroll(api: Api, sequence_id: int, **whom: Any) -> dict[str, Any]:
    """Enroll and give the answer."""
    answer = api.post(f"/sequences/{sequence_id}/enrollments", json=whom)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def rows(api: Api, sequence_id: int) -> list[dict[str, Any]]:
    """All enrollments of a sequence, by phone."""
    found: list[dict[str, Any]] = api.get(
        f"/sequences/{sequence_id}/enrollments", params={"sort": "phone", "limit": 500}
    ).json()["items"]
    return found


def test_everybody_ends_where_the_rules_say(api: Api) -> None:
    sequence_id = sequence_of(api, state="draft")
    plain = contact_of(api, "+14155550100")
    out = contact_of(api, "+14155550101")
    land = contact_of(api, "+442072190101")
    both = contact_of(api, "+442072190102")
    stored(
        api,
        suppressions.suppress,
        ["+14155550101", "+442072190102"],
        SuppressionSource.OPERATOR,
        "",
        1,
        0,
    )
    told = enroll(api, sequence_id, contact_ids=[plain, out, land, both, plain, 999_999])
    assert told["asked"] == 6
    assert told["pending"] == 1
    assert told["omitted"] == {"omitted_opted_out": 2, "omitted_landline": 1}
    assert told["skipped"] == {"named_twice": 1}
    assert told["refused"] == {"unknown_contact": 1}
    found = {
        row["contact"]["phone"]: (row["status"], row["reason"]) for row in rows(api, sequence_id)
    }
    assert found == {
        "+14155550100": ("pending", None),
        "+14155550101": ("omitted_opted_out", "suppressed_by_operator"),
        "+442072190101": ("omitted_landline", "landline_plan"),
        "+442072190102": ("omitted_opted_out", "suppressed_by_operator"),
    }


def test_a_dry_run_gives_the_answer_of_the_real_one_and_writes_nothing(api: Api) -> None:
    sequence_id = sequence_of(api)
    ids = [contact_of(api, f"+1415555{n:04}", first_name=f"Abe{n}") for n in range(100, 110)]
    whom = {"contact_ids": [*ids, ids[0], 10**9]}
    dry = enroll(api, sequence_id, **whom, dry_run=True)
    assert rows(api, sequence_id) == []
    real = enroll(api, sequence_id, **whom)
    assert dry.pop("dry_run") is True
    assert real.pop("dry_run") is False
    assert dry == real
    assert len(rows(api, sequence_id)) == 10


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("way", ["contact_ids", "phones", "group_id", "q"])
def test_a_dry_run_gives_the_answer_of_the_real_one_across_batches_too(
    way: str, seed: int, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolling_service, "BATCH", 3)
    chance = random.Random(seed)
    sequence_id = sequence_of(api, reenroll=chance.choice(["always", "never", "after"]))
    phones = [f"+1415555{n:04}" for n in range(100, 108)]
    land, out = "+442072190101", "+14155550100"
    ids = [contact_of(api, phone, first_name="Abe") for phone in [*phones[:5], land]]
    stored(api, suppressions.suppress, [out], SuppressionSource.OPERATOR, "", 1, 0)
    enroll(api, sequence_id, contact_ids=chance.sample(ids, 2))
    whom: dict[str, Any] = {
        "contact_ids": chance.choices([*ids, 10**9, 10**9 + 1], k=14),
        "phones": chance.choices([*phones, land, "415 555 0101", "nonsense", "12"], k=14),
        "q": "abe",
    }
    if way == "group_id":
        whom["group_id"] = api.post("/groups", json={"name": "VIP"}).json()["id"]
        members = {"contact_ids": ids[1:]}
        assert api.post(f"/groups/{whom['group_id']}/contacts", json=members).is_success

    dry = enroll(api, sequence_id, **{way: whom[way]}, dry_run=True)
    before = len(rows(api, sequence_id))
    real = enroll(api, sequence_id, **{way: whom[way]})

    for told in (dry, real):
        told.pop("dry_run")
        for one in told["turned"]:  # a dry run makes no contact, so that it has no id
            one.pop("contact_id")
    assert dry == real
    made = real["pending"] + sum(real["omitted"].values())
    turned = sum(real["skipped"].values()) + sum(real["refused"].values())
    assert made + turned == real["asked"]
    assert len(rows(api, sequence_id)) == before + made


def test_whoever_is_named_in_two_batches_is_counted_once(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolling_service, "BATCH", 2)
    sequence_id = sequence_of(api)
    ids = [contact_of(api, f"+1415555{n:04}") for n in range(100, 103)]
    whom = [*ids, ids[0], 10**9, 10**9]

    dry = enroll(api, sequence_id, contact_ids=whom, dry_run=True)
    real = enroll(api, sequence_id, contact_ids=whom)

    for told in (dry, real):
        assert (told["pending"], told["skipped"]) == (3, {"named_twice": 1})
        assert told["refused"] == {"unknown_contact": 2}
    assert real["turned"][0]["phone"] == "+14155550100"


def test_a_dry_run_of_numbers_that_are_nobodys_makes_no_contact(api: Api) -> None:
    sequence_id = sequence_of(api)
    dry = enroll(
        api, sequence_id, phones=["415 555 0100", "(415) 555-0100", "nonsense"], dry_run=True
    )
    assert (dry["pending"], dry["skipped"], dry["refused"]) == (
        1,
        {"named_twice": 1},
        {"invalid_number": 1},
    )
    assert api.get("/contacts").json()["total"] == 0
    assert enroll(api, sequence_id, phones=["4155550100"])["pending"] == 1
    assert api.get("/contacts").json()["total"] == 1


def test_whoever_is_pending_is_skipped_so_that_enrolling_twice_is_safe(api: Api) -> None:
    sequence_id = sequence_of(api)
    contact_id = contact_of(api, "+14155550100")
    assert enroll(api, sequence_id, contact_ids=[contact_id])["pending"] == 1
    again = enroll(api, sequence_id, contact_ids=[contact_id])
    assert (again["pending"], again["skipped"]) == (0, {"already_pending": 1})
    assert len(rows(api, sequence_id)) == 1


def test_one_key_is_one_enrolling(api: Api) -> None:
    sequence_id = sequence_of(api)
    contact_id = contact_of(api, "+14155550100")
    url, key = f"/sequences/{sequence_id}/enrollments", {"Idempotency-Key": "one"}
    first = api.post(url, json={"contact_ids": [contact_id]}, headers=key)
    again = api.post(url, json={"contact_ids": [contact_id]}, headers=key)
    assert first.json()["pending"] == 1
    assert again.json() == first.json()
    other = api.post(url, json={"contact_ids": [contact_id, contact_id]}, headers=key)
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency_key_reused"


def test_a_second_identical_omission_is_skipped(api: Api) -> None:
    sequence_id = sequence_of(api)
    contact_id = contact_of(api, "+442072190101")
    assert enroll(api, sequence_id, contact_ids=[contact_id])["omitted"] == {"omitted_landline": 1}
    again = enroll(api, sequence_id, contact_ids=[contact_id])
    assert again["skipped"] == {"already_omitted": 1}


@pytest.mark.parametrize(
    ("policy", "days", "pending"),
    [("always", 30, 1), ("never", 30, 0), ("after", 30, 0), ("after", 0, 1)],
)
def test_whoever_went_through_is_enrolled_again_as_the_policy_says(
    api: Api, policy: str, days: int, pending: int
) -> None:
    sequence_id = sequence_of(api, reenroll=policy, reenroll_days=days)
    contact_id = contact_of(api, "+14155550100")
    enroll(api, sequence_id, contact_ids=[contact_id])
    finished = api.post(
        "/operations",
        json={"action": "finish", "selection": {"ids": [rows(api, sequence_id)[0]["id"]]}},
    )
    assert finished.json()["done"] == 1, finished.text
    again = enroll(api, sequence_id, contact_ids=[contact_id])
    assert again["pending"] == pending
    assert [row["run"] for row in rows(api, sequence_id)] == [1, 2][: 1 + pending]


def test_a_landlines_omission_does_not_count_as_enrolled_before(api: Api) -> None:
    sequence_id = sequence_of(api, reenroll="never")
    contact_id = contact_of(api, "+442072190101")
    enroll(api, sequence_id, contact_ids=[contact_id])

    def correct(connection: Any) -> None:
        connection.execute(
            contacts.update()
            .where(contacts.c.id == contact_id)
            .values(line=LineKind.MOBILE.value, line_source=LineSource.OPERATOR.value)
        )

    stored(api, correct)
    assert enroll(api, sequence_id, contact_ids=[contact_id])["pending"] == 1


def test_a_scheduled_sequence_whose_steps_are_past_refuses(api: Api) -> None:
    sequence_id = sequence_of(
        api,
        kind="scheduled",
        steps=[
            {"body": FIRST, "at": "2026-12-01T12:00:00", "local": True},
            {"body": "Tomorrow!", "at": "2026-12-02T12:00:00", "local": True},
        ],
    )
    contact_id = contact_of(api, "+14155550100")
    told = enroll(api, sequence_id, contact_ids=[contact_id])
    assert told["first_text_at"] == "2026-12-01T20:00:00Z"
    assert told["last_text_at"] == "2026-12-02T20:00:00Z"
    past = sequence_of(
        api,
        name="Past",
        kind="scheduled",
        steps=[{"body": FIRST, "at": "2026-12-01T12:00:00", "local": True}],
    )
    api.app.state.clock.move_to(1_798_000_000_000_000)
    told = enroll(api, past, contact_ids=[contact_id])
    assert told["refused"] == {"all_steps_past": 1}


def test_into_a_draft_everybody_is_held_until_it_is_activated(api: Api) -> None:
    sequence_id = sequence_of(api, state="draft")
    contact_id = contact_of(api, "+14155550100")
    told = enroll(api, sequence_id, contact_ids=[contact_id])
    assert told["first_text_at"] is None
    row = rows(api, sequence_id)[0]
    assert (row["status"], row["hold"], row["due_at"]) == ("pending", "draft", None)
    api.app.state.clock.move_to(api.app.state.clock.now() + 86_400_000_000)
    api.post(f"/sequences/{sequence_id}/activate")
    row = rows(api, sequence_id)[0]
    assert (row["hold"], row["due_at"]) == (None, "2026-11-03T17:00:00Z")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "body"),
        ({"contact_ids": [1], "q": "abe"}, "body"),
        ({"contact_ids": ["1"]}, "body.contact_ids[0]"),
        ({"contact_ids": [0]}, "body.contact_ids[0]"),
        ({"people": [1]}, "body"),
        ({"q": ""}, "body.q"),
        ({"q": " "}, "body.q"),
        ({"q": "???"}, "body.q"),
        ({"q": "😀"}, "body.q"),
        ({"q": "abe", "everybody": True}, "body"),
        ({"everybody": False}, "body"),
    ],
)
def test_bad_requests_name_the_place_and_change_nothing(
    api: Api, body: dict[str, Any], pointer: str
) -> None:
    sequence_id = sequence_of(api)
    contact_of(api, "+14155550100")
    answer = api.post(f"/sequences/{sequence_id}/enrollments", json=body)
    fault_of(answer, pointer)
    assert rows(api, sequence_id) == []


def test_everybody_is_enrolled_only_when_it_is_said(api: Api) -> None:
    sequence_id = sequence_of(api)
    for place in range(3):
        contact_of(api, f"+1415555010{place}")
    assert enroll(api, sequence_id, everybody=True)["pending"] == 3


def test_what_is_not_there_is_not_found(api: Api) -> None:
    assert api.post("/sequences/9/enrollments", json={"q": "abe"}).status_code == 404
    sequence_id = sequence_of(api)
    answer = api.post(f"/sequences/{sequence_id}/enrollments", json={"group_id": 9})
    assert (answer.status_code, answer.json()["code"]) == (404, "group_not_found")


def test_more_than_a_batch_is_enrolled_whole(api: Api) -> None:
    sequence_id = sequence_of(api)
    lines = "\n".join(f"+1415{200 + n // 10000}{n % 10000:04},P{n}" for n in range(4500))
    imported = api.post(
        "/contacts/import",
        content=f"phone,first name\n{lines}".encode(),
        headers={"content-type": "text/csv"},
    )
    assert imported.json()["added"] == 4500
    told = enroll(api, sequence_id, q="p")
    assert (told["asked"], told["pending"]) == (4500, 4500)
    assert told["segments"] == 9000
    listed = api.get(f"/sequences/{sequence_id}/enrollments").json()
    assert listed["total"] == 4500
