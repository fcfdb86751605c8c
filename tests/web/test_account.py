"""Signing in and out, lockout, language and scheme, the settings page, the demo's list of people."""

import pytest
from django.core.cache import cache
from django.test import Client

from shouwang.trust.access import actions
from shouwang.trust.ledger.models import Entry
from tests import cast
from tests.worlds import NOW, account_of, client_for, small_school

pytestmark = pytest.mark.django_db
WRONG = "用户名或密码不对"
LOCKED = "尝试次数过多"


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def sign_in(client: Client, login="T1001", password=cast.PASSWORD, **more):
    return client.post("/login/", {"login": login, "password": password, **more})


def test_the_right_password_opens_today():
    small_school()
    client = Client()
    assert client.get("/settings/").headers["Location"] == "/login/?next=/settings/"
    response = sign_in(client)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert "林老师" in client.get("/settings/").content.decode()
    entry = Entry.objects.filter(kind="access.signed_in").get()
    assert entry.by == account_of("林老师").pk


def test_next_leads_on_but_never_away():
    small_school()
    assert sign_in(Client(), next="/settings/").headers["Location"] == "/settings/"
    for away in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        assert sign_in(Client(), next=away).headers["Location"] == "/"


@pytest.mark.parametrize("login", ["T1001", "T9999", "ｔ", "' or 1=1 --", "𠀀"])
def test_a_wrong_password_and_an_unknown_name_are_told_alike(login):
    small_school()
    response = sign_in(Client(), login=login, password="不对的密码")
    assert response.status_code == 422
    assert WRONG in response.content.decode()


def test_a_closed_account_is_told_the_same():
    small_school()
    actions.close_account(account=account_of("林老师"), by=None, now=NOW)
    assert WRONG in sign_in(Client()).content.decode()


def test_full_width_digits_count():
    small_school()
    assert sign_in(Client(), login=" Ｔ１００１ ").status_code == 302


def test_lockout_after_five_failures_even_with_the_right_password():
    small_school()
    for _ in range(5):
        assert WRONG in sign_in(Client(), password="不对").content.decode()
    assert LOCKED in sign_in(Client()).content.decode()
    assert LOCKED in sign_in(Client(), login="t1001").content.decode()
    assert sign_in(Client(), login="T1002").status_code == 302  # others are not locked out with them


def test_sign_out_is_by_post_only():
    small_school()
    client = client_for("林老师")
    assert client.get("/logout/").status_code == 405
    assert client.get("/settings/").status_code == 200
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/settings/").status_code == 302


def test_posts_need_the_token():
    small_school()
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client).status_code == 403
    client.force_login(account_of("林老师"))
    for path in ("/logout/", "/settings/preferences/", "/settings/password/", "/appearance/"):
        refused = client.post(path, {})
        assert refused.status_code == 403 and "这一页放得太久了" in refused.content.decode(), path


def test_language_and_scheme_stay_with_the_account():
    small_school()
    client = client_for("林老师")
    client.post("/settings/preferences/", {"language": "en"})
    client.post("/settings/preferences/", {"scheme": "dark"})
    page = client.get("/settings/").content.decode()
    assert 'lang="en"' in page and 'data-theme="dark"' in page and "Homeroom teacher" in page
    fresh = Client()
    sign_in(fresh)
    page = fresh.get("/settings/").content.decode()
    assert 'lang="en"' in page and 'data-theme="dark"' in page


def test_what_is_not_offered_is_refused():
    small_school()
    client = client_for("林老师")
    client.post("/settings/preferences/", {"language": "fr"})
    assert account_of("林老师").language == "zh-hans"
    assert "没有这个选项" in client.get("/settings/").content.decode()


@pytest.mark.parametrize("name", [actor.name for actor in cast.EVERYBODY])
def test_everybody_has_settings_with_their_duties(name):
    small_school()
    page = client_for(name).get("/settings/").content.decode()
    ground = {"赵妈妈": "赵妈妈是宋小雨的母亲", "宋小雨": "宋小雨本人", "林老师": "2024级软件1班", "钱管理员": "不涉及学生信息"}
    assert ground.get(name, name) in page


def test_a_new_password_replaces_the_old_and_is_told():
    small_school()
    client = client_for("林老师")
    new = "松风水月明月松间-2026"
    wrong = client.post("/settings/password/", {"oldpassword": "不对", "password1": new, "password2": new})
    assert wrong.status_code == 422 and "当前密码不对" in wrong.content.decode()
    weak = client.post("/settings/password/", {"oldpassword": cast.PASSWORD, "password1": "12345678", "password2": "12345678"})
    assert weak.status_code == 422
    right = client.post("/settings/password/", {"oldpassword": cast.PASSWORD, "password1": new, "password2": new})
    assert right.headers["Location"] == "/settings/"
    assert client.get("/settings/").status_code == 200
    assert sign_in(Client()).status_code == 422 and sign_in(Client(), password=new).status_code == 302
    assert Entry.objects.filter(kind="access.password_changed").count() == 1


def test_demo_people_are_listed_in_demo_mode_only(settings):
    from shouwang.demo import cast as demo

    assert demo.PASSWORD not in Client().get("/login/").content.decode()
    settings.DEMO = True
    page = Client().get("/login/").content.decode()
    for person in demo.ACCOUNTS:
        assert person.username in page and person.name in page and person.title in page
    assert demo.PASSWORD in page


def test_nobody_registers_or_resets_without_the_school():
    """Accounts come from the school's register only; no page of allauth's stands open by accident."""
    for path in ("/signup/", "/password/reset/", "/accounts/signup/", "/accounts/login/", "/confirm-email/"):
        assert Client().get(path).status_code == 404, path
