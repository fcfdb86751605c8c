"""The certificate of erasure says what is gone, and as plainly what is not gone yet."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from shouwang.front.pipeline import erasing
from shouwang.trust.backup.policies import Keep, gone_by, kept

DONE = datetime(2025, 12, 10, 9, 30, tzinfo=UTC)


def certificate(finished: datetime | None = DONE) -> str:
    return erasing.certificate(cast(Any, SimpleNamespace(uuid="u", finished_at=finished, entry_id=7, sid=3, files=2)))


def test_it_says_in_both_languages_that_older_backups_hold_the_name_and_until_when(settings: Any) -> None:
    settings.BACKUP_KEEP = "7,4,12"
    said = certificate()
    assert "删除之前所作的加密备份里，还有当时的姓名、学号" in said and "最迟 2026-12-02 全部清除" in said
    assert "encrypted backups made before still hold the name" in said and "the last is gone by 2026-12-02" in said
    assert "须再次删除" in said and "must erase the student again" in said


def test_it_says_that_refused_and_unread_files_may_hold_the_row(settings: Any) -> None:
    said = certificate()
    assert "被拒绝的文件、以及删除时无法读出的文件，仍可能加密保存着该学生的行" in said
    assert "Files refused because they name the number" in said and "may still hold\nthe student's row" in said


@pytest.mark.parametrize(("keep", "finished"), [("often", DONE), ("7,4,12", None)])
def test_no_day_is_promised_that_nobody_knows(settings: Any, keep: str, finished: datetime | None) -> None:
    settings.BACKUP_KEEP = keep
    said = certificate(finished)
    assert "最迟" not in said and "随备份的清理逐步消失" in said and "They go as backups are thinned out." in said


@pytest.mark.parametrize("keep", [Keep(7, 4, 12), Keep(7, 4, 0), Keep(40, 4, 0), Keep(7, 0, 0), Keep(1, 0, 2)])
@pytest.mark.parametrize(
    "done", [DONE, datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)]
)
def test_by_that_day_thinning_has_taken_every_backup_from_before(keep: Keep, done: datetime) -> None:
    """With a backup every night, thinned every night as the real ones are."""
    last = gone_by(done, keep)
    assert last > done.date() > date(2024, 1, 1)
    held = {done - timedelta(days=n) for n in range(500)}
    night = done
    while night.date() < last:
        night += timedelta(days=1)
        held = kept(held | {night}, keep)
    assert not [moment for moment in held if moment <= done]
