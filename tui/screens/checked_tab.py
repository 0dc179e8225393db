"""A tab over a draft that is checked as it is written: first here, then by the server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from textual import on
from textual.message import Message

from common.client import ClientError
from common.model.sequences import Finding, SequenceDocument
from tui.asking_anew import ask_anew
from tui.screens.saving_tab import SavingTab
from tui.state.draft import Draft
from tui.state.faults import faults_of

DEBOUNCE: Final = 0.25
"""Real seconds without a change after which the server is asked what is wrong."""


class Checked(Message):
    """What is wrong with a document, or why that is not known."""

    def __init__(
        self, document: SequenceDocument, findings: Iterable[Finding], problem: str = ""
    ) -> None:
        self.document, self.findings, self.problem = document, tuple(findings), problem
        super().__init__()


class CheckedTab(SavingTab):
    """Knows the `findings` of what is written, and why it is `unchecked` where the server is away.

    A tab says how to draw itself in `draw`.
    """

    def __init__(self, sequence_id: int, called: str) -> None:
        super().__init__(sequence_id, called)
        self.findings: tuple[Finding, ...] = ()
        self.unchecked = ""
        self._checked: SequenceDocument | None = None

    def draw(self) -> None:
        """Draw what is known."""

    def show(self) -> None:
        """Draw what is known, and have it checked if it is another than before."""
        draft = self.draft
        if draft is not None and draft.document != self._checked:
            self.findings = self._still_true(draft)
            self._check(draft.document)
        self.draw()

    def base_read(self) -> None:
        """Check again what could not be checked before."""
        if self.unchecked:
            self._checked = None

    def _check(self, document: SequenceDocument) -> None:
        """Let the server say what is wrong, unless it can be said without it."""
        self._checked = document
        if found := faults_of(document):
            self.workers.cancel_group(self, "check")
            self.findings, self.unchecked = found, ""
        else:
            ask_anew(self, "check", self._checks, document)

    async def _checks(self, document: SequenceDocument) -> None:
        await asyncio.sleep(DEBOUNCE)
        try:
            found = await self.drumbeat.client.lint_document(document)
        except ClientError as error:
            self.post_message(Checked(document, (), error.message))
        else:
            self.post_message(Checked(document, found))

    @on(Checked)
    def _take_findings(self, checked: Checked) -> None:
        if self.draft is not None and checked.document == self.draft.document:
            self.findings, self.unchecked = checked.findings, checked.problem
            self.draw()

    def _still_true(self, draft: Draft) -> tuple[Finding, ...]:
        """Findings of the document before, of steps that are the same at the same place."""
        before = () if self._checked is None else self._checked.steps
        same = [one == other for one, other in zip(before, draft.steps, strict=False)]
        return tuple(
            one
            for one in self.findings
            if one.step is None or (one.step <= len(same) and same[one.step - 1])
        )
