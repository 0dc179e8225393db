"""The command palette: the actions that the page below offers now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final, Protocol, runtime_checkable

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input

from tui.actions.registry import Action, spell_keys

_OTHER_WORDS: Final = 10.0
"""The score of a match in other words: below a title's start, above scattered letters."""


class _Keys(Protocol):
    keymap: Mapping[str, str]


@runtime_checkable
class CommandPage(Protocol):
    """A page whose actions can be found by name."""

    @property
    def session(self) -> _Keys:
        """By which the user's own keys are known."""

    def commands(self) -> tuple[Action, ...]:
        """The actions of this place."""

    async def perform(self, action: Action) -> None:
        """Run one."""


class ActionCommands(Provider):
    """Finds actions by their titles and other words."""

    def _offered(self) -> list[tuple[str, Action, CommandPage]]:
        page: object = self.screen
        if not isinstance(page, CommandPage):
            return []
        keymap = page.session.keymap
        return [
            (_named(one, spell_keys(one.keys_under(keymap))), one, page)
            for one in page.commands()
            if one.palette
        ]

    async def discover(self) -> Hits:
        """All actions offered here."""
        for name, one, page in self._offered():
            yield DiscoveryHit(name, partial(page.perform, one), help=one.help)

    async def search(self, query: str) -> Hits:
        """The actions whose title or other words match what was typed."""
        matcher = self.matcher(query)
        for name, one, page in self._offered():
            score = max(matcher.match(name), _OTHER_WORDS * one.is_called(query))
            if score > 0:
                yield Hit(score, matcher.highlight(name), partial(page.perform, one), help=one.help)


def _named(action: Action, keys: str) -> str:
    """The title and keys of an action; not read as markup."""
    return f"{action.title}  {keys}" if keys else action.title


class Palette(CommandPalette):
    """Textual's palette without a blinking cursor."""

    def __init__(self) -> None:
        super().__init__(providers=[ActionCommands], placeholder="Find a command")

    def on_mount(self) -> None:
        """Stop the cursor's blinking."""
        self.query_one(Input).cursor_blink = False
