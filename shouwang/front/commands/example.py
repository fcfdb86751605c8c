"""`shouwang example oulad FOLDER`: a real data set of 32,593 enrolments, loaded once, judged on any day."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from shouwang.analysis.engine import EngineError
from shouwang.front import clock
from shouwang.front.pipeline.oulad import NotOulad, Outcome, Source, judge, load
from shouwang.work.alerts.queries.computing import evaluator

Say = Callable[[str], object]
ALL = "合计"
LOADING, LOADED = "oulad_loading", "oulad_loaded"


def run(folder: str, *, day: int, say: Say) -> None:
    """Loads into an empty data folder (or finds it loaded), evaluates, and prints the summary. CommandError says what is in the way."""
    try:
        source = Source(Path(folder).expanduser())
        _load(source, say)
    except NotOulad as reason:
        raise CommandError(str(reason)) from None
    persons = len({one.person for one in source.enrolments})
    say(
        f"\n{len(source.enrolments):,} 人次选课，{persons:,} 名学员，{len(source.handed_in):,} 份作业与考试结果，{len(source.by_course)} 个班次"
    )
    try:
        engine = evaluator()
    except EngineError as reason:
        raise CommandError(str(reason)) from None
    summarise(judge(source, day, engine=engine), day, say)


def _load(source: Source, say: Say) -> None:
    data = settings.DATA
    if (data / LOADED).exists():
        say("数据已经载入过，直接评估。")
        return
    if (data / "db.sqlite3").exists() and not (data / LOADING).exists():
        raise CommandError(f"{data} 中已有一所学校的数据。请用 SHOUWANG_DATA 指定一个空文件夹，例如 SHOUWANG_DATA=./data/oulad。")
    (data / "temp").mkdir(parents=True, exist_ok=True)
    (data / LOADING).touch()
    call_command("migrate", verbosity=0)
    rows = load(source, folder=data / "temp", now=clock.now(), say=say)
    (data / LOADING).rename(data / LOADED)
    say(f"共接收 {rows:,} 行。")


def summarise(outcomes: Iterable[Outcome], day: int, say: Say) -> None:
    """A line a presentation and one for all: of the flagged, how many later failed or withdrew, beside everybody's share."""
    say(f"\n第 {day} 天的评估（黄色及以上算提醒；“失败”指后来未通过或退课）\n")
    say("班次        在读    提醒   其中失败        全体失败        失败者中被提醒   点击数据")
    found = list(outcomes)
    for one in found:
        say(line(one))
    say(line(total(found)))
    without = sum(not one.clicks for one in found)
    if without:
        say(f"\n{without} 个班次没有完整的点击数据：那里的“久未登录”不作判断（没有数据不等于没有登录）。")


def total(found: Sequence[Outcome]) -> Outcome:
    return Outcome(
        ALL,
        sum(one.enrolled for one in found),
        sum(one.flagged for one in found),
        sum(one.flagged_lost for one in found),
        sum(one.lost for one in found),
        clicks=False,
    )


def line(one: Outcome) -> str:
    clicks = "" if one.course == ALL else "有" if one.clicks else "无"
    course = one.course + " " * (10 - len(one.course) - sum(ord(sign) > 255 for sign in one.course))
    return (
        f"{course} {one.enrolled:>5} {one.flagged:>7}   {_share(one.flagged_lost, one.flagged):<14}  {_share(one.lost, one.enrolled):<14}  "
        f"{_share(one.flagged_lost, one.lost):<14}   {clicks}"
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%({part}/{whole})" if whole else "—"
