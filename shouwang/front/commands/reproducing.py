"""`shouwang reproduce`: one alert, or every alert there is."""

from collections.abc import Callable

from django.core.management.base import CommandError

from shouwang.work.alerts import queries

Say = Callable[[str], object]
SHOWN = 20  # differences; the count is said whole


def one(number: object, say: Say) -> None:
    """CommandError with what differs, or that there is no such alert."""
    if not isinstance(number, int):
        raise CommandError("请写预警编号，或用 --all 复算全部预警。")
    alert = queries.find(number)
    if alert is None:
        raise CommandError(f"没有编号为 {number} 的预警。")
    found = queries.reproduce(alert)
    if not found.same:
        raise CommandError(found.sentence)
    say(found.sentence)


def every(say: Say) -> None:
    """Run by run, one line each; CommandError names the first differences and counts the rest."""
    alerts, wrong = 0, list[str]()
    for run, count, differences in queries.reproduce_all():
        alerts += count
        wrong += differences
        say(f"{run.as_of:%Y-%m-%d} 的评估：{count} 条预警，" + (f"{len(differences)} 处不一致" if differences else "逐位相同"))
    if wrong:
        raise CommandError(f"{alerts} 条预警中发现 {len(wrong)} 处不一致：" + "；".join(wrong[:SHOWN]))
    say(f"复算一致：{alerts} 条预警逐位相同。")
