"""A break-glass from the question to the verdict. Opening gives a timed grant; whoever answers for the student is told at once."""

from datetime import datetime, timedelta

from django.utils import timezone

from shouwang.common.categories import Category
from shouwang.common.reader import Reader
from shouwang.trust.access import grants
from shouwang.trust.access import queries as access
from shouwang.trust.access.answering import answering
from shouwang.trust.access.models import Account
from shouwang.trust.access.policies import MAY, why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people import queries as people
from shouwang.work.disclosures import policies
from shouwang.work.disclosures.models import BreakGlass, GlassNotice
from shouwang.work.disclosures.policies import pick
from shouwang.work.disclosures.queries import glasses
from shouwang.work.notifications import actions as notifications


class CannotBreak(Exception):
    """Why a step is refused; the message is for people, with the remedy."""


def ask(*, number: str, categories: int, reason: str, hours: int, by: Reader, now: datetime) -> BreakGlass:
    """The reader asks to read a student's file. Opens at once unless a second person must agree. CannotBreak with the reason."""
    if refused := why_not(by, "break_glass"):
        raise CannotBreak(refused)
    student = glasses.findable(by, number)
    if student is None:
        raise CannotBreak(pick(by.lang, "本校没有这个学号，请核对。", "No student of your school has this number; please check."))
    account = Account.objects.select_related("staff").get(pk=by.account_id)
    bits = categories | int(Category.identity)
    possible = grants.possible(grants.roles_of(account, now), "break_glass")
    known = access.categories(by, student.sid)
    if why := policies.why_not_ask(asked=bits, possible=possible, known=known, reason=reason, hours=hours, lang=by.lang):
        raise CannotBreak(why)
    with told():
        second = bool(bits & ~known & policies.TWO_PERSONS)
        asked = {"student": student, "asked_by": account, "categories": bits, "reason": reason.strip(), "hours": hours, "asked_at": now}
        glass = BreakGlass.objects.create(**asked, needs_second=second, state="asked")
        ledger.record("glass.asked", by=by.account_id, about=_about(glass), now=now, content={"categories": bits, "hours": hours})
        if second:
            _ask_second(glass, now)
        else:
            _open(glass, None, now)
    return glass


def agree(*, glass: int, by: Reader, now: datetime) -> BreakGlass:
    """A second person agrees: it opens now. CannotBreak with the reason."""
    with told():
        found = _waiting(glass, by, now)
        found.decided_by_id, found.decided_at = by.account_id, now
        ledger.record("glass.agreed", by=by.account_id, about=_about(found), now=now)
        try:
            _open(found, by.account_id, now)
        except grants.CannotGrant as reason:  # since they asked, they have lost the role; nothing of this stays
            raise CannotBreak(
                pick(
                    by.lang,
                    f"{found.asked_by.name}现在的职责不再允许紧急查看这些内容，所以没有打开；请选择“不同意”，或请有这项职责的老师另行申请。",
                    f"{found.asked_by.name} no longer holds a duty that allows this, so nothing was opened; refuse it, or let somebody who does ask.",
                )
            ) from reason
    return found


def refuse(*, glass: int, by: Reader, now: datetime) -> BreakGlass:
    """A second person does not agree: nothing opens. CannotBreak with the reason."""
    with told():
        found = _waiting(glass, by, now)
        found.state, found.decided_by_id, found.decided_at = BreakGlass.State.REFUSED, by.account_id, now
        found.save()
        ledger.record("glass.refused", by=by.account_id, about=_about(found), now=now)
    return found


def end(*, glass: int, by: Reader, now: datetime) -> BreakGlass:
    """Whoever asked is done, or the data steward closes it. CannotBreak with the reason."""
    with told():
        found = _locked(glass, by)
        if why := glasses.why_not_end(found, by, now):
            raise CannotBreak(why)
        found.state, found.ended_at, found.ended_by_id = BreakGlass.State.ENDED, now, by.account_id
        found.save()
        grants.end(ref=found.ref, by=by.account_id, now=now)
        ledger.record("glass.ended", by=by.account_id, about=_about(found), now=now)
    return found


