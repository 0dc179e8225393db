"""Add to a group: adds the selected contacts to an existing or a new group."""

from __future__ import annotations

from common.model.operations import NewOperation
from common.terminal import clean
from common.vocabulary import OperationAction
from tui.flows.confirming import confirm_operation
from tui.flows.page import EnrollmentsPage
from tui.state.proposal import Proposal
from tui.state.wording import counted
from tui.widgets.group_choice import GroupChoice, read_groups

_NAME_LIMIT = 100


async def add_to_group(page: EnrollmentsPage) -> None:
    """Ask for a group, then confirm and add."""
    if not page.may_change() or (targets := page.targets()) is None:
        return
    count, selection = targets
    client = page.session.client
    groups = await page.read_to_ask(lambda: read_groups(client))
    pick = await page.ask(GroupChoice(client, count, groups), "Add to a group")
    if pick is None:
        return
    name, is_new = pick.typed[:_NAME_LIMIT], pick.value is None
    new = NewOperation(
        OperationAction.ADD_TO_GROUP,
        selection,
        group_id=None if pick.value is None else int(pick.value),
        group_name=name if is_new else None,
    )
    await confirm_operation(page, group_proposal(count, name, new=is_new), new)


def group_proposal(count: int, group: str, *, new: bool) -> Proposal:
    """The confirmation of adding to a group."""
    created = ("The group will be created.",) if new else ()
    return Proposal(
        f"Add {counted(count, 'contact')} to {clean(group, 40)}",
        (*created, "They are added to the group; their texts are unaffected."),
        ("Existing members are skipped.",),
        count,
    )
