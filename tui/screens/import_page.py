"""A file of contacts: the dry run of the import, the import, and then enrolling.

The import is a separate step before the dry run of enrolling: opt-outs, landlines and the texts are
exact only after the people are contacts.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import ClassVar, Final, NamedTuple
from unicodedata import normalize

from common.client import ApiProblem, Client, ClientError
from common.model.contacts import ImportOutcome
from common.model.enrolling import Enrollees
from common.model.groups import Group
from common.terminal import clean
from tui.actions.registry import bindings_of
from tui.client.lists import all_groups
from tui.client.people_file import GROUP_NAME, PeopleFile, look_at, mib, send
from tui.screens.enroll_page import EnrollPage
from tui.screens.page import Page
from tui.screens.progress_page import ProgressPage
from tui.session import Session
from tui.state.choice import Choice
from tui.state.enrolling import (
    Into,
    import_effects,
    import_spared,
    imported_lines,
    reject_lines,
    report_lines,
    taken,
)
from tui.state.proposal import Proposal
from tui.state.wording import counted
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen

_NAME_CELLS: Final = 40


class Report(NamedTuple):
    """The dry run of importing a file into a group. `groups` are all groups."""

    file: PeopleFile
    groups: tuple[Group, ...]
    into: Into
    overwrite: bool
    outcome: ImportOutcome


class ImportPage(ProgressPage):
    """The dry run of an import; `enter` confirms, imports, and continues to enrolling."""

    BINDINGS = bindings_of("report")
    crumb = "Import"
    scopes: ClassVar[tuple[str, ...]] = ("lines", "report")

    def __init__(
        self, session: Session, sequence_id: int, called: str, file: PeopleFile, home: Page
    ) -> None:
        super().__init__(session, sequence_id, called, home)
        self.file = file
        self.group = file.group_name
        self.overwrite = False
        self.report: Report | None = None
        self.imported: tuple[Into, ImportOutcome] | None = None
        self._verb = ""

    def on_mount(self) -> None:
        """Read the file."""
        self._read()

    @property
    def _named(self) -> str:
        return clean(self.file.name, _NAME_CELLS)

    # Reading.

    def _read(self) -> None:
        self.report = None
        self._verb = "reading"
        self.tell_lines(f"Import {self._named}", ("", "Checking what would happen…"))
        self.begin(f"reading {mib(self.file.size)}; nothing is saved yet · esc back")
        self.fetch(self._reports, self._show, self._not_read, group="reading", exclusive=True)

    async def _reports(self) -> Report:
        client = self.session.client
        file = await asyncio.to_thread(look_at, str(self.file.path))
        groups = tuple(await all_groups(client))
        into = _into(self.group, groups)
        overwrite = self.overwrite
        outcome = await send(
            client, file, self._sent, overwrite=overwrite, dry_run=True, group_id=into.id
        )
        return Report(file, groups, into, overwrite, outcome)

    def _sent(self, done: int) -> None:
        self.call_later(self._progress, done)

    def _progress(self, done: int) -> None:
        if self._verb:
            whole = done >= self.file.size
            far = "the server is working" if whole else f"{mib(done)} sent"
            self.go_on(f"{self._verb} {mib(self.file.size)}: {far}")

    def _show(self, report: Report) -> None:
        self.report = report
        self.file, self._verb = report.file, ""
        lines = report_lines(report.outcome, report.into, overwrite=report.overwrite)
        rejects = reject_lines(report.outcome)
        if rejects:
            lines += ["", "Not imported:", *rejects]
        self.tell_lines(f"Import {self._named}", ["", *lines])
        if taken(report.outcome):
            self.end("nothing is saved yet · enter continue · esc back")
        else:
            self.end("nobody to import · esc back")

    def _not_read(self, error: ClientError) -> None:
        self._verb = ""
        lines = ("", "The file cannot be imported.", *error.message.splitlines())
        self.tell_lines(f"Import {self._named}", lines)
        self.end("nothing was saved · enter read it again · esc back")

    def has_failed_to_read(self) -> bool:
        """Whether the dry run failed."""
        return self.report is None and self.imported is None and not self.working

    # How it is imported.

    @property
    def undecided(self) -> bool:
        """Whether group and overwriting can still be changed."""
        return self.report is not None and self.imported is None and not self.writing

    def action_overwrite(self) -> None:
        """Toggle overwriting, and repeat the dry run."""
        if self.undecided:
            self.overwrite = not self.overwrite
            self._read()

    def action_into_group(self) -> None:
        """Choose another group, or name a new one, and repeat the dry run."""
        report = self.report
        if report is None or not self.undecided:
            return
        names = {str(one.id): one.name for one in report.groups}

        choices = [Choice(str(one.id), one.name, one.members) for one in report.groups]
        chosen = str(report.into.id or "")
        screen = ChoiceScreen(
            "Add them to which group?", choices, chosen=chosen, typed=True, new="New group"
        )

        async def choose() -> None:
            pick = await self.ask(screen)
            if pick is not None:
                self.group = pick.typed if pick.value is None else names[pick.value]
                self.group = self.group[:GROUP_NAME]
                self._read()

        self.start(choose, "group")

    # Importing.

    def action_select_cursor(self) -> None:
        """Confirm and import, then continue to enrolling. After a failure read again."""
        if self.imported is not None:
            self._enroll(self.imported[0])
        elif self.report is not None:
            if not self.writing and taken(self.report.outcome) and self.may_change():
                self._ask(self.report)
        elif not self.working:
            self._read()

    def _ask(self, report: Report) -> None:
        count = taken(report.outcome)
        proposal = Proposal(
            f"Import {counted(count, 'contact')} into the group {clean(report.into.name, 30)}",
            tuple(import_effects(report.outcome, report.into)),
            tuple(import_spared(report.outcome, report.into)),
            count,
        )

        async def ask() -> None:
            if await self.ask(ConfirmScreen(proposal)) and not self.writing:
                self._import(report)

        self.start(ask, "import")

    def _import(self, report: Report) -> None:
        self._verb = "importing"
        self.begin(f"importing {mib(report.file.size)}", writing=True)
        self.fetch(partial(self._imports, report), self._ended, self._broke, group="importing")

    async def _imports(self, report: Report) -> tuple[Into, ImportOutcome]:
        client, into = self.session.client, report.into
        group_id = into.id if into.id is not None else await _made(client, into.name)
        outcome = await send(
            client,
            report.file,
            self._sent,
            overwrite=report.overwrite,
            dry_run=False,
            group_id=group_id,
        )
        return Into(into.name, group_id), outcome

    def _ended(self, imported: tuple[Into, ImportOutcome]) -> None:
        self.imported, self._verb = imported, ""
        into, outcome = imported
        lines = imported_lines(outcome, into)
        if rejects := reject_lines(outcome):
            lines += ["", "Not imported:", *rejects]
        self.tell_lines(f"Import {self._named}", ["", *lines])
        self.end("enter continue to enrolling · esc back")
        if self.on_top:
            self._enroll(into)

    def _broke(self, error: ClientError) -> None:
        self.report, self._verb = None, ""
        lines = ["", "The import was interrupted.", *error.message.splitlines(), ""]
        lines += ["Some contacts may have been imported. Trying again is safe."]
        self.tell_lines(f"Import {self._named}", lines)
        self.end("nobody was enrolled · enter read it again · esc back")

    def _enroll(self, into: Into) -> None:
        page = EnrollPage(
            self.session,
            self.sequence_id,
            self.called,
            Enrollees(group_id=into.id),
            f"the group “{clean(into.name, _NAME_CELLS)}”",
            self.home,
        )
        self.app.push_screen(page)

    def action_refresh(self) -> None:
        """Read the file again, unless it is imported."""
        super().action_refresh()
        if not self.writing and self.imported is None:
            self._read()


def _into(name: str, groups: tuple[Group, ...]) -> Into:
    """The group with that name, to be created if there is none."""
    name = normalize("NFC", name).strip()
    for one in groups:
        if one.name.casefold() == name.casefold():
            return Into(one.name, one.id, one.members)
    return Into(name)


async def _made(source: Client, name: str) -> int:
    """Create a group, or use an empty one with that name, so that nobody else is enrolled."""
    try:
        return (await source.add_group(name)).id
    except ApiProblem as problem:
        taken_by = problem.more.get("group_id")
        for one in await all_groups(source):
            if one.id == taken_by and not one.members:
                return one.id
        raise
