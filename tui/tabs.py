"""The tabs of a sequence's page, in their order."""

from __future__ import annotations

from typing import Final

from tui.screens.contacts_tab import ContactsTab
from tui.screens.overview_tab import OverviewTab
from tui.screens.settings_tab import SettingsTab
from tui.screens.steps_tab import StepsTab
from tui.screens.tabs import SequenceTab

TABS: Final[tuple[type[SequenceTab], ...]] = (OverviewTab, StepsTab, ContactsTab, SettingsTab)
