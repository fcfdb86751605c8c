"""A school term in virtual time, in a prepared college: `python -m tests.trial.term SEED`; prints what happened as one line of JSON.

Two hundred members of staff with accounts, 3,200 students, the alerts of the demo. Each alert opens or joins a case under its rule's
procedure. People answer in time, late or not at all; they fall ill, hand over, wait for guardians, swap duty and report leave. The watch
looks once a minute whenever something is due. Afterwards `term_oracle` says who must have been told when.
"""

import heapq
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from shouwang.common.reader import Reader  # noqa: E402
from shouwang.trust.access import actions as access_actions  # noqa: E402
from shouwang.trust.access import queries as access  # noqa: E402
from shouwang.trust.access.models import Account  # noqa: E402
from shouwang.trust.ledger import actions as ledger  # noqa: E402
from shouwang.trust.ledger.guard import told  # noqa: E402
from shouwang.trust.people import queries as people  # noqa: E402
from shouwang.trust.people.models import Responsibility, Staff, Student, Unit  # noqa: E402
from shouwang.work.alerts.models import Alert  # noqa: E402
from shouwang.work.cases import actions as cases  # noqa: E402
from shouwang.work.cases import queries as case_queries  # noqa: E402
from shouwang.work.cases.models import Approval, Case, CaseStep  # noqa: E402
from shouwang.work.deadlines import actions as deadlines  # noqa: E402
from shouwang.work.deadlines.models import Climb, Deadline  # noqa: E402
from shouwang.work.duty import actions as duty  # noqa: E402
from shouwang.work.duty.models import Roster, Shift  # noqa: E402
from shouwang.work.notifications.models import Receipt  # noqa: E402
from shouwang.work.playbooks import actions as procedures  # noqa: E402
from shouwang.work.playbooks import queries as playbooks  # noqa: E402
from tests.trial.term_oracle import ZONE, Limit, People, Told, Windows, expected  # noqa: E402

FIRST, LAST = date(2025, 9, 1), date(2026, 1, 16)
STAFF = 200
ROOMS = ("cases", "deadlines", "duty", "notifications", "incidents", "letters", "meetings", "trainings")


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


