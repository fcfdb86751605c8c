"""Writes about who is who. The projection is rebuilt from live batches; responsibilities are also assigned on screen."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import CalendarDay, Guardian, Responsibility, Staff, Student, StudentNumber, Term, Unit
from shouwang.trust.people.policies import why_not_assign
from shouwang.trust.people.projection import CHUNK, PROJECTIONS, Projected, Row, known_sids
from shouwang.trust.people.queries import in_force


class CannotAssign(Exception):
    """A responsibility that may not be given; the reason is the message, in Chinese."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One live delivery of a master table, as `rebuild` wants it."""

    table: str
    batch_id: int
    rows: Collection[Row]
    keep: Collection[str] = ()


def allocate_sids(numbers: Iterable[str], *, now: datetime, by: int | None = None) -> dict[str, int]:
    """number → sid for all; a new number takes the next sid in the order given (class order makes a class contiguous). Known ones keep theirs."""
    ordered = list(dict.fromkeys(number.strip() for number in numbers))
    sids = known_sids(ordered)
    fresh = [number for number in ordered if number not in sids]
    if not fresh:
        return sids
    with told():
        # Two who allocate wait for each other here; whoever only refers to the school does not wait.
        list(Unit.objects.select_for_update(no_key=True).filter(kind="school").values_list("pk"))
        sids |= known_sids(fresh)
        fresh = [number for number in fresh if number not in sids]
        first = (StudentNumber.objects.aggregate(last=Max("sid"))["last"] or 0) + 1
        made = {number: first + offset for offset, number in enumerate(fresh)}
        StudentNumber.objects.bulk_create([StudentNumber(sid=sid, number=number) for number, sid in made.items()], batch_size=CHUNK)
        ledger.record("people.sids_allocated", by=by, about=[], now=now, content={"first": first, "count": len(fresh)})
    return sids | made


def project(
    table: str, rows: Collection[Row], *, batch_id: int | None, now: datetime, by: int | None = None, keep: Collection[str] = ()
) -> Projected:
    """Rows of one accepted master table become people and units. Doing it twice changes nothing.

    `keep`: keys that stood in the file but were refused; they are not treated as gone. KeyError for a table that is no master table here.
    """
    if table == "student":
        allocate_sids(_class_order(rows), now=now, by=by)
    with told():
        done = PROJECTIONS[table](rows, batch_id, set(keep))
        counts = {"table": table, "batch": batch_id, "rows": done.rows, "gone": done.gone, "skipped": len(done.skipped)}
        about = [f"delivery:{batch_id}"] if batch_id is not None else []
        ledger.record(f"people.{table}_projected", by=by, about=about, now=now, content=counts)
    return done


def _class_order(rows: Collection[Row]) -> list[str]:
    paths = dict(Unit.objects.filter(kind="class").values_list("code", "path"))
    ordered = sorted(rows, key=lambda row: (paths.get(str(row.get("unit") or "").strip(), "~"), str(row["student_no"])))
    return [str(row["student_no"]) for row in ordered]


def rebuild(batches: Iterable[Batch], *, tables: Collection[str], now: datetime, by: int | None = None) -> dict[str, Projected]:
    """After a retraction: forget what deliveries said of `tables` and say it again from the live ones, oldest first. Ids stay."""
    models: Mapping[str, Any] = {
        "unit": Unit,
        "term": Term,
        "school_calendar": CalendarDay,
        "student": Student,
        "guardian": Guardian,
        "staff": Staff,
        "responsibility": Responsibility,
    }
    done: dict[str, Projected] = {}
    with told():
        for table in tables:
            models[table].objects.filter(batch_id__isnull=False).update(is_current=False)
        for batch in batches:
            if batch.table in tables:
                done[batch.table] = project(batch.table, batch.rows, batch_id=batch.batch_id, now=now, by=by, keep=batch.keep)
        ledger.record("people.rebuilt", by=by, about=[], now=now, content={"tables": sorted(tables)})
    return done


