"""The permission table's addresses that end in a move: the row tries one move of each, these cells try them all.

Each move with enough, with too little, from the other college, with objects of the other college in the form. A move that nobody knows is
missing for everybody.
"""

import re
from typing import Any

import pytest

from shouwang.front.web.cases import moves as case_moves
from shouwang.front.web.duty import planning
from shouwang.front.web.notices import paper
from shouwang.front.web.trainings import views as trainings
from shouwang.trust.ledger.models import Entry
from shouwang.work.alerts import policies as alerts
from shouwang.work.cases import actions as cases
from shouwang.work.cases.models import Case, Member, Strand
from shouwang.work.incidents import policies as incidents
from shouwang.work.meetings import policies as meetings
from tests.campus import offer_cas
from tests.web.busy_school import Busy
from tests.web.test_permissions import OTHER, ROWS, address, same_page, text_of, undone
from tests.worlds import NOW, account_of, client_for, reader_of

pytestmark = pytest.mark.django_db
MOVING = re.compile(r"<(?:slug|str):(move|deed)>/$")
UNKNOWN = "explode"
# Address → what one presses there, from the product's own tables where it has them.
PRESSED: dict[str, tuple[str, ...]] = {
    "alerts/<int:pk>/<str:move>/": (*alerts.PERSON_MOVES, "reproduce"),
    "cases/<int:pk>/<slug:deed>/": tuple(case_moves.DEEDS),
    "cases/steps/<int:pk>/<slug:move>/": tuple(case_moves.STEPS),
    "cases/referrals/<int:pk>/<slug:move>/": tuple(case_moves.REFERRALS),
    "cases/approvals/<int:pk>/<slug:move>/": tuple(case_moves.APPROVALS),
    "report/<int:pk>/<str:move>/": ("add", "reopen"),
    "incidents/<int:pk>/<str:move>/": (*(one for one in incidents.PERSON_MOVES if one != "open_case"), "case", "pause", "resume"),
    "emergencies/<int:pk>/<str:move>/": tuple(
        one for one in incidents.EMERGENCY_PERSON_MOVES if one != "name"
    ),  # naming has an address of its own
    "emergencies/tasks/<int:pk>/<str:move>/": ("acknowledge", "finish"),
    "letters/batches/<int:pk>/<slug:move>/": ("issue", "drop", "again"),
    "letters/templates/<int:pk>/<slug:move>/": ("use", "retire"),
    "letters/<int:pk>/<slug:move>/": ("receive", "unreceive", "void"),
    "meetings/<int:pk>/<slug:move>/": (*meetings.MOVE_TITLES, "topic", "yes", "no"),
    "meetings/<int:pk>/items/<int:item>/<slug:move>/": ("note", "decide", "put-off"),
    "meetings/decisions/<int:pk>/<slug:move>/": ("done", "drop"),
    "trainings/<int:pk>/<slug:move>/": trainings.MOVES,
    "duty/<int:pk>/plan/<str:move>/": planning.MOVES,
    "duty/shifts/<int:pk>/<str:move>/": ("swap", "leave", "give", "remove", "note", "call"),
    "duty/swaps/<int:pk>/<str:move>/": ("agree", "refuse", "withdraw"),
    "notices/paper/<slug:move>/": tuple(paper.MOVES),
}
# Their moves are for others than whoever opens the address; each has its own tests.
ELSEWHERE = {"accounts/<int:pk>/<slug:move>/", "break-glass/<int:pk>/<str:move>/", "disclosures/<int:pk>/<str:move>/"}
# What a move is pressed on, where it is another thing than the row's: a file is made anew of letters that were issued.
ON = {("letters/batches/<int:pk>/<slug:move>/", "again"): "batch"}
by_route = pytest.mark.parametrize("route", PRESSED, ids=[f"/{route}" for route in PRESSED])


@pytest.fixture
def here(school, settings) -> Busy:
    offer_cas(settings)
    return school


def form(place: dict[str, Any], friend: str) -> dict[str, Any]:
    """Every field that any of the moves reads, with objects of this place: what is named is there, so a refusal has another reason."""
    case, friend_pk = Case.objects.get(pk=place["case"]), account_of(friend).pk
    lead = reader_of("林老师" if friend == "高院长" else OTHER)
    goal = cases.set_goal(case=case.pk, words="下周一起按时到课", due_on=NOW.date(), by=lead, now=NOW)
    member = Member.objects.filter(case=case, until=None).exclude(account__in=(case.lead_id, case.supervisor_id)).earliest("pk")
    named = {"goal": goal.pk, "member": member.pk, "strand": Strand.objects.filter(case=case).earliest("pk").pk, "into": case.pk}
    chosen = {"to": friend_pk, "account": friend_pk, "owner": friend_pk, "sid": place["sid"], "number": case.student.number}
    said = dict.fromkeys(("words", "note", "reply", "discussed", "agreed", "what", "done", "title", "situation", "remark"), "已核实情况")
    coded = {"state": "reached", "part": "C", "role": "student_affairs", "output": "note", "within": "2 school days", "outcome": "settled"}
    days = {"due_on": "2025-12-20", "until": "2025-12-20", "days": "3", "first": "2025-12-11", "last": "2025-12-12", "on": "2025-12-10"}
    return {"reason": "等家长答复", "stations": ["college"], "station": "college"} | named | chosen | said | coded | days


def test_every_address_with_a_move_lists_its_moves():
    assert {route for route in ROWS if MOVING.search(route)} == set(PRESSED) | ELSEWHERE


@by_route
def test_every_move_with_enough_with_too_little_and_from_the_other_college(here, route):
    """Known moves answer whoever may; whoever may not gets what a move that nobody knows gives, and leaves no trace."""
    row, word = ROWS[route], MOVING.search(route)[1]
    assert row.args is not None and row.little is not None
    data, args = form(here.mine, "高院长") | row.data(here.mine), row.args(here.mine)
    clients = {name: client_for(name) for name in (row.enough, row.little, OTHER)}
    strangers = [row.little] if row.shared else [row.little, OTHER]
    nothing = {name: same_page(text_of(clients[name].post(address(route, args | {word: UNKNOWN}), data))) for name in clients}
    assert clients[row.enough].post(address(route, args | {word: UNKNOWN}), data).status_code == 404
    wrong = []
    for move in PRESSED[route]:
        on = {"pk": here.mine[ON[route, move]]} if (route, move) in ON else {}
        path, before = address(route, args | on | {word: move}), Entry.objects.count()
        for name in strangers:
            response = clients[name].post(path, data)
            if response.status_code != 404 or same_page(text_of(response)) != nothing[name] or Entry.objects.count() != before:
                wrong.append((name, move, response.status_code, Entry.objects.count() - before))
        with undone():
            status = clients[row.enough].post(path, data).status_code
            if status == 404 or status >= 500:
                wrong.append((row.enough, move, status))
    assert not wrong
