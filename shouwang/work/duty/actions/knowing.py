"""What every step of this room asks first: may they, is the person free; and how a shift passes from one to another."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from shouwang.common.categories import EVERYTHING
from shouwang.common.reader import Reader
from shouwang.trust.access import grants
from shouwang.trust.access.answering import Place, holders
from shouwang.trust.access.models import Account
from shouwang.trust.access.policies import why_not as why_not_open
from shouwang.trust.ledger import actions as ledger
from shouwang.work.duty import policies
from shouwang.work.duty.models import Roster, Shift, Swap
from shouwang.work.duty.policies import Held, pick
from shouwang.work.duty.queries import planning as known
from shouwang.work.notifications import actions as notifications

BUSY = (Shift.State.PLANNED, Shift.State.ON)


class CannotRoster(Exception):
    """Why a step about duty is refused; the message is for people, with the remedy."""


def must_edit(by: Reader, path: str) -> None:
    if refused := why_not_open(by, "duty_edit"):
        raise CannotRoster(refused)
    if not known.covers_place(by, path):
        raise CannotRoster(pick(by.lang, "这里的值班不由您安排，请联系学生处。", "You do not plan duty there; ask student affairs."))


def editable(by: Reader, roster: Roster) -> Roster:
    """The roster, locked, for somebody who plans it. CannotRoster."""
    found = known.roster(by, roster.pk)
    if found is None:
        raise CannotRoster(pick(by.lang, "没有这张值班表。", "There is no such roster."))
    must_edit(by, found.unit.path)
    return Roster.objects.select_for_update(of=("self",)).select_related("unit").get(pk=found.pk)


def hold(*shifts: int | None) -> None:
    """Holds the shifts, always in the same order and before what hangs on them: two who act at once must not wait for each other."""
    list(Shift.objects.select_for_update().filter(pk__in=[one for one in shifts if one is not None]).order_by("pk").values_list("pk"))


def locked(by: Reader, shift: int, move: str, actor: str) -> Shift:
    """A shift that may make this move by the hand of whoever the reader is to it. CannotRoster."""
    if known.shift(by, shift) is None:
        raise CannotRoster(pick(by.lang, "没有这个班次。", "There is no such shift."))
    hold(shift)  # then read: PostgreSQL would drop a row whose person changed while this waited for it
    found = Shift.objects.select_related("roster__unit", "account__staff").get(pk=shift)
    if reason := policies.why_not(found.state, move, by.lang) or policies.SHIFT.why_not_by(move, actors={actor}, lang=by.lang):
        raise CannotRoster(reason)
    return found


def own(by: Reader, shift: int, move: str) -> Shift:
    """The reader's own shift. CannotRoster."""
    found = locked(by, shift, move, "own")
    if found.account_id != by.account_id or by.is_read_only:
        raise CannotRoster(pick(by.lang, "这不是您的班次。", "This is not your shift."))
    return found


def person(pk: int, lang: str) -> Account:
    """Somebody who can be on duty: staff of the school with an open account. CannotRoster."""
    found = Account.objects.select_related("staff").filter(pk=pk, is_active=True, staff__is_current=True).first()
    if found is None:
        raise CannotRoster(pick(lang, "这位老师没有开通账号或已离校，请另选一位。", "They have no open account; choose somebody else."))
    return found


def held_by(accounts: Collection[int], starts_at: datetime, ends_at: datetime) -> dict[int, list[Held]]:
    """account → their shifts that touch this stretch, on whatever roster."""
    rows = Shift.objects.filter(account__in=accounts, state__in=BUSY, starts_at__lt=ends_at, ends_at__gt=starts_at)
    found: dict[int, list[Held]] = {}
    for one in rows:
        found.setdefault(one.account_id, []).append(Held(one.pk, one.roster_id, one.account_id, one.starts_at, one.ends_at))
    return found


def must_be_free(account: Account, shift: Shift, lang: str, without: Collection[int] = ()) -> None:
    """Nobody is put in two places at once. `without`: shifts they give away in the same step. CannotRoster."""
    there = held_by([account.pk], shift.starts_at, shift.ends_at).get(account.pk, [])
    clash = next((one for one in there if one.shift not in {*without, shift.pk}), None)
    if clash is not None:
        at = f"{timezone.localtime(clash.starts_at):%m-%d %H:%M}"
        raise CannotRoster(
            pick(
                lang,
                f"{account.name} 在 {at} 已有班次，请另选一位或另一天。",
                f"{account.name} is on duty already at {at}; choose another.",
            )
        )


def end_questions(shifts: Collection[int], now: datetime, besides: Collection[int] = ()) -> None:
    """Before shifts that are held pass to somebody else: whoever was asked for them, or offered them, was asked by the one who had them.

    `besides`: the question that is being agreed to. The rows are held in order: a question between two shifts may end from either side.
    """
    about = Swap.objects.filter(Q(shift__in=shifts) | Q(back__in=shifts), state=Swap.State.ASKED).exclude(pk__in=besides)
    found = list(about.select_for_update().order_by("pk").values_list("pk", flat=True))
    Swap.objects.filter(pk__in=found).update(state=Swap.State.WITHDRAWN, decided_at=now)


def give(shift: Shift, account: Account, now: datetime) -> None:
    """Somebody else has the shift from now on; while it runs, the rights of duty pass with it."""
    running = shift.begun_at is not None
    shift.account, shift.state, shift.told_at = account, policies.MOVES[shift.state, "give"], None
    if running:
        grants.end(ref=shift.ref, by=None, now=now)
        shift.begun_at = None
    shift.save()


def begin(shift: Shift, now: datetime) -> None:
    """They are on duty: what the matrix gives whoever is, for the place, until the last minute."""
    shift.state, shift.begun_at = policies.MOVES[shift.state, "begin"], now
    shift.save()
    try:
        grants.grant(
            account=shift.account, relationship="on_duty", categories=EVERYTHING, ref=shift.ref, until=shift.ends_at,
            by=None, now=now, unit=shift.roster.unit,
        )  # fmt: skip
    except grants.CannotGrant:  # a role that the matrix gives nothing on duty: on duty all the same, without a right to read
        ledger.record("duty.turned", by=None, about=[shift.ref], now=now, content={"granted": False})


def tell(kind: str, to: Iterable[int], shift: Shift, by: Reader | None, now: datetime) -> None:
    """A neutral message about a shift; at once for whoever is on duty already."""
    words: dict[str, str | int] = {
        "title": shift.roster.title,
        "moment": f"{timezone.localtime(shift.starts_at):%m-%d %H:%M}",
        "until": f"{timezone.localtime(shift.ends_at):%m-%d %H:%M}",
        "person": by.name if by is not None else "",
    }
    key = f"{shift.pk}/{shift.account_id}" if kind == "soon" else ""
    notifications.send(
        kind=f"duty.{kind}", tier="routine" if kind == "soon" else "important", to=list(to), ref=shift.ref, url="/duty/",
        by=by.actor if by is not None else None, now=now, key=key, words=words, at_once=shift.begun_at is not None,
    )  # fmt: skip


def planners(roster: Roster, now: datetime) -> list[int]:
    """Accounts of whoever plans a roster: the nearest office."""
    place = Place(roster.unit.path)
    return holders(policies.EDITORS, [place], timezone.localdate(now)).nearest(place, policies.EDITORS)


def about(shift: Shift, *accounts: int) -> list[str]:
    return [shift.ref, f"roster:{shift.roster_id}", *(f"account:{pk}" for pk in accounts)]
