"""Compares two sequence documents and matches their steps. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, Final, NamedTuple

import msgspec

from common.model.sequences import Difference, SequenceDocument, StepDocument

_SETTINGS: Final = tuple(
    field.name
    for field in msgspec.structs.fields(SequenceDocument)
    if field.name not in {"name", "steps"}
)
_TIMING: Final = ("kind", "window", "daily_limit", "late_hours")


class Changes(NamedTuple):
    """The differences between two documents.

    `kept` has one entry per step of the new document: the index of the same step in the old one, or
    None for a new step. `removed` lists the indices of old steps that are gone. `timing_changed` is
    true if due times must be computed again.
    """

    differences: tuple[Difference, ...]
    kept: tuple[int | None, ...]
    removed: tuple[int, ...]
    timing_changed: bool

    def successor(self, removed: int, step_ids: list[int]) -> int | None:
        """Return the id of the step that now follows the one before a removed step.

        `step_ids` are the ids of all steps of the new document.
        """
        before = [index for index in self.kept if index is not None and index < removed]
        place = self.kept.index(max(before)) + 1 if before else 0
        return step_ids[place] if place < len(step_ids) else None


def changes(before: SequenceDocument, after: SequenceDocument) -> Changes:
    """Compare two canonical documents. Every step of `before` has its id."""
    kept = match_steps(before.steps, after.steps)
    removed = tuple(index for index in range(len(before.steps)) if index not in kept)
    differences = [
        Difference(name, old, new)
        for name in ("name", *_SETTINGS)
        if (old := _written(before, name)) != (new := _written(after, name))
    ]
    steps = list(_step_differences(before.steps, after.steps, kept, removed))
    timing = any(one.field in _TIMING for one in differences) or any(
        not one.field.endswith(".body") for one in steps
    )
    return Changes((*differences, *steps), kept, removed, timing)


def match_steps(
    before: tuple[StepDocument, ...], after: tuple[StepDocument, ...]
) -> tuple[int | None, ...]:
    """Match each new step to an old one, by index; None for a new step.

    If any new step has an id, ids decide, and a step without an id is new. Without ids, steps with
    unchanged text match wherever they are, and the others match in order between them. So a step
    added in front does not make all later ones new, and nobody gets a text twice.
    """
    if any(step.id is not None for step in after):
        by_id = {step.id: index for index, step in enumerate(before)}
        return tuple(None if step.id is None else by_id.get(step.id) for step in after)
    free = list(range(len(before)))
    kept: list[int | None] = []
    for step in after:
        same = next((index for index in free if before[index].body == step.body), None)
        if same is not None:
            free.remove(same)
        kept.append(same)
    old = list(range(len(before)))
    new = [-1 - place if index is None else index for place, index in enumerate(kept)]
    for kind, first, last, start, end in SequenceMatcher(None, old, new, False).get_opcodes():
        if kind == "replace":
            edited = [index for index in old[first:last] if index in free]
            places = [place for place in range(start, end) if kept[place] is None]
            for place, index in zip(places, edited, strict=False):
                kept[place] = index
    return tuple(kept)


def _step_differences(
    before: tuple[StepDocument, ...],
    after: tuple[StepDocument, ...],
    kept: tuple[int | None, ...],
    removed: tuple[int, ...],
) -> Iterator[Difference]:
    order = sorted(index for index in kept if index is not None)
    stayed = 0
    for place, index in enumerate(kept):
        if index is None:
            yield Difference(f"steps[{place}]", None, _written_step(after[place]))
            continue
        if index != order[stayed]:  # it changed places with a step that stays
            yield Difference(f"steps[{place}].position", index + 1, place + 1)
        stayed += 1
        for name in ("delay", "at", "local", "body"):
            old, new = (_written(step, name) for step in (before[index], after[place]))
            if old != new:
                yield Difference(f"steps[{place}].{name}", old, new)
    for index in removed:
        yield Difference(f"steps[{index}]", _written_step(before[index]), None)


def _written(thing: msgspec.Struct, name: str) -> Any:
    return msgspec.to_builtins(getattr(thing, name))


def _written_step(step: StepDocument) -> dict[str, Any]:
    return {
        name: value
        for name, value in msgspec.to_builtins(step).items()
        if value is not None and name != "id"
    }
