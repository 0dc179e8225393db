"""Sequences: made, replaced, applied, linted and previewed through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.model.sequences import SequenceDocument, StepDocument
from common.vocabulary import Hold, Reason, Role, SequenceState, Status
from server.database.tables import enrollments, events, sequences, steps
from server.sequences import service, store
from server.sequences.plan_store import PlanCache, plan_of
from server.sequences.timing import Delay, ScheduledStep
from server.sequences.zones import HOUR
from tests.api.conftest import Sign, fault_of

Api = TestClient[Litestar]
NOW = 1_793_628_000_000_000
FIRST = "Hi {{ first_name | default: 'there' }}, Ana from Acme. Reply STOP to opt out."
SECOND = "We have two openings near you. Interested?"


def document(name: str = "Spring hiring 2026", **more: Any) -> dict[str, Any]:
    """A sequence of two texts, two days apart."""
    steps = [{"body": FIRST}, {"body": SECOND, "delay": {"days": 2}}]
    return {"name": name, "steps": steps, **more}


def made(api: Api, name: str = "Spring hiring 2026", **more: Any) -> dict[str, Any]:
    """A sequence made through the API."""
    answer = api.post("/sequences", json=document(name, **more))
    assert answer.status_code == 201, answer.text
    sequence: dict[str, Any] = answer.json()
    return sequence


def write(api: Api, fn: Callable[[sa.Connection], Any]) -> Any:
    """Run a function over the application's database."""
    with api.portal() as portal:
        return portal.call(api.app.state.database.write, fn)


def enroll(api: Api, sequence: dict[str, Any], *statuses: Status) -> None:
    """Put one new contact into a sequence for each status."""
    sender = api.post(
        "/senders", json={"phone": "+14155550100", "name": "x", "carrier": "simulator"}
    )
    assert sender.status_code == 201
    contacts = [
        api.post("/contacts", json={"phone": f"+141555501{place:02}"}).json()["id"]
        for place in range(1, len(statuses) + 1)
    ]

    def insert(connection: sa.Connection) -> None:
        for contact_id, status in zip(contacts, statuses, strict=True):
            pending = status is Status.PENDING
            connection.execute(
                sa.insert(enrollments).values(
                    sequence_id=sequence["id"],
                    contact_id=contact_id,
                    run=1,
                    status=status.value,
                    reason=None if pending else Reason.COMPLETED.value,
                    hold=Hold.DRAFT.value if pending else None,
                    ended_at=None if pending else NOW,
                    next_step_id=sequence["steps"][0]["id"] if pending else None,
                    sender_id=sender.json()["id"],
                    sequence_version=1,
                    accepted=0,
                    delivered=0,
                    dead=0,
                    tries=0,
                    answered_early=False,
                    enrolled_by=1,
                    enrolled_at=NOW,
                )
            )

    write(api, insert)


def in_state(api: Api, sequence: dict[str, Any], state: SequenceState) -> None:
    """Put a sequence into a state."""
    write(api, lambda connection: store.set_state(connection, sequence["id"], state, NOW))


def everything(api: Api) -> Any:
    """All that is kept of sequences, for showing that nothing changed."""
    return write(
        api,
        lambda connection: [
            [tuple(row) for row in connection.execute(sa.select(table).order_by(table.c.id))]
            for table in (sequences, steps, events)
        ],
    )


def bodies(sequence: dict[str, Any]) -> dict[int, str]:
    """The texts of a sequence by the ids of its steps, in order."""
    return {step["id"]: step["body"] for step in sequence["steps"]}


def test_a_sequence_is_made_as_a_draft_with_the_defaults(api: Api) -> None:
    sequence = made(api)
    assert sequence["state"] == "draft"
    assert sequence["version"] == 1
    assert sequence["kind"] == "relative"
    assert sequence["on_reply"] == "finish"
    assert sequence["window"] == [
        {"days": "mon-sat", "from": "09:00", "to": "20:00"},
        {"days": "sun", "from": "12:00", "to": "20:00"},
    ]
    assert [(step["position"], step["delay"]) for step in sequence["steps"]] == [
        (1, {"days": 0, "hours": 0, "minutes": 0}),
        (2, {"days": 2, "hours": 0, "minutes": 0}),
    ]
    assert sequence["created_by"] == "admin"
    assert set(sequence["counts"]) == set(Status)
    assert sequence["total"] == 0
    assert api.get(f"/sequences/{sequence['id']}").json() == sequence
    assert api.get(f"/sequences/{sequence['id']}/steps").json() == sequence["steps"]


