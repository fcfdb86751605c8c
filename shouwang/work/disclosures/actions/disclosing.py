"""Handing out fields: drafted, looked at, sent, ended. A withdrawn consent takes its student out at once."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from shouwang.common.reader import Reader, acting
from shouwang.trust.access import queries as access
from shouwang.trust.access import readings
from shouwang.trust.access.models import Account
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Guardian, Student
from shouwang.work.disclosures import policies
from shouwang.work.disclosures.models import Consent, DisclosedField, DisclosedStudent, Disclosure
from shouwang.work.disclosures.policies import pick
from shouwang.work.disclosures.queries import sheets

MOST_STUDENTS = 200


class CannotDisclose(Exception):
    """Why a disclosure is refused; the message is for people, with the remedy."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form asks. `recipient`: an account id, or None with the `outsider`'s name; `consent_by`: "student", "guardian" or ""."""

    purpose: str
    basis: str
    recipient: int | None
    outsider: str
    numbers: tuple[str, ...]
    fields: tuple[str, ...]
    until: date | None
    consent_by: str = ""
    consent_how: str = ""
    consent_on: date | None = None
    remark: str = ""


def disclose(*, wanted: Wanted, by: Reader, now: datetime) -> Disclosure:
    """A draft: nothing is sent before somebody has looked at it. CannotDisclose with the reason."""
    if refused := why_not(by, "disclose"):
        raise CannotDisclose(refused)
    students = _students(wanted, by)
    recipient = _recipient(wanted, by, now)
    until = _check(wanted, students, recipient, by, now)
    with told():
        made = Disclosure.objects.create(
            purpose=wanted.purpose,
            basis=wanted.basis,
            recipient=recipient,
            outsider=wanted.outsider.strip() if recipient is None else None,
            remark=wanted.remark.strip() or None,
            until=until,
            made_by_id=by.account_id,
            made_at=now,
        )
        for student in students:
            DisclosedStudent.objects.create(disclosure=made, student=student, consent=_consent(wanted, student, by, now))
        DisclosedField.objects.bulk_create([DisclosedField(disclosure=made, field=code) for code in wanted.fields])
        about = [made.ref, *(f"student:{student.sid}" for student in students)]
        ledger.record("disclosures.drafted", by=by.account_id, about=about, now=now, content={"fields": sorted(wanted.fields)})
    return made


def send(*, disclosure: int, by: Reader, now: datetime) -> Disclosure:
    """From now on the recipient reads it. CannotDisclose with the reason."""
    with told():
        found = _locked(disclosure, by)
        if found.state != "draft" or why_not(by, "disclose"):
            raise CannotDisclose(pick(by.lang, "它已经发出或结束了。", "It has been sent or is over."))
        if refused := sheets.why_not_take(found, by):
            raise CannotDisclose(refused)
        found.state, found.sent_at = Disclosure.State.SENT, now
        found.save()
        ledger.record("disclosures.sent", by=by.account_id, about=_about(found), now=now)
    return found


def end_disclosure(*, disclosure: int, by: Reader, now: datetime) -> Disclosure:
    """Nobody reads it any more. CannotDisclose with the reason."""
    with told():
        found = _locked(disclosure, by)
        if found.state == "ended" or why_not(by, "disclose"):
            raise CannotDisclose(pick(by.lang, "它已经结束了。", "It is over already."))
        _end(found, by.account_id, now)
        ledger.record("disclosures.ended", by=by.account_id, about=_about(found), now=now)
    return found


def withdraw_consent(*, consent: int, by: Reader, now: datetime) -> Consent:
    """At the word of the student or the guardian, or by them on their own page. The student is out of every sheet at once."""
    with told():
        found = sheets.consents(by).filter(pk=consent, withdrawn_at=None).first()
        if found is None:
            raise CannotDisclose(pick(by.lang, "没有这份有效的同意。", "There is no such consent in force."))
        found.withdrawn_at, found.withdrawn_by = now, by.account_id
        found.save()
        ledger.record(
            "disclosures.consent_withdrawn", by=by.account_id, about=[f"consent:{found.pk}", f"student:{found.student_id}"], now=now
        )
        for one in Disclosure.objects.filter(students__consent=found, state__in=("draft", "sent")):
            if not sheets.live_students(one).exists():
                _end(one, by.account_id, now)
                ledger.record("disclosures.ended", by=by.account_id, about=[one.ref], now=now)
    return found