class Term:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.now = at(FIRST, 7)
        self.heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self.order = count()
        self.limits: dict[int, Limit] = {}
        self.seen = 0
        self.done: Counter[str] = Counter()
        self.ill: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        self.manner: dict[int, str] = {}
        self.without: list[str] = []

    # ---- time ---------------------------------------------------------------------------------------------------------------
    def later(self, when: datetime, what: Callable[[], None]) -> None:
        heapq.heappush(self.heap, (max(when, self.now), next(self.order), what))

    def run(self) -> None:
        end = at(LAST, 18)
        while True:
            due = Deadline.objects.filter(look_at__isnull=False).order_by("look_at").values_list("look_at", flat=True).first()
            tick = _minute(max(due, self.now)) if due is not None else None
            if self.heap and (tick is None or self.heap[0][0] <= tick):
                when, _, what = heapq.heappop(self.heap)
                if when > end:
                    break
                self.now = when
                what()
                self._notice_new()
                self.owners()
            elif tick is not None and tick <= end:
                self.now = tick
                self._watch()
                self.owners()
            else:
                break
        self.now = end

    def _watch(self) -> None:
        paused = dict(Deadline.objects.filter(state="paused", look_at__lte=self.now).values_list("pk", "look_at"))
        found = deadlines.watch(now=self.now)
        assert not found.failed, (self.now, found.failed)
        self.done["watched"] += 1
        for pk, until in paused.items():
            self.limits[pk].happened.append((until, "resumed", None))
        for climb in Climb.objects.filter(climbed_at=self.now, rung__gte=3).select_related("deadline"):
            self.later(self._soon(), lambda climb=climb: self._stirred(climb))  # type: ignore[misc]

    def _soon(self) -> datetime:
        return self.now + timedelta(hours=self.rng.uniform(1, 30), seconds=30)

    def _notice_new(self) -> None:
        """Whatever began or ended with the last event."""
        for one in Deadline.objects.filter(pk__gt=self.seen).order_by("pk"):
            self.seen = one.pk
            place = (one.unit_path, one.dorm_path, one.student_id)
            self.limits[one.pk] = Limit(one.ref, one.ladder, one.clock, one.within, one.owner_id, place, one.started_at)
            self._plan_answer(one)
        for one in Deadline.objects.filter(ended_at=self.now):
            if not self.limits[one.pk].happened or self.limits[one.pk].happened[-1][1] not in ("met", "cancelled"):
                self.limits[one.pk].happened.append((self.now, one.state, None))

    # ---- people -------------------------------------------------------------------------------------------------------------
    def reader(self, account: int) -> Reader:
        found = access.reader_of(account, self.now.astimezone(ZONE).date(), self.now)
        assert found is not None
        return found

    def is_ill(self, account: int) -> datetime | None:
        return next((ends for begins, ends in self.ill[account] if begins <= self.now < ends), None)

    def _plan_answer(self, one: Deadline) -> None:
        """When its owner means to answer: most in time, some late, some never by themselves."""
        manner = self.manner.setdefault(one.owner_id, self.rng.choices(("prompt", "late", "slow"), (75, 18, 7))[0])
        span = one.due_at - one.started_at
        share = {"prompt": self.rng.uniform(0.1, 0.9), "late": self.rng.uniform(0.7, 2.5), "slow": self.rng.uniform(2, 12)}[manner]
        self.later(self._by_day(one.started_at + span * share), lambda: self._answer(one.pk))
        if self.rng.random() < 0.06:
            self.later(one.started_at + span * self.rng.uniform(0.1, 0.8), lambda: self._wait(one.pk))

    def _by_day(self, when: datetime) -> datetime:
        """People answer between eight and ten in the evening, at some second of a minute."""
        local = when.astimezone(ZONE)
        if not 8 <= local.hour < 22:
            local = datetime.combine(local.date() + timedelta(days=local.hour >= 22), time(8, self.rng.randrange(60)), ZONE)
        return local.replace(second=30, microsecond=0)

    def _answer(self, pk: int) -> None:
        one = Deadline.objects.get(pk=pk)
        if not one.is_running:
            return
        if (well := self.is_ill(one.owner_id)) is not None:
            self.later(well + timedelta(hours=2, seconds=30), lambda: self._answer(pk))
            return
        kind, _, number = one.ref.partition(":")
        by = self.reader(one.owner_id)
        try:
            self._do(kind, int(number.split("/")[0]), by)
        except cases.CannotDo as refused:
            self.done[f"refused: {refused}"] += 1
            raise
        self.done[f"{kind} answered"] += 1

    def _do(self, kind: str, number: int, by: Reader) -> None:
        words = "已按流程办理，情况已记录，下一步照安排进行。"
        if kind == "step":
            step = CaseStep.objects.select_related("strand__playbook").get(pk=number)
            plan = None
            if step.code and step.strand.playbook is not None:
                plan = playbooks.procedure(step.strand.playbook).by_code.get(step.code)
            decision = self.rng.choice([one.code for one in plan.decisions]) if plan is not None and plan.decisions else ""
            cases.finish_step(step=step, output=words, decision=decision, by=by, now=self.now)
            self._maybe_close(step.case_id)
        elif kind == "approval":
            cases.answer_approval(approval=number, agree=self.rng.random() < 0.85, words=words, by=by, now=self.now)
            row = Approval.objects.get(pk=number)
            if row.state == "refused":
                self.later(self._soon(), lambda: self._more(row.case_id))
        elif kind == "case":
            self._close(number)
        else:
            raise AssertionError(f"nobody knows how to answer {kind}")

    def _maybe_close(self, pk: int) -> None:
        found = Case.objects.get(pk=pk)
        if found.state == "open" and not found.steps.filter(state__in=("open", "waiting")).exists():
            self.later(self._by_day(self._soon()), lambda: self._close(pk))

    def _close(self, pk: int) -> None:
        found = Case.objects.get(pk=pk)
        if found.state != "open" or found.steps.filter(state__in=("open", "waiting")).exists():
            return
        by, words = self.reader(found.lead_id), "目标已达到，转为日常关注。"
        if case_queries.needs_approval(found) and found.supervisor_id is not None:
            cases.ask_approval(case=found, kind="closure", words=words, outcome="improved", by=by, now=self.now)
            self.done["closing asked"] += 1
        else:
            cases.close(case=found, outcome="resolved", words=words, by=by, now=self.now)
            self.done["closed"] += 1

    def _more(self, pk: int) -> None:
        found = Case.objects.get(pk=pk)
        if found.state == "open" and not found.steps.filter(state__in=("open", "waiting")).exists():
            by = self.reader(found.lead_id)
            cases.add_step(
                case=found,
                title="再谈一次，补充跟踪",
                responsible=found.lead_id,
                within="3 school days",
                output="talk",
                by=by,
                now=self.now,
            )

    def _wait(self, pk: int) -> None:
        """Waits for a guardian for some days; sometimes goes on before."""
        one = Deadline.objects.get(pk=pk)
        kind, _, number = one.ref.partition(":")
        if one.state != "open" or kind != "step" or self.is_ill(one.owner_id):
            return
        until = self.now.astimezone(ZONE).date() + timedelta(days=self.rng.randint(1, 9))
        cases.wait_step(step=int(number), reason="guardian", until=until, by=self.reader(one.owner_id), now=self.now)
        self.limits[pk].happened.append((self.now, "paused", None))
        self.done["paused"] += 1
        if self.rng.random() < 0.4:
            self.later(self.now + timedelta(hours=self.rng.uniform(3, 40), seconds=30), lambda: self._go_on(pk))

    def _go_on(self, pk: int) -> None:
        one = Deadline.objects.get(pk=pk)
        if one.state != "paused":
            return
        cases.go_on_step(step=int(one.ref.partition(":")[2]), by=self.reader(one.owner_id), now=self.now)
        self.limits[pk].happened.append((self.now, "resumed", None))
        self.done["resumed by hand"] += 1

    def _stirred(self, climb: Climb) -> None:
        """Somebody above was told: they give the step to somebody else, or see to it that its owner answers."""
        one = Deadline.objects.get(pk=climb.deadline_id)
        kind, _, number = one.ref.partition(":")
        if not one.is_running or self.is_ill(climb.account_id):
            return
        if kind == "step" and self.rng.random() < 0.5:
            step = CaseStep.objects.get(pk=int(number))
            others = [pk for pk, _ in _ids(step, self.now) if pk != one.owner_id and self.is_ill(pk) is None]
            if others:
                self._rehand(one, self.rng.choice(others[:3]))
                return
        self.later(self._by_day(self.now + timedelta(hours=self.rng.uniform(1, 8))), lambda: self._answer(one.pk))

    def _rehand(self, one: Deadline, to: int) -> None:
        cases.rehand_step(step=int(one.ref.partition(":")[2]), to=to, by=None, now=self.now)
        self.limits[one.pk].happened.append((self.now, "rehanded", to))
        self.done["handed on"] += 1
        self.later(self._by_day(self.now + timedelta(hours=self.rng.uniform(1, 20))), lambda: self._answer(one.pk))

    def _morning_of_illness(self, account: int) -> None:
        """What somebody ill still has to do: half of it is given to others the next morning, half is left to the ladder."""
        for one in Deadline.objects.filter(owner=account, state="open", ref__startswith="step:"):
            step = CaseStep.objects.get(pk=int(one.ref.partition(":")[2]))
            others = [pk for pk, _ in _ids(step, self.now) if pk != account and self.is_ill(pk) is None]
            if others and self.rng.random() < 0.5:
                self._rehand(one, others[0])

    # ---- what comes in ------------------------------------------------------------------------------------------------------
    def raise_alert(self, alert: Alert) -> None:
        student = Student.objects.get(pk=alert.student_id)
        try:
            cases.open(
                student=student, origin="alert", level=alert.level, playbook=alert.rule_version.playbook, domain="",
                alerts=[alert.pk], by=None, now=self.now,
            )  # fmt: skip
            self.done["alerts"] += 1
        except cases.CannotOpen as refused:
            self.done[f"not opened: {refused}"] += 1

    # ---- what must always hold ----------------------------------------------------------------------------------------------
    def owners(self) -> None:
        """Every open matter has somebody who answers for it, and something that climbs when they do not. After every event: nothing
        changes in between."""
        self.done["looks"] += 1
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT c.id FROM cases_case c JOIN access_account a ON a.id = c.lead_id
                WHERE c.closed_at IS NULL AND (NOT a.is_active OR NOT EXISTS (
                    SELECT 1 FROM deadlines_deadline d JOIN access_account o ON o.id = d.owner_id AND o.is_active
                    WHERE d.student_id = c.student_id AND d.state IN ('open', 'paused')))
                """
            )
            self.without += [f"{self.now:%m-%d %H:%M} case {pk}" for (pk,) in cursor.fetchall()]


def _minute(when: datetime) -> datetime:
    minute = when.replace(second=0, microsecond=0)
    return when if when == minute else minute + timedelta(minutes=1)


def _ids(step: CaseStep, now: datetime) -> list[tuple[int, str]]:
    case = Case.objects.select_related("student").get(pk=step.case_id)
    return [(account.pk, role) for account, role in case_queries.assignable(case, now.astimezone(ZONE).date(), step.categories)]


# ---- the school before the term ---------------------------------------------------------------------------------------------
def clear() -> None:
    """The rooms of working together as on the first day. What the ledger says of the demo's own story no longer matters here."""
    tables = [name for name in connection.introspection.table_names() if name.split("_")[0] in ROOMS]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}"')
        cursor.execute("DELETE FROM access_grant")
        cursor.execute("PRAGMA foreign_keys = ON")


