"""Sequences linted, previewed and planned."""

from __future__ import annotations

from typing import Any

from common.model.sequences import Delay
from common.vocabulary import SequenceState
from server.sequences.plan_store import PlanCache, plan_of
from server.sequences.timing import ScheduledStep
from server.sequences.zones import HOUR
from tests.api.sequences import (
    FIRST,
    Api,
    document,
    everything,
    in_state,
    made,
    write,
)


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


def test_a_preview_for_nobody_there_is_reported(api: Api) -> None:
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
