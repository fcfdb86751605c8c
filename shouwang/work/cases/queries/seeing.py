"""What of a case is there for a reader: strands, steps and events by their categories; presence by what the matrix lets one know of."""

from dataclasses import replace
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.work.alerts.models import Alert
from shouwang.work.cases.models import Case, CaseEvent, CaseStep, Link, Strand

_OF_CASE: dict[str, Any] = {"path": "case__unit_path", "dorm": "case__dorm_path", "sid": "case__student_id"}


def knowing(by: Reader) -> Reader:
    """The reader with everything they may see or know of: for presence alone, never for content."""
    return replace(by, scopes=tuple(replace(scope, categories=scope.categories | scope.know) for scope in by.scopes))


def visible_strands(by: Reader) -> QuerySet[Strand]:
    """The matters the reader may read. Families read their own record, never the work on it."""
    return access.visible(by, _workers(by), **_OF_CASE)


def known_strands(by: Reader) -> QuerySet[Strand]:
    """The matters the reader may at least know of; whoever may see one knows of it."""
    return access.visible(knowing(by), _workers(by), **_OF_CASE)


def _workers(by: Reader) -> QuerySet[Strand]:
    return Strand.objects.all() if access.may(by, "cases") else Strand.objects.none()


def visible_cases(by: Reader) -> QuerySet[Case]:
    """The cases of which the reader may read at least one matter, open and closed."""
    mine = visible_strands(by).filter(case=OuterRef("pk")).order_by()
    return Case.objects.filter(Exists(mine)).select_related("student__class_unit", "lead__staff", "supervisor__staff")


def known_cases(by: Reader) -> QuerySet[Case]:
    """The cases the reader may at least know of. Show of those that are not visible: that there is one, and whom to ask."""
    mine = known_strands(by).filter(case=OuterRef("pk")).order_by()
    return Case.objects.filter(Exists(mine)).select_related("student__class_unit", "lead__staff")


def case(by: Reader, pk: int) -> Case | None:
    """One case; None when there is none or the reader may not see any of it."""
    return visible_cases(by).filter(pk=pk).first()


def open_case_of(by: Reader, sid: int) -> Case | None:
    """The student's open case, when the reader may see any of it."""
    return visible_cases(by).filter(student_id=sid, closed_at=None).first()


def same_person(by: Reader, found: Case) -> list[Case]:
    """Other open cases that may be about the same person: somebody of the same name under another number. What the reader may see of them."""
    others = visible_cases(by).filter(closed_at=None, student__name=found.student.name).exclude(pk=found.pk)
    return list(others.order_by("pk")[:20])


def case_with(by: Reader, alert: Alert) -> str:
    """The address of the open case that an alert has joined, for a reader who may see it; else empty."""
    joined = linked(f"alert:{alert.pk}").filter(case__closed_at=None).values("case")
    found = visible_cases(by).filter(pk__in=joined).first()
    return found.url if found is not None else ""


def visible_steps(by: Reader, pk: int | None = None) -> QuerySet[CaseStep]:
    """The steps the reader may read, and those they answer for. `pk`: this one alone, so that nothing else is looked through."""
    if not access.may(by, "cases"):
        return CaseStep.objects.none()
    rows = CaseStep.objects.all() if pk is None else CaseStep.objects.filter(pk=pk)
    seen = access.visible(by, rows, **_OF_CASE).order_by().values("pk")
    return rows.filter(Q(pk__in=seen) | Q(responsible=by.account_id)).select_related("case__student", "responsible__staff", "strand")


def events(by: Reader, found: Case) -> QuerySet[CaseEvent]:
    """What happened in a case, newest first, as far as the reader may see what it was about."""
    rows = access.visible(by, CaseEvent.objects.filter(case=found if access.may(by, "cases") else None), **_OF_CASE)
    return rows.select_related("by__staff", "account__staff", "strand").order_by("-at", "-pk")


def linked(ref: str) -> QuerySet[Link]:
    """Where an alert or a report has joined; for the rooms that show it to readers who may see the case."""
    return Link.objects.filter(ref=ref).select_related("case").order_by("-pk")
