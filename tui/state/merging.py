"""Merges the changes of two people who edited the same sequence at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from common.model.sequences import SequenceDocument, StepDocument
from common.vocabulary import SequenceKind
from tui.state.differences import value_text
from tui.state.settings import field_label

_SETTINGS: Final = tuple(
    field.name for field in msgspec.structs.fields(SequenceDocument) if field.name != "steps"
)
_TIMING: Final = ("delay", "at", "local")

_Key = tuple[str, int]
"""A step by its id, or a new step of ours by its place."""


class Merged(NamedTuple):
    """A document with both changes; `clashes` say, for people, where ours replaced theirs."""

    document: SequenceDocument
    clashes: tuple[str, ...]


def merge(base: SequenceDocument, ours: SequenceDocument, theirs: SequenceDocument) -> Merged:
    """Apply to `theirs` what `ours` changed compared with `base`.

    Every step of `base` and `theirs` has an id. Where both changed the same thing, ours is kept. A
    step that they removed and we changed comes back as a new step.
    """
    clashes: list[str] = []
    settings: dict[str, Any] = {}
    for name in _SETTINGS:
        before, mine, other = (getattr(one, name) for one in (base, ours, theirs))
        settings[name] = other if mine == before else mine
        if before not in (mine, other) and mine != other:
            clashes += [f"{field_label(name)}: yours is {_text(mine)}, theirs is {_text(other)}"]
    steps = _merge_steps(base.steps, ours.steps, theirs.steps, clashes)
    kind = settings["kind"]
    settings["steps"] = tuple(_of_kind(step, kind) for step in steps)
    return Merged(SequenceDocument(**settings), tuple(clashes))


def _merge_steps(
    base: tuple[StepDocument, ...],
    ours: tuple[StepDocument, ...],
    theirs: tuple[StepDocument, ...],
    clashes: list[str],
) -> Iterator[StepDocument]:
    before = _by_key(base)
    mine = _by_key(_recognised(before, ours, theirs))
    other = _by_key(theirs)
    kept: dict[_Key, StepDocument] = {}
    for key, step in mine.items():
        was = before.get(key)
        if key in other:
            kept[key] = _merge_step(key, was or step, step, other[key], clashes)
        elif was is None:
            kept[key] = step
        elif step != was:
            clashes += [
                f"They removed a step that you changed. It is added as a new step: {step.body}"
            ]
            kept[key] = msgspec.structs.replace(step, id=None)
    for key, step in other.items():
        if key not in before and key not in mine:
            kept[key] = step
        elif key in before and key not in mine and step != before[key]:
            clashes += [f"They changed a step that you removed. It stays removed: {step.body}"]
    shared = [key for key in before if key in mine and key in other]
    here = [key for key in mine if key in shared]
    there = [key for key in other if key in shared]
    if shared not in (here, there) and here != there:
        clashes += ["You both changed the order of the steps. Yours is kept."]
    first, second = (mine, other) if here != shared else (other, mine)
    return (kept[key] for key in _woven(list(first), list(second)) if key in kept)


def _recognised(
    before: Mapping[_Key, StepDocument],
    ours: tuple[StepDocument, ...],
    theirs: tuple[StepDocument, ...],
) -> Iterator[StepDocument]:
    """Our steps; a new one that they saved in the same form gets the id it has there."""
    unknown = [step for step in theirs if ("id", step.id or 0) not in before]
    for step in ours:
        same = next((one for one in unknown if step.id is None and _alike(one, step)), None)
        if same is not None:
            unknown.remove(same)
        yield step if same is None else same


def _alike(one: StepDocument, other: StepDocument) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in ("body", *_TIMING))


def _by_key(steps: Iterable[StepDocument]) -> dict[_Key, StepDocument]:
    return {
        ("new", place) if step.id is None else ("id", step.id): step
        for place, step in enumerate(steps)
    }


def _merge_step(
    key: _Key, was: StepDocument, mine: StepDocument, other: StepDocument, clashes: list[str]
) -> StepDocument:
    fields: dict[str, Any] = {"id": key[1]}
    for names in (("body",), _TIMING):
        old, new, their = ([getattr(one, name) for name in names] for one in (was, mine, other))
        fields |= zip(names, their if new == old else new, strict=True)
        if old not in (new, their) and new != their:
            what = "text" if names == ("body",) else "time"
            clashes += [f"You both changed the {what} of a step. Theirs was: {_said(other, names)}"]
    return StepDocument(**fields)


def _said(step: StepDocument, names: tuple[str, ...]) -> str:
    if names == ("body",):
        return step.body
    return _text(step.at if step.delay is None else step.delay)


def _woven(first: list[_Key], second: list[_Key]) -> list[_Key]:
    """The first order; what only the second has is put after the step it follows there."""
    woven = list(first)
    place = 0
    for key in second:
        if key in woven:
            place = woven.index(key) + 1
        else:
            woven.insert(place, key)
            place += 1
    return woven


def _of_kind(step: StepDocument, kind: SequenceKind) -> StepDocument:
    """The step without times of the other kind, which one side may still have."""
    if kind is SequenceKind.SCHEDULED:
        return msgspec.structs.replace(step, delay=None)
    return msgspec.structs.replace(step, at=None, local=None)


def _text(value: object) -> str:
    return value_text(msgspec.to_builtins(value))
