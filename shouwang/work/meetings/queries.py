"""Meetings as one reader may know them: a matter's point stands there only for who may read the matter; of the others, how many there are."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from shouwang.common.paths import next_path
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.access.models import Account
from shouwang.trust.vault import queries as vault
from shouwang.work.cases import queries as cases
from shouwang.work.cases.models import CaseEvent, CaseStep, Strand
from shouwang.work.deadlines import queries as deadlines
from shouwang.work.letters import queries as letters
from shouwang.work.meetings import policies
from shouwang.work.meetings.models import Decision, Feed, Item, Meeting, Participant, Series, SeriesMember
from shouwang.work.meetings.policies import Facts
from shouwang.work.trainings import queries as trainings


def series_of(by: Reader) -> QuerySet[Series]:
    """The regular meetings the reader sits in or set up."""
    mine = SeriesMember.objects.filter(series=OuterRef("pk"), account=by.account_id)
    return (
        Series.objects.filter(Exists(mine) | Q(made_by=by.account_id)).select_related("unit", "made_by__staff").order_by("-is_open", "pk")
    )


def series(by: Reader, pk: int) -> Series | None:
    return series_of(by).filter(pk=pk).first()


def members(found: Series) -> QuerySet[SeriesMember]:
    return found.members.select_related("account__staff__office", "account__student").order_by("pk")


def runs(by: Reader, found: Series) -> bool:
    """Whether the reader keeps the series: whoever set it up, its chair, who writes its minutes."""
    held = SeriesMember.objects.filter(series=found, account=by.account_id, part__in=policies.HOLDERS)
    return access.may(by, "meetings_plan") and (found.made_by_id == by.account_id or held.exists())


def meetings(by: Reader) -> QuerySet[Meeting]:
    """The meetings the reader is asked to, or set up."""
    mine = Participant.objects.filter(meeting=OuterRef("pk"), account=by.account_id)
    found = Meeting.objects.filter(Exists(mine) | Q(made_by=by.account_id))
    return found.select_related("series__unit").order_by("starts_at", "pk")


def meeting(by: Reader, pk: int) -> Meeting | None:
    """One meeting; None when there is none or the reader has no part in it."""
    return meetings(by).filter(pk=pk).first()


def coming(by: Reader, now: datetime) -> QuerySet[Meeting]:
    """What the reader has before them: not closed, from yesterday on."""
    return meetings(by).filter(state__in=("planned", "invited", "running"), ends_at__gte=now - timedelta(days=1))


def parts(by: Reader, found: Meeting) -> set[str]:
    """What the reader is to a meeting they know of; the actors of its tables."""
    return {"guest"} | ({"holder"} if holds(by, found) else set()) | ({"caller"} if runs(by, found.series) else set())


def holds(by: Reader, found: Meeting) -> bool:
    """Whether the reader runs this meeting and writes what was said."""
    return not by.is_read_only and found.participants.filter(account=by.account_id, part__in=policies.HOLDERS).exists()


def participants(found: Meeting) -> QuerySet[Participant]:
    return found.participants.select_related("account__staff__office").order_by("pk")


def visible_items(by: Reader, found: Meeting) -> list[Item]:
    """The agenda as far as this reader may read it, in order."""
    rows = list(found.items.select_related("student__class_unit").order_by("place", "pk"))
    seen, gone = _strands(by, rows), set(vault.erased_subjects())
    return [row for row in rows if row.kind != "case" or (row.ref in seen and row.sealed_subject() not in gone)]


def _strands(by: Reader, rows: Iterable[Item]) -> set[str]:
    wanted = [int(row.ref.partition(":")[2]) for row in rows if row.kind == "case"]
    return {f"strand:{pk}" for pk in cases.visible_strands(by).filter(pk__in=wanted).values_list("pk", flat=True)}


def hidden(by: Reader, found: Meeting) -> int:
    """How many points the reader may not read."""
    return found.items.count() - len(visible_items(by, found))


def item(by: Reader, found: Meeting, pk: int) -> Item | None:
    return next((row for row in visible_items(by, found) if row.pk == pk), None)


@dataclass(frozen=True, slots=True)
class Said:
    """A point with its words, for a reader who may read it."""

    item: Item
    title: str
    discussed: str
    decisions: tuple["Agreed", ...]


@dataclass(frozen=True, slots=True)
class Agreed:
    """A decision and what became of it."""

    decision: Decision
    words: str
    state: str
    is_late: bool


def said(rows: Iterable[Item], now: datetime) -> list[Said]:
    """The points with their words, decisions and what became of them; few statements for all."""
    listed = list(rows)
    titles, talks = vault.open_texts(listed, "title"), vault.open_texts(listed, "discussed")
    found = _agreed([row.pk for row in listed], now)
    return [Said(row, title, talk, tuple(found.get(row.pk, ()))) for row, title, talk in zip(listed, titles, talks, strict=True)]


def _agreed(items: Collection[int], now: datetime) -> dict[int, list[Agreed]]:
    rows = list(Decision.objects.filter(item__in=list(items)).select_related("owner__staff", "item").order_by("pk"))
    words = vault.open_texts(rows, "agreed")
    steps = _step_states(rows)
    found: dict[int, list[Agreed]] = {}
    for row, text in zip(rows, words, strict=True):
        state = steps.get(row.ref, row.state)
        found.setdefault(row.item_id, []).append(Agreed(row, text, state, state == "open" and row.due_on < timezone.localdate(now)))
    return found


def _step_states(rows: Iterable[Decision]) -> dict[str, str]:
    """step:<id> → open, done or dropped, as the case has it: a decision's fate is not told twice."""
    wanted = [int(row.ref.partition(":")[2]) for row in rows if row.ref.startswith("step:")]
    fate = {"done": "done", "skipped": "dropped", "cancelled": "dropped"}
    return {f"step:{pk}": fate.get(state, "open") for pk, state in CaseStep.objects.filter(pk__in=wanted).values_list("pk", "state")}


