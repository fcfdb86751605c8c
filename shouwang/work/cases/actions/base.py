"""What every action of the room shares: who acts, which row, what is noted in the timeline, who is let in and who is told."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Literal, NoReturn

from django.db.models import Q, QuerySet

from shouwang.common.categories import Category
from shouwang.common.reader import Reader
from shouwang.trust.access import grants
from shouwang.trust.access.models import Account
from shouwang.trust.ledger import actions as ledger
from shouwang.work.cases import policies, queries
from shouwang.work.cases.models import Case, CaseEvent, Member, Strand
from shouwang.work.notifications import actions as notifications

Actor = Reader | int | None
Tier = Literal["routine", "important", "crisis"]
GRANTED = timedelta(days=399)
SHORTEST = 2
_notes: ContextVar[list[notifications.Note] | None] = ContextVar("case notices", default=None)
LONGEST = 20_000


class CannotDo(Exception):
    """Why something is refused; the message is for people, with the remedy."""


class NoSuchCase(CannotDo):
    """There is none, or the reader may not know of it."""


def lang(by: Actor) -> str:
    return by.lang if isinstance(by, Reader) else "zh"


def pick(by: Actor, zh: str, en: str) -> str:
    return zh if lang(by) == "zh" else en


def account_of(by: Actor) -> int | None:
    return by.account_id if isinstance(by, Reader) else by


def missing(by: Actor) -> NoReturn:
    raise NoSuchCase(pick(by, "没有这个个案。", "There is no such case."))


def locked(found: Case | int, by: Actor) -> Case:
    """The row, for the running action. NoSuchCase for whoever may see nothing of it."""
    pk = _pk(found)
    if isinstance(by, Reader) and queries.case(by, pk) is None:
        missing(by)
    if not hold(Case.objects.filter(pk=pk)):
        missing(by)
    return Case.objects.select_related("student", "lead__staff", "supervisor__staff").get(pk=pk)


def hold(rows: QuerySet[Case]) -> bool:
    """Holds these cases; False without any. Read them afterwards: PostgreSQL would drop a joined row whose lead changed during the wait."""
    return bool(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def locked_pair(one: Case | int, other: Case | int, by: Actor) -> tuple[Case, Case]:
    """Both rows, always locked in the same order: two who begin from either end must not wait for each other."""
    rows = {pk: locked(pk, by) for pk in sorted({_pk(one), _pk(other)})}
    return rows[_pk(one)], rows[_pk(other)]


def hold_also(found: Case | int, sid: int) -> None:
    """Holds this case and the open one of that student, in the order of `locked_pair`, before either is read."""
    hold(Case.objects.filter(Q(pk=_pk(found)) | Q(student=sid, closed_at=None)))


def _pk(found: Case | int) -> int:
    return found.pk if isinstance(found, Case) else found


def may_do(deed: str, found: Case, by: Actor, actors: Collection[str] | None = None) -> None:
    who = queries.actors(by, found) if actors is None else actors
    if reason := policies.why_not_do(deed, state=found.state, actors=who, lang=lang(by)):
        raise CannotDo(reason)


def may_move(table: policies.Table, move: str, state: str, actors: Collection[str], by: Actor) -> str:
    """The next state. CannotDo with the reason."""
    if reason := table.why_not(move, state=state, actors=actors, lang=lang(by)):
        raise CannotDo(reason)
    return table.moves[state, move]


def strand_of(found: Case, by: Actor, strand: int | None = None) -> Strand:
    """The strand that is meant, else the first the reader may read. NoSuchCase for one that is not theirs."""
    mine = queries.visible_strands(by) if isinstance(by, Reader) else Strand.objects.all()
    rows = mine.filter(case=found).order_by("ended_at", "pk")
    if strand is not None:
        rows = rows.filter(pk=strand)
    elif (own := rows.filter(ended_at=None, domain=found.domain).first()) is not None:
        return own
    return rows.filter(ended_at=None).first() or rows.first() or missing(by)


def needed(words: str, by: Actor) -> str:
    """A text that says something. CannotDo when it does not."""
    text = words.strip()
    if not SHORTEST <= len(text) <= LONGEST:
        raise CannotDo(pick(by, "请写一两句话：做了什么，结果怎样。", "Write a sentence or two: what was done, what came of it."))
    return text


def tell(
    kind: str, found: Case, by: Actor, now: datetime, *, strand: Strand | None = None, categories: int | None = None,
    account: int | None = None, ref: str = "", code: str = "", about: Collection[str] = (),
) -> None:  # fmt: skip
    """One event in the timeline and one entry in the ledger."""
    bits = categories if categories is not None else strand.categories if strand is not None else int(Category.identity)
    actor = account_of(by)
    CaseEvent.objects.create(
        case=found, strand=strand, categories=bits, kind=kind, by_id=actor, at=now, account_id=account, ref=ref, code=code
    )
    subjects = [found.ref, f"student:{found.student_id}", *([ref] if ref else []), *about]
    ledger.record(f"cases.{kind}", by=actor, about=subjects, now=now, content={"code": code, "account": account})


def send(
    kind: str,
    to: Collection[int | None],
    found: Case,
    by: Actor,
    now: datetime,
    *,
    key: str,
    tier: Tier = "important",
    url: str = "",
    **words: str | int,
) -> None:
    """A neutral notice with a link; whoever acts needs no notice of it."""
    others = {pk for pk in to if pk is not None} - {account_of(by)}
    if not others:
        return
    note = notifications.Note(kind, tier, others, found.ref, url or found.url, key, words)
    if (waiting := _notes.get()) is not None:
        waiting.append(note)
    else:
        notifications.send_many(notes=[note], by=account_of(by), now=now)


@contextmanager
def together(by: Actor, now: datetime) -> Iterator[None]:
    """Whatever the action inside says is said with a handful of statements at its end. It is the one deed of one person at one moment."""
    if _notes.get() is not None:
        yield
        return
    waiting: list[notifications.Note] = []
    token = _notes.set(waiting)
    try:
        yield
    finally:
        _notes.reset(token)
    if waiting:
        notifications.send_many(notes=waiting, by=account_of(by), now=now)


def join_team(
    found: Case, account: Account | int, part: str, *, by: Actor, now: datetime, strand: Strand | None = None, is_new: bool = False
) -> Member:
    """On the team from now on; R, A and C may read by a grant that ends with their part. Being there already changes nothing.

    `is_new`: the strand was made a moment ago, nobody is on its team.
    """
    pk = account if isinstance(account, int) else account.pk
    known = None if is_new else Member.objects.filter(case=found, strand=strand, account=pk, part=part, until=None).first()
    if known is not None:
        return known
    made = Member.objects.create(case=found, strand=strand, account_id=pk, part=part, since=now)
    if part != "I":
        _let_in(made, account, found, by, now)
    return made


def _let_in(member: Member, account: Account | int, found: Case, by: Actor, now: datetime) -> None:
    bits = member.strand.categories if member.strand is not None else found.categories
    holder = account if isinstance(account, Account) else Account.objects.select_related("staff", "student", "guardian").get(pk=account)
    try:
        grants.grant(
            account=holder, relationship="case_team", categories=bits, ref=grant_ref(member), until=now + GRANTED, by=account_of(by), now=now,
            student=found.student,
        )  # fmt: skip
    except grants.CannotGrant:
        return  # whoever answers for the student reads by that; a role the matrix gives nothing is told only


def grant_ref(member: Member) -> str:
    return f"case:{member.case_id}/{member.pk}"


def leave_team(members: Collection[Member], by: Actor, now: datetime) -> None:
    """Their part is over, and with it what it let them read."""
    for member in members:
        member.until = now
        member.save()
        grants.end(ref=grant_ref(member), by=account_of(by), now=now)