def hire(term: Term) -> int:
    """Every member of staff has an account; further advisers come until there are two hundred."""
    now = term.now
    classes = list(Unit.objects.filter(kind="class", is_current=True).order_by("path"))
    colleges = list(Unit.objects.filter(kind="college", is_current=True).order_by("path"))
    with told():
        ledger.record("tests.term", by=None, about=[], now=now)
        more = STAFF - Staff.objects.filter(is_current=True).count()
        for n in range(max(0, more)):
            staff = Staff.objects.create(number=f"S{n:04d}", name=f"员{n:03d}", office=colleges[n % len(colleges)])
            Responsibility.objects.create(staff=staff, role="adviser", unit=classes[n % len(classes)], starts_on=FIRST, assigned_by=0)
        Responsibility.objects.filter(starts_on__gt=FIRST).update(starts_on=FIRST)
    for staff in Staff.objects.filter(is_current=True, account=None):
        access_actions.open_account(staff=staff, password=None, by=None, now=now)
    return Account.objects.filter(staff__isnull=False, is_active=True).count()


def roster(term: Term) -> None:
    """The school at night and on free days, and every dormitory at night; with swaps and leave during the term."""
    head = Account.objects.get(username="T1002")
    school = Unit.objects.get(kind="school", is_current=True)
    pool = list(Account.objects.filter(staff__responsibilities__role="homeroom_teacher", is_active=True).distinct().order_by("pk")[:14])
    by = term.reader(head.pk)
    night = duty.make_roster(code="school-night", title="学校夜间总值班", unit=school, by=by, now=term.now)
    duty.set_pattern(roster=night, days="every", begins=time(17, 30), ends=time(8), by=by, now=term.now)
    duty.set_pattern(roster=night, days="off", begins=time(8), ends=time(17, 30), by=by, now=term.now)
    duty.set_turns(roster=night, accounts=[one.pk for one in pool], by=by, now=term.now)
    duty.fill(roster=night, first=FIRST, last=LAST, by=by, now=term.now)
    for shift in list(Shift.objects.filter(roster=night).order_by("starts_at")):
        dice = term.rng.random()
        before = shift.starts_at - timedelta(hours=term.rng.uniform(10, 30))
        if dice < 0.08:
            term.later(before, lambda pk=shift.pk: _leave(term, head.pk, pool, pk))  # type: ignore[misc]
        elif dice < 0.2:
            term.later(before, lambda pk=shift.pk: _swap(term, pool, pk))  # type: ignore[misc]


