"""Rosters, their patterns, who takes turns; filling them and single shifts. For the offices that plan duty."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Unit
from shouwang.work.duty import policies
from shouwang.work.duty.actions import knowing
from shouwang.work.duty.actions.knowing import CannotRoster
from shouwang.work.duty.models import Pattern, Roster, Shift, Turn
from shouwang.work.duty.policies import pick
from shouwang.work.duty.queries import planning as known


def make_roster(*, code: str, title: str, unit: Unit, by: Reader, now: datetime, phone: str = "") -> Roster:
    """A roster for a place. CannotRoster with the reason."""
    knowing.must_edit(by, unit.path)
    if not re.fullmatch(r"[a-z0-9-]{2,40}", code) or not title.strip():
        raise CannotRoster(
            pick(by.lang, "请填写名称，代码用小写字母、数字和连字符。", "Give it a title, and a code of small letters, digits and hyphens.")
        )
    if Roster.objects.filter(code=code).exists():
        raise CannotRoster(pick(by.lang, "这个代码已经用过，请换一个。", "This code is taken; choose another."))
    with told():
        made = Roster.objects.create(
            code=code, title=title.strip()[:60], unit=unit, phone=phone.strip()[:40], made_by=by.actor, made_at=now
        )
        ledger.record("duty.roster_made", by=by.actor, about=[f"roster:{made.pk}", f"unit:{unit.pk}"], now=now, content={"code": code})
    return made


def change_roster(*, roster: Roster, title: str, phone: str, is_open: bool, by: Reader, now: datetime) -> Roster:
    """Another title or telephone, or the roster is closed: it then counts no more. CannotRoster."""
    if not title.strip():
        raise CannotRoster(pick(by.lang, "请填写名称。", "Give it a title."))
    with told():
        found = knowing.editable(by, roster)
        found.title, found.phone, found.is_open = title.strip()[:60], phone.strip()[:40], is_open
        found.save()
        ledger.record("duty.roster_changed", by=by.actor, about=[f"roster:{found.pk}"], now=now, content={"open": is_open})
    return found


def set_pattern(
    *, roster: Roster, days: str, begins: time, ends: time, by: Reader, now: datetime, people: int = 1, weekdays: int = 127,
    from_on: date | None = None, until: date | None = None,
) -> Pattern:  # fmt: skip
    """Somebody must be there on these days from then to then (over midnight when it ends earlier). CannotRoster."""
    first = from_on or timezone.localdate(now)
    if days not in policies.DAY_WORDS or not 1 <= people <= 9 or not 1 <= weekdays <= 127:
        raise CannotRoster(pick(by.lang, "请选择日子，人数为 1 到 9。", "Choose the days; one to nine people."))
    if until is not None and until < first:
        raise CannotRoster(pick(by.lang, "结束日期早于开始日期，请改正。", "It ends before it begins."))
    with told():
        found = knowing.editable(by, roster)
        made = Pattern.objects.create(
            roster=found, days=days, weekdays=weekdays, begins=begins, ends=ends, people=people, from_on=first, until=until
        )
        content = {"days": days, "begins": begins.isoformat("minutes"), "ends": ends.isoformat("minutes"), "people": people}
        ledger.record("duty.pattern_set", by=by.actor, about=[f"roster:{found.pk}"], now=now, content=content)
    return made


def end_pattern(*, pattern: Pattern, by: Reader, now: datetime) -> Pattern:
    """It wants nobody any more from today on; shifts that were planned for it stay. CannotRoster."""
    with told():
        found = knowing.editable(by, pattern.roster)
        yesterday = timezone.localdate(now) - timedelta(days=1)
        pattern.until = max(pattern.from_on, yesterday)
        if pattern.from_on > yesterday:
            pattern.delete()
        else:
            pattern.save()
        ledger.record("duty.pattern_ended", by=by.actor, about=[f"roster:{found.pk}"], now=now)
    return pattern


def set_turns(*, roster: Roster, accounts: Sequence[int], by: Reader, now: datetime) -> list[Turn]:
    """Who takes turns, in this order; replaces what was set. CannotRoster."""
    ordered = list(dict.fromkeys(accounts))
    for pk in ordered:
        knowing.person(pk, by.lang)
    with told():
        found = knowing.editable(by, roster)
        Turn.objects.filter(roster=found).delete()
        made = Turn.objects.bulk_create([Turn(roster=found, account_id=pk, place=place) for place, pk in enumerate(ordered)])
        about = [f"roster:{found.pk}", *(f"account:{pk}" for pk in ordered)]
        ledger.record("duty.turns_set", by=by.actor, about=about, now=now, content={"people": len(made)})
    return made


def fill(*, roster: Roster, first: date, last: date, by: Reader, now: datetime) -> list[Shift]:
    """Puts the people who take turns on every stretch for which nobody is there yet, behind whoever was last. CannotRoster.

    Whoever is busy elsewhere is passed over. What nobody is free for stays a gap and is shown as one.
    """
    if not timezone.localdate(now) <= first <= last <= timezone.localdate(now) + policies.FURTHEST:
        raise CannotRoster(pick(by.lang, "请从今天起选择，最长半年。", "Choose days from today on, half a year at most."))
    with told():
        found = knowing.editable(by, roster)
        turns = list(found.turns.order_by("place").values_list("account_id", flat=True))
        if not turns:
            raise CannotRoster(pick(by.lang, "请先排定轮值人员。", "Set who takes turns first."))
        there = known.held(list(Shift.objects.filter(roster=found, ends_at__gt=now).exclude(state="removed")))
        bare = [need for need in known.needed(found, first, last) if need.ends_at > now and _is_bare(need, there)]
        made = [
            Shift(roster=found, account_id=account, starts_at=need.starts_at, ends_at=need.ends_at)
            for need, account in policies.rotate(bare, turns, _last(found, turns), _busy(turns, bare), found.pk)
        ]
        Shift.objects.bulk_create(made, batch_size=500)
        content = {"first": first.isoformat(), "last": last.isoformat(), "shifts": len(made), "open": len(bare) - len(made)}
        ledger.record("duty.filled", by=by.actor, about=[f"roster:{found.pk}"], now=now, content=content)
    return made


def _is_bare(need: policies.Need, there: list[policies.Held]) -> bool:
    return policies.gaps(need, there) == [policies.Gap(need.starts_at, need.ends_at, need.people)]


def _last(roster: Roster, turns: list[int]) -> int | None:
    return Shift.objects.filter(roster=roster, account__in=turns).exclude(state="removed").order_by("starts_at").values_list(
        "account_id", flat=True
    ).last()  # fmt: skip


def _busy(turns: list[int], bare: list[policies.Need]) -> dict[int, list[policies.Held]]:
    if not bare:
        return {}
    return knowing.held_by(turns, min(need.starts_at for need in bare), max(need.ends_at for need in bare))


def add_shift(*, roster: Roster, account: int, starts_at: datetime, ends_at: datetime, by: Reader, now: datetime) -> Shift:
    """Somebody is on duty from then to then. CannotRoster when they are elsewhere, or when the stretch cannot be."""
    if not starts_at < ends_at <= starts_at + policies.LONGEST or ends_at <= now:
        hours = int(policies.LONGEST.total_seconds() // 3600)
        raise CannotRoster(pick(by.lang, f"班次须在将来，最长 {hours} 小时。", f"A shift lies ahead and lasts {hours} hours at most."))
    with told():
        found = knowing.editable(by, roster)
        chosen = knowing.person(account, by.lang)
        shift = Shift(roster=found, account=chosen, starts_at=starts_at, ends_at=ends_at)
        knowing.must_be_free(chosen, shift, by.lang)
        shift.save()
        content = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
        ledger.record("duty.shift_added", by=by.actor, about=knowing.about(shift, account), now=now, content=content)
        if account != by.account_id:
            knowing.tell("given", [account], shift, by, now)
    return shift


def remove_shift(*, shift: int, by: Reader, now: datetime) -> Shift:
    """A planned shift is taken off; the stretch becomes a gap if somebody must be there. CannotRoster."""
    with told():
        found = knowing.locked(by, shift, "remove", "planner")
        knowing.must_edit(by, found.roster.unit.path)
        found.state = policies.MOVES[found.state, "remove"]
        found.save()
        ledger.record("duty.shift_removed", by=by.actor, about=knowing.about(found, found.account_id), now=now)
        if found.account_id != by.account_id:
            knowing.tell("removed", [found.account_id], found, by, now)
    return found


def exported(*, roster: Roster, by: Reader, now: datetime) -> None:
    """A roster was taken out as a file."""
    ledger.record("duty.exported", by=by.actor, about=[f"roster:{roster.pk}"], now=now)
