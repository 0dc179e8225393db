"""Sequences replaced and applied: steps stay themselves, and nothing live is broken."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from common.model.sequences import SequenceDocument, StepDocument
from common.vocabulary import SequenceState, Status
from server.database.tables import events, steps
from server.sequences import service
from tests.api.conftest import fault_of
from tests.api.sequences import (
    FIRST,
    NOW,
    SECOND,
    Api,
    bodies,
    document,
    enroll,
    everything,
    in_state,
    made,
    write,
)


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


@pytest.mark.unsound
def test_an_edited_text_moves_nothing_and_reports_how_many_are_pending(api: Api) -> None:
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


@pytest.mark.unsound
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


@pytest.mark.unsound
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


def test_a_dry_run_reports_what_the_real_one_does_and_changes_nothing(api: Api) -> None:
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
