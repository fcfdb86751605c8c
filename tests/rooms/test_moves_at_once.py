"""Two people act at once on PostgreSQL: neither waits for the other for ever, and nothing is done twice. SQLite has one writer at a time.

Run by `make trial`, which runs the whole room suite on PostgreSQL.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.db import connection

from shouwang.trust.people import actions as people
from shouwang.work.cases import actions as cases
from shouwang.work.cases.actions import base, closing, team
from shouwang.work.duty import actions as duty
from shouwang.work.duty import policies as duty_policies
from shouwang.work.duty.models import Shift, Swap
from shouwang.work.incidents import actions as incidents
from shouwang.work.incidents.actions import answering
from shouwang.work.playbooks import actions as playbooks
from tests.rooms.test_cases import absent
from tests.rooms.test_cases import at as case_reader
from tests.rooms.test_incidents import HOUR, report
from tests.rooms.test_rollups_at_once import WAIT, started
from tests.worlds import NOW, account_of, reader_of, small_school

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


def outcomes(*deeds: Callable[[], object]) -> list[object]:
    """What came of each, all begun at once: what it returned or the refusal it raised."""
    found: list[object] = [None] * len(deeds)

    def one(number: int) -> None:
        try:
            found[number] = deeds[number]()
        except Exception as refusal:
            found[number] = refusal

    threads = [started(partial(one, number)) for number in range(len(deeds))]
    for thread in threads:
        thread.join()
    return found


def meeting(what: Callable[..., Any], *, call: int = 1, after: bool = False) -> Callable[..., Any]:
    """`what`, at whose n-th call each of two threads waits for the other, as long as that one can come."""
    both, calls = threading.Barrier(2), threading.local()

    def meet(*given: Any, **named: Any) -> Any:
        calls.n = getattr(calls, "n", 0) + 1
        done = what(*given, **named) if after else None
        if calls.n == call:
            with suppress(threading.BrokenBarrierError):
                both.wait(WAIT)
        return done if after else what(*given, **named)

    return meet


def test_two_reports_merged_into_each_other_become_one(monkeypatch):
    small_school()
    one, other = report(students=["小雨"]), report("刘班长", students=["小雨"])
    monkeypatch.setattr(answering, "_allowed", meeting(answering._allowed, after=True))
    lin = reader_of("林老师")
    came = outcomes(
        *(partial(incidents.merge, incident=a.pk, into=b.pk, by=lin, now=NOW) for a, b in ((one, other), (other, one))),
    )
    assert sum(isinstance(what, incidents.CannotAct) for what in came) == 1 and sum(isinstance(what, Exception) for what in came) == 1, came


def test_a_report_that_somebody_answers_just_now_does_not_climb(monkeypatch):
    small_school()
    found = report(students=["小雨"])
    held, climbed = threading.Event(), threading.Event()
    allowed = answering._allowed

    def slow(*given: Any) -> Any:
        row = allowed(*given)
        held.set()
        climbed.wait(WAIT)
        return row

    def climb() -> object:
        held.wait(30)
        done = incidents.climb(now=NOW + 2 * HOUR)
        climbed.set()
        return done

    monkeypatch.setattr(answering, "_allowed", slow)
    answered, done = outcomes(partial(incidents.acknowledge, incident=found.pk, by=reader_of("林老师"), now=NOW), climb)
    assert answered == found and (done.levels, done.failed) == (0, []), (answered, done)


def test_two_cases_joined_from_either_end_become_one(monkeypatch):
    world = small_school()
    playbooks.install(by=None, now=NOW)
    one = absent(world)
    other = cases.open(student=world.sid("韩志远"), origin="person", domain="attendance", level=2, by=case_reader("林老师"), now=NOW)
    monkeypatch.setattr(base.queries, "case", meeting(base.queries.case, call=2))
    lin = case_reader("林老师")
    came = outcomes(*(partial(cases.merge, case=a.pk, into=b.pk, by=lin, now=NOW) for a, b in ((one, other), (other, one))))
    assert sum(isinstance(what, cases.CannotDo) for what in came) == 1 and sum(isinstance(what, Exception) for what in came) == 1, came


def test_two_matters_split_off_into_each_others_case_change_places(monkeypatch):
    world = small_school()
    playbooks.install(by=None, now=NOW)
    one = absent(world)
    other = cases.open(student=world.sid("韩志远"), origin="person", domain="attendance", level=2, by=case_reader("林老师"), now=NOW)
    monkeypatch.setattr(closing, "may_do", meeting(closing.may_do))
    splits = [
        partial(cases.split, case=a.pk, strand=a.strands.get().pk, student=b.student_id, by=case_reader("林老师"), now=NOW)
        for a, b in ((one, other), (other, one))
    ]
    came = outcomes(*splits)
    assert came == [other, one], came


def test_a_note_written_while_the_case_is_handed_over_finds_its_case(monkeypatch):
    world = small_school()
    playbooks.install(by=None, now=NOW)
    found = absent(world)
    held, may_do = threading.Event(), team.may_do

    def slow(*given: Any, **named: Any) -> None:
        may_do(*given, **named)
        held.set()
        time.sleep(1)  # the other has begun to wait for the row

    def write() -> object:
        held.wait(WAIT)
        return cases.note(case=found.pk, words="电话联系过家长。", by=case_reader("李秘书"), now=NOW)

    monkeypatch.setattr(team, "may_do", slow)
    came = outcomes(partial(cases.hand_over, case=found.pk, to=account_of("陈主任"), by=case_reader("李秘书"), now=NOW), write)
    assert not [what for what in came if isinstance(what, Exception)], came


def a_night_to_swap() -> tuple[Shift, Swap]:
    world = small_school()
    chen, lin = reader_of("陈主任"), reader_of("林老师")
    roster = duty.make_roster(code="night", title="学校夜班", unit=world.units["YL"], by=chen, now=NOW)
    shift = duty.add_shift(roster=roster, account=lin.account_id, starts_at=NOW + 8 * HOUR, ends_at=NOW + 20 * HOUR, by=chen, now=NOW)
    return shift, duty.ask_swap(shift=shift.pk, of=reader_of("李秘书").account_id, by=lin, now=NOW)


def test_a_swap_agreed_to_beside_leave_is_one_or_the_other(monkeypatch):
    shift, asked = a_night_to_swap()
    pause, answers = meeting(lambda: None), {name: getattr(duty_policies, name) for name in ("why_not", "why_not_swap")}

    def slowly(name: str) -> Callable[..., Any]:
        def answer(*given: Any, **named: Any) -> Any:
            pause()
            return answers[name](*given, **named)

        return answer

    for name in answers:
        monkeypatch.setattr(duty_policies, name, slowly(name))
    came = outcomes(
        partial(duty.agree, swap=asked.pk, by=reader_of("李秘书"), now=NOW),
        partial(duty.report_leave, shift=shift.pk, reason="高烧不退", by=reader_of("林老师"), now=NOW),
    )
    assert sum(isinstance(what, duty.CannotRoster) for what in came) == 1 and sum(isinstance(what, Exception) for what in came) == 1, came


def test_a_new_number_delivered_twice_at_once_gets_one_sid(monkeypatch):
    small_school()
    monkeypatch.setattr(people, "known_sids", meeting(people.known_sids, after=True))
    first, second = outcomes(*[partial(people.allocate_sids, ["2025999901"], now=NOW)] * 2)
    assert isinstance(first, dict) and first == second, (first, second)