def note_read(*, disclosure: Disclosure, by: Reader, now: datetime) -> None:
    """The recipient has it before them: every time, and for each student once an hour in what their family is told."""
    with told():
        sids = list(sheets.live_students(disclosure).values_list("student_id", flat=True))
        ledger.record("disclosures.read", by=by.actor, about=[disclosure.ref], now=now, content={"students": len(sids)})
    readings.note_many(by=by, sids=sids, now=now, kind="disclosure", ref=disclosure.ref)


def _end(found: Disclosure, by: int, now: datetime) -> None:
    found.state, found.ended_at, found.ended_by = Disclosure.State.ENDED, now, by
    found.save()


def _students(wanted: Wanted, by: Reader) -> list[Student]:
    numbers = list(dict.fromkeys(number.strip() for number in wanted.numbers if number.strip()))
    if not 1 <= len(numbers) <= MOST_STUDENTS:
        raise CannotDisclose(pick(by.lang, f"请填写 1 到 {MOST_STUDENTS} 个学号。", f"Give between 1 and {MOST_STUDENTS} student numbers."))
    found = {student.number: student for student in access.students(by).filter(number__in=numbers)}
    if unknown := [number for number in numbers if number not in found]:
        raise CannotDisclose(
            pick(by.lang, f"您的范围内没有这些学号：{'、'.join(unknown[:5])}", f"Not among your students: {', '.join(unknown[:5])}")
        )
    return [found[number] for number in numbers]


def _recipient(wanted: Wanted, by: Reader, now: datetime) -> Account | None:
    if wanted.recipient is None:
        if not wanted.outsider.strip():
            raise CannotDisclose(
                pick(
                    by.lang, "请选择接收方，或写明校外人员的姓名和单位。", "Choose a recipient, or name the person and their organisation."
                )
            )
        return None
    found = sheets.recipients(timezone.localdate(now)).filter(pk=wanted.recipient).first()
    if found is None:
        raise CannotDisclose(pick(by.lang, "没有找到这个接收方，请重新选择。", "This recipient was not found; choose again."))
    return found


def _check(wanted: Wanted, students: list[Student], recipient: Account | None, by: Reader, now: datetime) -> date:
    if wanted.purpose not in policies.PURPOSES or wanted.basis not in policies.BASES or wanted.until is None:
        raise CannotDisclose(pick(by.lang, "请选择目的、依据和截止日期。", "Choose a purpose, a basis and a last day."))
    taker = acting(by, "export")
    mine = -1
    for student in students:
        mine &= access.categories(taker, student.sid)
    theirs = sheets.may_receive(recipient, timezone.localdate(now))
    consented = wanted.consent_by in ("student", "guardian") and wanted.consent_how in policies.HOW and wanted.consent_on is not None
    why = policies.why_not_disclose(
        codes=list(wanted.fields), mine=mine, theirs=theirs, basis=wanted.basis, consented=consented, until=wanted.until,
        today=timezone.localdate(now), lang=by.lang,
    )  # fmt: skip
    if why:
        raise CannotDisclose(why)
    return wanted.until


def _consent(wanted: Wanted, student: Student, by: Reader, now: datetime) -> Consent | None:
    if not wanted.consent_by:
        return None
    guardian = None
    if wanted.consent_by == "guardian":
        guardian = Guardian.objects.filter(student=student, is_current=True).order_by("-is_legal", "pk").first()
        if guardian is None:
            why = pick(
                by.lang,
                f"名册中没有 {student.name} 的监护人，请由本人同意或先补全名册。",
                f"The register names no guardian of {student.name}.",
            )
            raise CannotDisclose(why)
    given = {"given_by": wanted.consent_by, "how": wanted.consent_how, "given_on": wanted.consent_on}
    return Consent.objects.create(student=student, guardian=guardian, recorded_by=by.account_id, recorded_at=now, **given)


def _locked(disclosure: int, by: Reader) -> Disclosure:
    found = sheets.sent_by(by).filter(pk=disclosure).first()
    if found is None:
        raise CannotDisclose(pick(by.lang, "没有这份披露。", "There is no such disclosure."))
    return Disclosure.objects.select_for_update().get(pk=found.pk)


def _about(found: Disclosure) -> list[str]:
    return [found.ref, *(f"student:{sid}" for sid in found.students.values_list("student_id", flat=True))]