def assign_responsible(
    *,
    role: str,
    starts_on: date,
    by: int | None,
    now: datetime,
    staff: Staff | None = None,
    cadre: Student | None = None,
    unit: Unit | None = None,
    student: Student | None = None,
    ends_on: date | None = None,
) -> Responsibility:
    """A person answers for a unit or a student from `starts_on`. CannotAssign with the reason; the same assignment twice is one."""
    if (staff is None) == (cadre is None) or (unit is None) == (student is None):
        raise CannotAssign("请选择一位责任人，并选择一个单位或一名学生")
    kind = unit.kind if unit is not None else None
    reason = why_not_assign(role=role, unit_kind=kind, held_by_student=cadre is not None, starts_on=starts_on, ends_on=ends_on)
    if reason is not None:
        raise CannotAssign(reason)
    with told():
        held = _already(starts_on, ends_on, role=role, staff=staff, cadre=cadre, unit=unit, student=student)
        given = held or Responsibility.objects.create(
            role=role, staff=staff, cadre=cadre, unit=unit, student=student, starts_on=starts_on, ends_on=ends_on, assigned_by=by
        )
        about = [f"responsibility:{given.pk}", f"unit:{unit.pk}" if unit else f"student:{student.sid}" if student else ""]
        content = {"role": role, "starts_on": starts_on.isoformat(), "staff": staff.pk if staff else None}
        content |= {"ends_on": ends_on.isoformat()} if ends_on else {}
        ledger.record("people.responsible_assigned", by=by, about=about, now=now, content=content)
    return given


def _already(starts_on: date, ends_on: date | None, **what: Any) -> Responsibility | None:
    """The same duty if it is held until the same day. CannotAssign when it is held without end: a day beside it would promise what does not come."""
    held = Responsibility.objects.filter(is_current=True, starts_on__lte=starts_on, **what)
    if ends_on is not None and held.filter(ends_on=None).exists():
        raise CannotAssign("这项职责已由同一个人担任，没有截止日期。要改成到某天为止，请先结束现有的一条，再重新指定。")
    return held.filter(ends_on=ends_on).first()


def end_responsibility(*, responsibility: Responsibility, ends_on: date, by: int | None, now: datetime) -> Responsibility:
    """The last day of a responsibility; the row stays as history. CannotAssign when it ends before it began."""
    if ends_on < responsibility.starts_on:
        raise CannotAssign("结束日期早于开始日期，请改正日期")
    with told():
        responsibility.ends_on = ends_on
        responsibility.save(update_fields=["ends_on"])
        content = {"ends_on": ends_on.isoformat()}
        ledger.record("people.responsible_ended", by=by, about=_ended_about(responsibility), now=now, content=content)
    return responsibility


def end_at_once(*, responsibility: Responsibility, on: date, by: int | None, now: datetime) -> Responsibility:
    """From this moment it gives nothing any more. `on`: the school's today.

    A last day counts to its evening, so yesterday is written; what began today has no yesterday and is no longer current instead.
    """
    yesterday = on - timedelta(days=1)
    if responsibility.starts_on <= yesterday:
        return end_responsibility(responsibility=responsibility, ends_on=yesterday, by=by, now=now)
    with told():
        responsibility.ends_on, responsibility.is_current = responsibility.starts_on, False
        responsibility.save(update_fields=["ends_on", "is_current"])
        content = {"ends_on": responsibility.starts_on.isoformat(), "withdrawn": True}
        ledger.record("people.responsible_ended", by=by, about=_ended_about(responsibility), now=now, content=content)
    return responsibility


def _ended_about(ended: Responsibility) -> list[str]:
    place = f"unit:{ended.unit_id}" if ended.unit_id is not None else f"student:{ended.student_id}"
    return [f"responsibility:{ended.pk}", place]


def end_first_duty(*, staff: Staff, role: str, ends_on: date, by: int | None, now: datetime) -> int:
    """Ends what somebody was given on screen before the register came, once the register names somebody else for it. Returns how many."""
    others = in_force(now.date()).filter(role=role, batch_id__isnull=False).exclude(staff=staff)
    first = Responsibility.objects.filter(staff=staff, role=role, batch_id=None, is_current=True, ends_on=None)
    ended = list(first) if others.exists() else []
    for one in ended:
        end_responsibility(responsibility=one, ends_on=ends_on, by=by, now=now)
    return len(ended)
