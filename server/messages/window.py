"""When a direct text can be sent: in the default window, independent of sequences."""

from __future__ import annotations

from common.windows import DEFAULT_WINDOW
from server.enrollments.planning import Recipient
from server.sequences.openings import Schedule, schedule_for
from server.sequences.zones import recipient_zones


def direct_schedule(recipient: Recipient, workspace_zone: str, *, override: bool) -> Schedule:
    """When a direct text can be sent: default window and quiet hours, or always with an override.

    An override allows every hour in every time zone, also for a number that could be anywhere in
    its country, because the operator has given a reason.
    """
    zones = recipient_zones(
        explicit=recipient.zone,
        number_zones=tuple(recipient.number_zones.split()),
        workspace=workspace_zone,
        calling_code=1 if recipient.phone.startswith("+1") else None,
    )
    if override:
        return Schedule(zones.zones[0], ())
    return schedule_for(DEFAULT_WINDOW, zones, recipient.country or None, recipient.region)
