"""Disclosures and what stands on their sheets: exactly the chosen fields of the students whose consent, where one was needed, still stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from shouwang.analysis.standard import load
from shouwang.common.reader import Reader, acting
from shouwang.trust.access import matrix, readings
from shouwang.trust.access import queries as access
from shouwang.trust.access.models import Account, Reading
from shouwang.trust.access.policies import MAY
from shouwang.trust.ledger import queries as ledger
from shouwang.trust.ledger.models import Entry
from shouwang.trust.people import queries as people
from shouwang.trust.people.models import GENDERS, STATUSES, Guardian, Student
from shouwang.trust.vault import queries as vault
from shouwang.work.alerts.queries.computing import engine
from shouwang.work.disclosures import policies
from shouwang.work.disclosures.models import Consent, DisclosedStudent, Disclosure
from shouwang.work.disclosures.policies import Field, pick
from shouwang.work.imports import queries as imports

ROWS = 200
SHORT_WORD, SHORT_NUMBER = 3, 6


def sent_by(by: Reader) -> QuerySet[Disclosure]:
    """What was disclosed about the reader's own students, newest first: all of its students must be theirs."""
    rows = Disclosure.objects.select_related("recipient__staff__office", "made_by__staff").order_by("-made_at", "-pk")
    if not access.may(by, "disclosures_follow"):
        return rows.none()
    strange = DisclosedStudent.objects.filter(disclosure=OuterRef("pk")).exclude(student__in=access.students(by).order_by().values("pk"))
    return rows.exclude(Exists(strange))


def received(by: Reader, now: datetime) -> QuerySet[Disclosure]:
    """What this reader was given and may still read."""
    rows = Disclosure.objects.select_related("made_by__staff").order_by("-sent_at", "-pk")
    if not access.may(by, "disclosed") or by.is_read_only:
        return rows.none()
    live = Q(recipient=by.account_id, state="sent", until__gte=timezone.localdate(now))
    return rows.filter(live).filter(Exists(_live().filter(disclosure=OuterRef("pk"))))


def _live() -> QuerySet[DisclosedStudent]:
    return DisclosedStudent.objects.filter(Q(consent=None) | Q(consent__withdrawn_at=None), student__is_current=True)


def live_students(disclosure: Disclosure) -> QuerySet[DisclosedStudent]:
    """The students still on the sheet: those whose consent was withdrawn are not."""
    return (
        _live()
        .filter(disclosure=disclosure)
        .select_related("student__class_unit", "student__room")
        .order_by("student__unit_path", "student__number")
    )


def consents(by: Reader) -> QuerySet[Consent]:
    """Consents the reader may withdraw: about students of whom they may disclose, or given for themselves or their own child."""
    rows = Consent.objects.select_related("student", "guardian").order_by("-recorded_at", "-pk")
    own = [sid for scope in by.scopes if scope.relationship in readings.FAMILY for sid in scope.sids]
    if access.may(by, "disclose"):
        return rows.filter(Q(student__in=access.students(by).order_by().values("pk")) | Q(student__in=own))
    return rows.filter(student__in=own)


def recipients(on: date) -> QuerySet[Account]:
    """Accounts that may be given something: outside helpers and offices whose role the matrix allows disclosures."""
    held = people.in_force(on).filter(role__in=MAY["disclosed"]).values("staff")
    return Account.objects.filter(is_active=True, staff__in=held).select_related("staff__office").order_by("staff__pinyin")


def may_receive(recipient: Account | None, on: date) -> int:
    """The most this recipient may be given, as a mask."""
    if recipient is None:
        return matrix.load().outside
    bits = 0
    for role in people.in_force(on).filter(staff=recipient.staff).values_list("role", flat=True):
        bits |= matrix.load().rights(role, "disclosure").see
    return bits


def named(disclosure: Disclosure) -> str:
    """Who receives it."""
    if disclosure.recipient is not None:
        office = disclosure.recipient.staff.office if disclosure.recipient.staff else None
        return f"{disclosure.recipient.name}（{office.name}）" if office else disclosure.recipient.name
    return vault.open_text(disclosure, "outsider")


def remark(disclosure: Disclosure) -> str:
    return vault.open_text(disclosure, "remark") if disclosure.remark is not None else ""


def codes(disclosure: Disclosure) -> list[str]:
    """The fields in the order of the form."""
    chosen = set(disclosure.fields.values_list("field", flat=True))
    return [code for code in policies.fields() if code in chosen]


