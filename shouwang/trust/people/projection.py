"""Rows of the master tables become people and units. Set-based: whatever is read is read once, whatever is written is upserted in bulk.

A row is a dict keyed by the standard's column names, as checked; codes may come as words or as the standard's numbers.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery

from shouwang.analysis.standard import load
from shouwang.common.paths import WIDTH, step
from shouwang.trust.people.models import CalendarDay, Guardian, Responsibility, Staff, Student, StudentNumber, Term, Unit
from shouwang.trust.people.pinyin import readings
from shouwang.trust.people.policies import CADRE_ROLES, TREE_OF, why_not_under

Row = Mapping[str, Any]
CHUNK = 5000


@dataclass(slots=True)
class Projected:
    """What a projection did; `skipped` names rows that could not be placed, in Chinese; `moved` are units whose path changed."""

    rows: int = 0
    gone: int = 0
    skipped: list[str] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)


def upsert(model: type[models.Model], rows: Iterable[models.Model], key: Collection[str], columns: Collection[str]) -> None:
    manager = model._default_manager
    manager.bulk_create(rows, update_conflicts=True, unique_fields=key, update_fields=columns, batch_size=CHUNK)


def in_chunks(values: Collection[Any]) -> Iterable[list[Any]]:
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


def _word(place: str, value: Any) -> str:
    """A code as its word, whether it came as word or number; '' for none."""
    if value is None or isinstance(value, str):
        return value or ""
    table, column = place.split(".")
    return next((code.code for code in load().table(table).column(column).codes if code.number == int(value)), "")


def _text(row: Row, name: str) -> str:
    return str(row.get(name) or "").strip()


def project_units(rows: Collection[Row], batch_id: int | None, keep: Collection[str]) -> Projected:
    """The whole tree: what the rows do not name is no longer current. A unit without a place in a tree is skipped and named."""
    done = Projected()
    known = {unit.code: unit for unit in Unit.objects.all()}
    named: dict[str, Unit] = {}
    parents: dict[str, str] = {}
    for row in rows:
        code, kind = _text(row, "code"), _word("unit.kind", row.get("kind"))
        unit = known.get(code) or Unit(code=code, path="")
        unit.name, unit.kind, unit.tree = _text(row, "name"), kind, TREE_OF.get(kind, "organisation")
        unit.batch_id, unit.is_current = batch_id, True
        named[code], parents[code] = unit, _text(row, "parent")
    schools = [code for code, unit in named.items() if unit.kind == "school"]
    if len(schools) == 1:
        parents |= {code: schools[0] for code, unit in named.items() if unit.kind == "building" and not parents[code]}
    placed = _place(named, parents, known, done)
    _write_units(placed, done)
    absent = [
        unit.pk for code, unit in known.items() if code not in placed and code not in keep and unit.is_current and unit.batch_id is not None
    ]
    done.gone = sum(Unit.objects.filter(pk__in=chunk).update(is_current=False) for chunk in in_chunks(absent))
    done.rows = len(placed)
    return done


def _place(named: dict[str, Unit], parents: dict[str, str], known: dict[str, Unit], done: Projected) -> dict[str, Unit]:
    """Paths from the root down. A path that still lies under its parent stays; else the next free place under the parent is taken."""
    everyone = {**known, **named}
    last: dict[str, int] = {}
    for unit in everyone.values():
        if unit.path:
            above = unit.path[:-WIDTH]
            last[above] = max(last.get(above, -1), int(unit.path[-WIDTH:], 36))
    below: dict[str, list[str]] = {}
    for code, parent in parents.items():
        below.setdefault(parent, []).append(code)
    placed: dict[str, Unit] = {}
    waiting: deque[tuple[str, Unit | None]] = deque((code, None) for code in below.get("", []))
    outside = [parent for parent in below if parent and parent not in named and parent in known]
    waiting.extend((code, known[parent]) for parent in outside for code in below[parent])
    while waiting:
        code, above_unit = waiting.popleft()
        unit = named[code]
        if reason := why_not_under(unit.kind, above_unit.kind if above_unit else None):
            done.skipped.append(f"机构 {code} {unit.name}：{reason}")
            continue
        above = above_unit.path if above_unit else ""
        if not unit.path or unit.path[:-WIDTH] != above:
            last[above] = last.get(above, -1) + 1
            if unit.pk:
                done.moved.append(unit.pk)
            unit.path = above + step(last[above])
        unit.parent = above_unit
        placed[code] = unit
        waiting.extend((child, unit) for child in below.get(code, []))
    done.skipped += [f"机构 {code}：上级 {parents[code]} 不存在或成环" for code in named if code not in placed and not _said(code, done)]
    return placed


def _said(code: str, done: Projected) -> bool:
    return any(sentence.startswith(f"机构 {code} ") for sentence in done.skipped)


def _write_units(placed: dict[str, Unit], done: Projected) -> None:
    """Level by level, because a child needs its parent's id."""
    columns = ("name", "kind", "tree", "parent", "path", "batch_id", "is_current")
    levels: dict[int, list[Unit]] = {}
    for unit in placed.values():
        levels.setdefault(len(unit.path), []).append(unit)
    ids: dict[str, int] = dict(Unit.objects.values_list("code", "pk"))
    for depth in sorted(levels):
        for unit in levels[depth]:
            if unit.parent is not None:
                unit.parent_id = ids[unit.parent.code]
        fresh = [unit for unit in levels[depth] if unit.pk is None]
        Unit.objects.bulk_create(fresh, batch_size=CHUNK)
        ids.update({unit.code: unit.pk for unit in fresh})
        Unit.objects.bulk_update([unit for unit in levels[depth] if unit not in fresh], columns, batch_size=500)
    if done.moved:
        rewrite_paths(done.moved)


