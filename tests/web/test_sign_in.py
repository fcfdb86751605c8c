"""Second factors, links that work once, forgotten passwords, sessions: through HTTP, as allauth and our door play together."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from shouwang.front.pipeline import mailing
from shouwang.front.web.account.security import device
from shouwang.trust.access import accounts, actions, invitations, sealing
from shouwang.trust.access.models import Invitation
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.ledger.models import Entry
from tests import cast
from tests.passkeys import key_of
from tests.worlds import NOW, account_of, client_for, small_school

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NEW = "松风水月明月松间-2026"


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def code(secret: str = SECRET, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def sign_in(name: str, client: Client | None = None) -> Client:
    client = client or Client()
    client.post("/login/", {"login": cast.BY_NAME[name].username, "password": cast.PASSWORD})
    return client


def said(response) -> str:
    return response.content.decode()


# ---- who needs a second factor ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["周咨询师", "陈主任", "钱管理员", "何数据", "方审计", "高院长", "郑校长"])
def test_who_needs_a_factor_and_has_none_opens_nothing_else(name):
    small_school()
    client = sign_in(name)
    for path in ("/", "/students/", "/settings/", "/accounts/", "/ledger/"):
        assert client.get(path).headers["Location"] == "/settings/security/", path
    fragment = client.get("/students/search/?q=a", headers={"HX-Request": "true"})
    assert fragment.headers["HX-Redirect"] == "/settings/security/"
    page = client.get("/settings/security/")
    assert page.status_code == 200 and "先设置二次验证" in said(page) and "只用密码还不够" in said(page)
    assert client.post("/settings/preferences/", {"language": "en"}).headers["Location"] == "/settings/security/"


@pytest.mark.parametrize("name", ["林老师", "李秘书", "王宿管", "赵妈妈", "宋小雨"])
def test_a_password_is_enough_for_the_others(name):
    small_school()
    assert sign_in(name).get("/").status_code == 200


def test_a_school_may_ask_it_of_all_staff(settings):
    small_school()
    settings.SECOND_FACTOR = ("staff",)
    assert sign_in("林老师").get("/").headers["Location"] == "/settings/security/"
    assert sign_in("赵妈妈").get("/").status_code == 200
    settings.SECOND_FACTOR = ("confidential", "homeroom_teacher")
    assert sign_in("林老师").get("/").headers["Location"] == "/settings/security/"
    assert sign_in("李秘书").get("/").status_code == 200


def test_setting_up_the_app_opens_the_rest_and_shows_recovery_codes(django_capture_on_commit_callbacks):
    small_school()
    client = sign_in("周咨询师")
    page = said(client.get("/settings/security/app/"))
    assert "data:image/svg+xml;base64," in page
    secret = page.partition('id="secret">')[2].partition("<")[0]
    wrong = client.post("/settings/security/app/", {"code": "000000"})
    assert wrong.status_code == 422 and "验证码不对" in said(wrong)
    with django_capture_on_commit_callbacks(execute=True):
        right = client.post("/settings/security/app/", {"code": code(secret)})
    assert right.headers["Location"] == "/settings/security/codes/"
    codes = said(client.get("/settings/security/codes/"))
    assert codes.count("<li>") >= 10
    assert client.get("/").status_code == 200
    assert Entry.objects.filter(kind="access.factor_added", by=account_of("周咨询师").pk).count() == 1


def test_a_factor_set_up_by_a_stale_session_needs_the_password_again():
    small_school()
    client = sign_in("周咨询师")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 3600}]
    session.save()
    assert client.get("/settings/security/app/").headers["Location"].startswith("/login/again/")
    again = client.post("/login/again/?next=/settings/security/app/", {"password": cast.PASSWORD, "next": "/settings/security/app/"})
    assert again.headers["Location"] == "/settings/security/app/"
    assert client.get("/settings/security/app/").status_code == 200


# ---- signing in with one ----------------------------------------------------------------------------------------------------
def with_app(name: str) -> None:
    TOTP.activate(account_of(name), SECRET)


def test_the_code_is_asked_for_and_counts_once():
    small_school()
    with_app("周咨询师")
    client = sign_in("周咨询师")
    assert client.get("/").headers["Location"].startswith("/login/")
    assert "二次验证" in said(client.get("/login/second/"))
    assert client.post("/login/second/", {"code": "000000"}).status_code == 422
    used = code()
    assert client.post("/login/second/", {"code": used}).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    other = sign_in("周咨询师")
    cache.delete(f"allauth.mfa.totp.used?user={account_of('周咨询师').pk}&code={used}")  # as after its 30 seconds
    assert other.post("/login/second/", {"code": used}).status_code == 422
    assert other.get("/").headers["Location"].startswith("/login/")


def test_codes_cannot_be_guessed():
    small_school()
    with_app("周咨询师")
    client = sign_in("周咨询师")
    for _ in range(5):
        client.post("/login/second/", {"code": "000000"})
    refused = client.post("/login/second/", {"code": code()})
    assert refused.status_code == 422 and "尝试次数过多" in said(refused)


def test_a_recovery_code_signs_in_once():
    small_school()
    client = sign_in("周咨询师")
    secret = said(client.get("/settings/security/app/")).partition('id="secret">')[2].partition("<")[0]
    client.post("/settings/security/app/", {"code": code(secret)})
    words = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert sign_in("周咨询师").post("/login/second/", {"code": words[0]}).headers["Location"] == "/"
    assert sign_in("周咨询师").post("/login/second/", {"code": words[0]}).status_code == 422
    assert said(client.get("/settings/security/codes/file/")).count("\n") >= 10


def test_the_last_factor_of_who_needs_one_stays():
    small_school()
    with_app("周咨询师")
    client = client_for("周咨询师")
    assert "不能移除" in said(client.get("/settings/security/app/remove/"))
    assert client.post("/settings/security/app/remove/").status_code == 422
    key_of(account_of("周咨询师"))
    assert client.post("/settings/security/app/remove/").headers["Location"] == "/settings/security/"
    assert Authenticator.objects.filter(type="totp").count() == 0
    with_app("林老师")
    assert client_for("林老师").post("/settings/security/app/remove/").status_code == 302


def test_nobody_else_touches_a_key():
    small_school()
    key = key_of(account_of("周咨询师"))
    client = client_for("陈主任")
    for path in (f"/settings/security/keys/{key.pk}/", f"/settings/security/keys/{key.pk}/remove/"):
        assert client.get(path).status_code == 404
        assert client.post(path, {"name": "x"}).status_code == 404
    mine = client_for("周咨询师")
    assert mine.post(f"/settings/security/keys/{key.pk}/", {"name": "值班室"}).status_code == 302
    assert "值班室" in said(mine.get("/settings/security/"))


def test_a_session_without_proof_is_led_to_show_it():
    small_school()
    with_app("周咨询师")
    client = Client()
    client.force_login(account_of("周咨询师"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/students/").headers["Location"] == "/login/again/code/?next=%2Fstudents%2F"
    shown = client.post("/login/again/code/?next=/students/", {"code": code(), "next": "/students/"})
    assert shown.headers["Location"] == "/students/" and client.get("/students/").status_code == 200


def test_secrets_of_factors_lie_sealed(settings):
    small_school()
    with_app("周咨询师")
    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert SECRET not in kept and sealing.unseal(kept) == SECRET
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key"
    with pytest.raises(ValueError, match="SHOUWANG_SECRET_KEY_OLD"):
        sealing.unseal(kept)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert sealing.unseal(kept) == SECRET


# ---- sessions ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "minutes"), [("周咨询师", 15), ("李秘书", 60), ("赵妈妈", 240), ("宋小雨", 240)])
def test_a_session_left_lying_ends_by_role(name, minutes):
    small_school()
    client = client_for(name)
    assert client.get("/").status_code == 200
    for ago, status in ((minutes * 60 - 30, 200), (minutes * 60 + 30, 302)):
        session = client.session
        session["seen"] = timezone.now().timestamp() - ago
        session.save()
        assert client.get("/").status_code == status
    assert client.get("/").headers["Location"].startswith("/login/")


def test_a_session_ends_after_a_long_day_however_busy():
    small_school()
    client = client_for("林老师")
    assert client.get("/").status_code == 200
    session = client.session
    session["began"] = timezone.now().timestamp() - 12 * 3600 - 5
    session.save()
    assert client.get("/").status_code == 302


def test_devices_are_listed_and_signed_out():
    small_school()
    here, there, third = sign_in("林老师"), sign_in("林老师"), sign_in("林老师")
    page = said(here.get("/settings/security/"))
    assert page.count("最近使用") >= 3 and "这台" in page
    one = UserSession.objects.exclude(session_key=here.session.session_key).order_by("pk").first()
    here.post("/settings/security/sessions/", {"session": one.pk})
    assert (there.get("/").status_code, third.get("/").status_code) == (302, 200)
    here.post("/settings/security/sessions/")
    assert (here.get("/").status_code, third.get("/").status_code) == (200, 302)
    foreign = sign_in("李秘书")
    theirs = UserSession.objects.get(user=account_of("李秘书"))
    here.post("/settings/security/sessions/", {"session": theirs.pk})
    assert foreign.get("/").status_code == 200
    assert Entry.objects.filter(kind="access.sessions_ended").count() == 2


def test_a_new_password_signs_out_everywhere_else():
    small_school()
    here, there = sign_in("林老师"), sign_in("林老师")
    here.post("/settings/password/", {"oldpassword": cast.PASSWORD, "password1": NEW, "password2": NEW})
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120 Safari/537.36 Edg/120", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 MicroMessenger/8.0", "微信 · iPhone"),
        ("curl/8", "未知设备"),
    ],
)
def test_devices_read_like_devices(agent, shown):
    assert device(agent) == shown


# ---- links that work once ---------------------------------------------------------------------------------------------------
def test_an_invitation_opens_once_and_never_again():
    small_school()
    account = account_of("李秘书")
    word = invitations.invite(accounts=[account], by=None, now=timezone.now())[account.pk]
    assert Invitation.objects.filter(token_digest=word).count() == 0, "only the digest is kept"
    client = Client()
    assert "T1003" in said(client.get(f"/login/invitation/{word}/"))
    weak = client.post(f"/login/invitation/{word}/", {"password1": "12345", "password2": "12345"})
    assert weak.status_code == 422
    differing = client.post(f"/login/invitation/{word}/", {"password1": NEW, "password2": NEW + "x"})
    assert differing.status_code == 422 and "不一样" in said(differing)
    assert client.post(f"/login/invitation/{word}/", {"password1": NEW, "password2": NEW}).headers["Location"] == "/login/"
    assert client.post("/login/", {"login": "T1003", "password": NEW}).status_code == 302
    for again in (
        client.get(f"/login/invitation/{word}/"),
        client.post(f"/login/invitation/{word}/", {"password1": NEW, "password2": NEW}),
    ):
        assert again.status_code == 404 and "链接已失效" in said(again)


def test_expired_replaced_and_invented_words_look_alike():
    small_school()
    account, now = account_of("李秘书"), timezone.now()
    expired = invitations.invite(accounts=[account], by=None, now=now - invitations.OPEN_FOR)[account.pk]
    replaced = invitations.invite(accounts=[account], by=None, now=now)[account.pk]
    invitations.invite(accounts=[account], by=None, now=now)
    pages = {said(Client().get(f"/login/invitation/{word}/")).partition("<main")[2] for word in (expired, replaced, "invented")}
    assert len(pages) == 1


def test_a_guardians_invitation_asks_for_the_telephone_of_the_register():
    small_school()
    account = account_of("赵妈妈")  # 13711112222 in the register
    word = invitations.invite(accounts=[account], by=None, now=timezone.now())[account.pk]
    client = Client()
    wrong = client.post(f"/login/invitation/{word}/", {"tail": "0000", "password1": NEW, "password2": NEW})
    assert wrong.status_code == 422 and "不一致" in said(wrong)
    right = client.post(f"/login/invitation/{word}/", {"tail": "2222", "password1": NEW, "password2": NEW})
    assert right.headers["Location"] == "/login/"


def test_the_telephone_cannot_be_guessed():
    small_school()
    account = account_of("赵妈妈")
    word = invitations.invite(accounts=[account], by=None, now=timezone.now())[account.pk]
    statuses = [
        Client().post(f"/login/invitation/{word}/", {"tail": f"{n:04d}", "password1": NEW, "password2": NEW}).status_code for n in range(70)
    ]
    assert statuses[0] == 422 and statuses[-1] == 429


# ---- forgotten passwords ----------------------------------------------------------------------------------------------------
def test_without_mail_the_page_says_whom_to_ask():
    assert "系统管理员" in said(Client().get("/login/forgotten/"))


def test_known_and_unknown_numbers_are_answered_alike(settings, monkeypatch):
    small_school()
    settings.MAIL, settings.ADDRESS, settings.EMAIL_BACKEND = True, "https://sw.example", "django.core.mail.backends.locmem.EmailBackend"
    jobs: list[tuple[str, ...]] = []
    monkeypatch.setattr("shouwang.front.web.account.entering.async_task", lambda *given: jobs.append(given))
    pages = {said(Client().post("/login/forgotten/", {"number": number})) for number in ("T1001", "T9999", "zhaomama")}
    assert len({page.partition("<main")[2] for page in pages}) == 1 and len(jobs) == 3
    mailing.send_reset("T9999")
    mailing.send_reset("T1001")  # the register knows no address of hers
    assert not mail.outbox
    staff = account_of("林老师").staff
    with told():
        type(staff).objects.filter(pk=staff.pk).update(email="lin@school.example")
        ledger.record("people.staff_projected", by=None, about=[], now=NOW)
    mailing.send_reset("T1001")
    (sent,) = mail.outbox
    assert sent.to == ["lin@school.example"] and "https://sw.example/login/invitation/" in sent.body
    word = sent.body.partition("/login/invitation/")[2].partition("/")[0]
    assert Client().post(f"/login/invitation/{word}/", {"password1": NEW, "password2": NEW}).status_code == 302


def test_forgotten_passwords_are_limited_by_number():
    small_school()
    for _ in range(3):
        assert Client().post("/login/forgotten/", {"number": "T1001"}).status_code == 200
    assert Client().post("/login/forgotten/", {"number": "T1001"}).status_code == 429
    assert Client().post("/login/forgotten/", {"number": "T1002"}).status_code == 200


def test_a_closed_account_is_out_at_once():
    small_school()
    client = sign_in("林老师")
    actions.close_account(account=account_of("林老师"), by=None, now=NOW)
    assert client.get("/").status_code == 302


def test_reset_factors_signs_out_and_asks_to_set_up_anew():
    small_school()
    with_app("周咨询师")
    client = sign_in("周咨询师")
    client.post("/login/second/", {"code": code()})
    assert client.get("/").status_code == 200
    accounts.reset_factors(account=account_of("周咨询师"), reason="lost", by=None, now=NOW)
    assert client.get("/").status_code == 302
    assert sign_in("周咨询师").get("/").headers["Location"] == "/settings/security/"
