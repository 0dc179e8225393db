"""The command palette: the registry's actions, as the page below offers them just now."""

from __future__ import annotations

from functools import partial
from typing import Final

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input

from tui.actions.registry import Action, actions_of, spell_keys
from tui.screens.page import Page

_OTHER_WORDS: Final = 10.0
"""What other words are worth: less than a title that begins so, more than scattered letters."""


class ActionCommands(Provider):
    """Finds actions by their titles."""

    def _offered(self) -> list[tuple[str, Action, Page]]:
        page = self.screen
        if not isinstance(page, Page):
            return []
        keymap = page.drumbeat.keymap
        return [
            (_named(one, spell_keys(one.keys_under(keymap))), one, page)
            for one in actions_of(*page.scopes, "app")
            if one.palette and (one.shown_when is None or one.shown_when(page))
        ]

    async def discover(self) -> Hits:
        """All of them."""
        for name, one, page in self._offered():
            yield DiscoveryHit(name, partial(page.perform, one), help=one.help)

    async def search(self, query: str) -> Hits:
        """Those whose title is near to what was typed, or that have other words for it."""
        matcher = self.matcher(query)
        for name, one, page in self._offered():
            score = max(matcher.match(name), _OTHER_WORDS * one.is_called(query))
            if score > 0:
                yield Hit(score, matcher.highlight(name), partial(page.perform, one), help=one.help)


def _named(action: Action, keys: str) -> str:
    """Its title and keys; nothing of it is read as markup."""
    return f"{action.title}  {keys}" if keys else action.title


class Palette(CommandPalette):
    """Textual's palette with a cursor that stands still."""

    def __init__(self) -> None:
        super().__init__(providers=[ActionCommands], placeholder="Find a command")

    def on_mount(self) -> None:
        """Stop the cursor's blinking."""
        self.query_one(Input).cursor_blink = False
