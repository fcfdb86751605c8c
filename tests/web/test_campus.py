"""The campus vouches: CAS over loopback, matched by number, refused when it should be. OIDC end to end is in tests/browser."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from shouwang.front.web.account import cas as room
from shouwang.front.web.account.campus import number_of
from tests.campus import campus, offer_cas
from tests.worlds import account_of, small_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def cas(settings):
    small_school()
    with campus() as fake:
        offer_cas(settings, fake.address)
        settings.INTERNAL_HOSTS = ("localhost",)
        yield fake


def go(client: Client, **data: str) -> str:
    """Presses the button; returns the service the campus is asked to send us back to."""
    to = client.post("/login/campus/cas/", data).headers["Location"]
    return parse_qs(urlsplit(to).query)["service"][0]


def back(client: Client, service: str, ticket: str):
    return client.get(f"{service.removeprefix('http://testserver')}&ticket={ticket}")


def said(response) -> str:
    return response.content.decode()


def test_the_button_is_there_when_it_is_set_up(cas, settings):
    assert "统一身份认证" in said(Client().get("/login/"))
    settings.CAMPUS = {}
    assert "统一身份认证" not in said(Client().get("/login/"))
    assert Client().post("/login/campus/cas/").status_code == 404


@pytest.mark.parametrize("number", ["T1001", "2024010101"])
def test_the_campus_signs_in_whoever_has_an_account(cas, number):
    client = Client()
    service = go(client, next="/settings/")
    response = back(client, service, cas.ticket(service, number))
    assert response.headers["Location"] == "/settings/"
    assert client.get("/").status_code == 200
    assert not SocialAccount.objects.exists(), "nothing is linked, nothing is kept"


def test_an_attribute_may_carry_the_number(cas, settings):
    offer_cas(settings, cas.address, number_attribute="staffNo")
    client = Client()
    service = go(client)
    assert back(client, service, cas.ticket(service, "t1001")).headers["Location"] == "/"


def test_never_by_a_link(cas):
    assert Client().get("/login/campus/cas/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/login/campus/cas/").status_code == 403


@pytest.mark.parametrize("number", ["T9999", "zhaomama", "", "P2024010101", "' or 1=1 --"])
def test_whoever_has_no_account_is_told_what_to_do(cas, number):
    client = Client()
    service = go(client)
    response = back(client, service, cas.ticket(service, number))
    assert response.status_code == 403 and client.get("/").status_code == 302
    assert "还没有您的账号" in said(response) if number else "没有登录成功" in said(response)


def test_a_closed_account_stays_closed(cas):
    from shouwang.trust.access import actions
    from tests.worlds import NOW

    actions.close_account(account=account_of("林老师"), by=None, now=NOW)
    client = Client()
    service = go(client)
    assert back(client, service, cas.ticket(service, "T1001")).status_code == 403


def test_tickets_count_once_for_one_service_and_one_browser(cas):
    client, other = Client(), Client()
    service = go(client)
    ticket = cas.ticket(service, "T1001")
    assert back(other, service, ticket).status_code == 403, "an answer for another browser's question"
    assert back(client, service, ticket).status_code == 302
    assert back(Client(), service, ticket).status_code == 403
    again = go(client)
    assert back(client, again, cas.ticket(service, "T1001")).status_code == 403, "a ticket for another service"
    assert back(client, go(client), "ST-invented").status_code == 403


def test_the_second_factor_is_asked_for_behind_the_campus_too(cas):
    from tests.web.test_sign_in import with_app

    client = Client()
    service = go(client)
    assert back(client, service, cas.ticket(service, "T1004")).headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/settings/security/"
    with_app("周咨询师")
    client = Client()
    service = go(client)
    assert back(client, service, cas.ticket(service, "T1004")).headers["Location"] == "/login/second/"


def test_nothing_is_linked_on_request(cas):
    client = Client()
    service = go(client, process="connect")
    assert back(client, service, cas.ticket(service, "T1001")).status_code == 404  # forbidden looks like missing
    assert not SocialAccount.objects.exists()


HOSTILE = [
    b"",
    b"not xml",
    b"<html></html>",
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    b'<!DOCTYPE lolz [<!ENTITY lol "lol">]><lolz>&lol;</lolz>',
    b'<cas:serviceResponse xmlns:cas="http://evil.example/cas"><cas:authenticationSuccess><cas:user>T1001</cas:user></cas:authenticationSuccess></cas:serviceResponse>',
    b'<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationSuccess></cas:authenticationSuccess></cas:serviceResponse>',
    b'<x xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationSuccess><cas:user>T1001</cas:user></cas:authenticationSuccess></x>',
    b"<a>" * 40_000,
]


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_campus_signs_nobody_in(cas, answer):
    cas.answer = answer
    client = Client()
    service = go(client)
    assert back(client, service, "ST-1").status_code == 403
    assert client.get("/").status_code == 302


def test_entities_are_refused_before_anything_is_parsed():
    with pytest.raises(room.ProviderException):
        room.read(HOSTILE[3])


# ---- OpenID Connect: what goes wrong; what goes right is in tests/browser/test_sign_in.py --------------------------------------
def offer_oidc(settings, address: str) -> None:
    app = {"name": "统一身份认证", "client_id": "x", "secret": "y", "provider_id": "openid_connect", "settings": {"server_url": address}}
    settings.CAMPUS = {"openid_connect": {"name": "统一身份认证", "origin": address}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


def test_a_provider_that_does_not_answer_is_no_broken_page(cas, settings):
    offer_oidc(settings, "http://localhost:9")
    response = Client().post("/login/campus/openid_connect/")
    assert response.status_code == 503 and "没有登录成功" in said(response)


def test_a_provider_inside_the_network_must_be_named(cas, settings):
    offer_oidc(settings, cas.address)
    settings.INTERNAL_HOSTS = ()
    assert Client().post("/login/campus/openid_connect/").status_code == 503


def test_a_provider_that_says_something_else_is_no_broken_page(cas, settings):
    offer_oidc(settings, cas.address)  # a CAS server knows no metadata
    assert Client().post("/login/campus/openid_connect/").status_code == 503


def test_metadata_of_another_issuer_is_refused(cas, settings, monkeypatch):
    from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter

    places = {name: f"{cas.address}/{name}" for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")}
    monkeypatch.setattr(OpenIDConnectOAuth2Adapter, "openid_config", {"issuer": "https://evil.example"} | places)
    offer_oidc(settings, cas.address)
    client = Client()
    to = client.post("/login/campus/openid_connect/")
    state = parse_qs(urlsplit(to.headers["Location"]).query)["state"][0] if to.status_code == 302 else "x"
    response = client.get(f"/login/campus/openid_connect/back/?code=1&state={state}")
    assert response.status_code in (403, 503) and client.get("/").status_code == 302


def test_answers_nobody_asked_for_are_refused(cas, settings):
    offer_oidc(settings, cas.address)
    for query in ("", "?code=1", "?code=1&state=invented", "?error=access_denied&state=invented"):
        assert Client().get(f"/login/campus/openid_connect/back/{query}").status_code == 403


def test_two_answers_about_two_people_are_nobody():
    class Login:
        class account:
            provider = "openid_connect"
            extra_data = {"id_token": {"sub": "1", "preferred_username": "T1001"}, "userinfo": {"sub": "2", "preferred_username": "T1002"}}

        class provider:
            class app:
                settings: dict[str, str] = {}

    assert number_of(Login) == ""
    Login.account.extra_data["userinfo"]["sub"] = "1"
    assert number_of(Login) == "T1002"
