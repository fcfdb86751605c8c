"""What the campus notices by itself: the dormitory's gates, the learning platform, the library, the second classroom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shouwang.demo.calendar import NOW_TERM, TERMS, at, every_day, moment, school_days
from shouwang.demo.college import ENTRIES, College, Student
from shouwang.demo.files import Cell, Outbox, Sheet
from shouwang.demo.presence import away_at_night

DORM, LIBRARY, LEAGUE, STEWARD = "T1005", "T1019", "T1018", "T1025"
HOLIDAY = (date(2025, 10, 1), date(2025, 10, 7))
LAST_NIGHT = date(2025, 12, 9)


@dataclass(frozen=True, slots=True)
class Span:
    name: str
    first: date
    last: date
    when: datetime


def spans(number: int, title: str, hour: int, single_days: bool = True) -> list[Span]:
    """Two months, then six weeks, then the last two days one by one."""
    found = [
        Span(f"{number}-{title}-2025年9月", date(2025, 9, 1), date(2025, 9, 30), moment(10, 9, hour)),
        Span(f"{number}-{title}-2025年10月", date(2025, 10, 1), date(2025, 10, 26), moment(10, 27, hour)),
    ]
    monday = date(2025, 10, 27)
    while monday < date(2025, 12, 8):
        sunday = monday + timedelta(days=6)
        found.append(Span(f"{number}-{title}-{monday:%m%d}周", monday, sunday, at(sunday + timedelta(days=1), hour)))
        monday += timedelta(days=7)
    if single_days:
        found.append(Span(f"{number}-{title}-1208至1209", date(2025, 12, 8), LAST_NIGHT, moment(12, 10, 7, hour)))
    return found


def deliver(box: Outbox, college: College) -> None:
    _dormitory(box, college)
    _platform(box, college)
    _loans(box, college)
    _activities(box, college)


def _nights(student: Student, nights: list[date], seed: int) -> Iterator[tuple[date, str]]:
    """(night, line tail): one return each night; late ones after eleven, nights out as the roll call notes them."""
    rng = student.rng("dorm", seed)
    away = away_at_night(student, seed)
    late_usual = 0.003 if student.diligence > -1.2 else 0.02
    story = student.story
    for night in nights:
        draw, minute, second = rng.random(), int(60 * rng.random()), int(60 * rng.random())
        now = story.now(night) if story else {}
        out, late = (now.get("night_out", 0.0), now.get("late_return", 0.004)) if story else (0.0012, late_usual)
        if night in away or HOLIDAY[0] <= night <= HOLIDAY[1] or (story and story.says_nothing("dorm_access", night)):
            continue
        if draw < out:
            yield night, f"{night} 23:30:00,未归"
        elif draw < out + late:
            hour = 23 if minute < 40 else 0
            yield night, f"{night if hour else night + timedelta(days=1)} {hour:02d}:{minute:02d}:{second:02d},进"
        else:
            yield night, f"{night} {18 + int(draw * 4.4):02d}:{minute:02d}:{second:02d},进"


def _dormitory(box: Outbox, college: College) -> None:
    nights = every_day(TERMS[NOW_TERM][0], LAST_NIGHT)
    boarders = [s for home in college.at_school() for s in home.students if s.boarder and not (s.story and s.story.change)]
    known = [(student, dict(_nights(student, nights, box.seed))) for student in boarders]
    for span in spans(71, "宿舍门禁", 11):
        days = [night for night in nights if span.first <= night <= span.last]
        lines = ["学号,姓名,通行时间,进出方向,设备名称"]
        for student, tails in known:
            gate = f"{student.room[1]}号公寓东门"
            lines += [f"{student.number},{student.name},{tails[night]},{gate}" for night in days if night in tails]
        box.csv(span.name, lines, encoding="gb18030", table="dorm_access", department="dormitory", staff_no=DORM, at=span.when)


def _platform(box: Outbox, college: College) -> None:
    """Five days of seven on average; who does nothing on a day has no line."""
    days = every_day(date(2025, 9, 8), LAST_NIGHT)
    lines_of: dict[str, dict[date, str]] = {}
    for home in college.at_school():
        for student in home.students:
            lines_of[student.number] = dict(_visits(student, days, box.seed))
    spans_of = [span for span in spans(72, "学习平台", 12) if span.first != date(2025, 9, 1)]
    spans_of.insert(0, Span("72-学习平台-2025年9月", date(2025, 9, 8), date(2025, 9, 30), moment(10, 9, 12)))
    for span in spans_of:
        lines = ["学号,统计日期,学习时长(分钟),访问次数"]
        for number, own in lines_of.items():
            lines += [f"{number},{line}" for day, line in own.items() if span.first <= day <= span.last]
        box.csv(span.name, lines, encoding="utf-8", table="platform_activity", department="information", staff_no=STEWARD, at=span.when)


def _visits(student: Student, days: Iterable[date], seed: int) -> Iterator[tuple[date, str]]:
    rng = student.rng("platform", seed)
    story = student.story
    keen = min(0.9, max(0.45, 0.68 + 0.08 * student.diligence))
    for day in days:
        draw, length, clicks = rng.random(), rng.random(), rng.random()
        factor = story.now(day).get("platform", 1.0) if story else 1.0
        if story and (story.change or story.says_nothing("platform_activity", day)):
            continue
        if HOLIDAY[0] <= day <= HOLIDAY[1]:
            factor *= 0.3
        if draw < min(0.97, keen * factor):
            minutes = (15 + 50 * length) * min(1.6, max(0.4, factor))
            yield day, f"{day},{minutes:.0f},{int(minutes * (0.6 + clicks)) + 1}"


def _loans(box: Outbox, college: College) -> None:
    """November's file is not there: the library is late, and the board must say so."""
    month_ends = (
        ("19-借阅-2024至2025学年", date(2024, 9, 1), date(2025, 7, 4), moment(8, 28, 15)),
        ("73-借阅-9月", date(2025, 9, 1), date(2025, 9, 30), moment(10, 9, 16)),
        ("73-借阅-10月", date(2025, 10, 1), date(2025, 10, 31), moment(11, 4, 16)),
    )
    for name, first, last, when in month_ends:
        days = school_days(first, last)
        lines = ["学号,姓名,条码号,借出日期,应还日期,归还日期,题名"]
        for home in college.classes:
            if at(last, 0) < at(date(home.entry, 9, 1), 0) or (home.entry == ENTRIES[0] and first >= date(2025, 9, 1)):
                continue
            for student in home.students:
                lines += _borrowed(student, [day for day in days if day >= date(home.entry, 9, 1)], last, box.seed)
        box.csv(name, lines, encoding="gb18030", table="library_loan", department="library", staff_no=LIBRARY, at=when)