def review(*, glass: int, verdict: str, note: str, by: Reader, now: datetime) -> BreakGlass:
    """The data steward judges what was done. CannotBreak with the reason."""
    with told():
        found = _locked(glass, by)
        if why := glasses.why_not_review(found, by, now):
            raise CannotBreak(why)
        if verdict not in policies.VERDICTS or not note.strip():
            raise CannotBreak(pick(by.lang, "请选择结论，并写一句依据。", "Choose a verdict and say on what grounds."))
        found.verdict, found.note, found.reviewed_at, found.reviewed_by_id = verdict, note.strip(), now, by.account_id
        found.save()
        ledger.record("glass.reviewed", by=by.account_id, about=_about(found), now=now, content={"verdict": verdict})
    return found


def take_note(*, glass: int, by: Reader, now: datetime) -> None:
    """Somebody who was told has seen it. CannotBreak when they were not told."""
    with told():
        done = GlassNotice.objects.filter(glass_id=glass, account_id=by.account_id, seen_at=None).update(seen_at=now)
        if not done:
            raise CannotBreak(pick(by.lang, "没有等您确认的紧急查看。", "There is no break-glass waiting for you to take note."))
        ledger.record("glass.noted", by=by.account_id, about=[f"breakglass:{glass}"], now=now)
        notifications.settle(ref=f"breakglass:{glass}", by=by.account_id, now=now)


def _open(glass: BreakGlass, by: int | None, now: datetime) -> None:
    glass.state, glass.until = BreakGlass.State.OPEN, now + timedelta(hours=glass.hours)
    glass.decided_at = glass.decided_at or now
    glass.save()
    grants.grant(
        account=glass.asked_by,
        relationship="break_glass",
        student=glass.student,
        categories=glass.categories,
        ref=glass.ref,
        until=glass.until,
        by=by or glass.asked_by_id,
        now=now,
    )
    _tell(glass, now)


def _tell(glass: BreakGlass, now: datetime) -> None:
    """Who must hear of it at once, by night as well: the data steward and those who answer for the student."""
    on = timezone.localdate(now)
    stewards = people.in_force(on).filter(role="data_steward", staff__account__is_active=True).values_list("staff__account", flat=True)
    near = people.responsible_for(glass.student_id, on).filter(role__in=policies.TOLD, staff__account__is_active=True)
    accounts = ({*stewards} | {*near.values_list("staff__account", flat=True)}) - {glass.asked_by_id}
    GlassNotice.objects.bulk_create([GlassNotice(glass=glass, account_id=pk, told_at=now) for pk in sorted(accounts)])
    _notify("glass.opened", sorted(accounts), glass, now, {"hours": glass.hours})
    ledger.record("glass.told", by=None, about=[glass.ref, *(f"account:{pk}" for pk in accounts)], now=now)


def _ask_second(glass: BreakGlass, now: datetime) -> None:
    """Nothing opens before one of these agrees, so they hear of it at once."""
    student = glass.student
    able = answering(
        sorted(MAY["break_glass_agree"]),
        unit_path=student.unit_path,
        dorm_path=student.dorm_path,
        sid=student.sid,
        on=timezone.localdate(now),
    )
    _notify("glass.second", [one.pk for one in able if one.pk != glass.asked_by_id], glass, now, {})


def _notify(kind: str, to: list[int], glass: BreakGlass, now: datetime, words: dict[str, str | int]) -> None:
    url = f"/break-glass/{glass.pk}/"
    notifications.send(
        kind=kind, tier="important", to=to, ref=glass.ref, url=url, by=None, now=now, key=glass.ref, words=words, at_once=True
    )


def _locked(glass: int, by: Reader) -> BreakGlass:
    found = glasses.visible(by).filter(pk=glass).first()
    if found is None:
        raise CannotBreak(pick(by.lang, "没有这次紧急查看。", "There is no such break-glass."))
    return BreakGlass.objects.select_for_update(of=("self",)).select_related("asked_by__staff", "student").get(pk=found.pk)


def _waiting(glass: int, by: Reader, now: datetime) -> BreakGlass:
    found = _locked(glass, by)
    if why := glasses.why_not_decide(found, by, now):
        raise CannotBreak(why)
    return found


def _about(glass: BreakGlass) -> list[str]:
    return [glass.ref, f"student:{glass.student_id}"]
