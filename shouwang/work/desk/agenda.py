"""What one person has to do, in one order: danger to a person, what is late, what is of today, grave alerts, what is due soon."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.work.cases import queries as cases
from shouwang.work.deadlines import queries as deadlines
from shouwang.work.deadlines.models import Deadline
from shouwang.work.desk import queries as desk
from shouwang.work.duty import queries as duty
from shouwang.work.incidents.queries import categories, listing
from shouwang.work.meetings import queries as meetings

A_DAY = 12  # about what one person can do in a day
AT_MOST = 200  # what the page behind shows; whoever has more needs help, not a longer page
SOON = timedelta(days=7)
# The order, and why: each item says in which of these it stands.
REASONS: dict[str, tuple[str, str]] = {
    "danger": ("关系人身安全", "danger to a person"),
    "late": ("已过期限", "late"),
    "climbed": ("逾期上报到您", "late, and has come up to you"),
    "today": ("今天", "today"),
    "red": ("红色预警，还没有个案", "red alert without a case"),
    "orange": ("橙色预警，还没有个案", "orange alert without a case"),
    "soon": ("一周内到期", "due within a week"),
}
ORDER = tuple(REASONS)


@dataclass(frozen=True, slots=True)
class Item:
    """`kind` says how it is shown; `due` when it has a limit; `sid` when it is about one student whom the reader may know."""

    kind: str
    reason: str
    ref: str
    url: str
    due: datetime | None = None
    sid: int | None = None
    who: str = ""
    where: str = ""
    title: str = ""
    level: int = 0
    matter: desk.Matter | None = None


@dataclass(frozen=True, slots=True)
class Agenda:
    """`shown` of `total`; the rest stands behind. `in_cases`: students with a grave alert whose case others are working on."""

    shown: list[Item]
    total: int
    in_cases: int


def agenda(by: Reader, now: datetime, *, whole: bool = False) -> Agenda:
    """Everything that waits for this reader by name or by alert, most pressing first."""
    limited = [*_limits(by, now), *_climbed(by)]
    grave = {one.student_id: one for one in desk.gravest(by, least=3, size=AT_MOST)}
    folded = [replace(one, level=grave[one.sid].level) if one.sid in grave else one for one in limited]
    alone = grave.keys() - {one.sid for one in folded}
    handled = _in_cases(by, set(alone))
    alerts = [_alert(one) for sid, one in grave.items() if sid in alone - handled]
    found = [*_reports(by), *folded, *alerts, *_meetings(by, now), *_shifts(by, now)]
    found.sort(key=_rank)
    return Agenda(_told(by, found[: AT_MOST if whole else A_DAY]), len(found), len(handled))


def _told(by: Reader, shown: list[Item]) -> list[Item]:
    """What is shown also says why its student has an alert; of the rest nobody asks."""
    matters = {one.sid: one for one in desk.told(by, [one.sid for one in shown if one.level and one.sid is not None])}
    return [
        replace(one, matter=matter, who=one.who or matter.name, where=one.where or matter.class_name)
        if one.sid is not None and (matter := matters.get(one.sid)) is not None
        else one
        for one in shown
    ]


def _rank(one: Item) -> tuple[object, ...]:
    """Within a reason the graver, then the earlier due."""
    return ORDER.index(one.reason), -one.level, one.due is None, one.due.timestamp() if one.due else 0.0, one.ref


def _limits(by: Reader, now: datetime) -> list[Item]:
    """Matters with a time limit of which the reader is the owner. Reports have rows of their own."""
    mine = deadlines.of_owner(by.account_id).filter(state="open", due_at__lte=now + SOON)
    rows = [one for one in mine[:AT_MOST] if one.kind not in ("incident", "incident.handling")]
    names = _names(by, {one.student_id for one in rows})
    titles = _titles(by, rows)
    return [_limit(one, now, names, titles) for one in rows]


def _limit(one: Deadline, now: datetime, names: dict[int, tuple[str, str]], titles: dict[str, str]) -> Item:
    today = timezone.localdate(now)
    reason = "late" if one.due_at < now else "today" if timezone.localdate(one.due_at) == today else "soon"
    who, where = names.get(one.student_id or 0, ("", ""))
    sid = one.student_id if who else None
    return Item(one.kind, reason, one.ref, one.url, one.due_at, sid, who, where, titles.get(one.ref, ""))


def _climbed(by: Reader) -> list[Item]:
    """What others have left undone and the ladder brought to the reader; it goes when it is answered, whoever does that."""
    rows = deadlines.climbed_to(by.account_id)[:AT_MOST]
    names = _names(by, {one.student_id for one in rows})
    found = []
    for one in rows:
        who, where = names.get(one.student_id or 0, ("", ""))
        found.append(Item("climbed", "climbed", one.ref, one.url, one.due_at, one.student_id if who else None, who, where, one.owner.name))
    return found


def _in_cases(by: Reader, sids: set[int]) -> set[int]:
    """Of these students, those with an open case: somebody is named for what comes next, and hears when it is late."""
    return set(cases.visible_cases(by).filter(student__in=sids, closed_at=None).values_list("student_id", flat=True)) if sids else set()


def _names(by: Reader, sids: set[int | None]) -> dict[int, tuple[str, str]]:
    """sid → name and class, of those the reader may know."""
    wanted = [sid for sid in sids if sid is not None]
    known = access.students(by).filter(sid__in=wanted).order_by() if wanted else access.students(by).none()
    return {sid: (name, place) for sid, name, place in known.values_list("sid", "name", "class_unit__name")}


def _titles(by: Reader, rows: Iterable[Deadline]) -> dict[str, str]:
    """ref → what is to be done, of steps; other kinds are said by their kind."""
    pks = [int(one.ref.partition(":")[2]) for one in rows if one.kind == "step"]
    steps = cases.visible_steps(by).filter(pk__in=pks) if pks else ()
    return {step.ref: step.title if by.lang == "zh" else step.title_en or step.title for step in steps}


def _alert(one: desk.Grave) -> Item:
    reason = "red" if one.level == 4 else "orange"
    return Item("alert", reason, f"alert:{one.pk}", f"/students/{one.student_id}/", sid=one.student_id, level=one.level)


def _reports(by: Reader) -> list[Item]:
    """Reports of the network that wait for the reader's answer, or that the reader handles."""
    if not access.may(by, "incidents"):
        return []
    titles = categories.titles(by.lang)
    return [
        Item(
            "incident", "today" if one.urgency == "routine" else "danger", one.ref, f"/incidents/{one.pk}/", one.reported_at,
            title=titles.get(one.category, ""), level=4 if one.urgency == "critical" else 0,
        )
        for one in listing.waiting(by)[:AT_MOST]
    ]  # fmt: skip


def _meetings(by: Reader, now: datetime) -> list[Item]:
    """Today's meetings."""
    if not access.may(by, "meetings"):
        return []
    day = timezone.localdate(now)
    rows = [one for one in meetings.coming(by, now) if timezone.localdate(one.starts_at) == day]
    return [Item("meeting", "today", f"meeting:{one.pk}", f"/meetings/{one.pk}/", one.starts_at, title=one.series.title) for one in rows]


def _shifts(by: Reader, now: datetime) -> list[Item]:
    """The reader's duty that runs or begins today."""
    if not access.may(by, "duty"):
        return []
    day = timezone.localdate(now)
    rows = [one for one in duty.my_shifts(by, now) if one.state != "absent" and timezone.localdate(one.starts_at) <= day]
    return [Item("shift", "today", one.ref, "/duty/", one.starts_at, title=one.roster.title) for one in rows]
