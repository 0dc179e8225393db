"""The tabs of a sequence's page, in their order."""

from __future__ import annotations

from typing import Final

from tui.screens.overview_tab import OverviewTab
from tui.screens.sequence import SequencePage
from tui.screens.settings_tab import SettingsTab
from tui.screens.steps import StepsPage
from tui.screens.tabs import SequenceTab

TABS: Final[tuple[type[SequenceTab], ...]] = (OverviewTab, StepsPage, SequencePage, SettingsTab)
