"""A draft of a sequence: changed, listed, discarded, and kept when others save."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from common.changes import changes
from common.documents import document_of
from common.model.sequences import (
    STEPS_LIMIT,
    Delay,
    Sequence,
    SequenceDocument,
    Step,
    StepDocument,
)
from common.vocabulary import OnReply, SequenceKind
from tests.tui.written import THREE_STEPS, spring, step
from tui.state.draft import Draft, TooManySteps
from tui.state.merging import merge


def newer(sequence: Sequence, **fields: Any) -> Sequence:
    """A version that another operator saved."""
    return msgspec.structs.replace(sequence, version=sequence.version + 1, **fields)


def ids(draft: Draft) -> list[int | None]:
    return [one.id for one in draft.steps]


@pytest.fixture
def draft() -> Draft:
    """Three saved steps."""
    return Draft.of(spring(*THREE_STEPS))


def test_a_draft_starts_without_changes(draft: Draft) -> None:
    assert not draft.changed
    assert draft.told() == []


def test_a_changed_step_keeps_its_id_and_is_listed(draft: Draft) -> None:
    draft.replace(1, StepDocument("Hello again", Delay(days=3)))

    assert ids(draft) == [11, 12, 13]
    assert draft.told() == [
        "Step 2, delay: 2 days → 3 days",
        "Step 2, text:",
        "    before: We have two openings near you. Interested?",
        "    after:  Hello again",
    ]


def test_steps_are_added_moved_duplicated_and_removed_by_their_place(draft: Draft) -> None:
    draft.add(1, StepDocument("New", Delay(hours=1)))
    draft.duplicate(0)
    draft.remove(4)
    assert (draft.move(0, 1), draft.move(0, -1)) == (1, 0)

    assert ids(draft) == [None, 11, None, 12]
    assert [one.body[:2] for one in draft.steps] == ["Hi", "Hi", "Ne", "We"]


def test_a_setting_is_changed_and_discarded(draft: Draft) -> None:
    draft.change(on_reply=OnReply.CONTINUE, daily_limit=2)

    assert draft.told() == ["On reply: finish → continue", "Daily limit: 1 → 2"]

    draft.go_back()

    assert not draft.changed
    assert draft.document == document_of(draft.base)


def test_changing_the_kind_removes_times_and_changing_back_restores_them(draft: Draft) -> None:
    draft.change(kind=SequenceKind.SCHEDULED)

    assert [(one.delay, one.at, one.local) for one in draft.steps] == [(None, None, True)] * 3

    draft.change(kind=SequenceKind.RELATIVE)

    assert not draft.changed


def test_a_new_first_step_has_no_delay_and_others_have_a_day(draft: Draft) -> None:
    assert draft.new_step(0) == StepDocument("", Delay())
    assert draft.new_step(2) == StepDocument("", Delay(days=1))


def test_a_sequence_has_a_maximum_number_of_steps() -> None:
    draft = Draft.of(spring(*(step(1 + n, 1 + n, f"{n}") for n in range(STEPS_LIMIT))))

    with pytest.raises(TooManySteps, match="up to 100"):
        draft.duplicate(0)


def test_a_newer_version_is_taken_if_nothing_was_changed(draft: Draft) -> None:
    draft.take(newer(draft.base, name="Autumn"))

    assert (draft.document.name, draft.base.version, draft.changed) == ("Autumn", 4, False)


def test_a_newer_version_never_overwrites_changes(draft: Draft) -> None:
    draft.remove(2)
    written = draft.document
    theirs = newer(draft.base, name="Autumn")
    draft.take(theirs)

    assert (draft.document, draft.base.version, draft.newer) == (written, 3, theirs)


def test_a_changed_state_is_taken_without_asking(draft: Draft) -> None:
    draft.remove(2)
    written = draft.document
    draft.take(newer(draft.base, total=7))

    assert (draft.document, draft.base.version, draft.newer) == (written, 4, None)


def test_a_version_equal_to_the_draft_becomes_the_base(draft: Draft) -> None:
    draft.add(3, StepDocument("New", Delay(days=1)))
    draft.take(newer(draft.base, steps=(*THREE_STEPS, step(14, 4, "New", days=1))))

    assert (ids(draft), draft.changed, draft.newer) == ([11, 12, 13, 14], False, None)


def test_a_late_older_version_is_ignored(draft: Draft) -> None:
    old = draft.base
    draft.take(newer(old, name="Autumn"))
    draft.take(old)

    assert draft.document.name == "Autumn"


def test_changes_that_do_not_overlap_are_merged(draft: Draft) -> None:
    draft.replace(0, StepDocument("Mine", Delay()))
    draft.add(1, StepDocument("New", Delay(days=1)))
    theirs = (THREE_STEPS[0], THREE_STEPS[2], step(20, 3, "Theirs", days=5))
    draft.take(newer(draft.base, name="Autumn", steps=theirs))

    assert draft.bring_over() == ()
    assert draft.document.name == "Autumn"
    assert [one.body for one in draft.steps] == ["Mine", "New", THREE_STEPS[2].body, "Theirs"]
    assert ids(draft) == [11, None, 13, 20]
    assert (draft.base.version, draft.newer) == (4, None)


def test_where_both_changed_the_same_thing_ours_is_kept_and_reported(draft: Draft) -> None:
    draft.replace(0, StepDocument("Mine", Delay()))
    draft.change(daily_limit=2)
    theirs = (step(11, 1, "Theirs"), *THREE_STEPS[1:])
    draft.take(newer(draft.base, daily_limit=3, steps=theirs))

    assert draft.bring_over() == (
        "Daily limit: yours is 2, theirs is 3",
        "You both changed the text of a step. Theirs was: Theirs",
    )
    assert (draft.steps[0].body, draft.document.daily_limit) == ("Mine", 2)


def test_a_changed_step_that_others_removed_comes_back(draft: Draft) -> None:
    draft.replace(1, StepDocument("Mine", Delay(days=2)))
    draft.take(newer(draft.base, steps=(THREE_STEPS[0], THREE_STEPS[2])))

    assert draft.bring_over() == (
        "They removed a step that you changed. It is added as a new step: Mine",
    )
    assert [(one.body, one.id) for one in draft.steps][1] == ("Mine", None)


def test_discarding_takes_the_newest_version(draft: Draft) -> None:
    draft.remove(0)
    draft.take(newer(draft.base, name="Autumn"))
    draft.go_back()

    assert (draft.document.name, draft.changed, draft.newer) == ("Autumn", False, None)


class Writing(RuleBasedStateMachine):
    """After any changes each saved step keeps its id, and changes can be discarded."""

    def __init__(self) -> None:
        super().__init__()
        self.draft = Draft.of(spring(*THREE_STEPS))
        self.bodies = [one.body for one in THREE_STEPS]

    @rule(place=st.integers(0, 9), body=st.text("xyz", max_size=3))
    def add(self, place: int, body: str) -> None:
        place = min(place, len(self.bodies))
        self.draft.add(place, StepDocument(body, Delay()))
        self.bodies.insert(place, body)

    @precondition(lambda self: self.bodies)
    @rule(place=st.integers(0, 9), body=st.text("xyz", max_size=3))
    def replace(self, place: int, body: str) -> None:
        place %= len(self.bodies)
        self.draft.replace(place, StepDocument(body, Delay(days=1)))
        self.bodies[place] = body

    @precondition(lambda self: self.bodies)
    @rule(place=st.integers(0, 9))
    def duplicate(self, place: int) -> None:
        place %= len(self.bodies)
        self.draft.duplicate(place)
        self.bodies.insert(place + 1, self.bodies[place])

    @precondition(lambda self: self.bodies)
    @rule(place=st.integers(0, 9))
    def remove(self, place: int) -> None:
        place %= len(self.bodies)
        self.draft.remove(place)
        del self.bodies[place]

    @precondition(lambda self: self.bodies)
    @rule(place=st.integers(0, 9), by=st.sampled_from([-1, 1]))
    def move(self, place: int, by: int) -> None:
        place %= len(self.bodies)
        to = self.draft.move(place, by)
        self.bodies.insert(to, self.bodies.pop(place))

    @invariant()
    def bodies_are_as_they_were_put(self) -> None:
        assert [one.body for one in self.draft.steps] == self.bodies

    @invariant()
    def no_step_is_two_and_none_is_a_stranger(self) -> None:
        kept = [one.id for one in self.draft.steps if one.id is not None]
        assert len(set(kept)) == len(kept)
        assert set(kept) <= {11, 12, 13}

    @invariant()
    def there_is_a_way_back(self) -> None:
        other = Draft(self.draft.base, self.draft.document)
        other.go_back()
        assert not other.changed
        assert self.draft.changed == bool(self.draft.told())


TestWriting = Writing.TestCase

_BODIES = st.sampled_from("abcdef")
_DELAYS = st.builds(Delay, days=st.integers(0, 2))
BASE = SequenceDocument(
    name="x", steps=tuple(StepDocument(body, Delay(), id=1 + n) for n, body in enumerate("abcd"))
)


@st.composite
def edits(draw: st.DrawFn, new_ids: bool = False) -> SequenceDocument:
    """A changed base: steps changed, moved, removed, added; settings changed."""
    kept = draw(st.permutations(BASE.steps).map(list))[: draw(st.integers(0, 4))]
    steps = [
        msgspec.structs.replace(one, body=draw(_BODIES), delay=draw(_DELAYS))
        if draw(st.booleans())
        else one
        for one in kept
    ]
    for number in range(draw(st.integers(0, 2))):
        new = StepDocument(draw(_BODIES), draw(_DELAYS), id=100 + number if new_ids else None)
        steps.insert(draw(st.integers(0, len(steps))), new)
    limit = draw(st.integers(1, 3))
    return msgspec.structs.replace(BASE, daily_limit=limit, steps=tuple(steps))


@given(edits(), edits(new_ids=True))
def test_merging_keeps_changes_and_known_ids(
    ours: SequenceDocument, theirs: SequenceDocument
) -> None:
    merged = merge(BASE, ours, theirs).document
    merged_ids = [one.id for one in merged.steps if one.id is not None]

    assert len(set(merged_ids)) == len(merged_ids)
    assert set(merged_ids) <= {one.id for one in theirs.steps}
    base_bodies = {one.id: one.body for one in BASE.steps}
    written = {one.body for one in ours.steps if one.body != base_bodies.get(one.id)}
    assert written <= {one.body for one in merged.steps}


@given(edits())
def test_merging_with_an_unchanged_version_gives_ours(ours: SequenceDocument) -> None:
    assert merge(BASE, ours, BASE) == (ours, ())


@given(edits(new_ids=True))
def test_merging_an_unchanged_draft_gives_theirs(theirs: SequenceDocument) -> None:
    assert merge(BASE, BASE, theirs) == (theirs, ())


@given(edits())
def test_merging_with_our_saved_version_gives_that_version(ours: SequenceDocument) -> None:
    numbered = tuple(
        msgspec.structs.replace(one, id=one.id or 100 + place)
        for place, one in enumerate(ours.steps)
    )
    saved = msgspec.structs.replace(ours, steps=numbered)

    assert merge(BASE, ours, saved) == (saved, ())


def sequence_of(document: SequenceDocument, version: int) -> Sequence:
    steps = tuple(
        Step(one.id or 0, place, one.body, one.delay, None, None)
        for place, one in enumerate(document.steps, 1)
    )
    return spring(*steps, name=document.name, daily_limit=document.daily_limit, version=version)


@given(edits(), edits(new_ids=True))
def test_after_merging_differences_are_from_the_newer_version(
    ours: SequenceDocument, theirs: SequenceDocument
) -> None:
    draft = Draft.of(sequence_of(BASE, 1))
    draft.document = msgspec.structs.replace(ours, window=draft.document.window)
    draft.take(sequence_of(theirs, 2))
    draft.bring_over()

    assert (draft.base.version, draft.newer) == (2, None)
    assert draft.differences == changes(document_of(draft.base), draft.document).differences
    draft.go_back()
    assert not draft.changed
