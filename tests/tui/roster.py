"""A fake server's enrollments: searched, sorted, frozen, and acted on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final

import msgspec

from common import filters
from common.client import ApiProblem, Unreachable
from common.filters import Field, FieldTerm, WordTerm
from common.model.explanation import Explanation, OpenReview
from common.model.groups import Group, GroupPage
from common.model.listing import EnrollmentIds, EnrollmentPage, Facets, ListedEnrollment, Sort
from common.model.messages import LeftOut, MessagePreview
from common.model.operations import NewOperation, Operation, OperationRow
from common.names import words
from common.vocabulary import OperationAction, Outcome, Reason, Status
from tests.tui.listed import NOW, made_up

GONE: Final = ApiProblem(410, "snapshot_gone", "the list is too old")


def people(many: int) -> list[ListedEnrollment]:
    """That many rows of a sequence, with even ids from 10."""
    return [made_up(rank, 10 + 2 * rank) for rank in range(many)]


class PlayedRoster:
    """A fake server's answers about one sequence's enrollments."""

    def __init__(self) -> None:
        self.rows: dict[int, ListedEnrollment] = {}
        self.pages: list[tuple[str, int, int]] = []
        self.id_parts: list[tuple[int, int]] = []
        self.acted: list[NewOperation] = []
        self.groups: list[Group] = []
        self.conflicts: dict[int, str] = {}
        self.with_carrier = 0
        self.left_out: dict[int, str] = {}
        self.runs_for = 0
        self.holding = asyncio.Event()
        self.holding.set()
        self._frozen: dict[str, list[int]] = {}
        self._operations: dict[int, Operation] = {}
        self._left: dict[int, int] = {}
        self._operation_of_key: dict[str, int] = {}
        self.answers_lost = 0

    def add_rows(self, rows: list[ListedEnrollment]) -> None:
        """Set the rows of the sequence."""
        self.rows.update((row.id, row) for row in rows)

    def change(self, enrollment_id: int, **fields: Any) -> None:
        """Change a row."""
        row = msgspec.structs.replace(self.rows[enrollment_id], **fields)
        self.rows[enrollment_id] = row

    def end_operations(self) -> None:
        """Finish all running operations."""
        self._left = dict.fromkeys(self._left, 0)

    def forget_lists(self) -> None:
        """Expire all snapshots."""
        self._frozen.clear()

    _answer: Callable[[], Awaitable[None]]
    review_of: Callable[[int], OpenReview | None]

    async def list_enrollments(
        self,
        sequence_id: int,
        q: str | None = None,
        *,
        sort: Sort | None = None,
        offset: int = 0,
        limit: int = 50,
        snapshot: str | None = None,
    ) -> EnrollmentPage:
        """A page of the matching ones."""
        del sequence_id
        await self._answer()
        await self.holding.wait()
        if limit > 1:
            self.pages.append((q or "", offset, limit))
        if snapshot is None:
            snapshot = f"s{len(self._frozen) + 1}"
            self._frozen[snapshot] = self._found(q or "", sort or "name")
        elif snapshot not in self._frozen:
            raise GONE
        ids = self._frozen[snapshot]
        facets = Facets(
            {one.value: self._many(q, Field.STATUS, one.value) for one in Status},
            {value: self._many(q, Field.STEP, value) for value in ("1", "2", "3", "none")},
            {"ana": self._many(q, Field.BY, "ana")},
        )
        part = tuple(self.rows[one] for one in ids[offset : offset + limit])
        return EnrollmentPage(part, len(ids), len(self.rows), facets, 1, snapshot)

    async def list_enrollment_ids(
        self,
        sequence_id: int,
        q: str | None = None,
        *,
        sort: Sort | None = None,
        offset: int = 0,
        limit: int = 50_000,
        snapshot: str | None = None,
    ) -> EnrollmentIds:
        """A part of a frozen list's ids."""
        del sequence_id, q, sort
        await self._answer()
        await self.holding.wait()
        if snapshot not in self._frozen:
            raise GONE
        ids = self._frozen[snapshot]
        self.id_parts.append((offset, limit))
        return EnrollmentIds(tuple(ids[offset : offset + limit]), len(ids), 1, snapshot)

    def _many(self, q: str | None, field: Field, value: str) -> int:
        asked = filters.with_values(filters.parse(q or ""), field, (value,))
        return sum(_matches(asked, row) for row in self.rows.values())

    def _found(self, q: str, sort: str) -> list[int]:
        asked = filters.parse(q)
        found = [row for row in self.rows.values() if _matches(asked, row)]
        found.sort(key=lambda row: row.id)
        if sort.removeprefix("-") == "phone":
            found.sort(key=lambda row: row.contact.phone)
        if sort == "next":
            found.sort(key=lambda row: (row.due_at is None, row.due_at or NOW))
        if sort.startswith("-"):
            found.reverse()
        return [row.id for row in found]

    async def get_enrollment(self, enrollment_id: int) -> ListedEnrollment:
        """One row."""
        await self._answer()
        if enrollment_id not in self.rows:
            raise ApiProblem(404, "not_found", "there is none")
        return self.rows[enrollment_id]

    async def explain(self, enrollment_id: int) -> Explanation:
        """The explanation."""
        row = await self.get_enrollment(enrollment_id)
        told = (f"{row.status.label}.", "Enrolled by [b]ana[/b].")
        review = self.review_of(row.contact.id)
        return Explanation(row, None, None, None, (), review, None, retryable=False, sentences=told)

    async def list_groups(self, q: str = "", *, offset: int = 0, limit: int = 50) -> GroupPage:
        """The matching ones."""
        await self._answer()
        found = [one for one in self.groups if all(word in one.name for word in q.split())]
        return GroupPage(tuple(found[offset : offset + limit]), len(found))

    async def preview_message(
        self, body: str, contact_ids: Collection[int]
    ) -> list[MessagePreview]:
        """A preview for each contact, except those left out."""
        await self._answer()
        previews = []
        for one in contact_ids:
            contact = self.rows[one].contact
            why = self.left_out.get(one)
            text = None if why else body.replace("{{ first_name }}", contact.first_name)
            out = LeftOut.SUPPRESSED if why else None
            if why == "outside the window":
                out = LeftOut.OUTSIDE_WINDOW
            previews.append(
                MessagePreview(one, contact.first_name, contact.phone, text, 1, out, why, None)
            )
        return previews

    async def add_operation(self, new: NewOperation, *, key: str | None = None) -> Operation:
        """Record it, and finish each row; a known key gets the same answer."""
        await self._answer()
        if key in self._operation_of_key:
            return self._so_far(self._operation_of_key[key])
        ident = self._act(new)
        self._operation_of_key[key or f"none {ident}"] = ident
        if self.answers_lost:
            self.answers_lost -= 1
            raise Unreachable("http://hq.example:8420", "the answer was lost")
        return self._so_far(ident)

    def _act(self, new: NewOperation) -> int:
        self.acted.append(new)
        chosen = new.selection
        ids = list(chosen.ids or ())
        if chosen.snapshot is not None:
            ids = [one for one in self._frozen[chosen.snapshot] if one not in chosen.excluded]
        rows = [self._end(new.action, one) for one in ids]
        by = {outcome: tuple(row for row in rows if row.outcome is outcome) for outcome in Outcome}
        ident = len(self.acted)
        whole = Operation(
            id=ident,
            action=new.action,
            state="done",
            operator="ana",
            sequence_id=1,
            created_at=NOW,
            ended_at=NOW,
            total=len(rows),
            done=len(by[Outcome.DONE]),
            skipped=len(by[Outcome.SKIPPED]),
            conflict=len(by[Outcome.CONFLICT]),
            with_carrier=self.with_carrier,
            undoable=True,
            undone_by=None,
            undoes=None,
            rows=tuple(rows),
            rows_total=len(rows),
        )
        self.begin(ident, whole, self.runs_for)
        return ident

    def begin(self, ident: int, whole: Operation, runs_for: int) -> Operation:
        """Keep an operation running for that many requests."""
        self._operations[ident], self._left[ident] = whole, runs_for
        return self._so_far(ident)

    def _so_far(self, ident: int) -> Operation:
        whole = self._operations[ident]
        if not self._left[ident]:
            return whole
        return msgspec.structs.replace(whole, state="running", done=1, skipped=0, conflict=0)

    def _end(self, action: OperationAction, ident: int) -> OperationRow:
        row = self.rows[ident]
        outcome, why = Outcome.DONE, None
        if ident in self.conflicts:
            outcome, why = Outcome.CONFLICT, self.conflicts[ident]
        elif action is OperationAction.FINISH:
            if row.status is not Status.PENDING:
                outcome, why = Outcome.SKIPPED, f"already {row.status.label}"
            else:
                stopped = {"status": Status.FINISHED_STOPPED, "due_at": None}
                self.change(ident, reason=Reason.STOPPED_BY_OPERATOR, **stopped)
        elif action is OperationAction.RETRY and row.status is not Status.FAILED:
            outcome, why = Outcome.SKIPPED, "nothing has failed"
        name = f"{row.contact.first_name} {row.contact.last_name}"
        return OperationRow(ident, row.contact.id, name, row.contact.phone, outcome, why)

    async def get_operation(
        self,
        operation_id: int,
        *,
        outcome: Outcome | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Operation:
        """Its progress, and the rows with one outcome."""
        await self._answer()
        self._left[operation_id] = max(0, self._left[operation_id] - 1)
        told = self._so_far(operation_id)
        rows = tuple(row for row in told.rows if outcome is None or row.outcome is outcome)
        return msgspec.structs.replace(told, rows=rows[offset : offset + limit])


def _matches(asked: filters.Filter, row: ListedEnrollment) -> bool:
    for term in asked.terms:
        if isinstance(term, WordTerm):
            name = words(f"{row.contact.first_name} {row.contact.last_name}")
            by_name = all(any(one.startswith(part) for one in name) for part in term.words)
            digits = term.digits
            if not (by_name and term.words) and not (digits and digits in row.contact.phone):
                return False
        elif isinstance(term, FieldTerm):
            said = {
                Field.STATUS: row.status.value,
                Field.STEP: "none" if row.step is None else str(row.step),
                Field.BY: row.enrolled_by.name,
            }[term.field]
            if (said in term.values) is term.negated:
                return False
    return True