def before(found: Meeting) -> Meeting | None:
    """The last meeting of the series that was held before this one."""
    return Meeting.objects.filter(series=found.series_id, state="closed", starts_at__lt=found.starts_at).order_by("-starts_at").first()


def became(by: Reader, found: Meeting, now: datetime) -> list[Said]:
    """What became of the decisions of the last meeting, as far as the reader may read."""
    last = before(found)
    return [one for one in said(visible_items(by, last), now) if one.decisions] if last is not None else []


def my_decisions(by: Reader, now: datetime) -> list[tuple[Agreed, Meeting]]:
    """What the reader was given in meetings outside cases and has not done; steps of cases stand with the cases."""
    rows = list(
        Decision.objects.filter(owner=by.account_id, state="open", ref="").select_related("item__meeting__series").order_by("due_on", "pk")
    )
    words = vault.open_texts(rows, "agreed")
    today = timezone.localdate(now)
    return [(Agreed(row, text, "open", row.due_on < today), row.item.meeting) for row, text in zip(rows, words, strict=True)]


def decision(by: Reader, pk: int) -> Decision | None:
    """A decision outside cases that the reader owns, or of a meeting the reader runs."""
    found = Decision.objects.select_related("item__meeting__series__unit").filter(pk=pk, ref="").first()
    if found is None or meeting(by, found.item.meeting_id) is None:
        return None
    return found if found.owner_id == by.account_id or holds(by, found.item.meeting) else None


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter the rule brings to the agenda."""

    strand: Strand
    why: str
    overdue: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the rule names, in the agenda's order; `left_out`: how many more do not fit."""

    matters: list[Matter]
    left_out: int


def drawn(found: Meeting, readers: Iterable[Reader], now: datetime) -> Drawn:
    """The open matters below the series' unit that the rule names, of those at least one participant may read."""
    unit = found.series.unit
    below = Q(case__unit_path__gte=unit.path, case__unit_path__lt=next_path(unit.path))
    seen: set[int] = set()
    for reader in readers:
        rows = cases.visible_strands(reader).filter(below, case__closed_at=None, ended_at=None)
        seen |= set(rows.order_by().values_list("pk", flat=True))
    strands = list(Strand.objects.filter(pk__in=seen).select_related("case__student"))
    facts = _facts(found, strands, now)
    rule = {"least_level": found.series.least_level, "silent_days": found.series.silent_days}
    listed = [Matter(one, policies.why(facts[one.pk], **rule), facts[one.pk].overdue_steps) for one in strands]
    named = sorted((one for one in listed if one.why), key=lambda one: (policies.place(one.why, one.strand.level), one.strand.pk))
    fit = policies.fitting([(one.why, one.strand.level) for one in named])
    return Drawn([named[at] for at in fit], len(named) - len(fit))


