"""A person is erased, in the order in which a kill can interrupt it: what is needed to find the rest goes last."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from shouwang.analysis import intake as reading
from shouwang.front.pipeline import following
from shouwang.trust.access import forgetting as accounts
from shouwang.trust.access import queries as access
from shouwang.trust.backup import actions as backup
from shouwang.trust.backup import keyring
from shouwang.trust.backup.policies import STAMP, gone_by, keep_of
from shouwang.trust.people import forgetting as people
from shouwang.trust.vault import actions as vault
from shouwang.trust.vault import queries as sealed
from shouwang.trust.vault.ciphers import Refused
from shouwang.work.imports import actions, queries
from shouwang.work.imports.queries import Delivery
from shouwang.work.letters import actions as letters

Tell = Callable[[str], object]
EVERY = 20
MAY = "data_steward"


class CannotErase(Exception):
    """Nobody was erased, or not completely yet; the message says why and what to do, in Chinese."""


def erase(number: str, *, reason: str, by: int | None, now: datetime, tell: Tell = lambda words: None) -> people.Erasure:
    """Key destroyed, identity gone, rows blanked in every delivered file. Killed in between, the same call goes on. CannotErase with the reason."""
    if not reason.strip():
        raise CannotErase("请写明删除的依据，例如“本人申请”。")
    if by is not None and not _may(by, now):
        raise CannotErase("只有数据管理员可以删除学生资料。请联系数据管理员。")
    student = people.student(number)
    if student is None:
        raise CannotErase(f"没有学号为 {number} 的学生。请核对学号；已删除的学生不会再出现。")
    erasure = people.begin(student=student, reason=reason.strip(), by=by, now=now)
    names = [name for name in (student.number, student.name) if name]
    letters.forget(sid=student.sid, by=by, now=now)
    files = _blank_files(student.number, names, by=by, now=now, tell=tell)
    with transaction.atomic():
        entry = vault.erase(f"student:{student.sid}", by=by, now=now)
        actions.forget_texts(sid=student.sid, by=by, now=now)
        accounts.forget(sid=student.sid, by=by, now=now)
        people.forget(sid=student.sid, by=by, now=now)
        following.follow(before={}, by=by, now=now)
        people.finish(erasure=erasure, entry_id=entry.pk, files=files, by=by, now=now)
    vault.scrub()
    _renew_bundles(now)
    return erasure


def again(*, now: datetime) -> int:
    """After an older backup was restored: whoever has no key any more is erased once more. How many."""
    waiting = people.still_named(sealed.erased_subjects())
    for student in waiting:
        erase(student.number, reason="恢复旧备份后再次删除", by=None, now=now)
    return len(waiting)


def _may(by: int, now: datetime) -> bool:
    reader = access.reader_of(by, timezone.localdate(now))
    return reader is not None and any(scope.role == MAY for scope in reader.scopes)


def _blank_files(number: str, words: list[str], *, by: int | None, now: datetime, tell: Tell) -> int:
    """How many files held the person. One that is gone or cannot be read holds nobody any more, and is named."""
    changed = 0
    for at, delivery in enumerate(queries.kept_files(), 1):
        if at % EVERY == 0:
            tell(f"已检查 {at} 个文件，改写 {changed} 个")
        try:
            changed += _blank(delivery, number, words, by, now)
        except (FileNotFoundError, Refused, sealed.Erased, reading.Unreadable) as problem:
            tell(f"报送 {delivery.pk} 没有检查：{problem}")
        except actions.AtWork as problem:
            raise CannotErase(str(problem)) from problem
    return changed


def _blank(delivery: Delivery, number: str, words: list[str], by: int | None, now: datetime) -> bool:
    with queries.raw_file(delivery) as path, reading.read(path, delivery.filename) as book:
        rows = reading.rows_about(book, number)
        if not rows:
            return False
        content = reading.blanked(path, book, rows)
    actions.blank(delivery=delivery, content=content, words=words, by=by, now=now)
    return True


def _renew_bundles(now: datetime) -> None:
    """Bundles of keys kept with backups still hold the destroyed key: they give way to one that does not."""
    places = backup.places()
    if keyring.bundles(places.keys):
        keyring.renew(places.keys, f"{now.astimezone(UTC).strftime(STAMP)}-erasure", keyring.backup_key())


def _of_backups(finished: datetime | None) -> tuple[str, str]:
    """What the backups from before still hold, and until when: a certificate must not promise more than was done."""
    zh = "删除之前所作的加密备份里，还有当时的姓名、学号、联系方式和监护人资料，"
    en = "encrypted backups made before still hold the name, number, contacts and guardians of that time. "
    try:
        day = f"{gone_by(finished, keep_of(settings.BACKUP_KEEP)):%Y-%m-%d}" if finished else ""
    except ValueError:  # a setting that says nothing clear: then no day is promised
        day = ""
    zh += f"按目前的备份设置并每天备份，最迟 {day} 全部清除；" if day else "随备份的清理逐步消失；"
    en += f"As backups are kept now and made daily, the last is gone by {day}." if day else "They go as backups are thinned out."
    zh += "另行拷贝的备份和密钥包不在其内，须由学校销毁。用这些备份恢复系统时，须再次删除。"
    en += (
        "\nCopies of backups and key bundles taken elsewhere are not among them: the school must destroy these. Whoever restores\n"
        "such a backup must erase the student again."
    )
    return zh, en


def certificate(erasure: people.Erasure) -> str:
    """What the person is handed: in Chinese and English, without a word about who it was."""
    moment = erasure.finished_at.astimezone().strftime("%Y-%m-%d %H:%M %z") if erasure.finished_at else "—"
    zh, en = _of_backups(erasure.finished_at)
    return f"""个人资料删除证明
Certificate of erasure

编号 No.                    {erasure.uuid}
完成时间 Completed           {moment}
账本记录 Ledger entry        {erasure.entry_id}
内部编号 Opaque id           student:{erasure.sid}
改写的报送文件 Files rewritten  {erasure.files}

本校在守望系统中保存的该学生的姓名、学号、联系方式和监护人资料已删除，账号已停用；
关于该学生的文字所用的密钥已销毁，任何人都不能再读出；能够读出的报送原始文件中，该学生的行已抹去。
保留的统计事实只带内部编号，不再对应任何人。以后的文件若再出现该学号，系统会拒绝导入。

尚未消失的：{zh}
因含有该学号而被拒绝的文件、以及删除时无法读出的文件，仍可能加密保存着该学生的行；报送部门应在源头系统中去掉，重新报送。

The name, number, contacts and guardians of this student held in Shouwang have been removed and the accounts closed.
The key of all text about this student has been destroyed; nobody can read it again. The student's rows in those delivered
files that can be read have been blanked. What remains are facts under an opaque id that leads to nobody. Files that name the number
again are refused.

Not yet gone: {en}
Files refused because they name the number, and files that could not be read when the student was erased, may still hold
the student's row, encrypted; whoever delivers them must take it out at the source and deliver anew.

凭账本记录编号可向学校索取包含证明，并用 verify_ledger.py 离线核验。
With the number of the ledger entry the school gives an inclusion proof, which verify_ledger.py checks offline.
"""
