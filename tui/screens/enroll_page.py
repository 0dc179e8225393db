"""The dry run of enrolling, the confirmation, and the outcome."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from common.client import ClientError
from common.model.enrolling import Enrollees, EnrollResult
from common.vocabulary import SequenceState
from tui.client.enrollees import parts, together
from tui.messages import PeopleEnrolled
from tui.screens.page import Page
from tui.screens.progress_page import ProgressPage
from tui.session import Session
from tui.state.enrolling import (
    Here,
    enroll_effects,
    enroll_spared,
    enrolled,
    result_lines,
    turned_lines,
)
from tui.state.proposal import Proposal
from tui.state.wording import counted
from tui.widgets.confirm import ConfirmScreen

AT_A_TIME: Final = 2_000
"""Contacts per request if they are listed by id, so that progress can be shown."""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TWICE: Final = "Trying again will not enroll anyone twice."


class EnrollPage(ProgressPage):
    """The dry run of enrolling `who` in a sequence; `enter` confirms and enrolls.

    `described` names them in words; `home` is the page to return to at the end.
    """

    crumb = "Enroll"

    def __init__(
        self,
        session: Session,
        sequence_id: int,
        called: str,
        who: Enrollees,
        described: str,
        home: Page,
    ) -> None:
        super().__init__(session, sequence_id, called, home)
        self.who, self.described = who, described
        self.state: SequenceState | None = None
        self.result: EnrollResult | None = None
        """The result of the dry run, and at the end the outcome."""
        self.done = False
        self._so_far: EnrollResult | None = None

    def on_mount(self) -> None:
        """Start the dry run."""
        self._look()

    @property
    def _title(self) -> str:
        return f"Enroll {self.described} in {self.called}"

    @property
    def _here(self) -> Here:
        me = self.session.me
        return Here(self.session.domain_now() or _NEVER, me.zone if me else "UTC")

    # Looking.

    def _look(self) -> None:
        self.result = self._so_far = None
        self.tell_lines(self._title, ("", "Checking what would happen…"))
        self.begin("checking; nobody is enrolled yet · esc back")
        self.fetch(self._dry_run, self._told, self._not_told, group="look", exclusive=True)

    async def _dry_run(self) -> tuple[SequenceState, EnrollResult]:
        client = self.session.client
        sequence = await client.get_sequence(self.sequence_id)
        result: EnrollResult | None = None
        for part in parts(msgspec.structs.replace(self.who, dry_run=True)):
            result = together(result, await client.enroll(self.sequence_id, part))
        assert result is not None, "people were chosen"
        return sequence.state, result

    def _told(self, told: tuple[SequenceState, EnrollResult]) -> None:
        self.state, self.result = told
        self._show()
        if enrolled(self.result):
            self.end("nobody is enrolled yet · enter continue · esc back")
        else:
            self.end("nobody would be enrolled · esc back")

    def _not_told(self, error: ClientError) -> None:
        lines = ("", "The result could not be loaded.", *error.message.splitlines())
        self.tell_lines(self._title, lines)
        self.end("nobody was enrolled · enter try again · esc back (your selection is kept)")

    def _show(self) -> None:
        result, state = self.result, self.state
        if result is None or state is None:
            return
        lines = ["", *result_lines(result, state, self._here)]
        if turned := turned_lines(result):
            lines += ["", "Not pending:", *turned]
        self.tell_lines(self._title, lines)

    def has_failed_to_read(self) -> bool:
        """Whether the dry run failed."""
        return self.result is None and not self.working

    # Enrolling.

    def action_select_cursor(self) -> None:
        """Confirm and enroll; after a failure repeat the dry run; at the end go back."""
        if self.done:
            self.go_home()
        elif self.result is not None and self.state is not None:
            if not self.writing and enrolled(self.result) and self.may_change():
                self._ask(self.result, self.state)
        elif not self.working:
            self._look()

    def _ask(self, result: EnrollResult, state: SequenceState) -> None:
        count = enrolled(result)
        proposal = Proposal(
            f"Enroll {counted(count, 'contact')} in {self.called}",
            tuple(enroll_effects(result, state, self._here)),
            tuple(enroll_spared(result)),
            count,
        )

        async def ask() -> None:
            if await self.ask(ConfirmScreen(proposal)) and not self.writing:
                self._enroll()

        self.start(ask, "enroll")

    def _enroll(self) -> None:
        self.begin("enrolling…", writing=True)
        self.fetch(self._enrolls, self._ended, self._broke, group="enrolling")

    async def _enrolls(self) -> EnrollResult:
        result: EnrollResult | None = None
        for part in parts(self.who, AT_A_TIME):
            result = together(result, await self.session.client.enroll(self.sequence_id, part))
            self.call_later(self._goes_on, result)
        assert result is not None, "people were chosen"
        return result

    def _goes_on(self, so_far: EnrollResult) -> None:
        self._so_far = so_far
        if self.writing and self.result is not None:
            self.go_on(f"enrolling {so_far.asked:,} of {self.result.asked:,}")

    def _ended(self, result: EnrollResult) -> None:
        self.result, self.done = result, True
        self._show()
        self.end("done · enter or esc back to the sequence")
        self.session.broadcast(PeopleEnrolled(self.sequence_id, whole=True))

    def _broke(self, error: ClientError) -> None:
        before, asked = self._so_far, self.result.asked if self.result else 0
        lines = ["", "Enrolling was interrupted.", *error.message.splitlines(), ""]
        if before is not None:
            lines += [f"{before.asked:,} of {asked:,} are done. The others may be enrolled or not."]
        else:
            lines += ["Some contacts may have been enrolled."]
        self.result = None
        self.tell_lines(self._title, [*lines, _TWICE])
        self.end("enter check what is left · esc back (your selection is kept)")
        self.session.broadcast(PeopleEnrolled(self.sequence_id, whole=False))

    # Leaving.

    def action_refresh(self) -> None:
        """Repeat the dry run, unless it is enrolling or done."""
        super().action_refresh()
        if not self.writing and not self.done:
            self._look()

    def leave(self) -> None:
        """At the end go back to the sequence."""
        if self.done:
            self.go_home()
        else:
            super().leave()
