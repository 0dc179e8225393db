"""The sequences of a demo: two active, one paused, one scheduled, and a draft."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from common.model.sequences import Delay, SequenceDocument, StepDocument, WindowSpan
from common.vocabulary import OnReply, SequenceKind

_DAILY: Final = (WindowSpan(days="daily", start="08:00", to="21:00"),)
_OPEN_HOUSE_AFTER: Final = timedelta(days=9)

HIRING: Final = SequenceDocument(
    "Spring hiring 2026",
    window=_DAILY,
    steps=(
        StepDocument(
            "Hi {{ first_name | default: 'there' }}, Ana from {{ company | default: 'Acme' }}."
            " Still looking for work? Reply STOP to opt out.",
            Delay(minutes=0),
        ),
        StepDocument("We have two openings near you. Interested?", Delay(days=1)),
        StepDocument("Shall we keep your details for summer?", Delay(days=2)),
        StepDocument("Thanks for your time. You can still answer here.", Delay(days=3)),
    ),
)
CHECKUPS: Final = SequenceDocument(
    "Checkup reminders",
    window=_DAILY,
    on_reply=OnReply.CONTINUE,
    steps=(
        StepDocument(
            "{{ first_name | default: 'Hello' }}, your yearly checkup is due. Call us to book."
            " Reply STOP to opt out.",
            Delay(hours=1),
        ),
        StepDocument("A reminder: your checkup with Dr. {{ doctor }} is still due.", Delay(days=2)),
    ),
)
SURVEY: Final = SequenceDocument(
    "Tenant survey",
    window=_DAILY,
    steps=(
        StepDocument(
            "Two questions about your flat, {{ first_name | default: 'neighbour' }}? Reply STOP"
            " to opt out.",
            Delay(minutes=0),
        ),
        StepDocument("How warm was your flat this winter, 1 to 5?", Delay(days=3)),
    ),
)
INTERNS: Final = SequenceDocument(
    "Summer interns – São Paulo, Zürich & 東京, applications that came by the university fairs",
    window=_DAILY,
    steps=(
        StepDocument(
            "Olá {{ first_name | default: 'there' }}, your application is in. Reply STOP to opt"
            " out.",
            Delay(minutes=0),
        ),
        StepDocument("When can you talk? Mornings suit us.", Delay(days=2)),
    ),
)


def open_house(began: datetime) -> SequenceDocument:
    """A scheduled sequence, some days after the demo starts, in each contact's local time."""
    at = (began + _OPEN_HOUSE_AFTER).replace(hour=10, tzinfo=None)
    return SequenceDocument(
        "Open house",
        kind=SequenceKind.SCHEDULED,
        window=_DAILY,
        steps=(
            StepDocument(
                "Our doors are open today from noon. Reply STOP to opt out.",
                at=at.isoformat(),
                local=True,
            ),
        ),
    )
