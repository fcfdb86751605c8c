"""Builds a small school with delivered words in SHOUWANG_DATA, in a process of its own: `python -m tests.keeping_child build`.

`write` delivers one more file after another until its standard input ends, so that a backup runs beside writes; `read` prints what can be read
of 小雨.
"""

import csv
import io
import itertools
import json
import os
import select
import sys
import zipfile
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shouwang.config.settings")
import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django_q.tasks import async_task  # noqa: E402

from shouwang.common.categories import Category  # noqa: E402
from shouwang.front import clock  # noqa: E402
from shouwang.front.pipeline import intake  # noqa: E402
from shouwang.trust.access import queries as access  # noqa: E402
from shouwang.trust.backup import actions as backups  # noqa: E402
from shouwang.trust.people.models import Student  # noqa: E402
from shouwang.trust.vault import actions as vault  # noqa: E402
from shouwang.trust.vault import master  # noqa: E402
from shouwang.trust.vault.models import Rotation  # noqa: E402
from shouwang.trust.vault.queries import open_texts, rotation  # noqa: E402
from shouwang.work.disclosures.actions import glass  # noqa: E402
from shouwang.work.imports import actions as imports  # noqa: E402
from shouwang.work.imports import queries  # noqa: E402
from shouwang.work.imports.models import Delivery, FreeText  # noqa: E402
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

    glass.ask(
        number=xiaoyu.number,
        categories=int(Category.health),
        reason=f"{MARKER}紧急需要联系家长",
        hours=2,
        by=worlds.reader_of("王宿管"),
        now=worlds.NOW,
    )
    # Something waits in the queue while the folder is searched.
    async_task("shouwang.front.pipeline.intake.examine", Delivery.objects.latest("pk").pk, cluster="long")
    export()


def export() -> None:
    """What people take away as files, unpacked, so that a search of bytes sees what stands in them."""
    folder = Path(settings.DATA) / "exports"
    folder.mkdir()
    for name, path in (("林老师", "/students/export/"), ("陈主任", "/alerts/export/")):
        answer = worlds.client_for(name).get(path, headers={"host": "localhost"})
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = b"".join(archive.read(inside) for inside in archive.namelist())
        assert answer.status_code == 200, (path, answer.status_code)
        (folder / path.strip("/").replace("/", "_")).write_bytes(content)


def write() -> None:
    everyone = list(Student.objects.filter(is_current=True).order_by("number"))
    print("ready", flush=True)
    for at in itertools.count():
        if select.select([sys.stdin], [], [], 0)[0]:
            break
        rows = [(s.number, s.name, "2024-2025-2", f"C{at}", "高等数学", 4, 60 + at % 40) for s in everyone]
        deliver(f"成绩{at}.csv", "score", [SCORE, *rows])


def texts(count: int) -> None:
    """Many words of one delivery, so that a rotation has something to do."""
    sids = list(Student.objects.order_by("sid").values_list("sid", flat=True))
    rows = [(sids[at % len(sids)], 1, at + 2, "reason", f"{MARKER}{at}") for at in range(count)]
    imports.keep_texts(delivery=Delivery.objects.get(table="leave"), texts=rows, now=worlds.NOW)


def rotate() -> None:
    vault.CHUNK = 10  # small steps: the kill falls between many
    print("ready", flush=True)
    vault.rotate(by=None, now=worlds.NOW)


def backup() -> None:
    print("ready", flush=True)
    done = backups.back_up(by=None, now=clock.now())
    assert done.ok, done.trouble


def check() -> None:
    """Every text opens; prints how far the newest rotation has come and how many master keys are known."""
    rows = list(FreeText.objects.order_by("row_no").filter(delivery__table="leave"))
    words = open_texts(rows, "text")
    newest = rotation()
    said = {"texts": len(words), "right": sum(word == f"{MARKER}{row.row_no - 2}" for row, word in zip(rows, words, strict=True))}
    said |= {"step": newest.step, "done": newest.done} if newest else {"step": "", "done": 0}
    print(json.dumps(said | {"masters": len(master.everything()), "runs": Rotation.objects.count()}))


def read() -> None:
    student = Student.objects.filter(number=cast.XIAOYU.username).first()
    texts = queries.read_texts(worlds.reader_of("林老师"), student.sid, now=worlds.NOW) if student else []
    print(
        json.dumps({"known": bool(student), "words": [text.words for text in texts], "accounts": access.account("2024010101") is not None})
    )


if __name__ == "__main__":
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    commands = {"build": build, "read": read, "rotate": rotate, "backup": backup, "check": check}
    commands |= {"write": write, "texts": lambda: texts(number)}
    commands[sys.argv[1]]()
