"""What enrolling would come to, the question, and what it came to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec
from textual import on

from common.model.enrolling import Enrollees, EnrollResult
from common.vocabulary import SequenceState
from tui.client.enrollees import parts, together
from tui.messages import PeopleEnrolled
from tui.screens.enrolling_messages import (
    DryRunCame,
    DryRunFailed,
    EnrollingBroke,
    EnrollingEnded,
    EnrollingGoesOn,
)
from tui.screens.page import Page
from tui.screens.progress_page import ProgressPage
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
"""Contacts of one request when they are named one by one, so that progress can be told."""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TWICE: Final = "Trying again will not enroll anyone twice."


class EnrollPage(ProgressPage):
    """The dry run of enrolling `who` in a sequence; `enter` asks and enrolls.

    `whom` says in people's words who they are; `home` is the page to go back to at the end.
    """

    crumb = "Enroll"

    def __init__(
        self, sequence_id: int, called: str, who: Enrollees, whom: str, home: Page
    ) -> None:
        super().__init__()
        self.sequence_id, self.called = sequence_id, called
        self.who, self.whom = who, whom
        self.home = home
        self.state: SequenceState | None = None
        self.result: EnrollResult | None = None
        """What the dry run told, and at the end what it came to."""
        self.done = False
        self._so_far: EnrollResult | None = None

    def on_mount(self) -> None:
        """Look."""
        self.header.show_crumb(self.called)
        self._look()

    @property
    def _title(self) -> str:
        return f"Enroll {self.whom} in {self.called}"

    @property
    def _here(self) -> Here:
        me = self.drumbeat.me
        return Here(self.drumbeat.domain_now() or _NEVER, me.zone if me else "UTC")

    # Looking.

    def _look(self) -> None:
        self.result = self._so_far = None
        self.tell_lines(self._title, ("", "Checking what would happen…"))
        self.begin("checking; nobody is enrolled yet · esc back")
        self.fetch(self._dry_run(), DryRunCame, DryRunFailed, group="look", exclusive=True)

    async def _dry_run(self) -> tuple[SequenceState, EnrollResult]:
        client = self.drumbeat.client
        sequence = await client.get_sequence(self.sequence_id)
        result: EnrollResult | None = None
        for part in parts(msgspec.structs.replace(self.who, dry_run=True)):
            result = together(result, await client.enroll(self.sequence_id, part))
        assert result is not None, "somebody was named"
        return sequence.state, result

    @on(DryRunCame)
    def _told(self, came: DryRunCame) -> None:
        self.state, self.result = came.state, came.result
        self._show()
        if enrolled(came.result):
            self.end("nobody is enrolled yet · enter continue · esc back")
        else:
            self.end("nobody would be enrolled · esc back")

    @on(DryRunFailed)
    def _not_told(self, failed: DryRunFailed) -> None:
        lines = ("", "The result could not be loaded.", *failed.problem.splitlines())
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
        """Whether it could not be told what it comes to."""
        return self.result is None and not self.working

    # Enrolling.

    def action_select_cursor(self) -> None:
        """Ask, then enroll; after a failure look again; at the end go back to the sequence."""
        if self.done:
            self._go_home()
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

        def answered(sure: bool | None) -> None:
            if sure and not self.writing:
                self._enroll()

        self.app.push_screen(ConfirmScreen(proposal), answered)

    def _enroll(self) -> None:
        self.begin("enrolling…", writing=True)
        self.fetch(self._enrolls(), EnrollingEnded, EnrollingBroke, group="enrolling")

    async def _enrolls(self) -> EnrollResult:
        result: EnrollResult | None = None
        for part in parts(self.who, AT_A_TIME):
            result = together(result, await self.drumbeat.client.enroll(self.sequence_id, part))
            self.post_message(EnrollingGoesOn(result))
        assert result is not None, "somebody was named"
        return result

    @on(EnrollingGoesOn)
    def _goes_on(self, told: EnrollingGoesOn) -> None:
        self._so_far = told.result
        if self.writing and self.result is not None:
            self.go_on(f"enrolling {told.result.asked:,} of {self.result.asked:,}")

    @on(EnrollingEnded)
    def _ended(self, ended: EnrollingEnded) -> None:
        self.result, self.done = ended.result, True
        self._show()
        self.end("done · enter or esc back to the sequence")
        self._tell_pages(whole=True)

    @on(EnrollingBroke)
    def _broke(self, broke: EnrollingBroke) -> None:
        before, asked = self._so_far, self.result.asked if self.result else 0
        lines = ["", "Enrolling was interrupted.", *broke.problem.splitlines(), ""]
        if before is not None:
            lines += [f"{before.asked:,} of {asked:,} are done. The others may be enrolled or not."]
        else:
            lines += ["Some contacts may have been enrolled."]
        self.result = None
        self.tell_lines(self._title, [*lines, _TWICE])
        self.end("enter check what is left · esc back (your selection is kept)")
        self._tell_pages(whole=False)

    def _tell_pages(self, *, whole: bool) -> None:
        for page in self.drumbeat.pages:
            page.post_message(PeopleEnrolled(self.sequence_id, whole=whole))

    # Leaving.

    def action_refresh(self) -> None:
        """Look again, unless it is being written or done."""
        super().action_refresh()
        if not self.writing and not self.done:
            self._look()

    def leave(self) -> None:
        """At the end, go back to the sequence."""
        if self.done:
            self._go_home()
        else:
            super().leave()

    def _go_home(self) -> None:
        while self.app.screen is not self.home and len(self.drumbeat.pages) > 1:
            self.app.pop_screen()
