"""The words about a message to up to ten contacts before it is sent."""

from __future__ import annotations

from collections.abc import Sequence

from common.model.messages import LeftOut, MessagePreview
from common.model.operations import MESSAGE_RECIPIENTS
from common.terminal import clean
from tui.state.operation_words import send_to
from tui.state.proposal import Proposal
from tui.state.wording import counted


def message_proposal(previews: Sequence[MessagePreview], reason: str = "") -> Proposal:
    """Who gets which text, and who is left out; with a `reason`, sending hours are ignored."""
    late = [one for one in previews if reason and outside(one)]
    going = [one for one in previews if one.left_out is None or one in late]
    effects = [f"{clean(one.name or one.phone, 20)}: {one.text or ''}" for one in going]
    if late:
        effects += [
            f"{counted(len(late), 'contact')} outside sending hours. Reason: {clean(reason)}"
        ]
    return Proposal(
        send_to(len(going)),
        tuple(effects),
        tuple(left_out_line(one) for one in previews if one not in going),
        len(going),
    )


def outside(one: MessagePreview) -> bool:
    """Whether a contact is left out only because of sending hours."""
    return one.left_out is LeftOut.OUTSIDE_WINDOW


def left_out_line(one: MessagePreview) -> str:
    """Who is left out, and why."""
    return f"⊘ {clean(one.name or one.phone, 30)} will not get it: {one.why or one.left_out}"


def too_many_to_message(count: int) -> str:
    """Why that many contacts cannot be messaged."""
    return (
        f"You can message {MESSAGE_RECIPIENTS} contacts at a time. {count:,} are selected."
        " Select fewer, or add them to a group and enroll the group."
    )