def _leave(term: Term, head: int, pool: list[Account], pk: int) -> None:
    shift = Shift.objects.get(pk=pk)
    if shift.state != "planned" or shift.starts_at <= term.now:
        return
    duty.report_leave(shift=pk, reason="身体不适", by=term.reader(shift.account_id), now=term.now)
    for one in term.rng.sample(pool, len(pool)):
        try:
            if one.pk != shift.account_id:
                duty.name_substitute(shift=pk, account=one.pk, by=term.reader(head), now=term.now)
                term.done["duty substituted"] += 1
                return
        except duty.CannotRoster:
            continue


def _swap(term: Term, pool: list[Account], pk: int) -> None:
    shift = Shift.objects.get(pk=pk)
    if shift.state != "planned" or shift.starts_at <= term.now:
        return
    other = term.rng.choice([one for one in pool if one.pk != shift.account_id])
    try:
        asked = duty.ask_swap(shift=pk, of=other.pk, by=term.reader(shift.account_id), now=term.now)
        if term.rng.random() < 0.7:
            duty.agree(swap=asked.pk, by=term.reader(other.pk), now=term.now)
            term.done["duty swapped"] += 1
        else:
            duty.refuse(swap=asked.pk, by=term.reader(other.pk), now=term.now)
    except duty.CannotRoster:
        term.done["swap not possible"] += 1


