"""What `shouwang doctor --deploy` looks at besides: whether this installation may be shown to a school. Each finding names the remedy."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from shouwang.front.commands.finding import Finding
from shouwang.trust.access import accounts


def examine() -> Iterator[Finding]:
    for look in (_mode, _addresses, _https, _keys, _files, _database, _proxies, _mail, _campus, _factors, _sessions):
        yield from look()


def _mode() -> Iterator[Finding]:
    yield Finding(
        "演示模式", not settings.DEMO, "开" if settings.DEMO else "关", "去掉 SHOUWANG_DEMO；演示数据不能改作正式使用，请换一个数据文件夹"
    )
    yield Finding("调试模式", not settings.DEBUG, "开" if settings.DEBUG else "关", "出错时会把内部信息显示给所有人；请恢复 DEBUG = False")


def _addresses() -> Iterator[Finding]:
    outside = sorted(set(settings.ALLOWED_HOSTS) - {"localhost", "127.0.0.1", "[::1]"})
    yield Finding("主机名", bool(outside), "、".join(outside) or "只有本机", "设置 SHOUWANG_HOSTS=对外的主机名")
    wide = any(host == "*" or host.startswith(".") for host in settings.ALLOWED_HOSTS)
    yield Finding("主机名范围", not wide, "含通配" if wide else "没有通配", "SHOUWANG_HOSTS 请逐个写出主机名，不用 * 或 . 开头")
    https = settings.ADDRESS.startswith("https://")
    yield Finding("对外网址", https, settings.ADDRESS or "没有设置", "设置 SHOUWANG_ADDRESS=https://对外的主机名；邀请和邮件中的链接要用它")


def _https() -> Iterator[Finding]:
    yield Finding(
        "HTTPS",
        settings.SECURE_COOKIES,
        "已要求" if settings.SECURE_COOKIES else "没有要求",
        "在 HTTPS 反向代理之后运行，并设置 SHOUWANG_HTTPS=1",
    )
    fit = all(origin.startswith("https://") for origin in settings.CSRF_TRUSTED_ORIGINS)
    yield Finding("可信来源", fit, "、".join(settings.CSRF_TRUSTED_ORIGINS) or "未设置", "SHOUWANG_ORIGINS 只写 https:// 网址")


def _keys() -> Iterator[Finding]:
    strong = len(settings.SECRET_KEY) >= 40 and len(set(settings.SECRET_KEY)) > 10
    yield Finding(
        "会话密钥", strong, "够长" if strong else "太短或太简单", "去掉 SHOUWANG_SECRET_KEY 让系统自动生成，或换成 50 个以上的随机字符"
    )
    old = bool(settings.SECRET_KEY_FALLBACKS)
    words = "还留着" if old else "没有"
    yield Finding("旧会话密钥", not old, words, "更换一个月之后去掉 SHOUWANG_SECRET_KEY_OLD", grave=False)


def _files() -> Iterator[Finding]:
    """Whatever lies in the data folder is read by its owner alone."""
    folder: Path = settings.DATA
    open_ = [path for path in _looked_at(folder) if path.stat().st_mode & 0o077]
    shown = "、".join(path.name for path in open_[:5]) or "只有本用户能读"
    yield Finding("数据文件权限", not open_, shown, f"其他用户可以读取，请运行 chmod -R go= {folder}")
    owner = folder.stat().st_uid == os.getuid() if folder.exists() else True
    yield Finding(
        "运行用户", os.getuid() != 0 and owner, f"uid {os.getuid()}", "请用专门的用户运行，不用 root，数据文件夹归它所有", grave=False
    )


def _looked_at(folder: Path) -> Iterator[Path]:
    """The folder itself, its files, and two levels below: enough to see a wrong umask, quick with a million raw files."""
    if not folder.exists():
        return
    yield folder
    for path in sorted(folder.iterdir()):
        if path.name in {"static", "temp"}:
            continue
        yield path
        if path.is_dir():
            yield from sorted(path.iterdir())[:200]


def _database() -> Iterator[Finding]:
    sqlite = "sqlite" in str(settings.DATABASES["default"]["ENGINE"])
    words = "SQLite" if sqlite else "PostgreSQL"
    yield Finding("数据库", True, words)
    if not sqlite:
        host = str(settings.DATABASES["default"].get("HOST", ""))
        options = settings.DATABASES["default"].get("OPTIONS", {})
        near = not host or host.startswith("/") or host in {"localhost", "127.0.0.1", "::1"}
        fit = near or (isinstance(options, dict) and options.get("sslmode") in {"require", "verify-ca", "verify-full"})
        yield Finding("数据库连接", fit, host or "本机", "SHOUWANG_DATABASE_URL 末尾加 ?sslmode=verify-full")


def _proxies() -> Iterator[Finding]:
    fit = settings.PROXIES > 0 or not settings.SECURE_COOKIES
    words = f"{settings.PROXIES} 层"
    yield Finding("反向代理", fit, words, "设置 SHOUWANG_PROXIES=前面代理的层数；为 0 时所有人会被当成同一个地址，登录锁定会误伤全校")


def _mail() -> Iterator[Finding]:
    yield Finding(
        "发信",
        settings.MAIL,
        "已设置" if settings.MAIL else "没有设置",
        "设置 SHOUWANG_MAIL；不设置时重设密码由管理员当面办理",
        grave=False,
    )
    plain = settings.MAIL and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL)
    yield Finding("发信加密", not plain, "没有加密" if plain else "加密或不发信", "SHOUWANG_MAIL 用 smtp://（STARTTLS）或 smtps://")


def _campus() -> Iterator[Finding]:
    for provider, one in settings.CAMPUS.items():
        fit = one["origin"].startswith("https://")
        yield Finding(f"统一登录 {provider}", fit, one["origin"], "请改用 https 网址：否则登录凭据会在网络上明文传送")


def _factors() -> Iterator[Finding]:
    weak = "none" in settings.SECOND_FACTOR
    words = "、".join(settings.SECOND_FACTOR)
    yield Finding("二次验证", not weak, words, "SHOUWANG_SECOND_FACTOR 至少为 confidential")
    without, whole = accounts.keepers_without_factor(timezone.localdate())
    shown = f"{whole} 人中 {without} 人还没有设置" if without else f"{whole} 人都已设置"
    yield Finding(
        "管理员的二次验证", not without and whole > 0, shown, "请每位系统管理员登录一次，按提示设置；只有一位管理员的，请再指定一位"
    )
    yield Finding("管理员人数", whole != 1, f"{whole} 人", "再指定一位系统管理员：重设密码和重置二次验证要两个人各做一半", grave=False)


def _sessions() -> Iterator[Finding]:
    confidential, staff, family = settings.IDLE_MINUTES
    fit = confidential <= 30 and staff <= 120 and family <= 720
    yield Finding("离开多久退出", fit, f"{confidential}、{staff}、{family} 分钟", "SHOUWANG_IDLE_MINUTES 建议 15,60,240", grave=False)
