"""A bureau's database for the pages: a million students, 200,000 alerts. `python -m bench.crowd FOLDER [STUDENTS [ALERTS]]` builds it.

Everything that decides who may see what goes through the product's actions (the cast of tests/worlds.py, its roles, the rules). The crowd itself
is written straight into the tables; an audit of this database would name every row of it.
"""

import os
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

DONE = "crowd.done"  # in the folder of a database that is whole
COLLEGES, CLASS_OF, ROOM_OF = 100, 40, 8
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = "雨欣文静浩然子轩思琪一鸣佳怡梓涵宇航俊杰婷婷雪梅建国志远天乐明月立冬大山海涛云飞小禾冬阳紫薇一帆丁香晓峰丽娟"
STATES = (("open", 0.45), ("acknowledged", 0.25), ("snoozed", 0.05), ("dismissed", 0.1), ("cleared", 0.15))


@dataclass(frozen=True, slots=True)
class Place:
    """A class with its paths."""

    pk: int
    path: str
    college: int


def build(students: int = 1_000_000, alerts: int = 200_000) -> None:
    """Into the configured database, which must be empty. About two minutes for a million on two cores."""
    from django.core.management import call_command
    from django.db import transaction

    from shouwang.work.alerts import actions
    from tests import worlds

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    with transaction.atomic():
        worlds.small_school()
        actions.install_presets(preset="higher", by=None, now=worlds.NOW)
        dice = random.Random(20251210)
        classes, rooms = _units(students)
        _students(students, classes, rooms, dice)
        _lead_a_college()
        run = _run(students, alerts)
        _alerts(alerts, students, run, dice)
    _analyse()


