"""Lists: what I must do, what is open, what is stuck with whom, what a department was asked, who carries how much, what became of what I raised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import CharField, Count, DateTimeField, F, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from shouwang.common.paths import next_path
from shouwang.common.reader import Reader, acting
from shouwang.trust.access import queries as access
from shouwang.work.cases.models import Approval, Case, CaseStep, Referral, Strand
from shouwang.work.cases.policies import CASE_LIVE, STEP_LIVE
from shouwang.work.cases.queries.seeing import visible_steps, visible_strands
from shouwang.work.deadlines.models import RUNNING, Deadline


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to. `state`: "live", "closed" or "all"; `mine`: only what I lead or work on; `owner`: an account."""

    state: str = "live"
    mine: bool = False
    domain: str = ""
    level: int | None = None
    late: bool = False
    owner: int | None = None
    unit: int | None = None

    @property
    def narrows(self) -> bool:
        return bool(self.domain or self.level or self.late or self.owner or self.unit or self.mine)


def _due(prefix: str, field: str = "due_at") -> Subquery:
    """Of a row's running deadline."""
    ref = Concat(Value(f"{prefix}:"), Cast(OuterRef("pk"), CharField()))
    return Subquery(Deadline.objects.filter(ref=ref, state__in=RUNNING).values(field)[:1])


def timed(steps: QuerySet[CaseStep]) -> Any:
    """With `due_at` and `rung` of the running clock, the most pressing first."""
    return steps.annotate(due_at=_due("step"), rung=_due("step", "rung")).order_by(F("due_at").asc(nulls_last=True), "pk")


def my_steps(by: Reader) -> QuerySet[CaseStep]:
    """What the reader must do now, the most pressing first."""
    return cast(QuerySet[CaseStep], timed(visible_steps(by).filter(responsible=by.account_id, state__in=STEP_LIVE)))


def pressing(by: Reader, cases: Sequence[int]) -> QuerySet[CaseStep]:
    """The steps under way in these cases, the most pressing first."""
    return cast(QuerySet[CaseStep], timed(visible_steps(by).filter(case__in=cases, state__in=STEP_LIVE)))


def listed(by: Reader, filters: Filters, now: datetime, after: Sequence[Any] | None = None, size: int = 50) -> tuple[list[Any], bool]:
    """`size` cases behind a key, gravest first, each with `seen_level`, `seen_domain` and `next_due`; and whether more follow."""
    found = _cases(by, filters, now)
    if after is not None and len(after) == 2:
        level, pk = after
        found = found.filter(Q(seen_level__lt=level) | Q(seen_level=level, pk__lt=pk))
    rows = list(found.order_by("-seen_level", "-pk")[: size + 1])
    return rows[:size], len(rows) > size


def count(by: Reader, filters: Filters, now: datetime) -> int:
    return int(_cases(by, filters, now).count())


def _cases(by: Reader, filters: Filters, now: datetime) -> Any:
    seen = visible_strands(by).filter(case=OuterRef("pk")).order_by("-level", "pk")
    found: Any = Case.objects.select_related("student__class_unit", "lead__staff").annotate(
        seen_level=Subquery(seen.values("level")[:1]), seen_domain=Subquery(seen.values("domain")[:1])
    )
    found = found.filter(seen_level__isnull=False)
    if filters.state != "all":
        found = found.filter(state__in=CASE_LIVE) if filters.state == "live" else found.exclude(state__in=CASE_LIVE)
    if filters.mine:
        steps = CaseStep.objects.filter(responsible=by.account_id, state__in=STEP_LIVE).values("case")
        found = found.filter(Q(lead=by.account_id) | Q(supervisor=by.account_id) | Q(pk__in=steps))
    if filters.owner:
        found = found.filter(
            Q(lead=filters.owner) | Q(pk__in=CaseStep.objects.filter(responsible=filters.owner, state__in=STEP_LIVE).values("case"))
        )
    if filters.domain:
        found = found.filter(pk__in=visible_strands(by).filter(domain=filters.domain).order_by().values("case"))
    if filters.level:
        found = found.filter(seen_level=filters.level)
    if filters.unit is not None:
        found = _in_unit(by, found, filters.unit)
    next_due = timed(visible_steps(by).filter(case=OuterRef("pk"), state__in=STEP_LIVE)).values("due_at")[:1]
    found = found.annotate(next_due=Subquery(next_due, output_field=DateTimeField()))
    return found.filter(next_due__lt=now) if filters.late else found