def test_counts_by_status_add_up_to_all_enrolled(api: Api) -> None:
    sequence, other = made(api), made(api, "Other")
    enroll(api, sequence, Status.PENDING, Status.PENDING, Status.FAILED)
    listed = {one["id"]: one for one in api.get("/sequences").json()["items"]}
    read = api.get(f"/sequences/{sequence['id']}").json()
    for told in (listed[sequence["id"]], read):
        assert (told["counts"]["pending"], told["counts"]["failed"]) == (2, 1)
        assert sum(told["counts"].values()) == told["total"] == 3
    assert listed[sequence["id"]]["steps"] == 2
    assert listed[other["id"]]["total"] == 0


def test_the_list_is_by_name_searched_by_words_and_leaves_out_the_archived(api: Api) -> None:
    for name in ("beta Spring", "Alpha spring 100%", "gamma"):
        made(api, name)
    in_state(api, made(api, "old spring"), SequenceState.ARCHIVED)

    def names(**query: Any) -> list[str]:
        return [one["name"] for one in api.get("/sequences", params=query).json()["items"]]

    assert names() == ["Alpha spring 100%", "beta Spring", "gamma"]
    assert names(q="SPRING") == ["Alpha spring 100%", "beta Spring"]
    assert names(q="spring beta") == ["beta Spring"]
    assert names(q="%") == ["Alpha spring 100%"]
    assert names(q="old") == []
    assert names(q="old", include_archived=True) == ["old spring"]
    page = api.get("/sequences?offset=1&limit=1").json()
    assert ([one["name"] for one in page["items"]], page["total"]) == (["beta Spring"], 3)


def test_a_name_is_taken_in_any_case(api: Api) -> None:
    sequence = made(api)
    before = everything(api)
    for answer in (
        api.post("/sequences", json=document("SPRING hiring 2026")),
        api.post(f"/sequences/{sequence['id']}/duplicate", json={"name": "spring hiring 2026"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "sequence_exists")
    assert everything(api) == before


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "a\x00b"}, "name"),
    ({"name": " \t "}, "name"),
    ({"kind": "weekly"}, "kind"),
    ({"window": {"days": "someday", "from": "09:00", "to": "20:00"}}, "window.days"),
    ({"window": {"from": "09:00", "to": "25:00"}}, "window.to"),
    ({"window": []}, "window"),
    ({"sender": "+14155550199"}, "sender"),
    ({"daily_limit": 0}, "daily_limit"),
    ({"daily_limit": "1"}, "daily_limit"),
    ({"late_hours": -1}, "late_hours"),
    ({"response_days": 0}, "response_days"),
    ({"reenroll": "sometimes"}, "reenroll"),
    ({"steps": [{"body": "x" * 1601}]}, "steps[0].body"),
    ({"steps": [{"body": "\x1b[2J"}]}, "steps[0].body"),
    ({"steps": [{"body": "x", "delay": {"days": -1}}]}, "steps[0].delay.days"),
    ({"steps": [{"body": "x", "at": "2026-12-01T09:00:00"}]}, "steps[0].at"),
    ({"steps": [{"body": "x", "id": 999}]}, "steps[0].id"),
    ({"steps": [{"body": "x"}] * 101}, "steps"),
    ({"kind": "scheduled", "steps": [{"body": "x"}]}, "steps[0].at"),
]


def test_a_bad_document_names_its_field_and_changes_nothing(api: Api) -> None:
    sequence = made(api)
    before = everything(api)
    for wrong, field in BAD:
        bad = {**document("Other"), **wrong}
        fault_of(api.post("/sequences", json=bad), f"body.{field}")
        fault_of(api.put(f"/sequences/{sequence['id']}", json=bad), f"body.{field}")
        fault_of(api.post("/sequences/apply", json={"document": bad}), f"body.document.{field}")
    assert everything(api) == before