def _units(students: int) -> tuple[list[Place], list[tuple[int, str]]]:
    """Colleges with classes under the school, buildings with floors and rooms; ids and paths as the projection would give them."""
    from shouwang.common.paths import step
    from shouwang.trust.people.models import Unit

    school = Unit.objects.get(code="YL")
    rows: list[tuple[Any, ...]] = []
    classes: list[Place] = []
    rooms: list[tuple[int, str]] = []
    pk = 1000
    per_college = max(1, students // COLLEGES // CLASS_OF)
    for at in range(COLLEGES):
        pk += 1
        college, path = pk, school.path + step(100 + at)
        rows.append((pk, 0, True, f"C{at:03}", f"第{at + 1}学院", "college", "organisation", school.pk, path))
        for number in range(per_college):
            pk += 1
            classes.append(Place(pk, path + step(number), at))
            rows.append(
                (pk, 0, True, f"C{at:03}-{number:03}", f"{at + 1}院{number + 1}班", "class", "organisation", college, path + step(number))
            )
    for at in range(COLLEGES):
        pk += 1
        building, path = pk, step(2000 + at)
        rows.append((pk, 0, True, f"B{at:03}", f"第{at + 1}公寓", "building", "dormitory", None, path))
        per_floor = max(1, students * 8 // 10 // ROOM_OF // COLLEGES // 10)
        for floor in range(10):
            pk += 1
            above = pk
            rows.append(
                (pk, 0, True, f"B{at:03}-{floor}", f"{at + 1}公寓{floor + 1}层", "floor", "dormitory", building, path + step(floor))
            )
            for number in range(per_floor):
                pk += 1
                rooms.append((pk, path + step(floor) + step(number)))
                rows.append(
                    (pk, 0, True, f"B{at:03}-{floor}-{number:03}", f"{floor + 1}{number:02}室", "room", "dormitory", above, rooms[-1][1])
                )
    _fill("people_unit", "id batch_id is_current code name kind tree parent_id path", rows)
    return classes, rooms


def _students(count: int, classes: list[Place], rooms: list[tuple[int, str]], dice: random.Random) -> None:
    from pypinyin import lazy_pinyin

    sounds = {sign: lazy_pinyin(sign)[0] for sign in SURNAMES + GIVEN}

    def rows() -> Iterator[tuple[Any, ...]]:
        for at in range(count):
            name = dice.choice(SURNAMES) + "".join(dice.choice(GIVEN) for _ in range(2 if at % 4 else 1))
            place = classes[at // CLASS_OF % len(classes)]
            room = rooms[at * 8 // 10 // ROOM_OF % len(rooms)] if at % 10 < 8 else (None, "")
            syllables = [sounds[sign] for sign in name]
            yield (
                0, True, 1000 + at, f"9{at:09}", name, "".join(syllables), "".join(one[0] for one in syllables), "female" if at % 2 else "male", "",
                "enrolled", 2023 + at % 3, "RJ", place.pk, room[0], place.path, room[1], f"139{at:08}",
            )  # fmt: skip

    _fill(
        "people_student",
        "batch_id is_current sid number name pinyin initials gender national_id_tail status entry_year major_code class_unit_id room_id unit_path "
        "dorm_path phone",
        rows(),
    )


def _lead_a_college() -> None:
    """李秘书 also answers for the first college of the crowd, 林老师 for its first class, 王宿管 for its first building."""
    from shouwang.trust.people import actions as people
    from tests import cast, worlds

    named = ((cast.LI, "C000"), (cast.LIN, "C000-000"), (cast.WANG, "B000"))
    rows = worlds.responsibility_rows() + [
        {"staff_no": actor.username, "role": actor.role, "unit": unit, "starts_on": worlds.STARTS} for actor, unit in named
    ]
    done = people.project("responsibility", rows, batch_id=0, now=worlds.NOW)
    assert not done.skipped, done.skipped


def _run(students: int, alerts: int) -> int:
    """The run that everything refers to, through the model: its columns are the product's business."""
    from django.db.models import QuerySet

    from shouwang.work.alerts.models import Run, Snapshot

    now, digest = datetime.fromisoformat("2025-12-10T07:00:00+08:00"), "0" * 64
    run = Run(
        as_of=now.date(), term=20251, snapshot=Snapshot(digest=digest), rules_digest=digest, indicators_digest=digest, engine="bench",
        path="none.parquet", sha256=digest, students=students, fired=alerts, unknown=0, opened=alerts, started_at=now,
    )  # fmt: skip
    for row in (run.snapshot, run):
        QuerySet(type(row)).bulk_create([row])
    return int(run.pk)


def _alerts(count: int, students: int, run: int, dice: random.Random) -> None:
    """Each of a different pair of student and rule, in every state; levels and their rollup with them."""
    from shouwang.trust.people.models import Student
    from shouwang.work.alerts.models import RuleVersion
    from shouwang.work.alerts.queries import meaning

    versions = list(RuleVersion.objects.filter(retired_at=None).prefetch_related("reasons"))
    of_rule = {one.pk: sorted(known.indicators) if (known := meaning(one).rule) else [] for one in versions}
    chosen = sorted(dice.sample(range(1000, 1000 + students), count * 3 // 4))
    pairs = [
        (sid, versions[(sid + extra * 7) % len(versions)]) for at, sid in enumerate(chosen) for extra in range(2 if at % 3 == 0 else 1)
    ][:count]
    paths: dict[int, tuple[str, str]] = {}
    for first in range(0, len(chosen), 5000):
        found = Student.objects.filter(pk__in=chosen[first : first + 5000]).values_list("pk", "unit_path", "dorm_path")
        paths |= {sid: (unit, dorm) for sid, unit, dorm in found}
    states, weights = zip(*STATES, strict=True)
    alerts, values, events, levels = [], [], [], dict[int, int]()
    for pk, (sid, rule) in enumerate(pairs, 1):
        state = dice.choices(states, weights)[0]
        opened = date(2025, 12, 10) - timedelta(days=dice.randrange(90))
        alerts.append(
            (
                pk, sid, *paths[sid], rule.code, rule.pk, rule.domain, rule.level, rule.weight, rule.categories, state, 20251, opened, date(2025, 12, 10),
                1, 0, None, None, run, run, run if state == "dismissed" else None, "known" if state == "dismissed" else "",
                date(2025, 12, 20) if state == "snoozed" else None, date(2025, 12, 10) if state == "cleared" else None,
            )
        )  # fmt: skip
        values += [(pk, run, name, float(dice.randrange(3, 40))) for name in of_rule[rule.pk]]
        events.append((pk, "opened", run, None, datetime.fromisoformat("2025-12-10T07:00:00+08:00"), "", None))
        if state not in ("cleared", "dismissed"):
            levels[sid] = max(levels.get(sid, 0), rule.level)
    columns = "id student_id unit_path dorm_path rule_code rule_version_id domain level weight categories state term opened_on last_fired_on episodes"
    more = "false_runs false_on unknown_since run_id values_run_id dismissed_run_id dismissed_reason snoozed_until cleared_on"
    _fill("alerts_alert", f"{columns} {more}", alerts)
    _fill("alerts_alertvalue", "alert_id run_id indicator value", values)
    _fill("alerts_alertevent", "alert_id kind run_id by_id at reason until", events)
    standing = (
        (sid, levels.get(sid, 0), levels.get(sid, 0) * 2, int(sid % 50 == 0), run, date(2025, 12, 1))
        for sid in range(1000, 1000 + students)
    )
    _fill("alerts_studentlevel", "student_id level score unknown_count run_id since_on", standing)
    _rollup(run, levels)


def _rollup(run: int, levels: dict[int, int]) -> None:
    from django.db import connection

    from shouwang.common.paths import ancestors
    from shouwang.trust.ledger import actions as ledger
    from shouwang.trust.ledger.guard import told
    from shouwang.trust.people.models import Unit
    from shouwang.work.alerts.actions import tallies

    units = dict(Unit.objects.filter(tree="organisation").values_list("path", "pk"))
    counted: Counter[tuple[int, int]] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit_path, level, COUNT(*) FROM alerts_studentlevel l JOIN people_student s ON s.sid = l.student_id GROUP BY 1, 2"
        )
        for path, level, n in cursor.fetchall():
            for above in ancestors(path):
                counted[units[above], level] += n
    _fill("alerts_levelcount", "run_id unit_id level n unknown", [(run, unit, level, n, n // 50) for (unit, level), n in counted.items()])
    with told():
        tallies.recount()
        ledger.record("alerts.followed", by=None, about=[], now=datetime.fromisoformat("2025-12-10T07:00:00+08:00"))


def _fill(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    from django.db import connection

    names = columns.split()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            if "id" not in names:
                return
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))")
            return
        marks = ", ".join(["%s"] * len(names))
        cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)  # the names are ours


def _analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "shouwang.config.settings"
    os.environ["SHOUWANG_DATA"] = str(Path(sys.argv[1]).resolve())
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    import django

    django.setup()
    build(*(int(one) for one in sys.argv[2:]))
    (Path(sys.argv[1]) / DONE).touch()
