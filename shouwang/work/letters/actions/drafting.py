"""A draft: whom a notice goes to, with the words it will say. Nothing is numbered and nobody hears of it before it is issued."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from shouwang.analysis import indicators
from shouwang.analysis.rules import Compare
from shouwang.analysis.rules.tree import leaves
from shouwang.common.categories import Category
from shouwang.common.paths import ancestors
from shouwang.common.reader import Reader, acting
from shouwang.trust.access import matrix
from shouwang.trust.access import queries as access
from shouwang.trust.access.answering import Place, holders
from shouwang.trust.access.models import Account, Sharing
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Student, Unit
from shouwang.trust.vault.fields import seal
from shouwang.work.alerts import queries as alerts
from shouwang.work.alerts.models import Alert
from shouwang.work.letters import paper, policies, queries, wording
from shouwang.work.letters.models import Batch, Letter, LetterAlert
from shouwang.work.letters.wording import Kind

SIGNS = {">=": "≥", "<=": "≤", "<>": "≠", "=": "=", ">": ">", "<": "<"}
OWNERS = ("homeroom_teacher", "adviser", "responsible", "college_lead")


class CannotWrite(Exception):
    """Why a letter is not drafted, issued, returned or voided; the message is for people, with the remedy."""


def pick(by: Reader, zh: str, en: str) -> str:
    return zh if by.lang == "zh" else en


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form asks. `alerts`: chosen ones; `students`: of each, the active alerts the kind speaks of; `again`: also whoever has one."""

    kind: str
    alerts: tuple[int, ...] = ()
    students: tuple[int, ...] = ()
    case_ref: str = ""
    remark: str = ""
    again: bool = False


def draft(*, wanted: Wanted, by: Reader, now: datetime) -> Batch:
    """One letter a student, from what the reader may take out. CannotWrite with the reason."""
    if refused := why_not(by, "letters_issue"):
        raise CannotWrite(refused)
    kind = wording.load().get(wanted.kind)
    if kind is None:
        raise CannotWrite(pick(by, "请选择一种通知书。", "Choose a kind of letter."))
    if len(wanted.remark) > policies.LONGEST_REMARK:
        raise CannotWrite(pick(by, f"补充说明最多 {policies.LONGEST_REMARK} 个字。", f"At most {policies.LONGEST_REMARK} characters."))
    chosen = _chosen(wanted, kind, by, now)
    if not chosen:
        why = "没有可以写进通知书的预警：不在您的导出范围内、监护人不能看，或近期已经发过。可以填写补充说明后再拟。"
        raise CannotWrite(
            pick(by, why, "There is nothing to write: not yours to take out, not for guardians, or sent lately. Add a remark.")
        )
    if len(chosen) > policies.MOST:
        raise CannotWrite(
            pick(by, f"一次最多 {policies.MOST} 份，请按学院或年级分批。", f"At most {policies.MOST} at a time; go college by college.")
        )
    with told():
        batch = Batch.objects.create(
            kind=kind.code,
            layout=kind.fingerprint,
            template=queries.in_use(kind.code),
            within_days=kind.within_days,
            total=len(chosen),
            made_by_id=by.account_id,
            made_at=now,
        )
        _write(batch, chosen, wanted, by, now)
        about = [batch.ref, *(f"student:{student.sid}" for student in chosen)]
        ledger.record("letters.drafted", by=by.account_id, about=about, now=now, content={"kind": kind.code, "letters": len(chosen)})
    return batch


def _chosen(wanted: Wanted, kind: Kind, by: Reader, now: datetime) -> dict[Student, list[Alert]]:
    """Student → alerts to speak of, in the order of classes; each within what the reader may take out and the addressee may know."""
    taker = acting(by, "export")
    rows = alerts.alerts(taker).exclude(state__in=("cleared", "dismissed"))
    by_kind = {"student__in": wanted.students, "domain__in": kind.domains, "level__gte": kind.least_level}
    rows = rows.filter(**({"pk__in": wanted.alerts} if wanted.alerts else by_kind))
    found: dict[int, list[Alert]] = {}
    for row in rows.order_by("-level", "pk"):
        if not row.categories & policies.NEVER:
            found.setdefault(row.student_id, []).append(row)
    if wanted.remark.strip():  # words of one's own need no alert
        found |= {sid: [] for sid in wanted.students if sid not in found}
    students = access.students(taker).filter(sid__in=found).select_related("class_unit").order_by("unit_path", "number")
    given = {student: found[student.sid] for student in students}
    if kind.to == "guardian":
        given = _for_guardians(given, with_remark=bool(wanted.remark.strip()))
    if not wanted.again:
        since = timezone.localdate(now) - timedelta(days=policies.AGAIN_DAYS)
        had = queries.recent([student.sid for student in given], kind.code, since)
        given = {student: rows for student, rows in given.items() if student.sid not in had}
    return given


