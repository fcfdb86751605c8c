"""`shouwang ledger …`: the record's tree, its heads and proofs, on a terminal."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.core.management.base import CommandError

from shouwang.front import clock
from shouwang.trust.ledger import actions, audit, queries
from shouwang.trust.ledger.findings import Counts
from shouwang.trust.ledger.proofs import NoProof
from shouwang.trust.ledger.sequencer import sequence

Say = Callable[[str], object]
LISTED = 200


def grow(arguments: list[str], to: str, say: Say) -> None:
    """sequence"""
    say(f"{sequence()} 条新记录排入默克尔树，共 {queries.state().size} 条。")


def head(arguments: list[str], to: str, say: Say) -> None:
    """head"""
    signed = actions.sign_head(clock.now())
    say(f"树头 {signed.pk}：{signed.size} 条记录\n根哈希 {signed.root}\n时刻 {signed.at.isoformat()}")
    say(f"短码 {queries.code_of(signed)}\n公钥 {signed.key}\n时间戳 {'有' if signed.token else '无'}")


def prove(arguments: list[str], to: str, say: Say) -> None:
    """prove ENTRY [HEAD]: under the newest head, or under one whose short code was posted. With whom and what it is about, for whoever runs the system may read it."""
    entry = queries.entry(_number(arguments, 0, "记录"))
    if entry is None:
        raise CommandError(f"没有第 {arguments[0]} 条记录。编号见“操作记录”页。")
    sequence()
    entry.refresh_from_db()
    newest = queries.latest_head()
    if newest is None or entry.leaf is None or newest.size <= entry.leaf:
        actions.sign_head(clock.now())
    under = queries.head(_number(arguments, 1, "树头")) if len(arguments) > 1 else None
    try:
        proof = queries.inclusion(entry, reveal=True, under=under)
    except NoProof as reason:
        raise CommandError(str(reason)) from reason
    _write(proof, to or f"ledger-entry-{entry.pk}.json", say)


def consistency(arguments: list[str], to: str, say: Say) -> None:
    """consistency HEAD HEAD"""
    old, new = (queries.head(_number(arguments, at, "树头")) for at in (0, 1))
    if old is None or new is None:
        raise CommandError("没有这个编号的树头。编号见 shouwang ledger head 或“核验”页。")
    try:
        _write(queries.consistency(old, new), to or f"ledger-heads-{old.pk}-{new.pk}.json", say)
    except NoProof as reason:
        raise CommandError(str(reason)) from reason


def verify(arguments: list[str], to: str, say: Say) -> None:
    """verify FILE [--key …] [--code …]: the script that is handed out, run as anybody would run it."""
    done = subprocess.run([sys.executable, "-I", "-S", str(queries.verifier()), *arguments], capture_output=True, text=True, check=False)  # noqa: S603  our own script
    say(done.stdout.rstrip())
    if done.returncode:
        raise CommandError("证明不成立，或文件无法读取。")


def look_through(arguments: list[str], to: str, say: Say) -> None:
    """audit: exit status 1 when anything was found."""
    counts = Counts()
    found = audit.audit(counts=counts)
    say(f"核对了 {counts.entries} 条记录、{counts.nodes} 个树节点、{counts.heads} 个签名树头、{counts.rows} 行数据。")
    for one in found[:LISTED]:
        say(f"  ✗ {one.sentence()}")
    if len(found) > LISTED:
        say(f"  ……共 {len(found)} 处")
    if waiting := queries.state().to_adopt:
        say(f"另有 {len(waiting)} 张表等待 shouwang ledger adopt：{'、'.join(waiting)}")
    if found:
        raise CommandError(f"发现 {len(found)} 处与记录不符。请保留现场，查明谁能访问数据库，再从备份恢复。")
    say("没有发现改动。")


def adopt(arguments: list[str], to: str, say: Say) -> None:
    """adopt: after an upgrade, binds rows that were there before."""
    say(f"{actions.adopt(by=None, now=clock.now())} 行数据纳入核验。")


COMMANDS: dict[str, Callable[[list[str], str, Say], None]] = {
    "audit": look_through,
    "head": head,
    "prove": prove,
    "consistency": consistency,
    "verify": verify,
    "sequence": grow,
    "adopt": adopt,
}


def _number(arguments: list[str], at: int, what: str) -> int:
    if len(arguments) <= at or not arguments[at].isdigit():
        raise CommandError(f"请给出{what}的编号（数字）。")
    return int(arguments[at])


def _write(proof: dict[str, object], to: str, say: Say) -> None:
    path = Path(to)
    try:
        path.write_text(json.dumps(proof, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"不能写入 {path}：{error.strerror}。请换一个有写入权限的文件夹（--to）。") from error
    say(f"已写出 {path}。核验：python3 verify_ledger.py {path.name}（脚本在 {queries.verifier()}）")
