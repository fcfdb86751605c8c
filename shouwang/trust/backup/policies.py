"""Which backups are kept, and when their age is a reason to worry. Pure functions."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

BACKUP_OLD = timedelta(days=2)
DRILL_OLD = timedelta(days=35)
PATIENCE = timedelta(hours=12)  # after that, whoever was to do it must be dead
WAITING = "排队等候"
STAMP = "%Y%m%dT%H%M%SZ"


class Keep(NamedTuple):
    daily: int
    weekly: int
    monthly: int


def keep_of(text: str) -> Keep:
    """From a setting such as "7,4,12". ValueError with the remedy."""
    words = [word.strip() for word in text.split(",")]
    if len(words) != 3 or not all(word.isdigit() for word in words) or not int(words[0]):
        raise ValueError(f"SHOUWANG_BACKUP_KEEP 应写成“日,周,月”三个数，例如 7,4,12；读到的是 {text!r}。")
    return Keep(*map(int, words))


def kept(moments: Iterable[datetime], keep: Keep) -> set[datetime]:
    """The newest of each of the last days, weeks and months that have one; the newest of all is always kept."""
    newest_first = sorted(moments, reverse=True)
    chosen = set(newest_first[:1])
    for count, name in ((keep.daily, "%Y-%j"), (keep.weekly, "%G-%V"), (keep.monthly, "%Y-%m")):
        seen: set[str] = set()
        for moment in newest_first:
            period = moment.strftime(name)
            if period not in seen and len(seen) < count:
                seen.add(period)
                chosen.add(moment)
    return chosen


def gone_by(moment: datetime, keep: Keep) -> date:
    """The day by which no backup from before a moment is kept any more, while a backup is made every day; a day of grace for the thinning."""
    months = moment.year * 12 + moment.month - 1 + keep.monthly
    of_month = date(months // 12, months % 12 + 1, 1) if keep.monthly else moment.date()
    of_week = moment.date() - timedelta(days=moment.weekday()) + timedelta(weeks=keep.weekly) if keep.weekly else moment.date()
    return max(of_month, of_week, moment.date() + timedelta(days=keep.daily)) + timedelta(days=1)


def worry(backup_at: datetime | None, drill_at: datetime | None, now: datetime) -> list[tuple[str, str]]:
    """(zh, en) sentences for the administrator; empty while both are young enough."""
    said = []
    if backup_at is None:
        said.append(("还没有备份过。", "There is no backup yet."))
    elif now - backup_at > BACKUP_OLD:
        days = (now - backup_at).days
        said.append((f"最近一次成功的备份是 {days} 天前。", f"The last good backup is {days} days old."))
    if drill_at is None:
        said.append(
            ("还没有做过恢复演练，备份能否恢复没有得到验证。", "No restore drill has been made; nobody knows whether the backups restore.")
        )
    elif now - drill_at > DRILL_OLD:
        days = (now - drill_at).days
        said.append((f"最近一次成功的恢复演练是 {days} 天前。", f"The last successful restore drill was {days} days ago."))
    return said