def _for_guardians(given: dict[Student, list[Alert]], *, with_remark: bool) -> dict[Student, list[Alert]]:
    """Without what guardians may not know, or an adult student keeps from them."""
    theirs = matrix.load().rights("guardian", "own_child").see
    limits = dict(Sharing.objects.filter(student__in=list(given)).values_list("student_id", "categories"))
    kept = {
        student: [row for row in rows if not row.categories & ~(limits.get(student.sid, theirs) & theirs | int(Category.identity))]
        for student, rows in given.items()
    }
    return {student: rows for student, rows in kept.items() if rows or with_remark}


def _write(batch: Batch, chosen: Mapping[Student, list[Alert]], wanted: Wanted, by: Reader, now: datetime) -> None:
    """The rows with their sealed words, a few statements for all."""
    kind = wording.load()[batch.kind]
    units, school = _units(chosen)
    owners = _owners(chosen, by, now)
    values = alerts.values_of([row for rows in chosen.values() for row in rows])
    made: list[Letter] = []
    links: list[tuple[Letter, Alert]] = []
    for student, rows in chosen.items():
        unit = next((units[path] for path in ancestors(student.unit_path) if path in units), school)
        bits = int(Category.identity)
        for row in rows:
            bits |= row.categories
        words = _words(kind, student, (unit, school), owners[student.sid])
        words = replace(
            words, remark=wanted.remark.strip(), reasons=tuple(_reason(row, values[row.pk]) for row in rows), as_of=_as_of(rows, now)
        )
        letter = Letter(
            batch=batch, kind=kind.code, addressee=kind.to, student=student, unit=unit, unit_path=student.unit_path,
            dorm_path=student.dorm_path, categories=bits, level=max((row.level for row in rows), default=0), case_ref=wanted.case_ref,
            words=words.packed(), owner=owners[student.sid],
        )  # fmt: skip
        made.append(letter)
        links += [(letter, row) for row in rows]
    seal(made, ["words"])
    Letter.objects.bulk_create(made, batch_size=500)
    LetterAlert.objects.bulk_create([LetterAlert(letter=letter, alert=row) for letter, row in links], batch_size=500)


def _units(chosen: Iterable[Student]) -> tuple[dict[str, Unit], Unit]:
    """Path → college, and the school: in whose name a letter is written and numbered."""
    school = Unit.objects.filter(kind="school", is_current=True).order_by("path").first()
    if school is None:
        raise CannotWrite("机构表里没有学校，无法编号。请先报送机构表。")
    return {unit.path: unit for unit in Unit.objects.filter(kind="college", is_current=True)}, school


def _owners(chosen: Collection[Student], by: Reader, now: datetime) -> dict[int, Account]:
    """sid → who sees that the receipt comes back: the homeroom teacher or adviser; the writer where there is none."""
    places = {student.sid: Place(student.unit_path, student.dorm_path, student.sid) for student in chosen}
    held = holders(OWNERS, list(places.values()), timezone.localdate(now))
    first = {sid: next(iter(held.of_place(place, OWNERS)), by.account_id) for sid, place in places.items()}
    accounts = Account.objects.select_related("staff").in_bulk(set(first.values()))
    return {sid: accounts[pk] for sid, pk in first.items()}


def _words(kind: Kind, student: Student, units: tuple[Unit, Unit], owner: Account) -> paper.Words:
    to = student.name + ("同学的监护人" if kind.to == "guardian" else "同学")
    phone = owner.staff.phone if owner.staff is not None else ""
    return paper.Words(
        school=units[1].name,
        unit=units[0].name,
        title=kind.title,
        to=to,
        addressee=kind.to,
        student=student.name,
        student_number=student.number,
        class_name=student.class_unit.name,
        opening=kind.opening,
        reasons=(),
        remark="",
        as_of="",
        advice=kind.advice,
        closing=kind.closing,
        contact=f"{owner.name}，{phone}" if phone else owner.name,
        receipt_text=kind.receipt,
    )


def _as_of(rows: Iterable[Alert], now: datetime) -> str:
    days = [row.last_fired_on for row in rows]
    if not days:
        return ""
    day = min(max(days), timezone.localdate(now))
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def _reason(row: Alert, values: dict[str, float | None]) -> paper.Reason:
    """The alert's own sentence, and the numbers the rule looked at, each with its line."""
    known = alerts.meaning(row.rule_version)
    sentence = alerts.reason(known, values).rstrip("。")
    if known.rule is None:
        return paper.Reason(sentence)
    described = indicators.load().by_name
    figures = []
    for name in known.rule.indicators:
        value, about = values.get(name), described[name]
        if value is None:
            continue
        lines = [leaf for leaf in leaves(known.rule.when) if isinstance(leaf, Compare) and leaf.left == name]
        line = "、".join(f"{SIGNS[leaf.op]} {leaf.right}" for leaf in lines if isinstance(leaf.right, Decimal))
        figures.append(paper.Figure(about.title, f"{round(value, about.decimals) + 0.0:.{about.decimals}f} {about.unit}".strip(), line))
    return paper.Reason(sentence, tuple(figures))