def _borrowed(student: Student, days: list[date], last: date, seed: int) -> Iterator[str]:
    rng = student.rng(f"library{last}", seed)
    usual = 0.035 * (1.6 if student.ability > 1 else 0.4 if student.ability < -1 else 1.0)
    for day in days:
        factor = student.story.now(day).get("loans", 1.0) if student.story else 1.0
        if rng.random() < usual * factor and not (student.story and student.story.says_nothing("library_loan", day)):
            copy = rng.randrange(10**6)
            back = day + timedelta(days=rng.randrange(3, 32))
            returned = back.isoformat() if back <= last else ""
            yield f"{student.number},{student.name},TP{copy:06d},{day},{day + timedelta(days=30)},{returned},图书{copy % 997}"


EVENTS = (
    ("秋季志愿服务", "志愿服务", date(2024, 10, 26), 1.0, 0.35),
    ("经典诵读", "文体活动", date(2024, 11, 20), 0.5, 0.3),
    ("技能文化节", "技能竞赛", date(2025, 4, 18), 1.0, 0.45),
    ("春季运动会", "文体活动", date(2025, 5, 9), 0.5, 0.6),
    ("暑期社会实践", "社会实践", date(2025, 7, 2), 2.0, 0.25),
    ("迎新志愿服务", "志愿服务", date(2025, 9, 6), 1.0, 0.15),
    ("安全教育月", "思想成长", date(2025, 9, 17), 0.5, 0.93),
    ("社团招新", "社团活动", date(2025, 9, 24), 0.5, 0.5),
    ("国庆合唱", "思想成长", date(2025, 9, 29), 0.5, 0.45),
    ("秋季运动会", "文体活动", date(2025, 10, 24), 0.5, 0.55),
    ("创新创业讲座", "创新创业", date(2025, 11, 12), 0.5, 0.35),
    ("防诈宣誓", "思想成长", date(2025, 11, 19), 0.5, 0.85),
    ("校园歌手赛", "文体活动", date(2025, 11, 27), 0.5, 0.3),
)


def _activities(box: Outbox, college: College) -> None:
    files = (
        ("20-第二课堂积分-2024至2025学年", date(2024, 9, 1), date(2025, 7, 5), moment(8, 28, 16)),
        ("74-第二课堂积分-9至10月", date(2025, 9, 1), date(2025, 10, 31), moment(11, 5, 10)),
        ("74-第二课堂积分-11月", date(2025, 11, 1), date(2025, 11, 30), moment(12, 9, 17, 30)),
    )
    for name, first, last, when in files:
        rows: list[list[Cell]] = []
        for title, kind, day, points, share in EVENTS:
            if first <= day <= last:
                rows += [
                    [s.number, s.name, title, kind, f"{day.year}.{day.month}.{day.day}", points]
                    for s in _takers(college, title, day, share, box.seed)
                ]
        headings = ("学号", "姓名", "活动名称", "模块", "认定日期", "获得积分")
        sheet = Sheet("积分", headings, rows, above=("第二课堂成绩单积分导出",), below=(f"合计：{len(rows)} 人次",))
        box.xlsx(name, [sheet], table="activity_points", department="youth_league", staff_no=LEAGUE, at=when)


def _takers(college: College, title: str, day: date, share: float, seed: int) -> Iterator[Student]:
    term = max(term for term, (first, _) in TERMS.items() if first <= day)
    for home in college.classes:
        if home.entry > term // 10 or (home.entry == ENTRIES[0] and term == NOW_TERM):
            continue
        for student in home.students:
            factor = student.story.now(day).get("activity", 1.0) if student.story else 1.0
            if student.rng(f"activity{title}", seed).random() < share * factor and not (
                student.story and student.story.says_nothing("activity_points", day)
            ):
                yield student
