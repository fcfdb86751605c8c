"""A student is erased: the identity goes, the opaque id stays, because facts, alerts and the ledger point to it and then to nobody."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import NUMBER, Guardian, Responsibility, Student, StudentNumber, Unit
from shouwang.trust.people.models import Erasure as Erasure  # noqa: PLC0414  the front names the type, and reaches it here
from shouwang.trust.vault import queries as vault

NOBODY = "（已删除）"


def placeholder() -> str:
    """Opaque, unique, and no number any school gives."""
    return f"erased-{uuid.uuid4().hex[:24]}"


def student(number: str) -> Student | None:
    """Whom the register knows by this number, current or not."""
    return Student.objects.filter(number=number.strip()).first()


def still_named(subjects: Iterable[str]) -> list[Student]:
    """Students whose keys are destroyed and whose names are there again, because an older backup was restored."""
    sids = [int(subject.partition(":")[2]) for subject in subjects if subject.startswith("student:")]
    return list(Student.objects.filter(sid__in=sids).exclude(name=NOBODY).order_by("sid"))


def begin(*, student: Student, reason: str, by: int | None, now: datetime) -> Erasure:
    """From here on no file brings the student in; asked again for one under way, the same."""
    found = Erasure.objects.filter(sid=student.sid).first()
    if found is not None:
        return found
    with told():
        blind = vault.blind(NUMBER, student.number)
        erasure = Erasure.objects.create(sid=student.sid, number_blind=blind, reason=reason, by=by, begun_at=now)
        ledger.record("vault.erasure_begun", by=by, about=[f"student:{student.sid}"], now=now)
    return erasure


def forget(*, sid: int, by: int | None, now: datetime) -> None:
    """Name, number, contact and class of a student and their guardians give way to placeholders that say nothing."""
    school = Unit.objects.filter(kind="school").order_by("path").first() or Unit.objects.order_by("path").first()
    number = placeholder()
    blank = {"name": NOBODY, "pinyin": "", "initials": "", "gender": "unknown", "national_id_tail": "", "phone": "", "major_code": ""}
    place = {"class_unit": school, "unit_path": school.path, "room": None, "dorm_path": "", "entry_year": None} if school else {}
    with told():
        Student.objects.filter(sid=sid).update(number=number, status="left", is_current=False, batch_id=None, **blank, **place)
        StudentNumber.objects.filter(sid=sid).update(number=number)
        nobody = {"name": NOBODY, "phone": "", "is_legal": False, "lives_with": None, "is_current": False, "batch_id": None}
        Guardian.objects.filter(student_id=sid).update(**nobody)
        Responsibility.objects.filter(Q(cadre_id=sid) | Q(student_id=sid)).update(is_current=False)
        ledger.record("people.forgotten", by=by, about=[f"student:{sid}"], now=now)


def finish(*, erasure: Erasure, entry_id: int, files: int, by: int | None, now: datetime) -> Erasure:
    """The erasure is complete; the certificate can be handed over."""
    with told():
        erasure.entry_id, erasure.files, erasure.finished_at = entry_id, files, now
        erasure.save()
        ledger.record("people.erasure_finished", by=by, about=[f"student:{erasure.sid}"], now=now, content={"files": files})
    return erasure