def rewrite_paths(moved: Collection[int]) -> None:
    """Students carry copies of their class's and room's paths; a moved unit rewrites them."""
    path = Unit.objects.filter(pk=OuterRef("class_unit")).values("path")
    room = Unit.objects.filter(pk=OuterRef("room")).values("path")
    for chunk in in_chunks(moved):
        Student.objects.filter(class_unit__in=chunk).update(unit_path=Subquery(path))
        Student.objects.filter(room__in=chunk).update(dorm_path=Subquery(room))


def project_terms(rows: Collection[Row], batch_id: int | None, keep: Collection[str]) -> Projected:
    terms = [
        Term(
            code=int(row["term"]), name=_term_name(int(row["term"])), starts_on=row["starts_on"], ends_on=row["ends_on"], batch_id=batch_id
        )
        for row in rows
    ]
    upsert(Term, terms, ["code"], ["name", "starts_on", "ends_on", "batch_id", "is_current"])
    kept = {term.code for term in terms} | {int(code) for code in keep}
    delivered = Term.objects.filter(is_current=True, batch_id__isnull=False)
    return Projected(len(terms), delivered.exclude(code__in=kept).update(is_current=False))


def project_calendar(rows: Collection[Row], batch_id: int | None, keep: Collection[str]) -> Projected:
    """Whole day by day: a day that the rows do not name stays what an earlier delivery said of it."""
    days = [CalendarDay(day=row["day"], kind=_word("school_calendar.kind", row.get("kind")), batch_id=batch_id) for row in rows]
    upsert(CalendarDay, days, ["day"], ["kind", "batch_id", "is_current"])
    return Projected(len(days))


def _term_name(code: int) -> str:
    year, number = divmod(code, 10)
    return f"{year}-{year + 1}-{number}"


def project_students(rows: Collection[Row], batch_id: int | None, keep: Collection[str]) -> Projected:
    """Whole for the classes that stand in the rows: their students who are not named are no longer current."""
    done = Projected()
    units = {code: (pk, path, kind) for code, pk, path, kind in Unit.objects.values_list("code", "pk", "path", "kind")}
    numbers = [_text(row, "student_no") for row in rows]
    sids = known_sids(numbers)
    students: list[Student] = []
    for row, number in zip(rows, numbers, strict=True):
        home = units.get(_text(row, "unit"))
        if home is None or home[2] != "class" or number not in sids:
            done.skipped.append(
                f"学生 {number}：班级 {_text(row, 'unit')} 不在组织机构中" if number in sids else f"学生 {number}：没有登记内部编号"
            )
            continue
        students.append(_student(row, sids[number], home[:2], units.get(_text(row, "room")), batch_id))
    columns = [f.name for f in Student._meta.concrete_fields if f.name != "sid"]
    upsert(Student, students, ["sid"], columns)
    done.rows = len(students)
    classes = {student.class_unit_id for student in students}
    stay = {student.sid for student in students} | set(known_sids(keep).values())
    there = [
        sid
        for chunk in in_chunks(classes)
        for sid in Student.objects.filter(class_unit__in=chunk, is_current=True).values_list("sid", flat=True)
    ]
    gone = [sid for sid in there if sid not in stay]
    done.gone = sum(Student.objects.filter(sid__in=chunk).update(is_current=False) for chunk in in_chunks(gone))
    return done


