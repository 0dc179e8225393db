"""Reading Twilio's callbacks: nothing unsigned, and every word of what is signed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from common.model.messages import Media
from common.vocabulary import FailureClass, MessageStatus
from server.carriers.interface import (
    Answer,
    BadCallback,
    BadSignature,
    InboundText,
    RawRequest,
    StatusReport,
)
from server.carriers.twilio import Twilio, TwilioSettings, create_client
from server.carriers.twilio_signature import sign, verify

PUBLIC = "https://texts.example.org"
PATH = "/carriers/twilio/status"
QUERY = "a=17&b=2"
URL = f"{PUBLIC}{PATH}?{QUERY}"
FORM = [
    ("MessageSid", "SM1"),
    ("MessageStatus", "delivered"),
    ("From", "+14155550100"),
    ("To", "+12065550142"),
    ("Brand", ""),
    ("Spaced", " two words "),
]
SETTINGS = TwilioSettings("AC1", ("old-token", "new-token"), PUBLIC)


@pytest.fixture
def carrier() -> Twilio:
    return Twilio(SETTINGS, create_client(SETTINGS))  # reading makes no request


def signed_by_sdk(
    form: list[tuple[str, str]], url: str = URL, token: str = "new-token"
) -> RawRequest:
    """A callback of our account as the SDK of Twilio signs it."""
    form = [("AccountSid", "AC1"), *form]
    signature = RequestValidator(token).compute_signature(url, dict(form))
    headers = {
        "x-twilio-signature": signature,
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
    }
    return RawRequest("POST", PATH, QUERY, headers, urlencode(form).encode())


def test_the_known_vector() -> None:
    form = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert sign("12345", url + "#rc=5&rp=all", form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    headers = {"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert verify(["12345"], url, headers, urlencode(form).encode())


@pytest.mark.parametrize("token", ["old-token", "new-token"])
def test_both_secrets_of_a_rotation_count(carrier: Twilio, token: str) -> None:
    assert carrier.read_callback(signed_by_sdk(FORM, token=token)) == [
        StatusReport(17, "SM1", MessageStatus.DELIVERED, None, None, "SM1:delivered:")
    ]


@pytest.mark.parametrize(
    "url",
    [
        URL.replace("https", "http"),
        f"{PUBLIC}{PATH}?b=2&a=17",
        f"{PUBLIC}{PATH}/?{QUERY}",
        f"{PUBLIC}{PATH}",
        URL.replace("texts.example", "Texts.example"),
        URL.replace("example.org", "example.com"),
        URL.replace("a=17", "a=18"),
    ],
)
def test_a_signature_of_another_url_fails(carrier: Twilio, url: str) -> None:
    with pytest.raises(BadSignature, match="does not match") as refused:
        carrier.read_callback(signed_by_sdk(FORM, url))
    assert URL in str(refused.value)
    assert "token" not in str(refused.value)


@pytest.mark.parametrize(
    "form",
    [
        [pair for pair in FORM if pair[1]],
        [(name, value.strip()) for name, value in FORM],
        [*FORM, ("More", "")],
        [(name, value.replace("delivered", "failed")) for name, value in FORM],
    ],
    ids=["blank dropped", "trimmed", "blank added", "changed"],
)
def test_a_changed_form_fails(carrier: Twilio, form: list[tuple[str, str]]) -> None:
    request = replace(signed_by_sdk(FORM), body=urlencode(form).encode())
    with pytest.raises(BadSignature):
        carrier.read_callback(request)


def test_a_changed_query_fails(carrier: Twilio) -> None:
    with pytest.raises(BadSignature):
        carrier.read_callback(replace(signed_by_sdk(FORM), query="a=18&b=2"))


@pytest.mark.parametrize("signature", [None, "", "é", "RSOYDt4T1cUTdK1PDd93/VVr8B8="])
def test_no_signature_fails(carrier: Twilio, signature: str | None) -> None:
    headers = {} if signature is None else {"x-twilio-signature": signature}
    with pytest.raises(BadSignature):
        carrier.read_callback(replace(signed_by_sdk(FORM), headers=headers))


def test_forwarded_headers_are_not_consulted(carrier: Twilio) -> None:
    request = signed_by_sdk(FORM, URL.replace(PUBLIC, "https://evil.example"))
    headers = {**request.headers, "x-forwarded-host": "evil.example", "host": "evil.example"}
    with pytest.raises(BadSignature):
        carrier.read_callback(replace(request, headers=headers))


@pytest.mark.parametrize("port", [":443", ""])
def test_an_explicit_standard_port_counts_as_none(carrier: Twilio, port: str) -> None:
    carrier.read_callback(signed_by_sdk(FORM, URL.replace(".org", f".org{port}")))


def test_shared_keys_sign_with_sha256(carrier: Twilio) -> None:
    request = signed_by_sdk(FORM)
    form = {"AccountSid": "AC1", **dict(FORM)}
    signature = RequestValidator("new-token").compute_signature(URL, form, "HMAC_SHA256")
    headers = {
        **request.headers,
        "x-twilio-signature": signature,
        "x-twilio-webhooks-signature-settings": "key=k1,algorithm=HMAC_SHA256",
    }
    assert carrier.read_callback(replace(request, headers=headers))
    headers["x-twilio-webhooks-signature-settings"] = "key=k1,algorithm=HMAC_MD5"
    with pytest.raises(BadSignature):
        carrier.read_callback(replace(request, headers=headers))


def test_json_bodies_are_held_to_their_hash() -> None:
    body = b'{"a": 1}'
    url = f"{PUBLIC}/x?bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = RequestValidator("t").compute_signature(url, {})
    headers = {"x-twilio-signature": signature, "content-type": "application/json"}
    assert RequestValidator("t").validate(url, body.decode(), signature)
    assert verify(["t"], url, headers, body)
    assert not verify(["t"], url, headers, body + b" ")
    assert not verify(["t"], f"{PUBLIC}/x", headers, body)


@settings(deadline=None)
@given(
    form=st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=8, unique_by=lambda p: p[0])
)
def test_signatures_are_those_of_the_sdk(form: list[tuple[str, str]]) -> None:
    signature = sign("secret", URL, form)
    assert signature == RequestValidator("secret").compute_signature(URL, dict(form))
    body = urlencode(form).encode()
    assert verify(["secret"], URL, {"x-twilio-signature": signature}, body)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        *[(w, MessageStatus.QUEUED) for w in ("accepted", "scheduled", "queued", "sending")],
        ("sent", MessageStatus.SENT),
        ("delivered", MessageStatus.DELIVERED),
        ("read", MessageStatus.DELIVERED),
        ("undelivered", MessageStatus.UNDELIVERED),
        ("failed", MessageStatus.FAILED),
        ("canceled", MessageStatus.FAILED),
    ],
)
def test_every_status_of_twilios(carrier: Twilio, word: str, status: MessageStatus) -> None:
    form = [("MessageSid", "SM1"), ("MessageStatus", word), ("ErrorCode", "30006")]
    (report,) = carrier.read_callback(signed_by_sdk([*form, ("From", "+14155550100")]))
    assert isinstance(report, StatusReport)
    assert report.status is status
    assert report.dedupe_key == f"SM1:{word}:30006"
    failed = status in {MessageStatus.UNDELIVERED, MessageStatus.FAILED}
    assert report.failure is (FailureClass.LANDLINE_PROBABLE if failed else None)


def inbound(carrier: Twilio, body: str, to: str = "+14155550100", **more: str) -> InboundText:
    form = [("MessageSid", "SM2"), ("SmsStatus", "received"), ("From", "+12065550142")]
    (text,) = carrier.read_callback(
        signed_by_sdk([*form, ("To", to), ("Body", body), *more.items()])
    )
    assert isinstance(text, InboundText)
    return text


def test_an_inbound_text(carrier: Twilio) -> None:
    assert inbound(carrier, " Yes &  no ") == InboundText(
        "SM2", "+12065550142", "+14155550100", " Yes &  no ", None, False, "SM2"
    )


def picture(carrier: Twilio, *more: tuple[str, str]) -> InboundText:
    form = [("MessageSid", "MM1"), ("From", "+12065550142"), ("To", "+14155550100")]
    (text,) = carrier.read_callback(signed_by_sdk([*form, *more]))
    assert isinstance(text, InboundText)
    return text


MEDIA = [
    ("NumMedia", "1"),
    ("MediaUrl0", "https://api.twilio.com/Media/ME1"),
    ("MediaContentType0", "image/jpeg"),
]


@pytest.mark.parametrize("body", [[], [("Body", "")], [("Body", "Look")]])
@pytest.mark.parametrize("status", [[], [("SmsStatus", "received")]])
def test_a_picture_is_a_text_with_or_without_words(
    carrier: Twilio, body: list[tuple[str, str]], status: list[tuple[str, str]]
) -> None:
    text = picture(carrier, *body, *status, *MEDIA)
    assert text.media == (Media("https://api.twilio.com/Media/ME1", "image/jpeg"),)
    assert text.body == "".join(words for _, words in body)


def test_media_are_counted_where_they_are_not_described(carrier: Twilio) -> None:
    assert picture(carrier, ("NumMedia", "2")).media == (Media(), Media())


@pytest.mark.parametrize("many", ["11", "999999999999999999999999"])
def test_more_media_than_there_can_be_are_not_kept(carrier: Twilio, many: str) -> None:
    assert len(picture(carrier, ("NumMedia", many)).media) == 10


@pytest.mark.parametrize("nonsense", ["", "-1", "x", "1.5", "٣"])
def test_a_number_of_media_that_is_none_counts_as_none(carrier: Twilio, nonsense: str) -> None:
    assert picture(carrier, ("Body", "Hi"), ("NumMedia", nonsense)).media == ()


@pytest.mark.parametrize("form", [[("NumMedia", "0")], []])
def test_a_received_text_without_anything_is_a_text(
    carrier: Twilio, form: list[tuple[str, str]]
) -> None:
    text = picture(carrier, ("SmsStatus", "received"), *form)
    assert (text.body, text.media) == ("", ())


@pytest.mark.parametrize("body", ["STOP", " stop ", "Unsubscribe", "optout", "HELP", "START"])
def test_twilio_answers_exact_words_on_phone_numbers_itself(carrier: Twilio, body: str) -> None:
    assert inbound(carrier, body).carrier_answered
    assert not inbound(carrier, body, to="55512").carrier_answered


@pytest.mark.parametrize("body", ["stop.", "stop texting me", "STOP ALL", "", "end of story"])
def test_anything_else_is_left_to_us(carrier: Twilio, body: str) -> None:
    assert not inbound(carrier, body).carrier_answered


@pytest.mark.parametrize("opt", ["stop", "start", "help"])
def test_advanced_opt_out_is_trusted_over_the_words(carrier: Twilio, opt: str) -> None:
    text = inbound(carrier, "no more please", to="55512", OptOutType=opt.upper())
    assert (text.opt, text.carrier_answered) == (opt, True)


@pytest.mark.parametrize(
    "form",
    [
        [("MessageStatus", "sent")],
        [("MessageSid", "SM1"), ("MessageStatus", "teleported")],
        [("MessageSid", "SM1"), ("To", "+1"), ("From", "+2")],
        [("MessageSid", "SM1"), ("To", "+1"), ("From", "+2"), ("NumMedia", "0")],
        [("MessageSid", "SM1"), ("SmsStatus", "received"), ("To", "+1")],
        [],
    ],
)
def test_signed_nonsense_is_a_bad_callback(carrier: Twilio, form: list[tuple[str, str]]) -> None:
    with pytest.raises(BadCallback):
        carrier.read_callback(signed_by_sdk(form))


def test_only_posts_are_callbacks(carrier: Twilio) -> None:
    with pytest.raises(BadCallback):
        carrier.read_callback(replace(signed_by_sdk(FORM), method="PUT"))


@pytest.mark.parametrize("attempt", ["", "x", "-1", "1.5", "٣", "9" * 30])
def test_an_attempt_that_is_no_number_is_none(carrier: Twilio, attempt: str) -> None:
    query = urlencode({"a": attempt})
    request = signed_by_sdk(FORM, f"{PUBLIC}{PATH}?{query}")
    (report,) = carrier.read_callback(replace(request, query=query))
    assert isinstance(report, StatusReport)
    assert report.attempt_id is None


def test_the_answer_texts_nothing_back(carrier: Twilio) -> None:
    assert carrier.answer() == Answer(200, "text/xml", b"<Response/>")


@pytest.mark.parametrize(
    "wrong",
    [
        {"public_url": "texts.example.org"},
        {"api_url": "ftp://x"},
        {"auth_tokens": ()},
        {"auth_tokens": ("",)},
    ],
)
def test_settings_name_what_is_wrong(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(SETTINGS, **wrong)  # type: ignore[arg-type]


def test_settings_never_show_a_token() -> None:
    assert "token" not in repr(SETTINGS)


def test_a_name_moved_into_the_query_is_refused_though_the_signature_fits(
    carrier: Twilio,
) -> None:
    """What is signed has no marks between names and values."""
    genuine = signed_by_sdk(FORM)
    moved = replace(
        genuine,
        query="a=1",
        body=genuine.body.replace(b"AccountSid=", b"7%26b%3D2AccountSid="),
    )
    assert verify(["new-token"], f"{PUBLIC}{PATH}?a=1", moved.headers, moved.body)
    with pytest.raises(BadSignature, match="account"):
        carrier.read_callback(moved)
