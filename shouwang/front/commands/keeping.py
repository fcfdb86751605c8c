"""`shouwang backup`, `shouwang restore`, `shouwang vault`: in words on a terminal."""

import json
from collections.abc import Callable
from pathlib import Path

from django.core.management.base import CommandError

from shouwang.front import clock
from shouwang.front.pipeline import erasing, safekeeping
from shouwang.trust.access import queries as access
from shouwang.trust.backup import actions, keyring
from shouwang.trust.backup.actions import CannotRestore, Places
from shouwang.trust.backup.databases import CannotCopy
from shouwang.trust.backup.repository import Busy, Damaged
from shouwang.trust.vault import actions as vault
from shouwang.trust.vault import master
from shouwang.trust.vault.master import MasterKeyMissing

Say = Callable[[str], object]
MEGA = 1024 * 1024
TROUBLE = (CannotRestore, CannotCopy, Damaged, Busy, keyring.NoBackupKey, MasterKeyMissing, vault.Elsewhere)


def back_up(to: str, *, say: Say) -> None:
    """A backup now. CommandError with the remedy when it did not come about."""
    target = actions.places(to)
    try:
        made = not keyring.key_file().exists()
        safekeeping.gather()
        run = actions.back_up(by=None, now=clock.now(), to=target, tell=lambda run: say(f"{run.step} {run.done}/{run.total}".rstrip(" 0/")))
    except TROUBLE as problem:
        raise CommandError(str(problem)) from problem
    if not run.ok:
        raise CommandError(f"备份没有成功：{run.trouble}")
    say(
        f"已备份 {run.snapshot}：{run.files} 个文件，{run.rows} 行，共 {run.bytes_all / MEGA:.1f} MB，新写 {run.bytes_new / MEGA:.1f} MB，{run.seconds:.1f} 秒。"
    )
    say(f"备份在 {target.backups}，密钥包在 {target.keys}，请把两者放在不同的磁盘上。")
    if made:
        say(f"备份密钥在 {keyring.key_file()}。请抄存一份到别处：没有它，备份打不开。")


def verify(to: str, *, say: Say) -> None:
    """A drill now. CommandError with what is wrong."""
    run = safekeeping.verify(by=None, now=clock.now(), to=actions.places(to))
    if not run.ok:
        raise CommandError(f"演练没有通过：{run.trouble}")
    say(f"演练通过：备份 {run.snapshot} 恢复出 {run.rows} 行、{run.files} 个文件，账本核对无误，{run.seconds:.1f} 秒。")


def restore(folder: str, to: str, *, keys: str, key: str, snapshot: str, database: str, say: Say) -> None:
    """A whole place out of a backup."""
    backups = Path(folder)
    source = Places(backups, Path(keys) if keys else backups.with_name(f"{backups.name}-keys"))
    try:
        opener = keyring.backup_key(Path(key) if key else None)
        manifest = actions.restore(source=source, to=Path(to), key=opener, snapshot=snapshot, database=database)
        again = safekeeping.inspected(Path(to), database)
    except TROUBLE as problem:
        raise CommandError(str(problem)) from problem
    if trouble := safekeeping.differences(manifest, again):
        raise CommandError(f"已恢复到 {to}，但核对发现：{trouble}")
    say(f"已恢复到 {to}：{sum(manifest['counts'].values())} 行，{len(manifest['files'])} 个文件，账本核对无误。")
    where = " SHOUWANG_DATABASE_URL=…" if database else ""
    say(f"下一步：SHOUWANG_DATA={to}{where} shouwang doctor，然后启动。备份之后删除过的学生，请运行 shouwang vault again 再次抹去。")


def inspect(*, say: Say) -> None:
    """One line for the drill that started this process."""
    say(json.dumps(safekeeping.inspect(), ensure_ascii=False))


def rotate(*, keys_only: bool, say: Say) -> None:
    """Change the keys, or carry on where a change was interrupted."""
    try:
        done = vault.rotate(
            by=None, now=clock.now(), renew=not keys_only, tell=lambda run: say(f"{run.get_step_display()} {run.done}/{run.total}")
        )
    except TROUBLE as problem:
        raise CommandError(str(problem)) from problem
    say(f"密钥已更换，当前主密钥编号 {master.name_of(master.current())}。请马上备份一次，让密钥包也换成新的。")
    if done.renew:
        say("旧的个人密钥只用来读旧备份中的文字。")


def erase(number: str, reason: str, *, by: str, certificate: str, say: Say) -> None:
    """Erase a person for good, after the operator has typed the number twice (the command line is the first time)."""
    account = access.account(by) if by else None
    if by and account is None:
        raise CommandError(f"没有工号为 {by} 的账号。请检查工号。")
    try:
        done = erasing.erase(number, reason=reason, by=account.pk if account else None, now=clock.now(), tell=say)
    except erasing.CannotErase as problem:
        raise CommandError(str(problem)) from problem
    target = Path(certificate or f"erasure-{done.pk}.txt")
    target.write_text(erasing.certificate(done), "utf-8")
    say(f"已删除。证明写在 {target}（账本记录 {done.entry_id}）。请马上运行 shouwang backup：以前的备份里改写过的文件已打不开。")


def erase_again(*, say: Say) -> None:
    """After a restore: whoever was erased since the backup is erased again."""
    say(f"再次抹去了 {erasing.again(now=clock.now())} 人。")