def why_not_take(disclosure: Disclosure, by: Reader) -> str:
    """Empty when the reader themselves may take out every field of it, else the reason: who drafted it may have had more rights."""
    taker, mine = acting(by, "export"), -1
    for sid in live_students(disclosure).values_list("student_id", flat=True):
        mine &= access.categories(taker, sid)
    return policies.why_not_take(codes=codes(disclosure), mine=mine, lang=by.lang)


def read_by(disclosure: Disclosure) -> list[Entry]:
    """Each time somebody read it."""
    return list(ledger.entries(disclosure.ref, "disclosures.read")[:100])


def readings_of(disclosure: Disclosure) -> QuerySet[Reading]:
    return readings.under(disclosure.ref)


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one table: headings and cells."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One student: the chosen facts of the profile, and the chosen columns of each table."""

    student_id: int
    profile: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    consent: Consent | None = None


def sheets(disclosure: Disclosure, today: date, lang: str, *, redacted: bool = False) -> list[Sheet]:
    """Exactly the chosen fields, and nothing else. `redacted`: for the look before sending, long enough to recognise and no longer."""
    chosen = [policies.fields()[code] for code in codes(disclosure)]
    tables: dict[str, list[Field]] = {}
    for field in chosen:
        if field.table:
            tables.setdefault(field.table, []).append(field)
    found = []
    for row in live_students(disclosure).select_related("consent__guardian"):
        guardian = Guardian.objects.filter(student=row.student, is_current=True).order_by("-is_legal", "pk").first()
        profile = [
            (pick(lang, field.zh, field.en), _of_profile(field.code, row.student, guardian, lang)) for field in chosen if not field.table
        ]
        parts = [_part(row.student_id, name, fields, today, lang) for name, fields in tables.items()]
        if redacted:
            profile = [(title, hide(text)) for title, text in profile]
            parts = [Part(part.title, part.heads, tuple(tuple(hide(cell) for cell in cells) for cells in part.rows)) for part in parts]
        found.append(Sheet(row.student_id, tuple(profile), tuple(parts), row.consent))
    return found


def hide(text: str) -> str:
    """「宋小雨」→「宋**」, a long number keeps its last two digits. A mark (85, 92.5, 优秀) would be readable by any part of it: hidden whole."""
    if len(text) < SHORT_WORD or len(text) < SHORT_NUMBER and not any(sign.isalpha() for sign in text):
        return "*" * len(text)
    return "*" * (len(text) - 2) + text[-2:] if text.isdigit() else text[0] + "*" * min(len(text) - 1, 6)


def _of_profile(code: str, student: Student, guardian: Guardian | None, lang: str) -> str:
    room = student.room.name if student.room else ""
    values: dict[str, Any] = {
        "student.name": student.name,
        "student.number": student.number,
        "student.gender": dict(GENDERS).get(student.gender, ""),
        "student.class": student.class_unit.name,
        "student.entry_year": student.entry_year,
        "student.status": dict(STATUSES).get(student.status, ""),
        "student.phone": student.phone,
        "student.room": room,
        "guardian.name": guardian.name if guardian else "",
        "guardian.phone": guardian.phone if guardian else "",
    }
    value = values[code]
    return pick(lang, "无数据", "no data") if value in ("", None) else str(value)


def _part(sid: int, table: str, fields: Collection[Field], today: date, lang: str) -> Part:
    about = load().table(table)
    columns = [field.column for field in fields if field.column is not None]
    heads = tuple(pick(lang, column.title, column.title_en) for column in columns)
    title = pick(lang, about.title, about.title_en)
    snapshot = imports.live_snapshot()
    if not snapshot.of(table):
        return Part(title, heads, ())
    names = [name for column in columns for name, _ in column.facts]
    order = ", ".join(f"{name} DESC" for name in ([about.day] if about.day else []) + [*names, "batch_id", "row_no"])
    with engine().open(snapshot, today, [sid]) as session:
        rows = session.rows(f"SELECT {', '.join(names)} FROM {table} ORDER BY {order} LIMIT {ROWS}")
    return Part(title, heads, tuple(tuple(_cell(row, column, lang) for column in columns) for row in rows))


def _cell(row: dict[str, Any], column: Any, lang: str) -> str:
    value = row[column.name]
    if column.codes and value is not None:
        return next(
            (code.title if lang == "zh" else code.code.replace("_", " ") for code in column.codes if code.number == value), str(value)
        )
    if value is None:
        return ""
    if isinstance(value, bool):
        return pick(lang, "是" if value else "否", "yes" if value else "no")
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else f"{value:g}" if isinstance(value, float) else str(value)
