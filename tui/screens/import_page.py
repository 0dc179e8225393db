"""A file of people: what importing it would come to, the import, and then the enrolling.

Importing is a step of its own, before the dry run of enrolling: who is opted out, whose line is a
landline and what the texts say is exact only once the people are contacts.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final
from unicodedata import normalize

from textual import on

from common.client import ApiProblem, Client
from common.model.contacts import ImportOutcome
from common.model.enrolling import Enrollees
from common.model.groups import Group
from common.terminal import clean
from tui.actions.registry import bindings_of
from tui.client.lists import all_groups
from tui.client.people_file import GROUP_NAME, PeopleFile, look_at, mib, send
from tui.screens.enroll_page import EnrollPage
from tui.screens.enrolling_messages import (
    Imported,
    NotImported,
    NotReported,
    Report,
    Reported,
    Sent,
)
from tui.screens.page import Page
from tui.screens.progress_page import ProgressPage
from tui.state.choice import Choice, Pick
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


class ImportPage(ProgressPage):
    """The dry run of an import; `enter` asks, imports, and goes on to enrolling."""

    BINDINGS = bindings_of("report")
    crumb = "Import"
    scopes: ClassVar[tuple[str, ...]] = ("lines", "report")

    def __init__(self, sequence_id: int, called: str, file: PeopleFile, home: Page) -> None:
        super().__init__()
        self.sequence_id, self.called = sequence_id, called
        self.file, self.home = file, home
        self.group = file.group_name
        self.overwrite = False
        self.report: Report | None = None
        self.imported: tuple[Into, ImportOutcome] | None = None
        self._verb = ""

    def on_mount(self) -> None:
        """Read the file."""
        self.header.show_crumb(self.called)
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
        self.fetch(self._reports(), Reported, NotReported, group="reading", exclusive=True)

    async def _reports(self) -> Report:
        client = self.drumbeat.client
        file = await asyncio.to_thread(look_at, str(self.file.path))
        groups = tuple(await all_groups(client))
        into = _into(self.group, groups)
        overwrite = self.overwrite
        outcome = await send(
            client, file, self._sent, overwrite=overwrite, dry_run=True, group_id=into.id
        )
        return Report(file, groups, into, overwrite, outcome)

    def _sent(self, done: int) -> None:
        self.post_message(Sent(done))

    @on(Sent)
    def _progress(self, sent: Sent) -> None:
        if self._verb:
            whole = sent.done >= self.file.size
            far = "the server is working" if whole else f"{mib(sent.done)} sent"
            self.go_on(f"{self._verb} {mib(self.file.size)}: {far}")

    @on(Reported)
    def _show(self, reported: Reported) -> None:
        report = self.report = reported.report
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

    @on(NotReported)
    def _not_read(self, failed: NotReported) -> None:
        self._verb = ""
        lines = ("", "The file cannot be imported.", *failed.problem.splitlines())
        self.tell_lines(f"Import {self._named}", lines)
        self.end("nothing was saved · enter read it again · esc back")

    def has_failed_to_read(self) -> bool:
        """Whether it could not be told what it comes to."""
        return self.report is None and self.imported is None and not self.working

    # How it is imported.

    @property
    def undecided(self) -> bool:
        """Whether it can still be said how."""
        return self.report is not None and self.imported is None and not self.writing

    def action_overwrite(self) -> None:
        """Let filled fields be replaced, or not, and look again."""
        if self.undecided:
            self.overwrite = not self.overwrite
            self._read()

    def action_into_group(self) -> None:
        """Choose another group, or name a new one, and look again."""
        report = self.report
        if report is None or not self.undecided:
            return
        names = {str(one.id): one.name for one in report.groups}

        def choose(pick: Pick | None) -> None:
            if pick is not None:
                self.group = pick.typed if pick.value is None else names[pick.value]
                self.group = self.group[:GROUP_NAME]
                self._read()

        choices = [Choice(str(one.id), one.name, one.members) for one in report.groups]
        chosen = str(report.into.id or "")
        screen = ChoiceScreen(
            "Add them to which group?", choices, chosen=chosen, typed=True, new="New group"
        )
        self.app.push_screen(screen, choose)

    # Importing.

    def action_select_cursor(self) -> None:
        """Ask, then import; then go on to enrolling. After a failure read again."""
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

        def answered(sure: bool | None) -> None:
            if sure and not self.writing:
                self._import(report)

        self.app.push_screen(ConfirmScreen(proposal), answered)

    def _import(self, report: Report) -> None:
        self._verb = "importing"
        self.begin(f"importing {mib(report.file.size)}", writing=True)
        self.fetch(self._imports(report), Imported, NotImported, group="importing")

    async def _imports(self, report: Report) -> tuple[Into, ImportOutcome]:
        client, into = self.drumbeat.client, report.into
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

    @on(Imported)
    def _ended(self, imported: Imported) -> None:
        self.imported, self._verb = (imported.into, imported.outcome), ""
        lines = imported_lines(imported.outcome, imported.into)
        if rejects := reject_lines(imported.outcome):
            lines += ["", "Not imported:", *rejects]
        self.tell_lines(f"Import {self._named}", ["", *lines])
        self.end("enter continue to enrolling · esc back")
        if self.app.screen is self:
            self._enroll(imported.into)

    @on(NotImported)
    def _broke(self, failed: NotImported) -> None:
        self.report, self._verb = None, ""
        lines = ["", "The import was interrupted.", *failed.problem.splitlines(), ""]
        lines += ["Some contacts may have been imported. Trying again is safe."]
        self.tell_lines(f"Import {self._named}", lines)
        self.end("nobody was enrolled · enter read it again · esc back")

    def _enroll(self, into: Into) -> None:
        page = EnrollPage(
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
    """The group of a name, made if there is none."""
    name = normalize("NFC", name).strip()
    for one in groups:
        if one.name.casefold() == name.casefold():
            return Into(one.name, one.id, one.members)
    return Into(name)


async def _made(source: Client, name: str) -> int:
    """A new group, or an empty one that has the name by now: nobody else is enrolled with it."""
    try:
        return (await source.add_group(name)).id
    except ApiProblem as problem:
        taken_by = problem.more.get("group_id")
        for one in await all_groups(source):
            if one.id == taken_by and not one.members:
                return one.id
        raise