def test_other_bad_input_names_its_field_and_changes_nothing(api: Api) -> None:
    made(api)
    before = everything(api)
    asked: list[tuple[str, dict[str, Any], str]] = [
        ("/sequences/1/duplicate", {"name": "a\x00"}, "body.name"),
        ("/sequences/1/duplicate", {"name": 1}, "body.name"),
        ("/sequences/lint", {"name": " "}, "body.name"),
        ("/sequences/1/preview", {"fields": {"first_name": 1}}, "body.fields[...]"),
        ("/sequences/1/preview", {"contact_id": 0}, "body.contact_id"),
        ("/sequences/1/preview", {"bodies": ["x" * 1601]}, "body.bodies[0]"),
        ("/sequences/apply", {"document": document(), "dry_run": "yes"}, "body.dry_run"),
    ]
    for path, body, pointer in asked:
        fault_of(api.post(path, json=body), pointer)
    assert everything(api) == before


def test_what_is_not_there_is_told(api: Api) -> None:
    for answer in (
        api.get("/sequences/99"),
        api.get("/sequences/99/steps"),
        api.get("/sequences/99/lint"),
        api.put("/sequences/99", json=document()),
        api.post("/sequences/99/duplicate", json={"name": "x"}),
        api.post("/sequences/99/preview", json={}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "sequence_not_found")


def test_viewers_read_and_operators_change(api: Api, sign: Sign) -> None:
    path = f"/sequences/{made(api)['id']}"
    before = everything(api)
    viewer = sign(Role.VIEWER)
    for answer in (
        api.post("/sequences", json=document("x"), headers=viewer),
        api.put(path, json=document("x"), headers=viewer),
        api.post("/sequences/apply", json={"document": document("x")}, headers=viewer),
        api.post(f"{path}/duplicate", json={"name": "x"}, headers=viewer),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")
    for reading in ("/sequences", path, f"{path}/steps", f"{path}/lint"):
        assert api.get(reading, headers=viewer).status_code == 200
    assert api.post(f"{path}/preview", json={}, headers=viewer).status_code == 200
    assert api.post("/sequences/lint", json=document(), headers=viewer).status_code == 200
    assert everything(api) == before
    operator = sign(Role.OPERATOR)
    assert api.post("/sequences", json=document("x"), headers=operator).status_code == 201


def test_replacing_keeps_the_ids_of_edited_steps(api: Api) -> None:
    sequence = made(api)
    first, second = bodies(sequence)
    edited = document(steps=[{"body": "Hello"}, {"body": FIRST}, {"body": "B", "delay": {}}])
    answer = api.put(f"/sequences/{sequence['id']}", json=edited).json()
    told = answer["sequence"]
    (new,) = set(bodies(told)) - {first, second}
    assert bodies(told) == {new: "Hello", first: FIRST, second: "B"}
    assert list(bodies(told)) == [new, first, second]
    assert [step["position"] for step in told["steps"]] == [1, 2, 3]
    assert (answer["steps_added"], answer["steps_removed"]) == (1, 0)
    assert answer["timing_changed"]
    assert told["version"] == 2
    assert api.get(f"/sequences/{sequence['id']}").json() == told


def test_ids_say_which_steps_stay(api: Api) -> None:
    sequence = made(api)
    first, second = bodies(sequence)
    edited = document(steps=[{"id": second, "body": SECOND}, {"body": FIRST}])
    answer = api.put(f"/sequences/{sequence['id']}", json=edited).json()
    assert next(iter(bodies(answer["sequence"]))) == second
    assert first not in bodies(answer["sequence"])
    assert (answer["steps_added"], answer["steps_removed"]) == (1, 1)
    kept = write(
        api,
        lambda connection: connection.execute(
            sa.select(steps.c.deleted_at).where(steps.c.id == first)
        ).scalar(),
    )
    assert kept is not None


def test_steps_can_change_places(api: Api) -> None:
    sequence = made(api)
    first, second = bodies(sequence)
    edited = document(steps=[{"body": SECOND}, {"body": FIRST}])
    answer = api.put(f"/sequences/{sequence['id']}", json=edited).json()
    assert list(bodies(answer["sequence"])) == [second, first]
    assert {one["field"] for one in answer["differences"]} >= {"steps[0].position"}


def test_a_removed_step_is_succeeded_by_what_now_follows_the_step_before_it(api: Api) -> None:
    texts = ["a", "b", "c"]
    sequence = made(api, steps=[{"body": body} for body in texts])
    first, second, third = bodies(sequence)
    operator, sequence_id = 1, sequence["id"]

    def replaced(*written: StepDocument) -> service.Replaced:
        asked = SequenceDocument(name=sequence["name"], steps=written)
        result: service.Replaced = write(
            api, lambda connection: service.replace(connection, sequence_id, asked, operator, NOW)
        )
        return result

    without_second = replaced(StepDocument("a", id=first), StepDocument("c", id=third))
    assert without_second.steps_removed == (second,)
    assert without_second.successors == {second: third}
    renewed = replaced(StepDocument("a", id=first), StepDocument("new"))
    (new,) = renewed.steps_added
    assert renewed.successors == {third: new}
    shortened = replaced(StepDocument("a", id=first))
    assert shortened.successors == {new: None}
    assert shortened.version == 4


def test_a_replacement_without_a_difference_changes_nothing(api: Api) -> None:
    sequence = made(api)
    before = everything(api)
    answer = api.put(f"/sequences/{sequence['id']}", json=document()).json()
    assert not answer["changed"]
    assert answer["differences"] == []
    assert answer["sequence"] == sequence
    assert everything(api) == before


def test_an_edited_text_moves_nothing_and_tells_how_many_are_pending(api: Api) -> None:
    sequence = made(api)
    enroll(api, sequence, Status.PENDING, Status.PENDING, Status.FINISHED_NO_RESPONSE)
    edited = document(steps=[{"body": FIRST}, {"body": "Edited", "delay": {"days": 2}}])
    answer = api.put(f"/sequences/{sequence['id']}", json=edited).json()
    assert answer["pending"] == 2
    assert not answer["timing_changed"]
    assert answer["differences"] == [
        {"field": "steps[1].body", "before": SECOND, "after": "Edited"}
    ]


def test_a_change_is_in_the_log_with_who_made_it(api: Api) -> None:
    sequence = made(api)
    api.put(f"/sequences/{sequence['id']}", json=document(on_reply="continue"))
    logged = write(
        api,
        lambda connection: [
            (row.kind, row.operator_id, "on_reply" in row.body)
            for row in connection.execute(
                sa.select(events)
                .where(events.c.sequence_id == sequence["id"])
                .order_by(events.c.id)
            )
        ],
    )
    assert logged == [("sequence_added", 1, False), ("sequence_changed", 1, True)]


def test_an_archived_sequence_stays_as_it_is(api: Api) -> None:
    sequence = made(api)
    in_state(api, sequence, SequenceState.ARCHIVED)
    before = everything(api)
    answer = api.put(f"/sequences/{sequence['id']}", json=document("Other"))
    assert (answer.status_code, answer.json()["code"]) == (409, "sequence_archived")
    assert everything(api) == before


def test_the_kind_is_fixed_once_anyone_is_enrolled(api: Api) -> None:
    sequence = made(api)
    step = {"body": FIRST, "at": "2026-12-01T09:00:00"}
    scheduled = document(kind="scheduled", steps=[step])
    free = made(api, "Free")
    answer = api.put(f"/sequences/{free['id']}", json={**scheduled, "name": "Free"})
    assert answer.json()["sequence"]["kind"] == "scheduled"
    enroll(api, sequence, Status.FAILED)
    before = everything(api)
    answer = api.put(f"/sequences/{sequence['id']}", json=scheduled)
    assert (answer.status_code, answer.json()["code"]) == (409, "kind_is_fixed")
    assert everything(api) == before


@pytest.mark.parametrize("state", [SequenceState.ACTIVE, SequenceState.PAUSED])
def test_a_live_sequence_is_not_broken_by_an_edit(api: Api, state: SequenceState) -> None:
    sequence = made(api)
    broken = document(steps=[{"body": FIRST}, {"body": "{{ nope }}"}])
    assert api.put(f"/sequences/{sequence['id']}", json=broken).status_code == 200
    assert api.put(f"/sequences/{sequence['id']}", json=document()).status_code == 200
    in_state(api, sequence, state)
    before = everything(api)
    answer = api.put(f"/sequences/{sequence['id']}", json=broken)
    fault_of(answer, "body.steps[1].body")
    assert answer.json()["code"] == "sequence_not_sound"
    assert everything(api) == before


def test_an_edit_of_an_older_version_is_refused(api: Api) -> None:
    sequence = made(api)
    path = f"/sequences/{sequence['id']}"
    api.put(f"{path}?version=1", json=document(daily_limit=2))
    before = everything(api)
    answer = api.put(f"{path}?version=1", json=document(daily_limit=3))
    assert (answer.status_code, answer.json()["code"]) == (409, "sequence_changed")
    assert everything(api) == before


def test_a_sequence_names_its_sender_by_phone(api: Api) -> None:
    api.post("/senders", json={"phone": "+14155550100", "name": "x", "carrier": "simulator"})
    assert made(api, sender="+14155550100")["sender"] == "+14155550100"


def test_a_duplicate_is_a_draft_of_its_own(api: Api) -> None:
    sequence = made(api, daily_limit=3, window={"days": "mon-fri", "from": "10:00", "to": "12:00"})
    in_state(api, sequence, SequenceState.ACTIVE)
    enroll(api, sequence, Status.PENDING)
    answer = api.post(f"/sequences/{sequence['id']}/duplicate", json={"name": "Copy"})
    copy = answer.json()
    assert answer.status_code == 201
    assert (copy["name"], copy["state"], copy["version"], copy["total"]) == ("Copy", "draft", 1, 0)
    for name in ("window", "daily_limit", "kind", "on_reply"):
        assert copy[name] == sequence[name]
    assert list(bodies(copy).values()) == [FIRST, SECOND]
    assert not set(bodies(copy)) & set(bodies(sequence))


def test_apply_creates_then_changes_then_leaves(api: Api) -> None:
    created = api.post("/sequences/apply", json={"document": document()}).json()
    assert created["outcome"] == "created"
    sequence = api.get(f"/sequences/{created['id']}").json()
    enroll(api, sequence, Status.PENDING)
    edited = document("SPRING hiring 2026", late_hours=6)
    changed = api.post("/sequences/apply", json={"document": edited}).json()
    assert (changed["outcome"], changed["id"], changed["version"]) == ("changed", sequence["id"], 2)
    assert changed["pending"] == 1
    assert changed["differences"] == [
        {"field": "name", "before": "Spring hiring 2026", "after": "SPRING hiring 2026"},
        {"field": "late_hours", "before": 12, "after": 6},
    ]
    before = everything(api)
    unchanged = api.post("/sequences/apply", json={"document": edited}).json()
    assert (unchanged["outcome"], unchanged["version"]) == ("unchanged", 2)
    assert unchanged["differences"] == []
    assert everything(api) == before


def test_a_dry_run_tells_what_the_real_one_does_and_changes_nothing(api: Api) -> None:
    before = everything(api)
    for asked in (document(), document(late_hours=1), document(late_hours=1)):
        dry = api.post("/sequences/apply", json={"document": asked, "dry_run": True}).json()
        assert everything(api) == before
        real = api.post("/sequences/apply", json={"document": asked}).json()
        before = everything(api)
        assert dry["dry_run"]
        assert {**real, "dry_run": True, "id": dry["id"]} == dry
        assert dry["id"] in {None, real["id"]}


def test_a_dry_run_refuses_what_the_real_one_refuses(api: Api) -> None:
    in_state(api, made(api), SequenceState.ARCHIVED)
    before = everything(api)
    for dry_run in (True, False):
        asked = {"document": document(late_hours=1), "dry_run": dry_run}
        answer = api.post("/sequences/apply", json=asked)
        assert (answer.status_code, answer.json()["code"]) == (409, "sequence_archived")
    assert everything(api) == before


def test_the_same_key_is_one_sequence(api: Api) -> None:
    first, second = (
        api.post("/sequences", json=document(), headers={"Idempotency-Key": "once"})
        for _ in range(2)
    )
    assert (second.status_code, second.json()) == (201, first.json())
    assert api.get("/sequences").json()["total"] == 1


def test_lint_of_a_document_stores_nothing(api: Api) -> None:
    before = everything(api)
    asked = document(steps=[{"body": "Hi {{ company }}"}])
    findings = api.post("/sequences/lint", json=asked).json()
    assert [(one["code"], one["severity"], one["step"]) for one in findings] == [
        ("unknown_field", "error", 1),
        ("no_opt_out_line", "warning", 1),
    ]
    assert everything(api) == before


def test_a_field_that_a_contact_has_is_known_to_lint(api: Api) -> None:
    sequence = made(api, steps=[{"body": FIRST + " {{ company }}"}])
    path = f"/sequences/{sequence['id']}/lint"
    assert [one["code"] for one in api.get(path).json()] == ["unknown_field"]
    api.post("/contacts", json={"phone": "+14155550142", "fields": {"company": "Acme"}})
    assert [one["code"] for one in api.get(path).json()] == ["no_fallback"]


def test_a_preview_is_the_text_as_the_person_gets_it(api: Api) -> None:
    sequence = made(api, steps=[{"body": FIRST}, {"body": "{{ company }} – {{ city }}"}])
    person = {"phone": "+14155550142", "first_name": "Lena", "fields": {"company": "Acme"}}
    contact = api.post("/contacts", json=person).json()
    first, second = api.post(
        f"/sequences/{sequence['id']}/preview", json={"contact_id": contact["id"]}
    ).json()
    assert first["text"] == "Hi Lena, Ana from Acme. Reply STOP to opt out."
    assert (first["encoding"], first["segments"], first["missing"]) == ("gsm7", 1, [])
    assert first["characters"] == len(first["text"])
    assert (second["text"], second["segments"], second["missing"]) == (None, 0, ["city"])
    assert "city" in second["problem"]
    filled = {"contact_id": contact["id"], "fields": {"city": "Reno"}}
    second = api.post(f"/sequences/{sequence['id']}/preview", json=filled).json()[1]
    assert second["text"] == "Acme – Reno"
    assert second["encoding"] == "ucs2"
    assert second["culprits"] == [{"position": 5, "character": "–", "plain": "-"}]


def test_a_text_that_is_not_saved_can_be_previewed(api: Api) -> None:
    sequence = made(api)
    asked = {"bodies": ["“" + "x" * 100, "{{ a }} {{ b | default: 'c' }} {{ d }}", "{{"]}
    dear, held, faulty = api.post(f"/sequences/{sequence['id']}/preview", json=asked).json()
    assert (dear["segments"], dear["plain_segments"]) == (2, 1)
    assert held["missing"] == ["a", "d"]
    assert (faulty["text"], faulty["missing"]) == (None, [])
    assert faulty["problem"]


def test_a_preview_for_nobody_there_is_told(api: Api) -> None:
    answer = api.post(f"/sequences/{made(api)['id']}/preview", json={"contact_id": 99})
    assert (answer.status_code, answer.json()["code"]) == (404, "contact_not_found")


def test_a_plan_has_what_timing_needs(api: Api) -> None:
    step = {"body": FIRST, "at": "2026-12-01T09:00:00"}
    times = [
        step,
        {**step, "at": "2026-12-02T09:00:00Z"},
        {**step, "at": "2026-12-03T09:00:00", "local": False},
    ]
    relative = made(api, response_days=2)
    scheduled = made(api, "Scheduled", kind="scheduled", steps=times)
    plan = write(api, lambda connection: plan_of(connection, relative["id"]))
    assert [one.delay for one in plan.steps] == [Delay(), Delay(days=2)]
    assert [one.scheduled for one in plan.steps] == [None, None]
    assert plan.response_window == 48 * HOUR
    assert plan.step_after(0) == plan.steps[0]
    assert plan.step_after(2) is None
    assert plan.step(plan.steps[1].id) == plan.steps[1]
    plan = write(api, lambda connection: plan_of(connection, scheduled["id"]))
    nine = 1_796_115_600_000_000  # 2026-12-01T09:00:00 as if it were UTC
    assert [one.scheduled for one in plan.steps] == [
        ScheduledStep(nine, local=True),
        ScheduledStep(nine + 24 * HOUR, local=False),
        ScheduledStep(nine + 53 * HOUR, local=False),  # in New York, where the workspace is
    ]


def test_a_cached_plan_is_of_the_present_version_and_state(api: Api) -> None:
    sequence = made(api)
    plans = PlanCache()

    def plan() -> Any:
        return write(api, lambda connection: plans.plan_of(connection, sequence["id"]))

    first = plan()
    assert plan() is first
    in_state(api, sequence, SequenceState.ACTIVE)
    assert plan() == first._replace(state=SequenceState.ACTIVE)
    api.put(f"/sequences/{sequence['id']}", json=document(daily_limit=4))
    assert (plan().version, plan().daily_limit) == (2, 4)
