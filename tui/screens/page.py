"""The base of every page: frame, waiting keys, flows, requests, and going back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar, Final, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea
from textual.worker import Worker, get_current_worker

from common.client import ClientError
from common.model import sequences
from common.terminal import as_text
from common.vocabulary import Status
from tui.actions.registry import ACTIONS, TABS, Action, action_named, actions_of, bindings_of
from tui.flows import FLOWS
from tui.messages import ConnectionChanged, Resynced
from tui.session import Session
from tui.state.connection import Link
from tui.state.roles import only_sees
from tui.state.sequence_actions import SequenceAction, Subject
from tui.terminal.key_queue import KeyboardApp
from tui.widgets.chrome import FooterLine, HeaderLine, Sidebar, SidebarPage
from tui.widgets.fetching import Work, fetch
from tui.widgets.lines import stacked

T = TypeVar("T")

WIDE: Final = 100
"""Columns from which the sidebar shows names."""
PAGE_LINES: Final = 10
"""Lines per page key."""
_LEAVING: Final = frozenset({"back", "quit", "quit_anywhere"})
"""Actions whose keys never wait."""
_BREAKPOINTS: Final = [(0, "-narrow"), (WIDE, "-wide")]

PAGES: Final[tuple[SidebarPage, ...]] = (SidebarPage(1, "≡", "Sequences"),)
"""All pages of the sidebar; `DrumbeatApp.make_page` creates each."""


class Page(Screen[None]):
    """A page of the screen.

    A page sets its `crumb`, the `digit` of its sidebar page and the `scopes` whose actions it has
    in addition to `app`, and yields its content from `compose_room`. It loads data in `read` and
    draws in `show`; both are called when the connection changes.
    """

    BINDINGS = bindings_of("app", "search")
    HORIZONTAL_BREAKPOINTS = _BREAKPOINTS
    crumb: ClassVar[str] = ""
    digit: ClassVar[int] = 0
    scopes: ClassVar[tuple[str, ...]] = ()
    tab: ClassVar[str] = ""
    """The name of the tab, if it is a tab of a sequence."""
    searchable: ClassVar[bool] = False
    """Whether it has a search line, `#search`."""
    sequence: sequences.Sequence | None = None
    """The sequence of the page, as last loaded."""
    last_path = ""
    _framed = False

    def __init__(self, session: Session, sequence_id: int = 0, called: str = "") -> None:
        super().__init__()
        self.session = session
        self.sequence_id, self.called = sequence_id, called
        self.problem = ""
        """Why loading failed, for people."""
        self._opening: Worker[Any] | None = None
        """The flow that is loading what it will ask about; keys wait for it."""
        self._opened: Screen[Any] | None = None
        self._keys: dict[tuple[str, ...], BindingsMap] = {}
        self.set_class(bool(self.tab), "-tab")

    def compose(self) -> ComposeResult:
        """The frame around the page's content."""
        yield Sidebar(PAGES)
        with Vertical(id="room"):
            yield HeaderLine(self.called or self.crumb)
            yield from self.compose_room()
            yield FooterLine()
        yield Sidebar(PAGES, over=True)

    def compose_room(self) -> Iterable[Widget]:
        """The page's content."""
        return ()

    @property
    def header(self) -> HeaderLine:
        """The header line, for tabs and a crumb that changes."""
        return self.query_one(HeaderLine)

    def on_mount(self) -> None:
        """Show the frame, and update the footer when the focus changes."""
        self.set_class(self.app.size.width < WIDE, "-narrow")  # before it is painted first
        self._framed = True
        self.watch(self, "focused", self.show_footer, init=False)
        self.show_chrome()
        self.show_footer()
        if self.tab:
            self.header.show_tabs(TABS, TABS.index(self.tab))

    def show_chrome(self) -> None:
        """Update the frame: place, operator and connection.

        A page that is still opening does this when it is mounted.
        """
        if not self._framed:
            return
        session = self.session
        self.header.show_connection(session.connection)
        self.header.show_operator(session.me.operator.name if session.me else "", session.server)
        for sidebar in self.query(Sidebar):
            sidebar.show(self.digit, session.page_counts)

    def show_footer(self) -> None:
        """Update the keys in the footer."""
        leading = [one for one in self.offered() if one.leads(self)]
        self.query_one(FooterLine).show(leading, self.session.keymap)

    def know(self, sequence: sequences.Sequence) -> None:
        """Show the current name and state of the page's sequence."""
        self.sequence = sequence
        if sequence.name != self.called:
            self.called = sequence.name
            self.header.show_crumb(sequence.name)
        self.header.show_state(sequence.state)
        self.show_footer()

    # What is read.

    def read(self) -> None:
        """Reload what the page shows."""

    def show(self) -> None:
        """Draw the current data."""

    @on(Resynced)
    def _resynced(self) -> None:
        self.read()

    @on(ConnectionChanged)
    def _connection_changed(self, changed: ConnectionChanged) -> None:
        self.header.show_connection(changed.connection)
        if changed.connection.link is Link.AWAY:
            self.problem = changed.connection.why
        self.show()

    def fetch(
        self,
        work: Work[T],
        take: Callable[[T], object],
        failed: Callable[[ClientError], object] | None = None,
        *,
        group: str = "fetch",
        exclusive: bool = False,
        wait: float = 0.0,
    ) -> None:
        """Make a request in a worker; calls `take` or `failed` as `fetch` says.

        Without `failed`, the reason is shown as a message.
        """
        told = failed or (lambda error: self.session.tell(error.message, wrong=True))
        fetch(self, work, take, told, group=group, exclusive=exclusive, wait=wait)

    # What is offered.

    @property
    def typing(self) -> bool:
        """Whether an input has the focus."""
        return isinstance(self.focused, Input)

    @property
    def aimed_at(self) -> Collection[Status]:
        """The possible statuses of the selected contacts; empty without a selection."""
        return ()

    @property
    def subject(self) -> Subject | None:
        """The sequence for actions on a whole sequence, if it is known."""
        return self.sequence

    def can(self, action: str) -> bool:
        """Whether an action on a whole sequence fits its state."""
        one = self.subject
        return one is not None and SequenceAction(action).fits(one.state)

    def offered(self) -> tuple[Action, ...]:
        """The actions offered now; while typing only those of the input."""
        return self._shown("search") if self.typing else self.commands()

    def commands(self) -> tuple[Action, ...]:
        """The actions of this page, also while typing."""
        return self._shown(*self.scopes, "app")

    def _shown(self, *scopes: str) -> tuple[Action, ...]:
        return tuple(
            one for one in actions_of(*scopes) if one.shown_when is None or one.shown_when(self)
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse actions that the registry does not offer here."""
        runs = f"{action}{parameters!r}".replace(",)", ")") if parameters else action
        for one in ACTIONS:
            if one.runs == runs and one.shown_when is not None:
                return one.shown_when(self)
        return True

    async def perform(self, action: Action) -> None:
        """Run an action as if its key was typed: the nearest widget that has it runs it."""
        await self.app.run_action(action.runs, self._doer(action))

    def _doer(self, action: Action) -> DOMNode:
        around: Iterator[DOMNode] = iter(self.focused.ancestors_with_self if self.focused else ())
        method = f"action_{action.runs.partition('(')[0]}"
        return next((node for node in around if hasattr(node, method)), self)

    def may_change(self) -> bool:
        """Whether the operator's role allows changes; if not, it shows a message."""
        why = only_sees(self.session.me)
        if why is not None:
            self.session.tell(why, wrong=True)
        return why is None

    # Flows.

    def action_start(self, flow: str) -> None:
        """Run a flow of `tui.flows`, replacing an earlier run of it."""
        self.start(partial(FLOWS[flow], self), flow)

    def start(self, flow: Callable[[], Awaitable[None]], name: str) -> None:
        """Run a flow on this page until the page is left. Errors are shown."""

        async def run() -> None:
            try:
                await flow()
            except ClientError as error:
                self.session.tell(error.message, wrong=True)
            except Exception as error:  # noqa: BLE001 # a bug must not end the screen
                self.session.tell(f"Unexpected error: {error!r}", wrong=True)

        work: Any = run
        self.run_worker(work, group=f"flow {name}", exclusive=True, exit_on_error=False)

    @property
    def on_top(self) -> bool:
        """Whether nothing is open over the page."""
        return self.app.screen is self

    async def ask(self, screen: Screen[T], what: str = "") -> T | None:
        """Open a screen over this page and wait for its answer.

        `what` names a screen that opens after something was loaded. If another screen is open or an
        input has the focus by then, it is cancelled with a message, and the answer is None: keys
        typed there must not answer it.
        """
        if what and not (self.on_top and not isinstance(self.focused, Input | TextArea)):
            self.ask_nothing()
            self.session.tell(f"{what}: cancelled, because another dialog is open. Try again.")
            return None
        if self._opening is not None:
            self._opening, self._opened = None, screen
        return await self.app.push_screen_wait(screen)

    async def read_to_ask(self, work: Callable[[], Awaitable[T]]) -> T:
        """Load what is asked about next; keys typed meanwhile wait for that screen."""
        self._opening = get_current_worker()
        try:
            return await work()
        except ClientError:
            self.ask_nothing()
            raise

    def ask_nothing(self) -> None:
        """Nothing is asked: drop the waiting keys."""
        if self._opening is not None:
            self._opening = None
            cast("KeyboardApp", self.app).drop_typed()

    # Keys that wait for what is read.

    def awaits(self, action: Action) -> bool:
        """Whether what an action needs is still loading, so that its key waits."""
        del action
        return False

    def has_failed_to_read(self) -> bool:
        """Whether loading failed, so that waiting keys are dropped."""
        return bool(self.problem)

    def is_reading_for(self, key: str) -> bool:
        """Whether a key must wait for loading; typing in inputs never waits."""
        if isinstance(self.focused, Input | TextArea):
            return False
        if self._opening is not None:
            return True
        return any(map(self.awaits, self._actions_by(key, *self.scopes)))

    def is_left_by(self, key: str) -> bool:
        """Whether a key goes back or quits."""
        return any(one.id in _LEAVING for one in self._actions_by(key, "app"))

    def has_opened(self, screen: object) -> bool:
        """Whether a screen is the one that keys waited for."""
        return screen is self._opened

    def _actions_by(self, key: str, *scopes: str) -> list[Action]:
        if scopes not in self._keys:
            bindings = BindingsMap(bindings_of(*scopes) + bindings_of(*scopes, priority=True))
            bindings.apply_keymap(dict(self.session.keymap))
            self._keys[scopes] = bindings
        found = self._keys[scopes].key_to_bindings.get(key, ())
        return [action_named(one.id) for one in found if one.id is not None]

    # Work in progress.

    def say(self, under_way: str) -> None:
        """Show the progress of something; empty when it has ended."""
        self.header.show_work(under_way)

    def show_outcome(self, lines: Sequence[str]) -> None:
        """Show the outcome of an action: in `#outcome` until it is closed, else as a message."""
        for outcome in self.query("#outcome").results(Static):
            outcome.add_class("-shown")
            outcome.update(stacked(map(as_text, lines)))
            return
        self.session.tell(" ".join(lines[:-1]))

    def close_outcome(self) -> bool:
        """Close the outcome of an action; returns whether it was shown."""
        shown = self.query("#outcome.-shown")
        was_shown = bool(shown)
        shown.remove_class("-shown")
        return was_shown

    def shows_contact(self, contact_id: int) -> bool:
        """Whether a contact's conversation is shown here."""
        del contact_id
        return False

    # The way back.

    def unsaved_work(self) -> str | None:
        """What would be lost by quitting, for people: `3 selected`, `a reply`; None if nothing."""
        return None

    def clear_query(self) -> bool:
        """Clear the search and the filters; returns whether there were any."""
        return False

    def close_panel(self) -> bool:
        """Close the part of the page that was opened last; returns whether there was one."""
        return self.close_outcome()

    def action_back(self) -> None:
        """Close one thing that is open, else leave the search, else clear it, else go back."""
        if self._opening is not None:
            self._opening.cancel()
            self.ask_nothing()
        elif self.has_class("-pages-open"):
            self.remove_class("-pages-open")
        elif not self.close_panel() and not self.leave_search() and not self.clear_query():
            self.leave()

    def leave(self) -> None:
        """Go back to the page that this one was opened from, if any.

        The tabs of a sequence are one page: from each you go back to the list of sequences.
        """
        pages = [screen for screen in self.app.screen_stack if isinstance(screen, Page)]
        if len(pages) > 1:
            if self.tab and pages[-2].tab:
                self.app.pop_screen()
            self.app.pop_screen()

    def action_sidebar(self) -> None:
        """Open the pages over the rail, or fold the sidebar into a rail."""
        self.toggle_class("-pages-open" if self.has_class("-narrow") else "-folded")

    def action_refresh(self) -> None:
        """Reconnect now if the connection is lost, and reload the page."""
        self.session.retry_now()

    # The search.

    @property
    def rows(self) -> Widget | None:
        """What the search searches."""
        return None

    def compose_search(self, words: str, *beside: Widget) -> Widget:
        """The search line."""
        search = Input(placeholder=f"/ Search {words}", id="search", select_on_focus=False)
        search.cursor_blink = False
        return Horizontal(search, *beside, id="search-line")

    def action_search(self) -> None:
        """Focus the search line."""
        self.query_one("#search", Input).focus()

    @on(Input.Submitted, "#search")
    def action_leave_search(self) -> None:
        """Leave the search, keeping its text."""
        self.leave_search()

    def action_to_rows(self) -> None:
        """Go from the search to the rows."""
        self.leave_search()

    def leave_search(self) -> bool:
        """Go from the search to the rows, keeping its text; returns whether it had the focus."""
        if not self.searchable or not self.typing:
            return False
        rows = self.rows
        self.set_focus(rows if rows is not None and rows.display else None)
        return True

    # Lines that scroll.

    @property
    def scrolled(self) -> Widget:
        """What the cursor keys scroll."""
        return self.query_one(VerticalScroll)

    def action_cursor_up(self) -> None:
        """One line up."""
        self._scroll(-1)

    def action_cursor_down(self) -> None:
        """One line down."""
        self._scroll(1)

    def action_page_up(self) -> None:
        """One page up."""
        self._scroll(-PAGE_LINES)

    def action_page_down(self) -> None:
        """One page down."""
        self._scroll(PAGE_LINES)

    def action_scroll_top(self) -> None:
        """The first line."""
        self.scrolled.scroll_home(animate=False)

    def action_scroll_bottom(self) -> None:
        """The last line."""
        self.scrolled.scroll_end(animate=False)

    def _scroll(self, lines: int) -> None:
        self.scrolled.scroll_relative(y=lines, animate=False)
