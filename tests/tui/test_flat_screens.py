"""Screens and widgets are flat: at most two ancestors of our own."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from typing import Final

import pytest
from textual.widget import Widget

import tui

MOST: Final = 2


def widgets() -> list[type[Widget]]:
    """Every screen and widget that there is."""
    found = set()
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        for _, one in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(one, Widget) and one.__module__.startswith("tui."):
                found.add(one)
    return sorted(found, key=lambda one: one.__qualname__)


@pytest.mark.parametrize("one", widgets(), ids=lambda one: one.__qualname__)
def test_no_screen_has_more_than_two_ancestors_of_our_own(one: type[Widget]) -> None:
    ours = [other for other in one.__mro__[1:] if other.__module__.startswith("tui.")]

    assert len(ours) <= MOST, [other.__qualname__ for other in ours]