def fall_ill(term: Term, accounts: list[int]) -> None:
    days = (LAST - FIRST).days
    for pk in accounts:
        if term.rng.random() < 0.3:
            begins = at(FIRST + timedelta(days=term.rng.randrange(3, days)), 7)
            term.ill[pk].append((begins, begins + timedelta(days=term.rng.randint(2, 10))))
            term.later(begins + timedelta(days=1, hours=1, seconds=30), lambda pk=pk: term._morning_of_illness(pk))  # type: ignore[misc]


def deliver_alerts(term: Term) -> None:
    grave = Alert.objects.filter(level__gte=settings.CASES_FROM).exclude(rule_version__playbook="")
    for alert in grave.select_related("rule_version").order_by("opened_on", "pk"):
        when = at(alert.opened_on, 6, 30) + timedelta(seconds=term.rng.randrange(1800))
        term.later(when, lambda alert=alert: term.raise_alert(alert))  # type: ignore[misc]


# ---- afterwards -------------------------------------------------------------------------------------------------------------
def compare(term: Term) -> dict[str, Any]:
    """What was told against what must have been told."""
    windows = Windows(people.calendar().days)
    rows = Responsibility.objects.filter(is_current=True, staff__account__is_active=True).values_list(
        "role", "unit__path", "student_id", "staff__account__id", "starts_on", "ends_on"
    )
    knowing = People(list(rows))
    shifts = list(
        Shift.objects.exclude(state__in=("absent", "removed")).values_list("roster__unit__path", "account_id", "starts_at", "ends_at")
    )

    def on_duty(place: tuple[str, str, int | None], when: datetime) -> set[int]:
        here: dict[int, set[int]] = {}
        for path, account, begins, ends in shifts:
            if begins <= when < ends and (place[0].startswith(path) or (place[1] and place[1].startswith(path))):
                here.setdefault(len(path), set()).add(account)
        return here[max(here)] if here else set()

    said: dict[int, set[Told]] = defaultdict(set)
    for pk, rung, account, climbed in Climb.objects.values_list("deadline_id", "rung", "account_id", "climbed_at"):
        said[pk].add(Told(rung, account, climbed))
    missing, surplus = [], []
    for pk, limit in term.limits.items():
        must = set(expected(limit, windows, knowing, on_duty, term.now))
        missing += [
            f"{limit.ref} rung {one.rung} account {one.account} at {one.at.astimezone(ZONE):%m-%d %H:%M}" for one in must - said[pk]
        ]
        surplus += [
            f"{limit.ref} rung {one.rung} account {one.account} at {one.at.astimezone(ZONE):%m-%d %H:%M}" for one in said[pk] - must
        ]
    return {"missing": missing, "surplus": surplus}


def report(term: Term, staff: int) -> dict[str, Any]:
    found = compare(term)
    ended = Deadline.objects.filter(state="met")
    in_time = sum(one.ended_at <= one.due_at for one in ended)
    twice = Receipt.objects.exclude(dedupe="").count() - len(set(Receipt.objects.exclude(dedupe="").values_list("account_id", "dedupe")))
    return {
        "staff": staff,
        "students": Student.objects.filter(is_current=True).count(),
        "cases": Case.objects.count(),
        "closed": Case.objects.filter(state="closed").count(),
        "deadlines": len(term.limits),
        "met": ended.count(),
        "in time": in_time,
        "running at the end": Deadline.objects.filter(state__in=("open", "paused")).count(),
        "climbs": dict(sorted(Counter(Climb.objects.values_list("rung", flat=True)).items())),
        "by role": dict(sorted(Counter(Climb.objects.values_list("as_role", flat=True)).items())),
        "watched": term.done.pop("watched", 0),
        "looks": term.done.pop("looks"),
        "messages": Receipt.objects.count(),
        "told twice": twice,
        "without an owner": term.without,
        "done": dict(sorted(term.done.items())),
        **found,
    }


def main(seed: int) -> dict[str, Any]:
    term = Term(seed)
    clear()
    with transaction.atomic():
        staff = hire(term)
    procedures.install(by=None, now=term.now)
    roster(term)
    accounts = list(Account.objects.filter(staff__isnull=False).order_by("pk").values_list("pk", flat=True))
    fall_ill(term, accounts)
    deliver_alerts(term)
    assert Roster.objects.exists()
    term.run()
    return report(term, staff)


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1])), ensure_ascii=False))