def _in_unit(by: Reader, found: Any, pk: int, prefix: str = "") -> Any:
    unit = access.units(by).filter(pk=pk).first()
    if unit is None:
        return found.none()
    field = f"{prefix}{'dorm_path' if unit.tree == 'dormitory' else 'unit_path'}"
    return found.filter(**{f"{field}__gte": unit.path, f"{field}__lt": next_path(unit.path)})


def desk(by: Reader, filters: Filters, now: datetime) -> Any:
    """Every step under way that the reader may route, the most pressing first; nothing for whoever does not route."""
    if not access.may(by, "cases_route"):
        return CaseStep.objects.none()
    mine = access.visible(
        acting(by, "write"), CaseStep.objects.all(), path="case__unit_path", dorm="case__dorm_path", sid="case__student_id"
    )
    found = timed(mine.filter(state__in=STEP_LIVE)).select_related("case__student__class_unit", "responsible__staff", "strand")
    if filters.owner:
        found = found.filter(responsible=filters.owner)
    if filters.domain:
        found = found.filter(strand__domain=filters.domain)
    if filters.level:
        found = found.filter(strand__level=filters.level)
    if filters.unit is not None:
        found = _in_unit(by, found, filters.unit, "case__")
    return found.filter(due_at__lt=now) if filters.late else found


@dataclass(frozen=True, slots=True)
class Stuck:
    """Where steps lie: with whom, how many, how many of them late, since when the oldest was due."""

    account: int
    name: str
    office: str
    open: int
    late: int
    oldest: datetime | None


def stuck(by: Reader, now: datetime, filters: Filters | None = None) -> list[Stuck]:
    """Of everything the reader may route, who holds it; most late first."""
    rows = (
        desk(by, filters or Filters(), now)
        .order_by()
        .values("responsible", "responsible__staff__name", "responsible__staff__office__name")
        .annotate(n=Count("pk"), n_late=Count("pk", filter=Q(due_at__lt=now)), oldest=Min("due_at"))
    )
    found = [
        Stuck(
            row["responsible"],
            row["responsible__staff__name"] or "",
            row["responsible__staff__office__name"] or "",
            row["n"],
            row["n_late"],
            row["oldest"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.late, -one.open, one.account))


def queue(by: Reader, department: str = "") -> tuple[list[Any], list[Any]]:
    """(referrals, questions) that wait for the reader or their department. `department`: only one of the reader's roles."""
    roles = {department} & by.roles if department else by.roles
    rows = access.visible(by, Referral.objects.all(), path="case__unit_path", dorm="case__dorm_path", sid="case__student_id")
    waiting = rows.filter(Q(to=by.account_id) | Q(role__in=roles), case__state__in=CASE_LIVE)
    waiting = waiting.filter(Q(state="sent") | Q(state="accepted", step__state__in=STEP_LIVE))
    waiting = waiting.filter(Q(role__in=roles)) if department else waiting
    referrals = waiting.select_related("case__student__class_unit", "to__staff", "asked_by__staff", "strand").annotate(
        due_at=_due("referral")
    )
    asked: Any = Approval.objects.filter(asked_of=by.account_id, state="asked").select_related(
        "case__student__class_unit", "asked_by__staff"
    )
    asked = asked.annotate(due_at=_due("approval"))
    return list(referrals.order_by("-state", F("due_at").asc(nulls_last=True), "pk")), list(asked.order_by("due_at", "pk"))


def caseload(by: Reader, now: datetime) -> list[Stuck]:
    """Per person in the reader's reach: cases led (`open`), and steps that are late."""
    cases = (
        _cases(by, Filters(), now)
        .order_by()
        .values("lead", "lead__staff__name", "lead__staff__office__name")
        .annotate(n=Count("pk"), oldest=Min("opened_at"))
    )
    late = {one.account: one.late for one in stuck(by, now)}
    found = [
        Stuck(
            row["lead"],
            row["lead__staff__name"] or "",
            row["lead__staff__office__name"] or "",
            row["n"],
            late.get(row["lead"], 0),
            row["oldest"],
        )
        for row in cases
    ]
    return sorted(found, key=lambda one: (-one.open, one.account))


def raised_by_me(by: Reader) -> QuerySet[Strand]:
    """What the reader raised, newest first: that it is looked after, by whom, and whether it is over. Never what was found."""
    return Strand.objects.filter(raised_by=by.account_id).select_related("case__student__class_unit", "case__lead__staff").order_by("-pk")
