"""Which steps match after an edit, and how the difference is reported."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from common.changes import changes, match_steps
from common.documents import canonical
from common.model.sequences import Delay, SequenceDocument, StepDocument


def kept(*bodies: str) -> tuple[StepDocument, ...]:
    """Steps that are there, with ids from 10 on."""
    return tuple(StepDocument(body, Delay(), id=10 + place) for place, body in enumerate(bodies))


def written(*bodies: str) -> tuple[StepDocument, ...]:
    """Steps of a text file, without ids."""
    return tuple(StepDocument(body, Delay()) for body in bodies)


def test_an_edited_step_stays_itself() -> None:
    assert match_steps(kept("a", "b", "c"), written("a", "B", "c")) == (0, 1, 2)


def test_a_step_put_in_front_does_not_make_strangers_of_the_rest() -> None:
    assert match_steps(kept("a", "b"), written("new", "a", "b")) == (None, 0, 1)


def test_an_edit_beside_an_insertion_is_found() -> None:
    assert match_steps(kept("a", "b", "c"), written("x", "a", "B", "c")) == (None, 0, 1, 2)


def test_steps_that_change_places_stay_themselves() -> None:
    assert match_steps(kept("a", "b"), written("b", "a")) == (1, 0)


def test_a_removed_step_is_nobody() -> None:
    assert match_steps(kept("a", "b", "c"), written("a", "c")) == (0, 2)


def test_ids_decide_where_there_are_any() -> None:
    before = kept("a", "b")
    after = (msgspec.structs.replace(before[1], body="z"), StepDocument("a", Delay()))
    assert match_steps(before, after) == (1, None)


_TEXTS = st.lists(st.sampled_from("abcdef"), max_size=6)


@given(_TEXTS, _TEXTS)
def test_no_step_is_two_steps(old: list[str], new: list[str]) -> None:
    found = match_steps(kept(*old), written(*new))
    matched = [index for index in found if index is not None]
    assert len(found) == len(new)
    assert len(set(matched)) == len(matched)
    assert all(0 <= index < len(old) for index in matched)


@given(_TEXTS, _TEXTS)
def test_a_text_that_stays_is_never_a_new_step(old: list[str], new: list[str]) -> None:
    found = match_steps(kept(*old), written(*new))
    for text in set(new):
        same = [index for body, index in zip(new, found, strict=True) if body == text]
        stayed = [index for index in same if index is not None and old[index] == text]
        assert len(stayed) == min(old.count(text), new.count(text))


@given(_TEXTS)
def test_the_same_steps_differ_in_nothing(bodies: list[str]) -> None:
    before = SequenceDocument(name="x", steps=kept(*bodies))
    found = changes(before, SequenceDocument(name="x", steps=written(*bodies)))
    assert found.differences == ()
    assert found.removed == ()
    assert not found.timing_changed


def test_a_text_edited_moves_no_due_time() -> None:
    before = SequenceDocument(name="x", steps=kept("a", "b"))
    found = changes(before, SequenceDocument(name="x", steps=written("a", "B")))
    assert [(one.field, one.before, one.after) for one in found.differences] == [
        ("steps[1].body", "b", "B")
    ]
    assert not found.timing_changed


def test_settings_and_steps_are_reported_field_by_field() -> None:
    before = canonical(SequenceDocument(name="x", steps=kept("a", "b")))
    after = canonical(
        SequenceDocument(
            name="y", daily_limit=2, steps=(*written("a"), StepDocument("c", Delay(hours=3)))
        )
    )
    found = changes(before, after)
    assert [(one.field, one.before, one.after) for one in found.differences] == [
        ("name", "x", "y"),
        ("daily_limit", 1, 2),
        (
            "steps[1].delay",
            {"days": 0, "hours": 0, "minutes": 0},
            {"days": 0, "hours": 3, "minutes": 0},
        ),
        ("steps[1].body", "b", "c"),
    ]
    assert found.timing_changed


def test_added_removed_and_moved_steps_are_reported_and_move_due_times() -> None:
    before = SequenceDocument(name="x", steps=kept("a", "b"))
    moved = changes(before, SequenceDocument(name="x", steps=written("b", "a")))
    assert {one.field for one in moved.differences} == {"steps[0].position", "steps[1].position"}
    removed = changes(before, SequenceDocument(name="x", steps=written("b")))
    assert [(one.field, one.after) for one in removed.differences] == [("steps[0]", None)]
    assert removed.removed == (0,)
    added = changes(before, SequenceDocument(name="x", steps=written("a", "b", "c")))
    assert [(one.field, one.before) for one in added.differences] == [("steps[2]", None)]
    assert moved.timing_changed
    assert removed.timing_changed
    assert added.timing_changed