def _student(row: Row, sid: int, home: tuple[int, str], room: tuple[int, str, str] | None, batch_id: int | None) -> Student:
    name = _text(row, "name")
    pinyin, initials = readings(name)
    return Student(
        sid=sid,
        number=_text(row, "student_no"),
        name=name,
        pinyin=pinyin,
        initials=initials,
        gender=_word("student.gender", row.get("gender")) or "unknown",
        national_id_tail=_text(row, "national_id_tail"),
        status=_word("student.status", row.get("status")) or "enrolled",
        entry_year=row.get("entry_year"),
        major_code=_text(row, "major_code"),
        class_unit_id=home[0],
        unit_path=home[1],
        room_id=room[0] if room else None,
        dorm_path=room[1] if room else "",
        phone=_text(row, "phone"),
        batch_id=batch_id,
        is_current=True,
    )


def known_sids(numbers: Collection[str]) -> dict[str, int]:
    """number → sid of those that have one."""
    found: dict[str, int] = {}
    for chunk in in_chunks(numbers):
        found.update(StudentNumber.objects.filter(number__in=chunk).values_list("number", "sid"))
    return found


def project_guardians(rows: Collection[Row], batch_id: int | None, keep: Collection[str]) -> Projected:
    """Whole for the classes of the students in the rows: their guardians who are not named are no longer current."""
    done = Projected()
    sids = known_sids({_text(row, "student_no") for row in rows})
    classes = {sid: unit for chunk in in_chunks(sids.values()) for sid, unit in _classes(chunk)}
    guardians: dict[tuple[int, str], Guardian] = {}
    for row in rows:
        sid = sids.get(_text(row, "student_no"), -1)
        if sid not in classes:
            done.skipped.append(f"监护人：学号 {_text(row, 'student_no')} 不在学生名册中")
            continue
        guardian = _guardian(row, sid, batch_id)
        guardians[sid, guardian.relation] = guardian
    columns = ["name", "phone", "is_legal", "lives_with", "batch_id", "is_current"]
    upsert(Guardian, guardians.values(), ["student", "relation"], columns)
    done.rows = len(guardians)
    stay = set(known_sids(keep).values())
    there = Guardian.objects.filter(student__class_unit__in=set(classes.values()), is_current=True).values_list(
        "pk", "student_id", "relation"
    )
    gone = [pk for pk, sid, relation in there if (sid, relation) not in guardians and sid not in stay]
    done.gone = sum(Guardian.objects.filter(pk__in=chunk).update(is_current=False) for chunk in in_chunks(gone))
    return done


def _classes(sids: Collection[int]) -> Iterable[tuple[int, int]]:
    return Student.objects.filter(sid__in=sids).values_list("sid", "class_unit_id")


def _guardian(row: Row, sid: int, batch_id: int | None) -> Guardian:
    return Guardian(
        student_id=sid,
        relation=_word("guardian.relation", row.get("relation")) or "other",
        name=_text(row, "name"),
        phone=_text(row, "phone"),
        is_legal=bool(row.get("legal")),
        lives_with=row.get("lives_with"),
        batch_id=batch_id,
        is_current=True,
    )


