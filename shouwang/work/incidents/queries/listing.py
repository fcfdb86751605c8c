"""The work list of reports: what waits for the reader, what is on its way, what is over; and a report's photographs."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from shouwang.common.reader import Reader
from shouwang.trust.access import readings
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.vault import queries as vault
from shouwang.work.incidents.models import Ask, Incident, Level
from shouwang.work.incidents.network import URGENCIES
from shouwang.work.incidents.policies import OPEN
from shouwang.work.incidents.queries import seeing

STATES = ("open", "resolved", "all")


@dataclass(frozen=True, slots=True)
class Filters:
    state: str = "open"
    category: str = ""
    urgency: str = ""


def listed(by: Reader, given: Filters) -> QuerySet[Incident]:
    """What the reader may know of, the newest first; `mine`: asked and not answered yet, or handling it."""
    found = seeing.visible_incidents(by)
    if given.state == "open":
        found = found.filter(state__in=OPEN)
    elif given.state == "resolved":
        found = found.filter(state=Incident.State.RESOLVED)
    if given.category:
        found = found.filter(category=given.category)
    if given.urgency in URGENCIES:
        found = found.filter(urgency=given.urgency)
    unanswered = Ask.objects.filter(incident=OuterRef("pk"), account=by.account_id, part="answer", answered_at=None)
    # Once somebody has it, it waits for those alone who were asked after that.
    waits = unanswered.filter(Q(incident__state=Incident.State.REPORTED) | Q(level__state=Level.State.OPEN))
    return found.annotate(waits=Exists(waits), rank=_rank()).order_by("-pk")


def _rank() -> Case:
    whens = [When(urgency=code, then=Value(rank)) for rank, code in enumerate(URGENCIES)]
    return Case(*whens, default=Value(0), output_field=IntegerField())


def waiting(by: Reader) -> QuerySet[Incident]:
    """Reports that wait for this reader's answer, and those they handle: what Today shows, the gravest first."""
    mine = Q(waits=True) | Q(handler=by.account_id, state__in=("acknowledged", "handling"))
    return listed(by, Filters()).filter(mine).order_by("-rank", "pk")


def levels(found: Incident) -> list[Level]:
    return list(found.levels.select_related("opened_by__staff").order_by("number"))


def asks(found: Incident) -> Mapping[int, list[Ask]]:
    """level → who was asked there."""
    grouped: dict[int, list[Ask]] = {}
    for ask in Ask.objects.filter(incident=found).select_related("account__staff", "account__student").order_by("pk"):
        grouped.setdefault(ask.level_id, []).append(ask)
    return grouped


def reasons(listed_: list[Level]) -> dict[int, str]:
    """level → why it was skipped to or passed on; for those who may read the report."""
    return dict(zip([level.pk for level in listed_], vault.open_texts(listed_, "reason"), strict=True))


def photo(by: Reader, found: Incident, number: int, now: datetime) -> tuple[str, bytes] | None:
    """(kind, picture) for those who may read the report; looking is on record for the students it is about."""
    if not seeing.may_read(by, found):
        return None
    kept = found.photos.filter(number=number).first()
    if kept is None:
        return None
    if found.reporter_id != by.account_id:
        sids = [student.sid for student in seeing.students_of(by, found).students]
        readings.note_many(by=by, sids=sids, now=now, kind="incident", ref=found.ref)
        with told():
            ledger.record("incidents.photo_read", by=by.actor, about=[found.ref], now=now, content={"number": number})
    return kept.kind, base64.b64decode(vault.open_text(kept, "image"))
