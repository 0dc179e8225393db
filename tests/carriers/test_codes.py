"""Codes and their classes, as the domain needs them."""

from __future__ import annotations

import pytest

from common.vocabulary import FailureClass
from server.carriers.codes import Place, classify, is_listed, is_long_code, label
from tests.each import each

LONG_CODE = "+14155550100"
TOLL_FREE = "+18005550100"


@each(
    ("code", "failure"),
    [
        ("21610", FailureClass.OPTED_OUT),
        ("21635", FailureClass.LANDLINE_CERTAIN),
        ("21614", FailureClass.LANDLINE_PROBABLE),
        ("21211", FailureClass.INVALID_NUMBER),
        ("30005", FailureClass.INVALID_NUMBER),
        ("30003", FailureClass.UNREACHABLE),
        ("30008", FailureClass.UNREACHABLE),
        ("30007", FailureClass.FILTERED),
        ("20429", FailureClass.NOT_PROCESSED),
        *[
            (code, FailureClass.SENDER_QUEUE)
            for code in ("21611", "30001", "30022", "30023", "30027", "63038")
        ],
        *[(code, FailureClass.RECIPIENT) for code in ("21408", "21612", "21265", "21268", "30018")],
        *[
            (code, FailureClass.CONFIGURATION)
            for code in (
                *("20003", "20005", "20403", "21606", "21608", "21660", "21703"),
                *("30002", "30032", "30033", "30034", "30035", "30037", "30990"),
            )
        ],
    ],
)
@each("place", Place)
def test_listed_codes(code: str, failure: FailureClass, place: Place) -> None:
    assert classify("twilio", code, place, LONG_CODE) is failure


@pytest.mark.parametrize(
    ("sender", "failure"),
    [
        (LONG_CODE, FailureClass.LANDLINE_PROBABLE),
        ("+447700900123", FailureClass.LANDLINE_PROBABLE),
        (TOLL_FREE, FailureClass.UNREACHABLE),
        ("55512", FailureClass.UNREACHABLE),
        ("Acme", FailureClass.UNREACHABLE),
        ("MG00000000000000000000000000000001", FailureClass.UNREACHABLE),
    ],
)
def test_30006_hints_at_a_landline_from_a_long_code_only(
    sender: str, failure: FailureClass
) -> None:
    assert is_long_code(sender) == (failure is FailureClass.LANDLINE_PROBABLE)
    assert classify("twilio", "30006", Place.CALLBACK, sender) is failure


def test_an_unlisted_refusal_is_about_its_recipient() -> None:
    assert classify("twilio", "99999", Place.API, LONG_CODE) is FailureClass.RECIPIENT


@pytest.mark.parametrize("code", [None, ""])
def test_a_refusal_without_a_code_blames_no_contact(code: str | None) -> None:
    assert classify("twilio", code, Place.API, LONG_CODE) is FailureClass.CONFIGURATION


@pytest.mark.parametrize("carrier", ["twilio", "simulator"])
def test_a_code_is_listed_or_not(carrier: str) -> None:
    assert is_listed(carrier, "21408")
    assert not is_listed(carrier, "99999")


@pytest.mark.parametrize("code", ["99999", None])
def test_an_unlisted_failure_of_an_accepted_text_does_not_stop_the_sender(
    code: str | None,
) -> None:
    assert classify("twilio", code, Place.CALLBACK, LONG_CODE) is FailureClass.UNREACHABLE


def test_labels_carry_the_code() -> None:
    assert label("twilio", "30005") == "30005: unknown handset"
    assert label("twilio", "99999").startswith("99999: ")


def test_the_simulators_codes_are_told_in_twilios_words() -> None:
    assert label("simulator", "30005") == label("twilio", "30005")
