"""What `shouwang doctor` looks at. Each finding names the place and the remedy."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from shouwang.front.commands.finding import Finding

ENOUGH_DISK = 2 * 1024**3  # bytes: a term of a large school, its raw files and a backup


def examine(deploy: bool = False) -> list[Finding]:
    """All findings in the order in which a person would mend them; `deploy`: also whether a school may be let in."""
    looks: list[Callable[[], Iterator[Finding]]] = [
        _python,
        _data_folder,
        _database,
        _assets,
        _catalogue,
        _engine,
        _calendar,
        _keys,
        _backups,
        _channels,
        _safety,
    ]
    if deploy:
        from shouwang.front.commands import deploying

        looks.append(deploying.examine)
    return [finding for look in looks for finding in look()]


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= (3, 11), f"版本 {version}", "请安装 Python 3.11 或更高版本")


def _data_folder() -> Iterator[Finding]:
    folder: Path = settings.DATA
    if not folder.exists():
        yield Finding(
            "数据文件夹", False, f"{folder} 不存在", "运行 shouwang migrate 会建立它；或用环境变量 SHOUWANG_DATA 指定已有的文件夹"
        )
        return
    yield Finding("数据文件夹", os.access(folder, os.W_OK), f"{folder}", f"当前用户不能写入，请调整 {folder} 的权限")
    free = shutil.disk_usage(folder).free
    yield Finding("磁盘空间", free > ENOUGH_DISK, f"剩余 {free / 1024**3:.1f} GB", "请清理磁盘或换一个更大的数据文件夹", grave=False)
    key = folder / "secret_key"
    if key.exists():
        closed = key.stat().st_mode & 0o077 == 0
        yield Finding("密钥文件", closed, f"{key}", f"其他用户可以读取密钥，请运行 chmod 600 {key}")


def _database() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        yield Finding(
            "数据库", False, f"连接不上（{type(error).__name__}）", "检查 SHOUWANG_DATABASE_URL；不设置则使用数据文件夹中的 SQLite"
        )
        return
    yield Finding("数据库", True, connection.vendor)
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield Finding("数据表", not waiting, f"还有 {len(waiting)} 步没有更新" if waiting else "已是最新", "运行 shouwang migrate")
    if not waiting:
        yield _worker()
        yield _ledger()
        yield _deadlines()


def _worker() -> Finding:
    from django_q.models import OrmQ

    late = OrmQ.objects.filter(lock__lt=timezone.now() - timedelta(minutes=10)).count()
    words = f"有 {late} 项任务等待超过 10 分钟" if late else "没有积压"
    return Finding("后台任务", not late, words, "运行 shouwang worker；已在运行的，请查看它的日志", grave=False)


def _ledger() -> Finding:
    """Rows from before a table was covered, or of its earlier columns, prove nothing until they are adopted."""
    from shouwang.trust.ledger import queries

    waiting = queries.state().to_adopt
    words = f"{len(waiting)} 张表还没有纳入核验：{'、'.join(waiting[:5])}" if waiting else "受保护的表都已纳入核验"
    return Finding("操作记录", not waiting, words, "升级之后运行一次 shouwang ledger adopt", grave=False)


def _deadlines() -> Finding:
    """Whether the watch could tell somebody of everything that is late; what it put forward is tried again, and nobody hears meanwhile."""
    from shouwang.front.clock import now
    from shouwang.trust.access.policies import ROLES
    from shouwang.work.deadlines import queries

    found = queries.stuck(now())
    parts, remedies = [f"{found.count} 个期限没能提醒到人"], []
    if found.alone:
        parts.append(f"{found.alone} 个的提醒顺序上没有人，缺{'、'.join(ROLES[role].zh for role in found.missing)}")
        remedies.append("在“责任覆盖”中为缺少的职责指定责任人，有其中任何一位即可")
    if others := found.count - found.alone:
        parts.append(f"{others} 个因其他原因推后")
        remedies.append("推后的会自动重试，最长隔 4 小时；仍不成功的，查看后台任务的日志（搜索 was put forward）")
    words = "，".join(parts) if found.count else "到时的都提醒到了人"
    return Finding("期限提醒", not found.count, words, "；".join(remedies), grave=False)


def _assets() -> Iterator[Finding]:
    built = settings.PACKAGE / "front" / "web" / "static" / "dist" / "app.js"
    yield Finding(
        "页面脚本", built.exists(), "已生成" if built.exists() else "没有生成", "运行 make assets（需要 Node 20，没有时会自动安装）"
    )


def _catalogue() -> Iterator[Finding]:
    from shouwang.front.pipeline import reference

    try:
        words = reference.counts()
    except (ValueError, KeyError, OSError) as error:
        yield Finding("目录定义", False, f"读不出来：{error}", "恢复 shouwang/catalogue 中的文件，或改正其中的错误")
        return
    yield Finding("目录定义", True, words)


def _engine() -> Iterator[Finding]:
    """Whether what evaluates everybody can run here."""
    from shouwang.work.alerts.queries import computing

    reasons = computing.evaluator_lacks()
    remedy = "补齐之后再评估；或去掉 SHOUWANG_ENGINE，用 DuckDB 评估"
    yield Finding("计算引擎", not reasons, "；".join(reasons) or computing.evaluator_name(), remedy)
    if settings.FACTS_BUCKET and settings.ENGINE.startswith("spark://"):
        facts = settings.DATA / "facts"
        remedy = f"集群的每台机器要在同一路径看得到 {facts}（共享文件夹），见 docs/how-to/grow.md；确认之后可不理会这一条"
        yield Finding("事实数据", False, "对象存储只是另存的一份，Spark 集群不从那里读", remedy, grave=False)


def _calendar() -> Iterator[Finding]:
    from shouwang.front.clock import today

    known = today().year <= 2026
    remedy = "请在“数据”中上传今年的校历；没有校历时只识别周末"
    yield Finding("节假日", known, f"{today().year} 年的国家节假日" + ("已知" if known else "未知"), remedy, grave=False)


def _keys() -> Iterator[Finding]:
    """Whether what is encrypted could be read after a restart, and by nobody else."""
    from shouwang.trust.vault import master

    try:
        master.everything()
    except master.MasterKeyMissing as problem:
        yield Finding("主密钥", False, str(problem), "没有主密钥，敏感文字和原始文件都打不开；从密钥备份恢复它")
        return
    closed = not master.is_file() or master.file().stat().st_mode & 0o077 == 0
    yield Finding("主密钥", closed, master.source(), f"其他用户可以读取主密钥，请运行 chmod 600 {master.file()}")


def _backups() -> Iterator[Finding]:
    from shouwang.front.clock import now
    from shouwang.trust.backup import actions, queries

    try:
        worries = queries.worries(now())
    except DatabaseError:  # the tables are not there yet; the line above says so
        return
    words = " ".join(zh for zh, _ in worries) or "备份和恢复演练都在期限之内"
    yield Finding("备份", not worries, words, "运行 shouwang backup，然后 shouwang backup verify", grave=False)
    inside = actions.places().backups.resolve().is_relative_to(settings.DATA)
    place = str(actions.places().backups)
    remedy = "设置 SHOUWANG_BACKUP_TO 到另一块磁盘：磁盘坏了，数据和备份会一起丢"
    yield Finding("备份位置", not inside, place, remedy, grave=False)


def _channels() -> Iterator[Finding]:
    """Whether people hear of a crisis when they are not at a screen."""
    from shouwang.work.notifications import channels

    for way in channels.everything().values():
        if trouble := way.trouble():
            yield Finding(f"通知渠道：{way.title}", False, trouble, "改正设置后重启；在“通知渠道”页面发一条测试")
    unknown = settings.CHANNELS - set(channels.everything())
    if unknown:
        yield Finding("SHOUWANG_CHANNELS", False, "、".join(sorted(unknown)), f"只能是 {'、'.join(channels.everything())}")
    used = channels.titles(channels.in_use(), "zh")
    words = "、".join(used) or "没有站外渠道，紧急通知只在站内"
    yield Finding(
        "通知渠道",
        bool(used) or settings.DEMO,
        words,
        "至少配置一个：邮件、短信、企业微信或钉钉，见 docs/reference/settings.md",
        grave=False,
    )
    if used and not settings.ADDRESS:
        yield Finding("通知中的链接", False, "没有设置对外网址，通知里没有链接", "设置 SHOUWANG_ADDRESS", grave=False)


def _safety() -> Iterator[Finding]:
    outside = set(settings.ALLOWED_HOSTS) - {"localhost", "127.0.0.1", "[::1]"}
    if outside:
        remedy = "在 HTTPS 反向代理之后运行，并设置 SHOUWANG_HTTPS=1"
        yield Finding("HTTPS", settings.SECURE_COOKIES, "、".join(sorted(outside)), remedy)
    yield Finding("演示模式", not (settings.DEMO and outside), "开" if settings.DEMO else "关", "演示模式会公开账号，不能对外提供服务")
