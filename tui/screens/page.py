"""What every page has: chrome, the way back, and asking the server by workers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.containers import Vertical
from textual.dom import DOMNode
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea

from common.client import ClientError
from common.vocabulary import Status
from tui.actions.registry import ACTIONS, Action, action_named, actions_of, bindings_of
from tui.messages import ConnectionChanged, Failed
from tui.state.roles import only_sees
from tui.widgets.chrome import FooterLine, HeaderLine, Sidebar, SidebarPage

if TYPE_CHECKING:
    from tui.app import DrumbeatApp

T = TypeVar("T")

WIDE: Final = 100
"""Columns from which the sidebar shows names."""
_LEAVING: Final = frozenset({"back", "quit", "quit_anywhere"})
"""Actions whose keys wait for nothing."""
_BREAKPOINTS: Final = [(0, "-narrow"), (WIDE, "-wide")]

PAGES: Final[tuple[SidebarPage, ...]] = (SidebarPage(1, "≡", "Sequences"),)
"""The pages that there are; `DrumbeatApp.make_page` makes each."""


class NotOpened(Message):
    """What a screen is opened with could not be read; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class Page(Screen[None]):
    """A place that an operator can be in.

    A page says its `crumb`, the `digit` of its sidebar page, the `scopes` whose actions it offers
    beside those of `app`, and yields what is in it from `compose_room`.
    """

    BINDINGS = bindings_of("app", "search")
    HORIZONTAL_BREAKPOINTS = _BREAKPOINTS
    crumb: ClassVar[str] = ""
    digit: ClassVar[int] = 0
    scopes: ClassVar[tuple[str, ...]] = ()
    searchable: ClassVar[bool] = False
    _framed = False

    def __init__(self) -> None:
        super().__init__()
        self.opening = ""
        """The group of the worker that reads what a screen is opened with; keys wait for that."""
        self._opened: Screen[Any] | None = None
        self._keys: dict[tuple[str, ...], BindingsMap] = {}
        self._unasked: set[Coroutine[Any, Any, Any]] = set()
        """What workers that have not begun are to do."""

    def compose(self) -> ComposeResult:
        """The chrome around the page's own parts."""
        yield Sidebar(PAGES)
        with Vertical(id="room"):
            yield HeaderLine(self.crumb)
            yield from self.compose_room()
            yield FooterLine()
        yield Sidebar(PAGES, over=True)

    def compose_room(self) -> Iterable[Widget]:
        """The page's own parts."""
        return ()

    @property
    def drumbeat(self) -> DrumbeatApp:
        """The application."""
        return cast("DrumbeatApp", self.app)

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

    def show_chrome(self) -> None:
        """Say anew where we are, who we are and how the connection stands.

        A page that is only just being opened is not there to say it yet; it will.
        """
        if not self._framed:
            return
        app = self.drumbeat
        self.header.show_connection(app.connection)
        self.header.show_operator(app.me.operator.name if app.me else "", app.host)
        for sidebar in self.query(Sidebar):
            sidebar.show(self.digit, app.page_counts)

    def show_footer(self) -> None:
        """Say anew which keys there are."""
        leading = [one for one in self.offered() if one.leads(self)]
        self.query_one(FooterLine).show(leading, self.drumbeat.keymap)

    @on(ConnectionChanged)
    def _show_connection(self, changed: ConnectionChanged) -> None:
        self.header.show_connection(changed.connection)

    # What is offered.

    @property
    def typing(self) -> bool:
        """Whether an input has the focus."""
        return isinstance(self.focused, Input)

    @property
    def aimed_at(self) -> Collection[Status]:
        """What those may be whom an action is for, but for a row under a cursor; else empty."""
        return ()

    def offered(self) -> tuple[Action, ...]:
        """The actions of this place just now: an input's own while somebody types."""
        scopes = ("search",) if self.typing else (*self.scopes, "app")
        return tuple(
            one for one in actions_of(*scopes) if one.shown_when is None or one.shown_when(self)
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse what the registry does not show here."""
        del parameters
        for one in ACTIONS:
            if one.runs == action and one.shown_when is not None:
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
        why = only_sees(self.drumbeat.me)
        if why is not None:
            self.drumbeat.tell(why, wrong=True)
        return why is None

    def ask_on_top(
        self,
        screen: Screen[T],
        answered: Callable[[T | None], None] | None = None,
        *,
        what: str = "The dialog",
    ) -> bool:
        """Open a screen over this page for an answer that came, if nothing is done here meanwhile.

        Where something else is open by now, or an input has the focus, `what` is said to be dropped
        instead: keys that are typed there must not answer it. Whether it was opened.
        """
        free = self.app.screen is self and not isinstance(self.focused, Input | TextArea)
        if free:
            self.app.push_screen(screen, answered)
        else:
            self.drumbeat.tell(f"{what}: cancelled, because another dialog is open. Try again.")
        return free

    # Keys that wait for what is read.

    def awaits(self, action: Action) -> bool:
        """Whether what an action is for is being read just now: its key waits for it."""
        del action
        return False

    def has_failed_to_read(self) -> bool:
        """Whether it could not be read, so that keys wait for nothing."""
        return False

    def is_reading_for(self, key: str) -> bool:
        """Whether what a key is for is being read just now; nothing that is typed into is."""
        if isinstance(self.focused, Input | TextArea):
            return False
        if self.opening:
            return True
        return any(map(self.awaits, self._actions_by(key, *self.scopes)))

    def is_left_by(self, key: str) -> bool:
        """Whether a key goes back or quits."""
        return any(one.id in _LEAVING for one in self._actions_by(key, "app"))

    def has_opened(self, screen: object) -> bool:
        """Whether a screen is the one that was opened with what was read."""
        return screen is self._opened

    def read_to_open(
        self, asked: Coroutine[Any, Any, T], then: Callable[[T], Message], *, group: str
    ) -> None:
        """Ask for what a screen is opened with, by `open_read`; keys typed meanwhile go to it."""
        self.opening = group
        self.fetch(asked, then, NotOpened, group=group, exclusive=True)

    def open_read(
        self, screen: Screen[T], answered: Callable[[T | None], None], *, what: str
    ) -> None:
        """Open a screen over this page, unless it was given up meanwhile by `esc`."""
        if self.opening:
            self.opening = ""
            if self.ask_on_top(screen, answered, what=what):
                self._opened = screen
            else:
                self.drumbeat.drop_typed()

    def open_nothing(self) -> None:
        """There is nothing to open."""
        self.opening = ""
        self.drumbeat.drop_typed()

    @on(NotOpened)
    def _not_opened(self, failed: NotOpened) -> None:
        self.open_nothing()
        self.drumbeat.tell(failed.problem, wrong=True)

    def _actions_by(self, key: str, *scopes: str) -> list[Action]:
        if scopes not in self._keys:
            bindings = BindingsMap(bindings_of(*scopes) + bindings_of(*scopes, priority=True))
            bindings.apply_keymap(dict(self.drumbeat.keymap))
            self._keys[scopes] = bindings
        found = self._keys[scopes].key_to_bindings.get(key, ())
        return [action_named(one.id) for one in found if one.id is not None]

    # Work that goes on.

    def say(self, under_way: str) -> None:
        """Show the progress of something; empty when it has ended."""
        self.header.show_work(under_way)

    def show_outcome(self, lines: Sequence[str]) -> None:
        """Show what became of an action."""
        self.drumbeat.tell(" ".join(lines[:-1]))

    def shows_contact(self, contact_id: int) -> bool:
        """Whether a contact's conversation is shown here."""
        del contact_id
        return False

    # The way back.

    def unsaved_work(self) -> str | None:
        """What would be lost by quitting, for people: `3 selected`, `a reply`; None for nothing."""
        return None

    def leave_search(self) -> bool:
        """Leave the search, keeping what was typed; whether there was one to leave."""
        return False

    def clear_query(self) -> bool:
        """Forget the query and the filters; whether there was anything to forget."""
        return False

    def close_panel(self) -> bool:
        """Close the part of this page that was opened last; whether there was one."""
        return False

    def action_back(self) -> None:
        """Close one thing that is open, else leave the search, else clear it, else go up."""
        if self.opening:
            self.workers.cancel_group(self, self.opening)
            self.open_nothing()
        elif self.has_class("-pages-open"):
            self.remove_class("-pages-open")
        elif not self.close_panel() and not self.leave_search() and not self.clear_query():
            self.leave()

    def leave(self) -> None:
        """Go up: nothing is open here any more."""
        self.drumbeat.go_up()

    def action_leave_search(self) -> None:
        """Leave the search, keeping what was typed."""
        self.leave_search()

    def action_to_rows(self) -> None:
        """Leave the search for the rows."""
        self.leave_search()

    def action_search(self) -> None:
        """Go to the search; a page that is searchable says how."""

    def action_sidebar(self) -> None:
        """Open the pages over a rail, or fold the sidebar into one."""
        self.toggle_class("-pages-open" if self.has_class("-narrow") else "-folded")

    def action_refresh(self) -> None:
        """Try a lost connection at once; a page reads itself again."""
        self.drumbeat.retry_now()

    # Asking.

    def fetch(
        self,
        asked: Coroutine[Any, Any, T],
        then: Callable[[T], Message],
        failed: Callable[[str], Message] = Failed,
        *,
        group: str = "fetch",
        exclusive: bool = False,
    ) -> None:
        """Ask in a worker, and post what came of it to this page: `then`, or `failed`.

        An exclusive one ends those of its group that are under way. `failed` is given the reason
        for people; whatever goes wrong, the screen lives on.
        """

        async def work() -> None:
            self._unasked.difference_update((asked, asking))
            try:
                answer = await asked
            except ClientError as error:
                self.post_message(failed(error.message))
            except Exception as error:  # noqa: BLE001 # a fault of ours must not end the screen
                self.post_message(failed(f"Unexpected error: {error!r}"))
            else:
                self.post_message(then(answer))

        asking = work()
        self._unasked.update((asked, asking))
        self.run_worker(asking, group=group, exclusive=exclusive, exit_on_error=False)

    def on_unmount(self) -> None:
        """Ask nothing any more: a worker that was ended before it began has asked nothing."""
        for one in self._unasked:
            one.close()
