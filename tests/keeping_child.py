"""Builds a small school with delivered words in SHOUWANG_DATA, in a process of its own: `python -m tests.keeping_child build`.

`write N` delivers one more file N times, so that a backup runs beside writes; `read` prints what can be read of 小雨.
"""

import csv
import io
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shouwang.config.settings")
import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from shouwang.front.pipeline import intake  # noqa: E402
from shouwang.trust.access import queries as access  # noqa: E402
from shouwang.trust.people.models import Student  # noqa: E402
from shouwang.work.imports import queries  # noqa: E402
from tests import cast, worlds  # noqa: E402

MARKER = "标记外婆病危要赶回老家"
LEAVE = ("学号", "姓名", "请假类型", "开始时间", "结束时间", "请假天数", "是否批准", "请假事由")
CONDUCT = ("学号", "姓名", "类别", "事由类别", "日期", "情况说明")
SCORE = ("学号", "姓名", "学年学期", "课程代码", "课程名称", "学分", "成绩")


def deliver(name: str, table: str, rows: list[tuple[object, ...]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path = Path(settings.DATA) / "temp" / name
    path.write_bytes(text.getvalue().encode("gb18030"))
    done = intake.deliver(path, table, by=worlds.reader_of("何数据"), now=worlds.NOW, confirm=True)
    path.unlink()
    assert done.state == "accepted", (done.state, done.trouble, list(queries.problems(done)))


def build() -> None:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    worlds.small_school()
    everyone = list(Student.objects.order_by("number"))
    leave = [(s.number, s.name, "事假", "2026-03-02 08:00", "2026-03-03 18:00", 2, "是", f"{MARKER}{s.number}") for s in everyone]
    deliver("请假.csv", "leave", [LEAVE, *leave])
    xiaoyu = Student.objects.get(number=cast.XIAOYU.username)
    deliver("处分.csv", "conduct", [CONDUCT, (xiaoyu.number, xiaoyu.name, "违纪", "晚归", "2026-03-02", f"{MARKER}处分")])


def write(times: int) -> None:
    everyone = list(Student.objects.filter(is_current=True).order_by("number"))
    print("ready", flush=True)
    for at in range(times):
        rows = [(s.number, s.name, "2024-2025-2", f"C{at}", "高等数学", 4, 60 + at % 40) for s in everyone]
        deliver(f"成绩{at}.csv", "score", [SCORE, *rows])


def read() -> None:
    student = Student.objects.filter(number=cast.XIAOYU.username).first()
    texts = queries.read_texts(worlds.reader_of("林老师"), student.sid, now=worlds.NOW) if student else []
    print(
        json.dumps({"known": bool(student), "words": [text.words for text in texts], "accounts": access.account("2024010101") is not None})
    )


if __name__ == "__main__":
    {"build": build, "write": lambda: write(int(sys.argv[2])), "read": read}[sys.argv[1]]()
