"""What a page may say of a student, role by role: facts only where they may be known, words of cases and reports only to their readers.

Everybody else learns at most that there is a case or a report. Walks every address that can be read, with the objects of both colleges.
"""

import functools
import operator
import os
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from shouwang.common.categories import EVERYTHING, Category
from shouwang.common.reader import Reader
from shouwang.trust.access import queries as access
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.cases import queries as cases
from shouwang.work.cases.models import Case, CaseEvent, CaseStep, Goal, Note, Referral, Strand
from shouwang.work.incidents import queries as incidents
from shouwang.work.incidents.queries import emergencies
from tests import cast
from tests.campus import offer_cas
from tests.web.busy_school import Busy
from tests.web.test_permissions import ROWS, address, ask, text_of, undone
from tests.worlds import NOW, account_of, client_for, reader_of

pytestmark = pytest.mark.django_db
Place = dict[str, Any]


@pytest.fixture
def here(school, settings) -> Busy:
    offer_cas(settings)
    return school


MARKS = {Category.academic: "课程[0-4]", Category.attendance: "晨读甲", Category.contact: "(?<![0-9A-Za-z])139[0-9]{8,}"}
# What was written (tests/web/busy_school.py) and who may read it, whether in 小雨's college or in the other.
WRITTEN: dict[str, Callable[[Reader, Place], bool]] = {
    "室友说他夜里不在": lambda by, place: cases.case(by, place["case"]) is not None,
    "请协助联系": lambda by, place: cases.case(by, place["case"]) is not None,
    "请看看这样安排是否合适": lambda by, place: cases.case(by, place["case"]) is not None,
    "夜里醉酒": lambda by, place: _reads_report(by, place["incident"]),
    "操场有人打架": lambda by, place: emergencies.emergency(by, place["emergency"]) is not None,
}


def _reads_report(by: Reader, pk: int) -> bool:
    found = incidents.incident(by, pk)
    return found is not None and incidents.may_read(by, found)


ABOUT_STUDENTS = [
    route for route, row in ROWS.items() if row.get and not route.startswith(("imports/", "format/"))
]  # a file is its deliverer's


# The five who see least of somebody, each in another way; make trial walks with the whole cast (tests/trial/test_whole_cast.py).
WALKING = cast.EVERYBODY if os.environ.get("SHOUWANG_WHOLE_CAST") else (cast.SUN, cast.QIAN, cast.ZHAO, cast.WANG, cast.LI)


@pytest.mark.parametrize("name", [actor.name for actor in WALKING])
def test_no_page_says_more_of_a_student_than_the_role_may_know(here, name):
    """Course names of scores, lessons of attendance, phone numbers: each only where every student in sight may be known in that way."""
    by, client, wrong = reader_of(name), client_for(name), []
    read = {word: [may(by, place) for place in (here.mine, here.theirs)] for word, may in WRITTEN.items()}
    for route in ABOUT_STUDENTS:
        row = ROWS[route]
        for place in (here.mine, here.theirs):
            known = access.categories(by, place["sid"]) if row.args else _of_all(name)
            with undone():
                said = text_of(ask(client, "GET", address(route, row.args(place) if row.args else {}), row, place))
                for category, mark in MARKS.items():
                    if not known & category:
                        assert not re.search(mark, said), f"{category.name} at /{route}"
                for word, (mine, theirs) in read.items():
                    may = mine or theirs if not row.args or row.shared else mine if place is here.mine else theirs
                    if word in said and not may:
                        wrong.append(f"{word} at /{route}")
    assert not wrong


@cache
def _of_all(name: str) -> int:
    """What the reader may know of every student they know of."""
    by = reader_of(name)
    masks = [access.categories(by, sid) for sid in access.students(by).values_list("sid", flat=True)]
    return functools.reduce(operator.and_, masks, 0 if not masks else EVERYTHING)


def test_the_marks_are_seen_by_whoever_may(here):
    """The check itself: 林老师 sees what the others must not."""
    said = "".join(text_of(client_for("林老师").get(f"/students/{here.mine['sid']}/{part}")) for part in ("", "timeline/"))
    said += text_of(client_for("林老师").get(f"/alerts/{here.mine['alert']}/"))
    assert all(re.search(mark, said) for mark in MARKS.values())


