"""Proxies: none for this machine; elsewhere the one that is named, or what is wrong with it."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.proxies import UnusableProxy, is_loopback, proxy_for
from common.requesting import ClientError, ProxyRefused, Requester
from tests.each import each

ELSEWHERE = "https://drumbeat.example.org"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
HERE = (
    "http://localhost:8420",
    "http://LOCALHOST.:8420",
    "http://127.0.0.1:8420",
    "https://127.9.8.7",
    "http://127.1:8420",
    "http://[::1]:8420",
    "http://[::ffff:127.0.0.1]:8420",
)
UNUSABLE = (
    "socks://127.0.0.1:1080",
    "socks5://127.0.0.1:1080",
    "socks5h://proxy.example.org",
    "ftp://proxy.example.org",
    "http://",
    "https://:3128",
    "http://proxy.example.org:99999",
    "http://proxy.example.org:0",
    "http://proxy.example.org:port",
    "proxy.example.org:port",
    "http://[::1",
    "http://proxy example.org",
    "http://-é.example.org",
    "http://proxy.\x07example.org",
    "://",
)


@each("url", HERE)
@each("value", [*UNUSABLE, "http://proxy.example.org:3128"])
def test_a_server_on_this_machine_gets_no_proxy_whatever_the_environment_says(
    url: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*VARIABLES, "NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, value)

    assert proxy_for(url) is None
    assert isinstance(Requester(url, "dbt_x"), Requester)


@pytest.mark.parametrize("host", ["", "localhost.example.org", "128.0.0.1", "10.0.0.1", "::2", "a"])
def test_other_hosts_are_not_this_machine(host: str) -> None:
    assert not is_loopback(host)


@each("value", UNUSABLE)
@each("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_an_unusable_proxy_is_one_line_that_names_the_variable(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*VARIABLES, "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)

    with pytest.raises(ProxyRefused) as refused:
        Requester(ELSEWHERE, "dbt_x")

    assert refused.value.variable == variable
    assert f"{variable} is wrong" in refused.value.message
    assert "\n" not in refused.value.message


def test_the_password_of_a_proxy_is_not_shown() -> None:
    with pytest.raises(UnusableProxy) as wrong:
        proxy_for(ELSEWHERE, {"ALL_PROXY": "socks5://ana:secret@proxy.example.org"})

    assert "secret" not in str(wrong.value)


@given(st.text(max_size=30), st.sampled_from(VARIABLES), st.text(max_size=20))
def test_whatever_is_set_is_a_proxy_that_can_be_used_or_named_as_wrong(
    value: str, variable: str, exempt: str
) -> None:
    try:
        found = proxy_for(ELSEWHERE, {variable: value, "NO_PROXY": exempt})
    except UnusableProxy as wrong:
        named = wrong.variable
    else:
        named = found.variable if found and httpx.URL(found.url).host else variable
    assert named == variable


def test_the_scheme_s_own_variable_goes_before_the_one_for_all_and_lower_case_first() -> None:
    both = {"ALL_PROXY": "http://all.example.org", "HTTPS_PROXY": "upper.example.org:3128"}
    lower = {**both, "https_proxy": "http://lower.example.org"}

    assert proxy_for(ELSEWHERE, both) == ("HTTPS_PROXY", "http://upper.example.org:3128")
    assert proxy_for(ELSEWHERE, lower) == ("https_proxy", "http://lower.example.org")
    assert proxy_for("http://drumbeat.example.org", both) == (
        "ALL_PROXY",
        "http://all.example.org",
    )
    assert proxy_for(ELSEWHERE, {**both, "https_proxy": "", "all_proxy": ""}) is None


def test_a_variable_for_another_scheme_may_be_wrong() -> None:
    assert proxy_for(ELSEWHERE, {"HTTP_PROXY": "socks://x", "FTP_PROXY": "nonsense"}) is None


@pytest.mark.parametrize(
    "exempt",
    [
        "*",
        "drumbeat.example.org",
        "example.org",
        ".example.org",
        "*.example.org",
        "EXAMPLE.org",
        "other.example.net, example.org",
        "other.example.net example.org",
        "example.org:443",
        "https://drumbeat.example.org",
    ],
)
def test_no_proxy_exempts_a_host_even_from_an_unusable_proxy(exempt: str) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        assert proxy_for(ELSEWHERE, {"ALL_PROXY": "socks://x", name: exempt}) is None


@pytest.mark.parametrize(
    "exempt",
    ["", "ample.org", "example.org:80", "[::", "%%", "1.2.3.4/99", "https://", ".", "*.", ":"],
)
def test_what_no_proxy_does_not_name_or_cannot_say_exempts_nobody(exempt: str) -> None:
    found = proxy_for(ELSEWHERE, {"ALL_PROXY": "http://proxy.example.org", "NO_PROXY": exempt})

    assert found is not None


@pytest.mark.parametrize(
    ("url", "exempt"),
    [
        ("http://10.1.2.3:8420", "10.1.2.3"),
        ("http://10.1.2.3:8420", "10.0.0.0/8"),
        ("http://10.1.2.3:8420", "10.1.2.3:8420"),
        ("http://[fd00::1]:8420", "fd00::1"),
        ("http://[fd00::1]:8420", "[fd00::1]:8420"),
        ("http://[fd00::1]:8420", "fd00::/8"),
    ],
)
def test_addresses_and_networks_can_be_exempt(url: str, exempt: str) -> None:
    environment = {"ALL_PROXY": "http://proxy.example.org"}

    assert proxy_for(url, environment) is not None
    assert proxy_for(url, {**environment, "no_proxy": exempt}) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "http://a:b", "http://[::1"])
def test_an_address_that_is_none_is_the_client_s_error(url: str) -> None:
    with pytest.raises(ClientError, match="not a valid address"):
        Requester(url, "dbt_x")


@pytest.mark.parametrize("token", ["dbt_é", "dbt_x\n", "dbt_\x1b[0m"])
def test_a_token_with_characters_that_none_has_is_the_client_s_error(token: str) -> None:
    with pytest.raises(ClientError, match="token"):
        Requester(ELSEWHERE, token)
