"""Break-glasses as this reader may know them: their own, those they were told of, may agree to, or must judge."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from shouwang.common.paths import ancestors
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access import readings
from shouwang.trust.access.models import Reading
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Student, Unit
from shouwang.trust.vault import queries as vault
from shouwang.work.disclosures import policies
from shouwang.work.disclosures.models import BreakGlass, GlassNotice
from shouwang.work.disclosures.policies import pick

ERASED = ("这位同学的加密文字已被销毁。", "The sealed text of this student was destroyed.")


def _school(path: str) -> str:
    """The path of the school that a unit stands in; "" outside any."""
    return Unit.objects.filter(path__in=ancestors(path), kind="school").values_list("path", flat=True).first() or ""


def findable(by: Reader, number: str) -> Student | None:
    """A student of the reader's own school by the whole number: who cannot see somebody must know whom they mean."""
    student = Student.objects.filter(number=number.strip(), is_current=True).first() if number.strip() else None
    if student is None:
        return None
    own = [scope.path for scope in by.scopes if scope.path] + ([by.home_path] if by.home_path else [])
    school = _school(student.unit_path)
    return student if school and any(_school(path) == school for path in own) or access.student(by, student.sid) else None


def visible(by: Reader) -> QuerySet[BreakGlass]:
    """Newest first."""
    rows = BreakGlass.objects.select_related("student__class_unit", "asked_by__staff", "decided_by__staff", "reviewed_by__staff")
    if not access.may(by, "break_glass_follow") or by.is_read_only:
        return rows.none()
    mine = Q(asked_by=by.account_id) | Q(Exists(GlassNotice.objects.filter(glass=OuterRef("pk"), account=by.account_id)))
    seen = access.students(by).order_by().values("pk")
    if access.may(by, "break_glass_agree"):
        mine |= Q(needs_second=True, student__in=seen)
    if access.may(by, "break_glass_review"):
        mine |= Q(student__in=seen)
    return rows.filter(mine).order_by("-asked_at", "-pk")


def glass(by: Reader, pk: int) -> BreakGlass | None:
    return visible(by).filter(pk=pk).first()


def is_open(found: BreakGlass, now: datetime) -> bool:
    return found.state == "open" and found.until is not None and now < found.until


def is_over(found: BreakGlass, now: datetime) -> bool:
    return found.state == "ended" or found.state == "open" and not is_open(found, now)


def is_lapsed(found: BreakGlass, now: datetime) -> bool:
    """Asked for, and nobody has agreed or refused in time: it opens no more."""
    return found.state == "asked" and now >= found.asked_at + policies.LAPSES_AFTER


def why_not_decide(found: BreakGlass, by: Reader, now: datetime) -> str:
    """Empty when the reader may agree or refuse, else the reason."""
    if found.state != "asked":
        return pick(by.lang, "这次申请已经有结果了。", "This has been decided.")
    if is_lapsed(found, now):
        return pick(
            by.lang,
            "申请超过 24 小时没有人同意，已经失效；仍然需要时，请申请人写明现在的原因，重新申请。",
            "Nobody agreed within 24 hours, so this request has lapsed; if it is still needed, whoever asked must ask again and say why now.",
        )
    if found.asked_by_id == by.account_id:
        return pick(
            by.lang,
            "须由另一个人同意，请联系学生处、心理咨询师或校领导。",
            "Somebody else must agree: student affairs, a counsellor or a school leader.",
        )
    if not access.may(by, "break_glass_agree") or access.student(by, found.student_id) is None:
        return pick(
            by.lang,
            "您的角色不能同意紧急查看；可以请学生处、心理咨询师或校领导。",
            "Your role cannot agree; ask student affairs, a counsellor or a school leader.",
        )
    return ""


def why_not_end(found: BreakGlass, by: Reader, now: datetime) -> str:
    if not is_open(found, now):
        return pick(by.lang, "它没有打开，或已经结束。", "It is not open, or over already.")
    if found.asked_by_id != by.account_id and not access.may(by, "break_glass_review"):
        return pick(by.lang, "只有申请人或数据管理员可以提前结束。", "Only whoever asked, or the data steward, can end it early.")
    return ""


def why_not_review(found: BreakGlass, by: Reader, now: datetime) -> str:
    if found.verdict:
        return pick(by.lang, "已经复核过了。", "It has been reviewed.")
    if found.asked_by_id == by.account_id:
        return pick(by.lang, "不能复核自己的紧急查看，请另一位数据管理员复核。", "You cannot review your own; another data steward must.")
    if not access.may(by, "break_glass_review"):
        return pick(by.lang, "由数据管理员复核。", "The data steward reviews it.")
    return "" if is_over(found, now) else pick(by.lang, "结束之后再复核。", "It is reviewed once it is over.")


def is_overdue(found: BreakGlass, now: datetime) -> bool:
    """Over for longer than a review may take, and nobody has judged it."""
    over_at = found.ended_at or found.until
    return not found.verdict and over_at is not None and now > over_at + policies.REVIEW_WITHIN


def words(found: BreakGlass, by: Reader, now: datetime) -> tuple[str, str]:
    """(the reason, the reviewer's note). Opening them is a sensitive read and goes on record, but for one's own words."""
    if found.asked_by_id != by.account_id:
        with told():
            ledger.record("glass.words_read", by=by.account_id, about=[found.ref, f"student:{found.student_id}"], now=now)
    try:
        return vault.open_text(found, "reason"), vault.open_text(found, "note") if found.note is not None else ""
    except vault.Erased:
        return pick(by.lang, *ERASED), ""


def who(found: BreakGlass, by: Reader) -> str:
    """Whom it is about: by name for those who may know the student, else by the number that was typed."""
    return found.student.name if access.student(by, found.student_id) is not None else found.student.number


def seen_under(found: BreakGlass) -> QuerySet[Reading]:
    """Every reading under it."""
    return readings.under(found.ref)


def waiting(by: Reader, now: datetime) -> list[tuple[str, BreakGlass]]:
    """What this reader has to do about break-glasses, most urgent first: ("agree" | "noted" | "overdue" | "review" | "mine", which)."""
    found = []
    notices = set(GlassNotice.objects.filter(account=by.account_id, seen_at=None).values_list("glass", flat=True))
    live = Q(state="asked", asked_at__gt=now - policies.LAPSES_AFTER) | Q(pk__in=notices) | Q(state__in=("open", "ended"), verdict="")
    for row in visible(by).filter(live)[:100]:
        if row.state == "asked" and not why_not_decide(row, by, now):
            found.append(("agree", row))
        elif is_overdue(row, now) and not why_not_review(row, by, now):
            found.append(("overdue", row))
        elif row.pk in notices:
            found.append(("noted", row))
        elif not why_not_review(row, by, now):
            found.append(("review", row))
        elif row.asked_by_id == by.account_id and (row.state == "asked" and not is_lapsed(row, now) or is_open(row, now)):
            found.append(("mine", row))
    order = ("agree", "overdue", "noted", "review", "mine")
    return sorted(found, key=lambda pair: order.index(pair[0]))
