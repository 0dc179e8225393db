"""What every page has: chrome, the way back, and asking the server by workers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.dom import DOMNode
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea

from common.client import ClientError
from common.vocabulary import Status
from tui.actions import ACTIONS, Action, actions_of, bindings_of
from tui.messages import ConnectionChanged, Failed
from tui.state.roles import only_sees
from tui.widgets.chrome import FooterLine, HeaderLine, Sidebar, SidebarPage

if TYPE_CHECKING:
    from tui.app import DrumbeatApp

T = TypeVar("T")

WIDE: Final = 100
"""Columns from which the sidebar shows names."""
_BREAKPOINTS: Final = [(0, "-narrow"), (WIDE, "-wide")]

PAGES: Final[tuple[SidebarPage, ...]] = (SidebarPage(1, "≡", "Sequences"),)
"""The pages that there are; `DrumbeatApp.make_page` makes each."""


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
        what: str = "The question",
    ) -> bool:
        """Open a screen over this page for an answer that came, if nothing is done here meanwhile.

        Where something else is open by now, or an input has the focus, `what` is said to be dropped
        instead: keys that are typed there must not answer it. Whether it was opened.
        """
        free = self.app.screen is self and not isinstance(self.focused, Input | TextArea)
        if free:
            self.app.push_screen(screen, answered)
        else:
            self.drumbeat.tell(f"{what} is not asked: something else is open by now.")
        return free

    # Work that goes on.

    def say(self, under_way: str) -> None:
        """Say how far something is; nothing when it has ended."""
        self.header.show_work(under_way)

    def show_outcome(self, lines: Sequence[str]) -> None:
        """Show what became of an action."""
        self.drumbeat.tell(" ".join(lines[:-1]))

    def shows_contact(self, contact_id: int) -> bool:
        """Whether a contact's conversation is shown here."""
        del contact_id
        return False

    # The way back.

    def keeps(self) -> str | None:
        """What would be lost by quitting, for people: `3 selected`, `a reply`; None for nothing."""
        return None

    def leave_search(self) -> bool:
        """Leave the search, keeping what was typed; whether there was one to leave."""
        return False

    def clear_query(self) -> bool:
        """Forget the query and the filters; whether there was anything to forget."""
        return False

    def action_back(self) -> None:
        """Close what is open, else leave the search, else clear it, else go up."""
        if self.has_class("-pages-open"):
            self.remove_class("-pages-open")
        elif not self.leave_search() and not self.clear_query():
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
                self.post_message(failed(f"Unexpected: {error!r}"))
            else:
                self.post_message(then(answer))

        asking = work()
        self._unasked.update((asked, asking))
        self.run_worker(asking, group=group, exclusive=exclusive, exit_on_error=False)

    def on_unmount(self) -> None:
        """Ask nothing any more: a worker that was ended before it began has asked nothing."""
        for one in self._unasked:
            one.close()
