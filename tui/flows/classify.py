"""Classify: an operator says what an inbound text is."""

from __future__ import annotations

from typing import cast, get_args

from common.client import Client
from common.model.messages import SaidReading, Verdict
from tui.flows.page import ConversationPage
from tui.state.inbound_text import LETTERS, WORDS, InboundText, classify_proposal
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.letter_prompt import LetterPrompt


async def classify(page: ConversationPage) -> None:
    """Ask what the text is, then confirm and classify it."""
    text = page.unread
    if text is None or not page.may_change():
        return
    words = {letter: WORDS[reading] for letter, reading in LETTERS.items()}
    letter = await page.ask(LetterPrompt("Classify as", words))
    if letter is None:
        return
    reading = LETTERS[letter]
    if await page.ask(ConfirmScreen(classify_proposal(text, reading, page.phone))):
        await _say(page.session.client, text, reading)
        page.session.tell(f"Marked as {WORDS[reading]}.")
        page.read()


async def _say(client: Client, text: InboundText, reading: SaidReading) -> None:
    if text.review_id is not None and reading in get_args(Verdict):
        await client.decide_review(text.review_id, cast("Verdict", reading))
    else:
        await client.read_message(text.message_id, reading)
