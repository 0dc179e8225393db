"""A fake server's sequences: read, activated, paused, resumed, archived, duplicated."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec

from common.client import ApiProblem, Unreachable
from common.documents import document_of
from common.model.senders import CarrierName, Sender
from common.model.sequences import (
    DEFAULT_WINDOW,
    Delay,
    Finding,
    Reenroll,
    Sequence,
    SequenceDocument,
    SequenceSummary,
    Step,
)
from common.vocabulary import OnReply, ResumeMode, SequenceKind, SequenceState, Status
from tests.tui.listed import NOW

BODY = "Hi {{ first_name | default: 'there' }}, Ana from Acme. Reply STOP to opt out."


def whole(one: SequenceSummary, **more: Any) -> Sequence:
    """The sequence of a summary, with made-up steps; `more` are fields of Sequence."""
    steps = tuple(
        Step(10 * one.id + n, n, BODY, Delay(days=2 if n > 1 else 0), None, None)
        for n in range(1, one.steps + 1)
    )
    paused = NOW - timedelta(days=1) if one.state is SequenceState.PAUSED else None
    active = None if one.state is SequenceState.DRAFT else NOW - timedelta(days=9)
    made = Sequence(
        id=one.id, name=one.name, kind=one.kind, state=one.state, version=one.version,
        on_reply=OnReply.FINISH, window=DEFAULT_WINDOW, sender=None, daily_limit=1, late_hours=12,
        response_days=7, reenroll=Reenroll.AFTER, reenroll_days=30, steps=steps,
        counts=one.counts, total=one.total, created_by="ana", created_at=NOW - timedelta(days=10),
        updated_at=NOW, activated_at=active, paused_at=paused,
    )  # fmt: skip
    return msgspec.structs.replace(made, **more)


def sender(ident: int, phone: str, name: str, **more: Any) -> Sender:
    """A sender; `more` are fields of Sender."""
    made = Sender(ident, phone, name, CarrierName.SIMULATOR, 1.0, None, False, None, None, NOW)
    return msgspec.structs.replace(made, **more)


class PlayedLife:
    """What a played server says of sequences and does to them.

    `deeds` are those that were done. With `answer_lost` a change is made and the answer to it is
    lost, once; `refused` is what the next change meets instead of being made.
    """

    sequences: list[SequenceSummary]
    _answer: Callable[[], Awaitable[None]]
    url: str

    def __init__(self) -> None:
        self.fields: dict[int, dict[str, Any]] = {}
        self.findings: list[Finding] = []
        self.senders = [sender(1, "+15005550006", "Main office", is_default=True)]
        self.deeds: list[tuple[str, int]] = []
        self.answer_lost = False
        self.refused: ApiProblem | None = None
        self.changing = asyncio.Event()
        self.changing.set()
        self._under_key: dict[str, Sequence] = {}

    async def get_sequence(self, sequence_id: int) -> Sequence:
        """The sequence with that id."""
        await self._answer()
        return self._whole(sequence_id)

    def _whole(self, sequence_id: int) -> Sequence:
        for one in self.sequences:
            if one.id == sequence_id:
                return whole(one, **self.fields.get(sequence_id, {}))
        raise ApiProblem(404, "not_found", f"There is no sequence {sequence_id}.")

    async def lint_sequence(self, sequence_id: int) -> list[Finding]:
        """What the test has set."""
        del sequence_id
        await self._answer()
        return self.findings

    async def list_senders(self) -> list[Sender]:
        """What the test has set."""
        await self._answer()
        return self.senders

    def set_state(self, sequence_id: int, state: SequenceState) -> None:
        """Change a sequence's state, as if another operator had done it."""
        self.sequences = [
            msgspec.structs.replace(one, state=state) if one.id == sequence_id else one
            for one in self.sequences
        ]

    async def _deed(
        self, deed: str, sequence_id: int, needed: SequenceState, state: SequenceState
    ) -> Sequence:
        await self._answer()
        await self.changing.wait()
        before = self._whole(sequence_id)
        if self.refused is not None:
            refused, self.refused = self.refused, None
            raise refused
        if before.state is not needed:
            detail = f"{before.name!r} is {before.state}; only one that is {needed} can be {deed}."
            raise ApiProblem(409, "wrong_state", detail)
        self.set_state(sequence_id, state)
        self.deeds.append((deed, sequence_id))
        self._lose_answer()
        return self._whole(sequence_id)

    def _lose_answer(self) -> None:
        if self.answer_lost:
            self.answer_lost = False
            raise Unreachable(self.url, "the answer was lost")

    async def activate(self, sequence_id: int) -> Sequence:
        """Activate a draft."""
        draft = SequenceState.DRAFT
        return await self._deed("activated", sequence_id, draft, SequenceState.ACTIVE)

    async def pause(self, sequence_id: int) -> Sequence:
        """Pause an active sequence."""
        active = SequenceState.ACTIVE
        return await self._deed("paused", sequence_id, active, SequenceState.PAUSED)

    async def resume(self, sequence_id: int, mode: ResumeMode) -> Sequence:
        """Resume a paused sequence."""
        paused = SequenceState.PAUSED
        return await self._deed(f"resumed {mode}", sequence_id, paused, SequenceState.ACTIVE)

    async def archive(self, sequence_id: int) -> Sequence:
        """Archive a sequence."""
        state = self._whole(sequence_id).state
        return await self._deed("archived", sequence_id, state, SequenceState.ARCHIVED)

    async def duplicate_sequence(
        self, sequence_id: int, name: str, *, key: str | None = None
    ) -> Sequence:
        """Duplicate it, once per key."""
        source = self._whole(sequence_id)
        document = msgspec.structs.replace(document_of(source, with_ids=False), name=name)
        return await self.add_sequence(document, key=key)

    async def add_sequence(self, document: SequenceDocument, *, key: str | None = None) -> Sequence:
        """Create a draft, once per key; the name must be free."""
        await self._answer()
        await self.changing.wait()
        if self.refused is not None:
            refused, self.refused = self.refused, None
            raise refused
        if key in self._under_key:
            return self._under_key[key]
        if any(one.name.casefold() == document.name.casefold() for one in self.sequences):
            detail = f"There is a sequence {document.name!r}; choose another name."
            raise ApiProblem(409, "sequence_exists", detail)
        ident = 1 + max((one.id for one in self.sequences), default=0)
        made = SequenceSummary(
            ident, document.name, SequenceKind(document.kind), SequenceState.DRAFT, 1,
            len(document.steps), {one.value: 0 for one in Status}, 0, NOW,
        )  # fmt: skip
        self.sequences.append(made)
        self.fields[ident] = {"on_reply": document.on_reply, "window": spans_of(document)}
        self._under_key[key or ""] = self._whole(ident)
        self.deeds.append(("added", ident))
        self._lose_answer()
        return self._whole(ident)


def spans_of(document: SequenceDocument) -> Any:
    """The window of a document, as a sequence has it."""
    window = document.window
    return window if isinstance(window, tuple) else (window,)
