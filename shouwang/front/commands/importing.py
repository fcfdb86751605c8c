"""`shouwang import` and `shouwang template`: the door, in words on a terminal."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from django.core.management.base import CommandError
from django.utils import timezone

from shouwang.analysis import standard
from shouwang.front import clock
from shouwang.front.pipeline import intake
from shouwang.trust.access import queries as access
from shouwang.work.imports import actions, queries
from shouwang.work.imports.queries import Delivery

Say = Callable[[str], object]
LISTED = 20


def import_file(table: str, file: str, *, by: str, yes: bool, say: Say) -> Delivery:
    """Deliver one file and tell what became of it. CommandError (a non-zero exit) when it was not accepted."""
    path = Path(file)
    if not path.is_file():
        raise CommandError(f"没有找到文件 {file}。请检查路径。")
    account = access.account(by) if by else None
    if by and account is None:
        raise CommandError(f"没有工号为 {by} 的账号。请检查工号，或先导入教职工表并开通账号。")
    now = clock.now()
    reader = access.reader(account, timezone.localdate(now)) if account else None
    try:
        delivery = intake.deliver(path, "" if table == "auto" else table, by=reader, now=now, confirm=yes)
    except actions.CannotReceive as reason:
        raise CommandError(str(reason)) from reason
    _report(delivery, say)
    if delivery.state != "accepted":
        raise CommandError(_why_not(delivery))
    say(f"已接收，批次 {delivery.pk}。")
    intake.ask_for_judgement()
    return delivery


def _report(delivery: Delivery, say: Say) -> None:
    title = standard.load().tables[delivery.table].title if delivery.table else "未识别"
    say(f"{delivery.filename} → {title}　SHA-256 {delivery.sha256}")
    if delivery.twin_id:
        say(f"内容与第 {delivery.twin_id} 份报送完全相同，可能重复报送。")
    if not delivery.rows_total:
        return
    say(f"共 {delivery.rows_total} 行，合格 {delivery.rows_good} 行，不合格 {delivery.rows_bad} 行（不会进入系统）。")
    for count in delivery.problem_counts.all():
        say(f"  {count.n} 处：{count.reason}　例如“{count.example}”　→ {count.remedy}")
    for problem in islice(queries.problems(delivery), LISTED):
        say(
            f"    {problem.sheet} 第 {problem.row} 行 {problem.letter} 列“{problem.heading}”：{problem.value or '（空）'} — {problem.reason}"
        )
    if delivery.problems > LISTED:
        say(f"    ……另有 {delivery.problems - LISTED} 处，请在页面上下载标注了错误的 Excel。")
    new, changed, same, gone = delivery.rows_new, delivery.rows_changed, delivery.rows_unchanged, delivery.rows_gone
    say(f"范围：{delivery.scope_text}。新增 {new} 行，变更 {changed} 行，不变 {same} 行，撤销 {gone} 行。")


def _why_not(delivery: Delivery) -> str:
    if delivery.trouble:
        return f"没有接收：{delivery.trouble}"
    gates = [gate.sentence for gate in delivery.gates.all()]
    if gates and delivery.rows_good:
        return "没有接收，需要再次确认：" + "；".join(gates) + "。确认无误后加 --yes 重新运行。"
    return "没有接收：没有一行合格。请按上面的原因修改后重新导入。"


def write_template(table: str, to: str, *, say: Say) -> None:
    """Write a blank workbook; without a table, list the tables."""
    tables = standard.load().tables
    if not table:
        for one in tables.values():
            say(f"{one.name:<24}{one.title}　{one.schedule.sentence()}")
        return
    if table not in tables:
        raise CommandError(f"数据标准中没有“{table}”这张表。运行 shouwang template 查看全部表名。")
    path = Path(to or ".")
    if path.is_dir():
        path /= f"{tables[table].title}-模板.xlsx"
    try:
        path.write_bytes(standard.template(tables[table]))
    except OSError as error:
        raise CommandError(f"不能写入 {path}：{error.strerror}。请换一个有写入权限的文件夹（--to）。") from error
    say(f"已写出 {path}")