def _facts(found: Meeting, strands: list[Strand], now: datetime) -> dict[int, Facts]:
    stood = _stood(found, strands)
    agreed = _agreed([row.pk for row in stood.values()], now)
    late = _late_steps(strands, now)

    events = CaseEvent.objects.filter(case__in={one.case_id for one in strands}).order_by("at").values_list("case", "at")
    moved = dict(events)

    return {
        one.pk: Facts(
            level=one.level,
            carried=one.pk in stood and stood[one.pk].state != "discussed",
            open_decisions=sum(told.state == "open" for told in agreed.get(stood[one.pk].pk, ())) if one.pk in stood else 0,
            overdue_steps=late.get(one.pk, 0),
            is_new=one.pk not in stood,
            days_silent=(now - max(moved.get(one.case_id, one.opened_at), one.opened_at)).days,
        )
        for one in strands
    }


def _stood(found: Meeting, strands: Iterable[Strand]) -> dict[int, Item]:
    """strand → its point in the last meeting of the series that had it: what did not fit into a meeting is not forgotten by the next."""
    refs = {f"strand:{one.pk}": one.pk for one in strands}
    held = Item.objects.filter(meeting__series=found.series_id, meeting__state="closed", meeting__starts_at__lt=found.starts_at)
    return {refs[row.ref]: row for row in held.filter(ref__in=refs).order_by("meeting__starts_at")}


def _late_steps(strands: list[Strand], now: datetime) -> dict[int, int]:
    """strand → how many of its steps are overdue."""
    steps = dict(CaseStep.objects.filter(strand__in=strands, state="open").values_list("pk", "strand"))
    found: dict[int, int] = {}
    for ref, limit in deadlines.many([f"step:{pk}" for pk in steps]).items():
        if limit.state == "open" and limit.due_at < now:
            strand = steps[int(ref.partition(":")[2])]
            found[strand] = found.get(strand, 0) + 1
    return found


def other_points(found: Meeting, chair: Reader, now: datetime) -> list[tuple[str, str, str, int]]:
    """(kind, ref, why, count) besides the cases: receipts that are late, trainings that come before the next meeting."""
    points = []
    if late := letters.overdue(chair, now):
        points.append(("letters", f"letters-of:{found.series.unit_id}", "letters", late))
    until = now + timedelta(weeks=found.series.every_weeks)
    points += [("training", one.ref, "training", 0) for one in trainings.coming(chair, now, until)[:5]]
    return points


def people(by: Reader, text: str, found: Series) -> list[Account]:
    """Staff to ask to a series, by name, pinyin or number; whoever sits there already is left out."""
    wanted = "".join(text.split()).lower()
    if not access.may(by, "meetings_plan") or len(wanted) < 1 or not wanted.isprintable():
        return []
    rows = Account.objects.filter(is_active=True, staff__is_current=True).exclude(pk__in=found.members.values("account"))
    rows = rows.filter(
        Q(staff__name__contains=wanted)
        | Q(staff__number__istartswith=wanted)
        | Q(staff__pinyin__startswith=wanted)
        | Q(staff__initials__startswith=wanted)
    )
    return list(rows.select_related("staff__office").order_by("staff__pinyin", "username")[:20])


def owners(found: Meeting, row: Item, now: datetime) -> list[tuple[int, str]]:
    """(account, name) of whom a decision may be given to: who leads the case first, then who sits here and who may work on it."""
    lead, listed = 0, {one.account_id: one.account.name for one in participants(found)}
    if row.kind == "case":
        strand = strand_of(row)
        if strand is not None:
            lead = strand.case.lead_id
            listed |= {account.pk: account.name for account, _ in cases.assignable(strand.case, timezone.localdate(now), strand.categories)}
    return sorted(listed.items(), key=lambda pair: (pair[0] != lead, pair[1]))


def strand_of(row: Item) -> Strand | None:
    """The matter of a point the reader was given by `visible_items`."""
    return Strand.objects.select_related("case__student", "case__lead__staff").filter(pk=int(row.ref.partition(":")[2])).first()


def readers_of(found: Meeting, on: date, now: datetime) -> list[Reader]:
    """Everybody who is asked to it, as they would read a page."""
    ids = found.participants.values_list("account", flat=True)
    return [one for pk in ids if (one := access.reader_of(pk, on, now)) is not None]


def of_feed(digest: str) -> Account | None:
    """Whose calendar address this is."""
    found = Feed.objects.select_related("account").filter(digest=digest, account__is_active=True).first()
    return found.account if found is not None else None


def in_feed(account: Account, now: datetime) -> list[Meeting]:
    rows = Meeting.objects.filter(participants__account=account, starts_at__gte=now - timedelta(days=60)).exclude(state="planned")
    return list(rows.select_related("series").order_by("starts_at"))
