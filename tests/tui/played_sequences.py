"""A fake server's sequence documents: read, replaced, checked, previewed."""

from __future__ import annotations

from collections.abc import Sequence as Many
from typing import Any, Final

import msgspec

from common.changes import changes
from common.client import ApiProblem
from common.documents import canonical, document_of
from common.model.contacts import Contact
from common.model.sequences import (
    Culprit,
    Finding,
    PreviewRequest,
    Sequence,
    SequenceDocument,
    SequenceReplaced,
    Step,
    StepPreview,
)
from common.segments import count_segments, culprits, plain
from common.vocabulary import Status
from tests.tui.played_life import PlayedLife

_SAVED: Final = SequenceDocument.__struct_fields__
_FIELD: Final = "{{ first_name | default: 'there' }}"


class PlayedSequences(PlayedLife):
    """What a played server says of documents; `fields` of a sequence are what was saved of it.

    `moves` and `ends` are what a replacement says of pending enrollments; it meets `refuses`.
    """

    contacts: list[Contact]

    def __init__(self) -> None:
        super().__init__()
        self.replaced: list[SequenceDocument] = []
        self.refuses: ApiProblem | None = None
        self.moves = 0
        self.ends = 0

    def save(self, sequence_id: int, **fields: Any) -> None:
        """Save a sequence as another operator."""
        saved = {"version": self._whole(sequence_id).version + 1, **fields}
        self.fields[sequence_id] = self.fields.get(sequence_id, {}) | saved

    async def replace_sequence(
        self,
        sequence_id: int,
        document: SequenceDocument,
        version: int | None = None,
        *,
        dry_run: bool = False,
    ) -> SequenceReplaced:
        """Save it, or do a dry run; raises `refuses` if it is set."""
        before = await self.get_sequence(sequence_id)
        if self.refuses is not None:
            raise self.refuses
        if version not in {None, before.version}:
            raise ApiProblem(409, "sequence_changed", f"It is at version {before.version}.")
        document = canonical(document)
        found = changes(document_of(before), document)
        after = _as_written(before, document)
        if not dry_run:
            self.replaced.append(document)
            self.save(sequence_id, **{name: getattr(after, name) for name in _SAVED})
        return SequenceReplaced(
            sequence=after,
            changed=bool(found.differences),
            differences=found.differences,
            steps_added=found.kept.count(None),
            steps_removed=len(found.removed),
            timing_changed=found.timing_changed,
            pending=before.counts[Status.PENDING],
            moved=self.moves,
            ended=self.ends,
            dry_run=dry_run,
        )

    async def lint_document(self, document: SequenceDocument) -> list[Finding]:
        """What the test has set."""
        del document
        await self._answer()
        return list(self.findings)

    async def preview_sequence(
        self, sequence_id: int, request: PreviewRequest
    ) -> list[StepPreview]:
        """Each body with the first name put in; {{ field }} without a value is missing."""
        await self._answer()
        bodies: Many[str] = request.bodies or ()
        if request.bodies is None:
            bodies = [step.body for step in self._whole(sequence_id).steps]
        name = request.fields.get("first_name", "")
        for one in self.contacts:
            if one.id == request.contact_id:
                name = one.first_name
        return [_preview(place, body, name) for place, body in enumerate(bodies, 1)]


def _as_written(before: Sequence, document: SequenceDocument) -> Sequence:
    fields = {name: getattr(document, name) for name in _SAVED if name != "steps"}
    fresh = max((step.id for step in before.steps), default=10) + 1
    steps = []
    for position, step in enumerate(document.steps, 1):
        ident = step.id if step.id is not None else fresh
        fresh += step.id is None
        steps.append(Step(ident, position, step.body, step.delay, step.at, step.local))
    return msgspec.structs.replace(before, **fields, steps=tuple(steps), version=before.version + 1)


def _preview(place: int, body: str, name: str) -> StepPreview:
    text = body.replace(_FIELD, name or "there").replace("{{ first_name }}", name)
    missing: tuple[str, ...] = ()
    problem = None
    if "{{ first_name }}" in body and not name:
        missing, problem = ("first_name",), "“first_name” is missing."
    elif "{{" in text:
        problem = "“{{” opens a field that is not closed."
    if problem is not None:
        return StepPreview(place, None, None, None, 0, 0, missing, (), 0, problem)
    cost = count_segments(text)
    return StepPreview(
        place,
        None,
        text,
        cost.encoding,
        len(text),
        cost.count,
        (),
        tuple(Culprit(*one) for one in culprits(text)),
        count_segments(plain(text)).count,
        None,
    )
