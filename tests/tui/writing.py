"""The Steps tab of Spring hiring over a fake server, and the methods to drive it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import msgspec
from textual.pilot import Pilot
from textual.widgets import Static

from common.client import ClientError
from common.model.contacts import Contact, Line
from common.vocabulary import LineKind, SequenceState
from tests.tui.listed import NOW, listed
from tests.tui.roster import people
from tests.tui.stage import THREE, Played, filled, opened, toasts, until
from tests.tui.written import THREE_STEPS
from tui.app import DrumbeatApp
from tui.screens.step_editor import StepEditor
from tui.screens.steps_tab import StepsTab
from tui.state.draft import Draft
from tui.widgets.confirm import ConfirmScreen

SMALL: Final = (80, 24)


def contact(ident: int, first_name: str, last_name: str, **fields: str) -> Contact:
    """A contact with custom fields."""
    return Contact(
        id=ident,
        phone=f"+1206555{ident:04}",
        first_name=first_name,
        last_name=last_name,
        zone=None,
        number_zones=("America/Los_Angeles",),
        country="US",
        region="WA",
        region_given=False,
        line=Line(LineKind.MOBILE, None, certain=False, at=None),
        fields=fields,
        suppressed=(),
        created_by="ana",
        created_at=NOW,
        updated_at=NOW,
    )


CONTACTS: Final = (
    contact(1, "Sam", "Okafor", company="Acme"),
    contact(2, "", "Nameless"),
    contact(3, "a [/b] c", "\x1b]0;x\x07"),
)


def played(state: SequenceState = SequenceState.ACTIVE, steps: int = 3, many: int = 40) -> Played:
    """Spring hiring with these steps and people, last of the list of sequences."""
    source = Played(*THREE[:2], msgspec.structs.replace(THREE[2], state=state))
    source.fields[1] = {"steps": THREE_STEPS[:steps], "version": 3}
    source.add_rows(people(many))
    source.add_rows([listed(11, step=3)])
    source.contacts = list(CONTACTS)
    return source


class Stage:
    """The tab, and the methods to drive it."""

    def __init__(self, source: Played, app: DrumbeatApp, pilot: Pilot[None]) -> None:
        self.source, self.app, self.pilot = source, app, pilot

    @property
    def page(self) -> StepsTab:
        """The tab."""
        page = self.app.pages[-1]
        assert isinstance(page, StepsTab)
        return page

    @property
    def draft(self) -> Draft:
        """The draft."""
        draft = self.page.draft
        assert draft is not None
        return draft

    @property
    def editor(self) -> StepEditor:
        """The editor, which is open."""
        screen = self.app.screen
        assert isinstance(screen, StepEditor)
        return screen

    @property
    def asked(self) -> str:
        """The proposal of the open dialog."""
        screen = self.app.screen
        assert isinstance(screen, ConfirmScreen)
        proposal = screen.proposal
        return "\n".join((proposal.title, *proposal.effects, *proposal.spared))

    @property
    def bodies(self) -> list[str]:
        """The texts that are written."""
        return [step.body for step in self.draft.steps]

    @property
    def toasts(self) -> list[str]:
        """The messages."""
        return toasts(self.app)

    def part(self, name: str) -> str:
        """What a part of the screen on top shows."""
        return str(self.app.screen.query_one(name, Static).render())

    def lines(self) -> list[str]:
        """What the table shows."""
        table = self.page.table
        return [table.render_line(y).text.rstrip() for y in range(table.size.height)]

    async def press(self, *keys: str) -> None:
        """Type keys."""
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition."""
        await until(self.pilot, condition, what)

    async def edit(self) -> StepEditor:
        """Open the step under the cursor."""
        await self.press("enter")
        await self.until(lambda: isinstance(self.app.screen, StepEditor), "the editor opens")
        return self.editor

    async def confirm(self) -> None:
        """Confirm the dialog, and wait for the outcome."""
        await self.confirm_over()
        await self.until(lambda: self.app.screen is self.page, "it is answered")

    async def confirm_over(self) -> None:
        """Confirm the dialog once it accepts keys."""
        await self.until(lambda: isinstance(self.app.screen, ConfirmScreen), "it is asked")
        await self.pilot.pause(0.4)
        screen = self.app.screen
        assert isinstance(screen, ConfirmScreen)
        await self.press(*(screen.proposal.typed_count or ""), "y")


@asynccontextmanager
async def stage(source: Played, size: tuple[int, int] = SMALL) -> AsyncIterator[Stage]:
    """The Steps tab, loaded."""
    app = opened(source)
    async with app.run_test(size=size) as pilot:
        one = Stage(source, app, pilot)
        await open_steps(one)
        yield one


@asynccontextmanager
async def unread(source: Played) -> AsyncIterator[Stage]:
    """The Steps tab, possibly never loaded."""
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        one = Stage(source, app, pilot)
        await go_to_steps(one)
        yield one


async def open_steps(one: Stage) -> None:
    """Go to the tab, and wait until it is open."""
    await go_to_steps(one)
    await one.until(lambda: one.page.draft is not None, "the steps come")
    await one.until(lambda: one.page.waiting is not None, "who waits is known")


async def go_to_steps(one: Stage) -> None:
    """Go to the tab."""
    await filled(one.pilot, one.app)
    await one.press("G", "enter")
    await one.until(lambda: len(one.app.pages) == 2, "it opens")
    await one.press("[")
    await one.until(lambda: isinstance(one.app.screen, StepsTab), "the tab is shown")


def failing(error: ClientError) -> Callable[..., object]:
    """A method of the client that fails."""

    async def fail(*_: object, **__: object) -> None:
        raise error

    return fail
