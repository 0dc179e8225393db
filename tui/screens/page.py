"""What every page has: chrome, keys that wait, flows, asking the server, and the way back."""

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
"""Lines that a page key moves."""
_LEAVING: Final = frozenset({"back", "quit", "quit_anywhere"})
"""Actions whose keys wait for nothing."""
_BREAKPOINTS: Final = [(0, "-narrow"), (WIDE, "-wide")]

PAGES: Final[tuple[SidebarPage, ...]] = (SidebarPage(1, "≡", "Sequences"),)
"""The pages that there are; `DrumbeatApp.make_page` makes each."""


class Page(Screen[None]):
    """A place that an operator can be in.

    A page says its `crumb`, the `digit` of its sidebar page, the `scopes` whose actions it offers
    beside those of `app`, and yields what is in it from `compose_room`. What it reads, it reads in
    `read`, and draws in `show`; both are called as the connection comes and goes.
    """

    BINDINGS = bindings_of("app", "search")
    HORIZONTAL_BREAKPOINTS = _BREAKPOINTS
    crumb: ClassVar[str] = ""
    digit: ClassVar[int] = 0
    scopes: ClassVar[tuple[str, ...]] = ()
    tab: ClassVar[str] = ""
    """Which tab of a sequence's page it is, if any."""
    searchable: ClassVar[bool] = False
    """Whether it has a search line, `#search`."""
    sequence: sequences.Sequence | None = None
    """The sequence that the page is about, as it was read last."""
    last_path = ""
    _framed = False

    def __init__(self, session: Session, sequence_id: int = 0, called: str = "") -> None:
        super().__init__()
        self.session = session
        self.sequence_id, self.called = sequence_id, called
        self.problem = ""
        """Why what the page reads could not be read, for people."""
        self._opening: Worker[Any] | None = None
        """The flow that reads what it asks about next; keys wait for that."""
        self._opened: Screen[Any] | None = None
        self._keys: dict[tuple[str, ...], BindingsMap] = {}
        self.set_class(bool(self.tab), "-tab")

    def compose(self) -> ComposeResult:
        """The chrome around the page's own parts."""
        yield Sidebar(PAGES)
        with Vertical(id="room"):
            yield HeaderLine(self.called or self.crumb)
            yield from self.compose_room()
            yield FooterLine()
        yield Sidebar(PAGES, over=True)

    def compose_room(self) -> Iterable[Widget]:
        """The page's own parts."""
        return ()

    @property
    def header(self) -> HeaderLine:
        """The header line, for tabs and a crumb that changes."""
        return self.query_one(HeaderLine)

    def on_mount(self) -> None:
        """Show the chrome, and keep the footer true to what has the focus."""
        self.set_class(self.app.size.width < WIDE, "-narrow")  # before it is painted first
        self._framed = True
        self.watch(self, "focused", self.show_footer, init=False)
        self.show_chrome()
        self.show_footer()
        if self.tab:
            self.header.show_tabs(TABS, TABS.index(self.tab))

    def show_chrome(self) -> None:
        """Say anew where we are, who we are and how the connection stands.

        A page that is only just being opened is not there to say it yet; it will.
        """
        if not self._framed:
            return
        session = self.session
        self.header.show_connection(session.connection)
        self.header.show_operator(session.me.operator.name if session.me else "", session.server)
        for sidebar in self.query(Sidebar):
            sidebar.show(self.digit, session.page_counts)

    def show_footer(self) -> None:
        """Say anew which keys there are."""
        leading = [one for one in self.offered() if one.leads(self)]
        self.query_one(FooterLine).show(leading, self.session.keymap)

    def know(self, sequence: sequences.Sequence) -> None:
        """Show the name and the state of the page's sequence as they are by now."""
        self.sequence = sequence
        if sequence.name != self.called:
            self.called = sequence.name
            self.header.show_crumb(sequence.name)
        self.header.show_state(sequence.state)
        self.show_footer()

    # What is read.

    def read(self) -> None:
        """Read again what the page shows."""

    def show(self) -> None:
        """Draw what is known."""

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
        """Ask in a worker; `take` or `failed` is called with what came of it, as `fetch` says.

        Without `failed`, the reason is told in passing.
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
        """What those may be whom an action is for, but for a row under a cursor; else empty."""
        return ()

    @property
    def subject(self) -> Subject | None:
        """The sequence that actions on a whole sequence are for, if it is known."""
        return self.sequence

    def can(self, action: str) -> bool:
        """Whether an action on a whole sequence fits its state."""
        one = self.subject
        return one is not None and SequenceAction(action).fits(one.state)

    def offered(self) -> tuple[Action, ...]:
        """The actions of this place just now: an input's own while somebody types."""
        return self._shown("search") if self.typing else self.commands()

    def commands(self) -> tuple[Action, ...]:
        """The actions of this place, also while somebody types."""
        return self._shown(*self.scopes, "app")

    def _shown(self, *scopes: str) -> tuple[Action, ...]:
        return tuple(
            one for one in actions_of(*scopes) if one.shown_when is None or one.shown_when(self)
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse what the registry does not show here."""
        runs = f"{action}{parameters!r}".replace(",)", ")") if parameters else action
        for one in ACTIONS:
            if one.runs == runs and one.shown_when is not None:
                return one.shown_when(self)
        return True

    async def perform(self, action: Action) -> None:
        """Run an action as if its key had been typed: the nearest part that has it does it."""
        await self.app.run_action(action.runs, self._doer(action))

    def _doer(self, action: Action) -> DOMNode:
        around: Iterator[DOMNode] = iter(self.focused.ancestors_with_self if self.focused else ())
        method = f"action_{action.runs.partition('(')[0]}"
        return next((node for node in around if hasattr(node, method)), self)

    def may_change(self) -> bool:
        """Whether our role lets us change anything; if not, it is said why."""
        why = only_sees(self.session.me)
        if why is not None:
            self.session.tell(why, wrong=True)
        return why is None

    # Flows.

    def action_start(self, flow: str) -> None:
        """Run a flow of `tui.flows`, in the place of the same one before."""
        self.start(partial(FLOWS[flow], self), flow)

    def start(self, flow: Callable[[], Awaitable[None]], name: str) -> None:
        """Run a flow on this page; leaving the page ends it. What the server refuses is told."""

        async def run() -> None:
            try:
                await flow()
            except ClientError as error:
                self.session.tell(error.message, wrong=True)

        work: Any = run
        self.run_worker(work, group=f"flow {name}", exclusive=True, exit_on_error=False)

    @property
    def on_top(self) -> bool:
        """Whether nothing is open over the page."""
        return self.app.screen is self

    async def ask(self, screen: Screen[T], what: str = "") -> T | None:
        """Open a screen over this page and wait for its answer.

        With `what`, which names it, it comes after something was read: where something else is open
        by now, or an input has the focus, it is said to be dropped instead, and the answer is None.
        Keys that are typed there must not answer it.
        """
        if what and not (self.on_top and not isinstance(self.focused, Input | TextArea)):
            self.ask_nothing()
            self.session.tell(f"{what}: cancelled, because another dialog is open. Try again.")
            return None
        if self._opening is not None:
            self._opening, self._opened = None, screen
        return await self.app.push_screen_wait(screen)

    async def read_to_ask(self, work: Callable[[], Awaitable[T]]) -> T:
        """Read what is asked about next; keys typed meanwhile wait for the screen opened then."""
        self._opening = get_current_worker()
        try:
            return await work()
        except ClientError:
            self.ask_nothing()
            raise

    def ask_nothing(self) -> None:
        """Nothing is asked after all: drop the keys that wait for it."""
        if self._opening is not None:
            self._opening = None
            cast("KeyboardApp", self.app).drop_typed()

    # Keys that wait for what is read.

    def awaits(self, action: Action) -> bool:
        """Whether what an action is for is being read just now: its key waits for it."""
        del action
        return False

    def has_failed_to_read(self) -> bool:
        """Whether it could not be read, so that keys wait for nothing."""
        return bool(self.problem)

    def is_reading_for(self, key: str) -> bool:
        """Whether what a key is for is being read just now; nothing that is typed into is."""
        if isinstance(self.focused, Input | TextArea):
            return False
        if self._opening is not None:
            return True
        return any(map(self.awaits, self._actions_by(key, *self.scopes)))

    def is_left_by(self, key: str) -> bool:
        """Whether a key goes back or quits."""
        return any(one.id in _LEAVING for one in self._actions_by(key, "app"))

    def has_opened(self, screen: object) -> bool:
        """Whether a screen is the one that was opened with what was read."""
        return screen is self._opened

    def _actions_by(self, key: str, *scopes: str) -> list[Action]:
        if scopes not in self._keys:
            bindings = BindingsMap(bindings_of(*scopes) + bindings_of(*scopes, priority=True))
            bindings.apply_keymap(dict(self.session.keymap))
            self._keys[scopes] = bindings
        found = self._keys[scopes].key_to_bindings.get(key, ())
        return [action_named(one.id) for one in found if one.id is not None]

    # Work that goes on.

    def say(self, under_way: str) -> None:
        """Show the progress of something; empty when it has ended."""
        self.header.show_work(under_way)

    def show_outcome(self, lines: Sequence[str]) -> None:
        """Show what became of an action: in `#outcome` until it is closed, else in passing."""
        for outcome in self.query("#outcome").results(Static):
            outcome.add_class("-shown")
            outcome.update(stacked(map(as_text, lines)))
            return
        self.session.tell(" ".join(lines[:-1]))

    def close_outcome(self) -> bool:
        """Close what became of an action; whether it was shown."""
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
        """What would be lost by quitting, for people: `3 selected`, `a reply`; None for nothing."""
        return None

    def clear_query(self) -> bool:
        """Forget the query and the filters; whether there was anything to forget."""
        return False

    def close_panel(self) -> bool:
        """Close the part of this page that was opened last; whether there was one."""
        return self.close_outcome()

    def action_back(self) -> None:
        """Close one thing that is open, else leave the search, else clear it, else go up."""
        if self._opening is not None:
            self._opening.cancel()
            self.ask_nothing()
        elif self.has_class("-pages-open"):
            self.remove_class("-pages-open")
        elif not self.close_panel() and not self.leave_search() and not self.clear_query():
            self.leave()

    def leave(self) -> None:
        """Go up to the page that this one was opened from, if any.

        The tabs of a sequence are one page: each is left for the list of sequences.
        """
        pages = [screen for screen in self.app.screen_stack if isinstance(screen, Page)]
        if len(pages) > 1:
            if self.tab and pages[-2].tab:
                self.app.pop_screen()
            self.app.pop_screen()

    def action_sidebar(self) -> None:
        """Open the pages over a rail, or fold the sidebar into one."""
        self.toggle_class("-pages-open" if self.has_class("-narrow") else "-folded")

    def action_refresh(self) -> None:
        """Try a lost connection at once; a page reads itself again."""
        self.session.retry_now()

    # The search.

    @property
    def rows(self) -> Widget | None:
        """What is searched."""
        return None

    def compose_search(self, words: str, *beside: Widget) -> Widget:
        """The search line."""
        search = Input(placeholder=f"/ Search {words}", id="search", select_on_focus=False)
        search.cursor_blink = False
        return Horizontal(search, *beside, id="search-line")

    def action_search(self) -> None:
        """Type in the search."""
        self.query_one("#search", Input).focus()

    @on(Input.Submitted, "#search")
    def action_leave_search(self) -> None:
        """Leave the search, keeping what was typed."""
        self.leave_search()

    def action_to_rows(self) -> None:
        """Leave the search for the rows."""
        self.leave_search()

    def leave_search(self) -> bool:
        """Leave the search for the rows, keeping what was typed; whether there was one to leave."""
        if not self.searchable or not self.typing:
            return False
        rows = self.rows
        self.set_focus(rows if rows is not None and rows.display else None)
        return True

    # Lines that scroll.

    @property
    def scrolled(self) -> Widget:
        """What the keys move that move rows elsewhere."""
        return self.query_one(VerticalScroll)

    def action_cursor_up(self) -> None:
        """One line up."""
        self._scroll(-1)

    def action_cursor_down(self) -> None:
        """One line down."""
        self._scroll(1)

    def action_page_up(self) -> None:
        """Some lines up."""
        self._scroll(-PAGE_LINES)

    def action_page_down(self) -> None:
        """Some lines down."""
        self._scroll(PAGE_LINES)

    def action_scroll_top(self) -> None:
        """The first line."""
        self.scrolled.scroll_home(animate=False)

    def action_scroll_bottom(self) -> None:
        """The last line."""
        self.scrolled.scroll_end(animate=False)

    def _scroll(self, lines: int) -> None:
        self.scrolled.scroll_relative(y=lines, animate=False)
