"""`shouwang doctor --deploy`: every dangerous setting is named with its remedy, and a good installation is left alone."""

from io import StringIO

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from django.db import connection

from shouwang.front.commands import deploying
from tests.worlds import account_of, small_school

pytestmark = pytest.mark.django_db
GOOD = {
    "DEMO": False,
    "DEBUG": False,
    "ALLOWED_HOSTS": ["sw.example.edu.cn"],
    "ADDRESS": "https://sw.example.edu.cn",
    "SECURE_COOKIES": True,
    "CSRF_TRUSTED_ORIGINS": ["https://sw.example.edu.cn"],
    "SECRET_KEY": "fN3x8Qw1_zR7vT2kLm9pYc4bHs6dGj0aUeXi5oWn-qV",
    "PROXIES": 1,
    "SECOND_FACTOR": ("confidential",),
    "IDLE_MINUTES": (15, 60, 240),
}


@pytest.fixture
def good(settings):
    small_school()
    for name, value in GOOD.items():
        setattr(settings, name, value)
    TOTP.activate(account_of("钱管理员"), "JBSWY3DPEHPK3PXP")
    settings.DATA.chmod(0o700)
    for path in settings.DATA.iterdir():
        path.chmod(0o700)
    return settings


def wrong() -> set[str]:
    return {finding.subject for finding in deploying.examine() if not finding.fine and finding.grave}


def test_a_good_installation_passes(good):
    assert not wrong()


@pytest.mark.parametrize(
    ("setting", "value", "subject"),
    [
        ("DEMO", True, "演示模式"),
        ("DEBUG", True, "调试模式"),
        ("ALLOWED_HOSTS", ["localhost"], "主机名"),
        ("ALLOWED_HOSTS", ["*"], "主机名范围"),
        ("ALLOWED_HOSTS", [".example.edu.cn"], "主机名范围"),
        ("ADDRESS", "http://sw.example.edu.cn", "对外网址"),
        ("SECURE_COOKIES", False, "HTTPS"),
        ("CSRF_TRUSTED_ORIGINS", ["http://sw.example.edu.cn"], "可信来源"),
        ("SECRET_KEY", "secret", "会话密钥"),
        ("SECRET_KEY", "a" * 60, "会话密钥"),
        ("PROXIES", 0, "反向代理"),
        ("SECOND_FACTOR", ("none",), "二次验证"),
        ("CAMPUS", {"cas": {"name": "CAS", "origin": "http://cas.example.edu.cn"}}, "统一登录 cas"),
    ],
)
def test_each_danger_is_named_with_its_remedy(good, setting, value, subject):
    setattr(good, setting, value)
    found = [finding for finding in deploying.examine() if finding.subject == subject]
    assert found and not found[0].fine and found[0].remedy


def test_files_that_others_can_read(good):
    (good.DATA / "facts.parquet").write_bytes(b"x")
    (good.DATA / "facts.parquet").chmod(0o644)
    assert "数据文件权限" in wrong()


def test_an_administrator_without_a_second_factor(good):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.all().delete()
    assert "管理员的二次验证" in wrong()


def test_the_command_ends_with_an_error(good):
    good.DEBUG = True
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--deploy", stdout=out)
    assert "✗ 调试模式" in out.getvalue() and "处理：" in out.getvalue()


def test_rows_that_no_entry_binds_are_to_be_adopted(good):
    from shouwang.front.commands import doctor

    def said():
        return next(one for one in doctor._database() if one.subject == "操作记录")

    assert said().fine
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_seal WHERE \"table\" = 'access_account'")
    assert not said().fine and "access_account" in said().words and "shouwang ledger adopt" in said().remedy
    call_command("ledger", "adopt", stdout=StringIO())
    assert said().fine