def project_staff(rows: Collection[Row], batch_id: int | None, keep: Collection[str]) -> Projected:
    units = dict(Unit.objects.values_list("code", "pk"))
    staff = []
    for row in rows:
        pinyin, initials = readings(_text(row, "name"))
        staff.append(
            Staff(
                number=_text(row, "staff_no"),
                name=_text(row, "name"),
                pinyin=pinyin,
                initials=initials,
                office_id=units.get(_text(row, "office")),
                phone=_text(row, "phone"),
                email=_text(row, "email"),
                post=_text(row, "post"),
                batch_id=batch_id,
            )
        )
    upsert(Staff, staff, ["number"], ["name", "pinyin", "initials", "office", "phone", "email", "post", "batch_id", "is_current"])
    stay = {person.number for person in staff} | set(keep)
    delivered = Staff.objects.filter(is_current=True, batch_id__isnull=False).values_list("pk", "number")
    gone = [pk for pk, number in delivered if number not in stay]
    return Projected(len(staff), sum(Staff.objects.filter(pk__in=chunk).update(is_current=False) for chunk in in_chunks(gone)))


def project_responsibilities(rows: Collection[Row], batch_id: int | None, keep: Collection[str]) -> Projected:
    """Whole for the school: what earlier deliveries said and the rows do not is over, a role that nobody holds any more too, as the preview
    says. What was assigned on screen (batch_id null) stays.
    """
    done = Projected()
    delivered = Responsibility.objects.filter(batch_id__isnull=False)
    before = {_same(one): one for one in delivered.order_by("pk")}
    keeping = set(delivered.filter(staff__number__in=keep, is_current=True).values_list("pk", flat=True))
    went = set(delivered.filter(is_current=True).values_list("pk", flat=True)) - keeping
    staff = dict(Staff.objects.values_list("number", "pk"))
    units = dict(Unit.objects.values_list("code", "pk"))
    sids = known_sids({_text(row, name) for row in rows for name in ("student_no", "staff_no")} - {""})
    present = {sid for chunk in in_chunks(sids.values()) for sid, _ in _classes(chunk)}
    sids = {number: sid for number, sid in sids.items() if sid in present}
    fresh: dict[tuple[object, ...], Responsibility] = {}
    still: list[int] = []
    for row in rows:
        one = _responsibility(row, staff, units, sids, batch_id)
        if isinstance(one, str):
            done.skipped.append(one)
        elif (known := before.get(_same(one))) is not None:
            still.append(known.pk)
        else:
            fresh[_same(one)] = one
    for chunk in in_chunks(went - set(still)):
        done.gone += Responsibility.objects.filter(pk__in=chunk).update(is_current=False)
    for chunk in in_chunks(still):
        Responsibility.objects.filter(pk__in=chunk).update(is_current=True, batch_id=batch_id)
    Responsibility.objects.bulk_create(fresh.values(), batch_size=CHUNK)
    done.rows = len(fresh) + len(set(still))
    return done


def _same(one: Responsibility) -> tuple[object, ...]:
    """What makes two rows the same responsibility: who, as what, for whom, from when to when."""
    return one.staff_id, one.cadre_id, one.role, one.unit_id, one.student_id, one.starts_on, one.ends_on


def _responsibility(
    row: Row, staff: dict[str, int], units: dict[str, int], sids: dict[str, int], batch_id: int | None
) -> Responsibility | str:
    role, holder = _word("responsibility.role", row.get("role")), _text(row, "staff_no")
    unit, student = units.get(_text(row, "unit")), sids.get(_text(row, "student_no"))
    cadre = sids.get(holder) if role in CADRE_ROLES and holder not in staff else None
    if holder not in staff and cadre is None:
        return f"责任人：工号 {holder} 不在教职工名册中"
    if (unit is None) == (student is None):
        return f"责任人 {holder}：单位或学生须填且只填一项，或所填不存在"
    starts: date | None = row.get("starts_on")
    return Responsibility(
        staff_id=staff.get(holder),
        cadre_id=cadre,
        role=role,
        unit_id=unit,
        student_id=student,
        starts_on=starts or date(2000, 1, 1),
        ends_on=row.get("ends_on"),
        batch_id=batch_id,
    )


PROJECTIONS: dict[str, Callable[[Collection[Row], int | None, Collection[str]], Projected]] = {
    "unit": project_units,
    "term": project_terms,
    "school_calendar": project_calendar,
    "student": project_students,
    "guardian": project_guardians,
    "staff": project_staff,
    "responsibility": project_responsibilities,
}