def test_the_words_are_seen_by_whoever_may(here):
    """The check itself: what must not stand elsewhere stands on the pages of their readers."""
    pages = {
        "林老师": (f"/cases/{here.mine['case']}/", f"/incidents/{here.mine['incident']}/"),
        "高院长": (f"/emergencies/{here.mine['emergency']}/",),
    }
    said = "".join(text_of(client_for(name).get(path)) for name, paths in pages.items() for path in paths)
    assert [word for word in WRITTEN if word not in said] == []


CLOSED = ("量表提示情绪低落", "陪同复测量表", "两周内复测一次", "请安排一次评估")
ABOUT_CASES = [
    route
    for route in ABOUT_STUDENTS
    if not route or route.startswith(("cases/", "students/", "alerts/", "today/", "notices/", "meetings/", "units/"))
]


def _closed_matter(place: Place) -> Strand:
    """In the open case a matter of the counsellor's, with everything that can be written in one."""
    case, who, bits = Case.objects.get(pk=place["case"]), account_of("周咨询师"), int(Category.psychological)
    with told():
        strand = Strand.objects.create(case=case, domain="psychological", level=4, categories=bits, origin="person", opened_at=NOW)
        own: dict[str, Any] = {"case": case, "strand": strand, "categories": bits}
        Note.objects.create(**own, words=CLOSED[0], written_by=who, written_at=NOW)
        CaseStep.objects.create(**own, title=CLOSED[1], output="note", responsible=who, within="1 school day", begun_at=NOW, round=1)
        Goal.objects.create(**own, words=CLOSED[2], due_on=NOW.date(), set_by=who, set_at=NOW)
        Referral.objects.create(**own, role="counsellor", to=who, words=CLOSED[3], asked_by=who, asked_at=NOW)
        CaseEvent.objects.create(**own, kind="noted", by=who, at=NOW)
        ledger.record("tests.closed", by=None, about=[], now=NOW)
    return strand


@pytest.mark.parametrize("name", ["林老师", "李秘书"])
def test_whoever_reads_a_case_reads_nothing_of_a_matter_that_is_closed_to_them(here, name):
    """One case per student: leading it, or routing its steps, opens no matter of another kind. Nor can it be judged or left from outside."""
    strand, by, client = _closed_matter(here.mine), reader_of(name), client_for(name)
    assert cases.case(by, here.mine["case"]) and not cases.visible_strands(by).filter(pk=strand.pk).exists()
    for route in ABOUT_CASES:
        row = ROWS[route]
        with undone():
            said = text_of(ask(client, "GET", address(route, row.args(here.mine) if row.args else {}), row, here.mine))
        assert not [word for word in CLOSED if word in said], f"/{route}"
    goal = Goal.objects.get(strand=strand)
    with undone():
        pressed = client.post(f"/cases/{here.mine['case']}/judge/", {"goal": goal.pk, "state": "met"})
    assert pressed.status_code == 404
    step = CaseStep.objects.get(strand=strand)
    for move in ("finish", "skip", "rehand", "remind"):
        with undone():
            assert client.post(f"/cases/steps/{step.pk}/{move}/", {"words": "已经做了", "reason": "not_needed"}).status_code == 404, move
    asked = Referral.objects.get(strand=strand)
    for move in ("accept", "decline", "return", "withdraw"):
        with undone():
            assert client.post(f"/cases/referrals/{asked.pk}/{move}/", {"words": "已经做了"}).status_code == 404, move
    assert "量表" not in str([getattr(one, "title", "") for one in cases.visible_steps(by).filter(case=here.mine["case"])])
    with undone():
        client.post("/cases/desk/remind/", {"chosen": step.pk})  # missing for whoever has no desk
        assert not CaseEvent.objects.filter(kind="reminded", strand=strand).exists()


def test_the_one_it_belongs_to_reads_it(here):
    _closed_matter(here.mine)
    page = text_of(client_for("周咨询师").get(f"/cases/{here.mine['case']}/"))
    assert all(word in page for word in CLOSED)
