"""The permission table: every address × method × (nobody, too little, other college, enough).

A URL without a row fails. Not only the status counts: no name, number, id or phone of a student outside the reader's scope may stand
anywhere in a body or an export; a forbidden object answers exactly as a missing one; a refused move leaves no trace.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

import openpyxl
import pypdf
import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from docx import Document

from shouwang.trust.access import queries as access
from shouwang.trust.ledger import actions as ledger_actions
from shouwang.trust.ledger import queries as ledger
from shouwang.trust.ledger.models import About, Entry
from shouwang.trust.people.models import Responsibility, Student
from shouwang.work.alerts.models import Alert
from tests import cast
from tests.campus import offer_cas
from tests.letters_world import KIND
from tests.web.busy_school import Busy, busy_school, secrets_of
from tests.worlds import NOW, account_of, client_for, reader_of

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OTHER = "孙外人"
MISSING = 999_999
Args = Callable[[dict[str, int]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Row:
    """One address. `get`/`post`: the status for `enough` (None: the method is refused). `of`: which object the address names.

    `little`: somebody who lacks the ability; None where everybody who is signed in may. `open`: nobody need sign in.
    `theirs`: what the other college gets with its own objects is like `enough`; with 小雨's it is missing.
    """

    enough: str = "李秘书"
    little: str | None = None
    get: int | None = 200
    post: int | None = None
    data: Args = lambda place: {}
    args: Args | None = None
    query: tuple[str, ...] = ("",)
    open: bool = False
    examples: tuple[str, ...] = ()  # published examples that happen to look like somebody's number
    other: bool = True  # the other college's 孙外人 holds a role that carries the ability
    shared: bool = False  # the object belongs to everybody with the ability: a rule, a table's template


def sid(place: dict[str, int]) -> dict[str, Any]:
    return {"sid": place["sid"]}


def of(name: str, key: str = "pk", **more: Any) -> Args:
    return lambda place: {key: place[name], **more}


def staff(place: dict[str, int]) -> dict[str, Any]:
    return {"staff": place["staff"]}


def duty(place: dict[str, int]) -> dict[str, Any]:
    return {"pk": Responsibility.objects.filter(unit=place["class"], role="homeroom_teacher").earliest("pk").pk}


def rule(place: dict[str, int]) -> dict[str, Any]:
    return {"code": "absent-running-orange"}


def head(place: dict[str, int]) -> dict[str, Any]:
    return {"pk": (ledger.latest_head() or ledger_actions.sign_head(NOW)).pk}


def entry(place: dict[str, int]) -> dict[str, Any]:
    head(place)
    return {"pk": Entry.objects.filter(about__subject__startswith="student:").earliest("pk").pk}


def audited(place: dict[str, int]) -> dict[str, Any]:
    return {"pk": ledger_actions.begin_audit(by=None, now=NOW).pk}


ROWS: dict[str, Row] = {
    # account and kit
    "login/": Row(open=True, get=302, post=302),
    "logout/": Row(open=True, get=None, post=302),
    "appearance/": Row(open=True, get=None, post=302, data=lambda place: {"scheme": "dark"}),
    "login/second/": Row(open=True, get=302, post=302),
    "login/passkey/": Row(open=True, get=302, post=302),
    "login/again/": Row(post=422),
    "login/again/code/": Row(enough="林老师", post=422),
    "login/again/key/": Row(enough="林老师", post=302, data=lambda place: {"credential": "{}"}),
    "login/forgotten/": Row(open=True, post=200, data=lambda place: {"number": "T1001"}),
    "login/invitation/<str:token>/": Row(open=True, args=lambda place: {"token": place["token"]}, post=422, shared=True),
    "login/campus/<slug:provider_id>/": Row(open=True, args=lambda place: {"provider_id": "cas"}, get=None, post=302, shared=True),
    "login/campus/<slug:provider_id>/back/": Row(open=True, args=lambda place: {"provider_id": "cas"}, get=403, shared=True),
    "settings/security/": Row(),
    "settings/security/sessions/": Row(get=None, post=302),
    "settings/security/app/": Row(enough="林老师", get=302, post=302),
    "settings/security/app/remove/": Row(enough="林老师", post=302),
    "settings/security/keys/add/": Row(post=422),
    "settings/security/keys/<int:pk>/": Row(enough="林老师", little="李秘书", args=of("key"), post=422),
    "settings/security/keys/<int:pk>/remove/": Row(enough="林老师", little="李秘书", args=of("key"), post=302),
    "settings/security/codes/": Row(get=404),
    "settings/security/codes/new/": Row(enough="林老师", post=302),
    "settings/security/codes/file/": Row(get=404),
    # accounts
    "accounts/": Row(enough="钱管理员", little="李秘书", query=("", "?q=lin", "?q=20240", "?q=zhaomama"), other=False),
    "accounts/open/": Row(enough="钱管理员", little="李秘书", get=None, post=302, data=lambda place: {"kind": "student"}, other=False),
    "accounts/<int:pk>/": Row(enough="钱管理员", little="李秘书", args=of("account"), shared=True, other=False),
    "accounts/<int:pk>/<slug:move>/": Row(
        enough="钱管理员", little="李秘书", args=of("account", move="sign-out"), get=None, post=302, shared=True, other=False
    ),
    "invitations/": Row(enough="林老师", little="钱管理员"),
    "invitations/slips/": Row(enough="林老师", little="钱管理员", get=None, post=200, data=lambda place: {"chosen": [f"s{place['sid']}"]}),
    "invitations/guardians/<int:pk>/": Row(enough="林老师", little="钱管理员", args=of("guardian"), get=None, post=302),
    "settings/": Row(),
    "settings/preferences/": Row(get=None, post=302, data=lambda place: {"language": "en"}),
    "settings/password/": Row(post=422),
    # desk
    "": Row(),
    # messages: one's own; those told of 小雨's matter, and who may see it
    "notices/": Row(query=("", "?only=unread", "?only=asks", "?before=1", "?before=x'")),
    "today/risk/": Row(enough="林老师", little="钱管理员"),
    "notices/bell/": Row(),
    "notices/menu/": Row(),
    "notices/read/": Row(get=None, post=302),
    "notices/<int:pk>/": Row(enough="林老师", little="钱管理员", args=of("message")),
    "notices/<int:pk>/go/": Row(enough="林老师", little="钱管理员", args=of("message"), get=302),
    "notices/<int:pk>/acknowledge/": Row(enough="林老师", little="钱管理员", args=of("message"), get=None, post=302),
    "notices/paper/": Row(enough="林老师", little="周咨询师"),
    "notices/paper/sheet/": Row(enough="林老师", little="周咨询师", query=("", "?n=1", "?n=x'")),
    "notices/paper/<slug:move>/": Row(
        enough="林老师",
        little="周咨询师",
        args=lambda place: {"move": "printed"},
        get=None,
        post=302,
        shared=True,
    ),
    "settings/notices/": Row(post=422),
    "channels/": Row(enough="钱管理员", little="陈主任", other=False),
    "channels/<slug:code>/test/": Row(
        enough="钱管理员", little="陈主任", args=lambda place: {"code": "sms"}, get=None, post=302, shared=True, other=False
    ),
    # students
    "students/": Row(little="钱管理员", query=("", "?q=2024", "?q=石", "?status=enrolled")),
    "students/export/": Row(little="钱管理员"),
    "students/search/": Row(little="钱管理员", query=("", "?q=20240", "?q=石", "?q=s", "?q=石大")),
    "students/<int:sid>/": Row(little="钱管理员", args=sid),
    "students/<int:sid>/words/": Row(little="钱管理员", args=sid),
    "students/<int:sid>/timeline/": Row(little="钱管理员", args=sid, query=("", "?part=days")),
    "students/<int:sid>/indicators/": Row(little="钱管理员", args=sid),
    # imports
    "imports/": Row(little="林老师"),
    "imports/new/": Row(little="林老师", post=302),
    "imports/<int:pk>/": Row(little="林老师", args=of("waiting")),
    "imports/<int:pk>/progress/": Row(little="林老师", args=of("waiting"), get=204),
    "imports/<int:pk>/problems/": Row(little="林老师", args=of("waiting")),
    "imports/<int:pk>/marked.xlsx": Row(little="林老师", args=of("waiting")),
    "imports/<int:pk>/file/": Row(little="林老师", args=of("waiting")),
    "imports/<int:pk>/table/": Row(little="林老师", args=of("waiting"), get=None, post=302, data=lambda place: {"table": "score"}),
    "imports/<int:pk>/columns/": Row(little="林老师", args=of("waiting"), get=None, post=302, data=lambda place: {"c-0-0": "student_no"}),
    "imports/<int:pk>/again/": Row(little="林老师", args=of("waiting"), get=None, post=302),
    "imports/<int:pk>/accept/": Row(little="林老师", args=of("waiting"), get=None, post=302, data=lambda place: {"confirmed": "1"}),
    "imports/<int:pk>/refuse/": Row(little="林老师", args=of("waiting"), get=None, post=302, data=lambda place: {"reason": "不对"}),
    "imports/<int:pk>/retract/": Row(little="林老师", args=of("accepted"), get=None, post=302, data=lambda place: {"reason": "重复"}),
    "format/": Row(open=True, examples=("2024010101",)),
    "format/datapackage.json": Row(open=True, examples=("2024010101",)),
    "format/<str:table>/template.xlsx": Row(open=True, args=lambda place: {"table": "score"}, shared=True, examples=("2024010101",)),
    "freshness/": Row(little="林老师"),
    # coverage
    "coverage/": Row(little="林老师", query=("", "?level=class", "?level=floor", "?level=nonsense")),
    "coverage/export/": Row(little="林老师"),
    "coverage/network/": Row(little="林老师", query=("", "?kind=class", "?kind=x'")),
    "coverage/network/export/": Row(little="林老师"),
    "coverage/fill/<slug:slot>/<int:pk>/": Row(
        enough="高院长", little="李秘书", args=of("class", slot="class_teacher"), post=302, query=("", "?q=lin"), data=staff
    ),
    "coverage/end/<int:pk>/": Row(enough="高院长", little="李秘书", args=duty, get=None, post=302),
    "coverage/students/<int:sid>/": Row(enough="高院长", little="李秘书", args=sid, post=302, query=("", "?q=lin"), data=staff),
    # alerts
    "alerts/": Row(little="钱管理员", query=("", "?state=all", "?group=student", "?sort=student&level=3", "?state=nonsense")),
    "alerts/export/": Row(little="钱管理员"),
    "alerts/acknowledge/": Row(little="郑校长", get=None, post=302, data=lambda place: {"chosen": [place["alert"]]}),
    "alerts/<int:pk>/": Row(little="钱管理员", args=of("alert")),
    "alerts/<int:pk>/<str:move>/": Row(little="钱管理员", args=of("alert", move="acknowledge"), get=None, post=302),
    # the four-level network
    "report/": Row(enough="林老师", little="钱管理员", post=422),
    "report/students/": Row(enough="林老师", little="钱管理员", query=("", "?q=2024", "?q=石", "?q=s")),
    "report/mine/": Row(enough="王宿管", little="钱管理员"),
    "report/<int:pk>/": Row(enough="王宿管", little="钱管理员", args=of("incident")),
    "report/<int:pk>/<str:move>/": Row(enough="王宿管", little="钱管理员", args=of("incident", move="add"), get=None, post=302),
    "incidents/": Row(enough="林老师", little="刘班长", query=("", "?state=all", "?urgency=urgent&category=fight", "?state=x'")),
    "incidents/students/": Row(enough="林老师", little="刘班长", query=("", "?q=2024", "?q=石")),
    "incidents/categories/": Row(enough="陈主任", little="林老师", post=422, other=False),
    "incidents/categories/<slug:code>/retire/": Row(
        enough="陈主任", little="林老师", args=lambda place: {"code": "own-1"}, get=None, post=302, shared=True, other=False
    ),
    "incidents/<int:pk>/": Row(enough="林老师", little="刘班长", args=of("incident")),
    "incidents/<int:pk>/photos/<int:number>/": Row(enough="林老师", little="刘班长", args=of("incident", number=1)),
    "incidents/<int:pk>/<str:move>/": Row(enough="林老师", little="刘班长", args=of("incident", move="acknowledge"), get=None, post=302),
    "emergencies/": Row(enough="高院长", little="刘班长"),
    "emergencies/new/<slug:plan>/": Row(enough="高院长", little="林老师", args=lambda place: {"plan": "fire"}, post=422, shared=True),
    "emergencies/<int:pk>/": Row(enough="高院长", little="刘班长", args=of("emergency")),
    "emergencies/<int:pk>/board/": Row(enough="高院长", little="刘班长", args=of("emergency")),
    "emergencies/<int:pk>/<str:move>/": Row(enough="高院长", little="刘班长", args=of("emergency", move="log"), get=None, post=302),
    "emergencies/tasks/<int:pk>/name/": Row(enough="高院长", little="林老师", args=of("task"), post=302),
    "emergencies/tasks/<int:pk>/<str:move>/": Row(
        enough="高院长", little="刘班长", args=of("task", move="acknowledge"), get=None, post=302
    ),
    "accountability/": Row(enough="高院长", little="林老师", query=("", "?days=7", "?days=x'")),
    "accountability/rows/": Row(enough="高院长", little="林老师", query=("?figure=asked", "?figure=late&key=2")),
    # letters, meetings, trainings (tests/web/paper_school.py)
    # cases and procedures
    "cases/": Row(query=("", "?mine=1", "?late=1&level=3", "?state=closed&domain=academic&unit=1&owner=1")),
    "cases/new/": Row(
        enough="林老师",
        little="钱管理员",
        get=404,
        post=302,
        data=lambda place: {"student": place["sid"], "domain": "academic", "level": 2},
    ),
    "cases/desk/": Row(little="林老师", query=("", "?late=1", "?level=3&domain=attendance")),
    "cases/desk/remind/": Row(little="林老师", get=None, post=302, data=lambda place: {"chosen": place["case_step"]}),
    "cases/desk/rehand/": Row(
        little="林老师", get=None, post=302, data=lambda place: {"chosen": place["case_step"], "to": account_of("陈主任").pk}
    ),
    "cases/desk/open/": Row(little="林老师", get=None, post=302),
    "cases/queue/": Row(enough="陈主任", little="钱管理员"),
    "cases/caseload/": Row(little="林老师"),
    "cases/raised/": Row(enough="林老师"),
    "cases/export/": Row(little="王宿管"),
    "cases/documents/<int:pk>/": Row(enough="林老师", little="钱管理员", args=of("document")),
    "cases/steps/<int:pk>/<slug:move>/": Row(enough="林老师", little="钱管理员", args=of("case_step", move="remind"), get=None, post=302),
    "cases/referrals/<int:pk>/<slug:move>/": Row(
        enough="陈主任", little="钱管理员", args=of("referral", move="accept"), get=None, post=302
    ),
    "cases/approvals/<int:pk>/<slug:move>/": Row(
        enough="高院长", little="钱管理员", args=of("approval", move="agree"), get=None, post=302, data=lambda place: {"words": "同意"}
    ),
    "cases/<int:pk>/": Row(little="王宿管", args=of("case")),
    "cases/<int:pk>/<slug:deed>/": Row(
        enough="林老师", little="钱管理员", args=of("case", deed="note"), get=None, post=302, data=lambda place: {"words": "已核实情况"}
    ),
    "playbooks/": Row(little="钱管理员"),
    "playbooks/install/": Row(enough="陈主任", little="林老师", get=None, post=302, other=False),
    "playbooks/new/": Row(enough="陈主任", little="林老师", post=422, other=False),
    "playbooks/<slug:code>/": Row(
        little="钱管理员", args=lambda place: {"code": "absence-three-days"}, query=("", "?version=1"), shared=True
    ),
    "playbooks/<slug:code>/edit/": Row(
        enough="陈主任", little="林老师", args=lambda place: {"code": "absence-three-days"}, post=422, shared=True, other=False
    ),
    "playbooks/<slug:code>/retire/": Row(
        enough="陈主任", little="林老师", args=lambda place: {"code": "absence-three-days"}, get=None, post=302, shared=True, other=False
    ),
    "letters/": Row(little="钱管理员", query=("", "?state=all", "?state=x&kind=y&batch=z", "?state=all&after=x")),
    "letters/export/": Row(little="钱管理员"),
    "letters/new/": Row(
        little="林老师", post=422, query=("", "?student=x", "?case=1&alert=1"), data=lambda place: {"kind": KIND, "student": place["sid"]}
    ),
    "letters/batches/<int:pk>/": Row(little="钱管理员", args=of("batch"), query=("", "?at=2", "?at=x")),
    "letters/batches/<int:pk>/progress/": Row(little="钱管理员", args=of("batch"), get=204),
    "letters/batches/<int:pk>/file/": Row(little="钱管理员", args=of("batch")),
    "letters/batches/<int:pk>/<slug:move>/": Row(little="林老师", args=of("draft", move="drop"), get=None, post=302),
    "letters/receipts/": Row(
        enough="林老师",
        little="郑校长",
        post=302,
        query=("", "?number=1"),
        data=lambda place: {"numbers": place["receipt"], "on": "2025-12-10"},
    ),
    "letters/templates/": Row(enough="陈主任", little="李秘书", post=422, other=False),
    "letters/templates/<int:pk>/example.docx": Row(enough="陈主任", little="李秘书", args=of("template"), shared=True, other=False),
    "letters/templates/<int:pk>/<slug:move>/": Row(
        enough="陈主任", little="李秘书", args=of("template", move="use"), get=None, post=302, shared=True, other=False
    ),
    "letters/<int:pk>/": Row(little="钱管理员", args=of("letter")),
    "letters/<int:pk>/file/": Row(little="钱管理员", args=of("letter")),
    "letters/<int:pk>/<slug:move>/": Row(
        enough="林老师",
        little="郑校长",
        args=of("letter", move="receive"),
        get=None,
        post=302,
        data=lambda place: {"outcome": "signed", "on": "2025-12-10"},
    ),
    "meetings/": Row(little="赵妈妈"),
    "meetings/calendar/": Row(little="赵妈妈", post=200),
    "meetings/feed/<str:token>.ics": Row(open=True, args=lambda place: {"token": place["calendar"]}, shared=True),
    "meetings/series/new/": Row(little="林老师", post=422),
    "meetings/series/<int:pk>/": Row(little="赵妈妈", args=of("series"), query=("", "?q=lin", "?q=x'")),
    "meetings/series/<int:pk>/edit/": Row(little="林老师", args=of("series"), post=422),
    "meetings/series/<int:pk>/seat/": Row(little="林老师", args=of("series"), get=None, post=302, data=lambda place: {"account": "x"}),
    "meetings/series/<int:pk>/plan/": Row(little="林老师", args=of("series"), get=None, post=302),
    "meetings/decisions/<int:pk>/<slug:move>/": Row(little="赵妈妈", args=of("decision", move="done"), get=None, post=302),
    "meetings/<int:pk>/": Row(little="赵妈妈", args=of("meeting")),
    "meetings/<int:pk>/hold/": Row(little="赵妈妈", args=of("meeting"), query=("", "?item=1", "?item=x'")),
    "meetings/<int:pk>/presence/": Row(little="赵妈妈", args=of("meeting"), get=None, post=302),
    "meetings/<int:pk>/minutes.pdf": Row(little="钱管理员", args=of("meeting")),
    "meetings/<int:pk>/minutes.docx": Row(little="钱管理员", args=of("meeting")),
    "meetings/<int:pk>/meeting.ics": Row(little="赵妈妈", args=of("meeting")),
    "meetings/<int:pk>/items/<int:item>/<slug:move>/": Row(
        little="赵妈妈",
        args=lambda place: {"pk": place["meeting"], "item": place["item"], "move": "note"},
        get=None,
        post=302,
        data=lambda place: {"discussed": "已讨论"},
    ),
    "meetings/<int:pk>/<slug:move>/": Row(little="赵妈妈", args=of("meeting", move="close"), get=None, post=302),
    "trainings/": Row(enough="高院长", little="赵妈妈"),
    "trainings/new/": Row(enough="高院长", little="李秘书", post=422),
    "trainings/coverage/": Row(enough="高院长", little="林老师", query=("", "?topic=crisis", "?topic=x'")),
    "trainings/<int:pk>/": Row(enough="高院长", little="赵妈妈", args=of("training")),
    "trainings/<int:pk>/materials/<int:material>/": Row(
        enough="林老师", little="赵妈妈", args=lambda place: {"pk": place["training"], "material": place["material"]}
    ),
    "trainings/<int:pk>/<slug:move>/": Row(enough="高院长", little="李秘书", args=of("training", move="invite"), get=None, post=302),
    # rules: everybody's, edited by the offices of the school
    "rules/": Row(little="钱管理员", query=("", "?domain=attendance", "?level=4", "?level=x")),
    "rules/new/": Row(enough="陈主任", little="李秘书", post=422, other=False),
    "rules/check/": Row(
        enough="陈主任", little="李秘书", get=None, post=200, data=lambda place: {"when": "absences_term >= 1"}, other=False
    ),
    "rules/presets/": Row(little="钱管理员"),
    "rules/presets/<str:preset>/install/": Row(
        enough="陈主任", little="李秘书", args=lambda place: {"preset": "higher"}, get=None, post=302, shared=True, other=False
    ),
    "rules/<str:code>/": Row(little="钱管理员", args=rule, shared=True),
    "rules/<str:code>/edit/": Row(enough="陈主任", little="李秘书", args=rule, post=422, shared=True, other=False),
    "rules/<str:code>/retire/": Row(enough="陈主任", little="李秘书", args=rule, get=None, post=302, shared=True, other=False),
    # who may see what, and who looked
    "access/": Row(enough="方审计", little="林老师", other=False, query=("", "?role=counsellor", "?category=health", "?role=x'")),
    "access/view-as/": Row(
        enough="陈主任", little="李秘书", other=False, post=302, query=("", "?q=li"), data=lambda place: {"account": place["sid"]}
    ),
    "access/view-as/end/": Row(get=None, post=404),  # there is nothing to end
    "my/readings/": Row(enough="赵妈妈", little="林老师", other=False),
    "my/readings/<int:sid>/": Row(enough="赵妈妈", little="林老师", other=False, args=sid),
    "my/sharing/": Row(enough="宋小雨", little="赵妈妈", other=False, post=302, data=lambda place: {"category": ["academic"]}),
    # break-glass and disclosures: the objects are made by their own tests (test_break_glass, test_disclosures)
    "break-glass/": Row(little="钱管理员"),
    "break-glass/new/": Row(enough="林老师", little="唐社工", post=422),
    "break-glass/<int:pk>/": Row(enough="林老师", little="钱管理员", args=of("glass")),
    "break-glass/<int:pk>/<str:move>/": Row(enough="林老师", little="钱管理员", args=of("glass", move="end"), get=None, post=302),
    "disclosures/": Row(enough="陈主任", little="林老师"),
    "disclosures/new/": Row(enough="陈主任", little="林老师", post=422),
    "disclosures/<int:pk>/": Row(enough="陈主任", little="林老师", args=of("disclosure")),
    "disclosures/<int:pk>/sheet.xlsx": Row(enough="陈主任", little="林老师", args=of("disclosure")),
    "disclosures/<int:pk>/<str:move>/": Row(enough="陈主任", little="林老师", args=of("disclosure", move="end"), get=None, post=302),
    "disclosed/": Row(enough="唐社工", little="林老师", other=False),
    "disclosed/<int:pk>/": Row(enough="唐社工", little="林老师", other=False, args=of("disclosure")),
    "consents/<int:pk>/withdraw/": Row(enough="陈主任", little="林老师", args=of("consent"), get=None, post=302),
    # duty: everybody of the school sees who is on duty, the offices plan their own places, notes are for whoever needs them
    "duty/": Row(enough="林老师", little="赵妈妈"),
    "duty/new/": Row(enough="陈主任", little="林老师", post=422),
    "duty/calendar/": Row(enough="林老师", little="赵妈妈", post=200),
    "duty/calendar/<str:token>.ics": Row(open=True, args=lambda place: {"token": place["feed"]}, shared=True),
    "duty/<int:pk>/": Row(enough="林老师", little="赵妈妈", args=of("roster"), shared=True, query=("", "?from=2025-12-01", "?from=x'")),
    "duty/<int:pk>/export/": Row(enough="林老师", little="赵妈妈", args=of("roster"), shared=True),
    "duty/<int:pk>/notes/": Row(enough="林老师", little="赵妈妈", args=of("roster")),
    "duty/<int:pk>/plan/": Row(enough="高院长", little="林老师", args=of("roster")),
    "duty/<int:pk>/plan/<str:move>/": Row(enough="高院长", little="林老师", args=of("roster", move="fill"), get=None, post=302),
    "duty/shifts/<int:pk>/": Row(enough="林老师", little="赵妈妈", args=of("shift"), shared=True),
    "duty/shifts/<int:pk>/<str:move>/": Row(
        enough="林老师", little="赵妈妈", args=of("shift", move="note"), get=None, post=302, shared=True
    ),
    "duty/swaps/<int:pk>/<str:move>/": Row(enough="李秘书", little="赵妈妈", args=of("swap", move="refuse"), get=None, post=302),
    "duty/notes/<int:pk>/take/": Row(enough="高院长", little="赵妈妈", args=of("note"), get=None, post=302),
    # backups
    "backups/": Row(enough="钱管理员", little="方审计", other=False),
    "backups/now/": Row(enough="钱管理员", little="方审计", other=False, get=None, post=302),
    "backups/drill/": Row(enough="钱管理员", little="方审计", other=False, get=None, post=302),
    "backups/progress/": Row(enough="钱管理员", little="方审计", other=False),
    # ledger
    "ledger/": Row(enough="方审计", little="钱管理员", other=False, query=("", "?area=alerts", "?about=alert:1", "?about=x'")),
    "ledger/proof/": Row(enough="方审计", little="钱管理员", other=False),
    "ledger/proof/sign/": Row(enough="方审计", little="钱管理员", other=False, get=None, post=302),
    "ledger/proof/audit/": Row(enough="方审计", little="钱管理员", other=False, get=None, post=302),
    "ledger/proof/audits/<int:pk>/": Row(enough="方审计", little="钱管理员", other=False, args=audited, shared=True),
    "ledger/proof/consistency/": Row(enough="方审计", little="钱管理员", other=False, get=302, query=("", "?old=1&new=x")),
    "ledger/proof/verify_ledger.py": Row(enough="方审计", little="钱管理员", other=False),
    "ledger/heads/<int:pk>/": Row(enough="方审计", little="钱管理员", other=False, args=head, shared=True),
    "ledger/entries/<int:pk>/": Row(enough="方审计", little="钱管理员", other=False, args=entry, shared=True),
    "ledger/entries/<int:pk>/proof.json": Row(enough="方审计", little="钱管理员", other=False, args=entry, shared=True),
    # dashboards
    "units/": Row(little="王宿管"),
    "units/<int:pk>/": Row(little="王宿管", args=of("college")),
    "units/<int:pk>/export/": Row(little="王宿管", args=of("college")),
}


def patterns(found: URLResolver | None = None, before: str = "") -> Iterator[str]:
    for pattern in (found or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from patterns(pattern, route)


@pytest.fixture(scope="module")
def busy(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Busy]:
    """Built once for the table; each test writes on top of it and is rolled back."""
    from django.conf import settings

    kept, settings.DATA = settings.DATA, tmp_path_factory.mktemp("busy")
    hashers, settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS, ["django.contrib.auth.hashers.MD5PasswordHasher"]
    (settings.DATA / "temp").mkdir()
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        from shouwang.front import clock

        patch.setattr(clock, "now", lambda: clock.DEMO_OPENS)
        with transaction.atomic():
            yield busy_school(settings.DATA)
            transaction.set_rollback(True)
    settings.DATA, settings.PASSWORD_HASHERS = kept, hashers


@pytest.fixture
def here(busy, settings) -> Busy:
    settings.DATA = busy.folder
    offer_cas(settings)
    return busy


@contextmanager
def undone() -> Iterator[None]:
    """A request whose writes do not reach the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def address(route: str, args: dict[str, Any]) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(args[match[1]]), route)


def gone(route: str, here: Busy) -> str:
    """The address of an object that does not exist."""
    args = ROWS[route].args
    return address(
        route, {name: "no-such" if isinstance(value, str) else MISSING for name, value in args(here.mine).items()} if args else {}
    )


def text_of(response: Any) -> str:
    """Everything a response says: headers, HTML, JSON, or the cells of a workbook."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    headers = " ".join(f"{name}: {value}" for name, value in response.headers.items())
    if content.startswith(b"%PDF"):
        return headers + " " + "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages)
    if content[:2] == b"PK" and b"word/document.xml" in content:
        return headers + " " + "\n".join(one.text for one in Document(BytesIO(content)).paragraphs)
    if content[:2] == b"PK":
        book = openpyxl.load_workbook(BytesIO(content))
        cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
        notes = [cell.comment.text for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment]
        return " ".join([headers, *cells, *notes, *(sheet.oddFooter.left.text or "" for sheet in book)])
    if content.startswith(b"\x89PNG"):
        return headers
    for encoding in ("utf-8", "gb18030"):
        try:
            return headers + " " + content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("a body that is neither text nor a workbook")


def leaks(name: str | None, said: str, row: Row | None = None) -> list[str]:
    """Students outside the reader's scope of whom something stands in the text."""
    for example in row.examples if row else ():
        said = said.replace(example, "")
    owners, wanted = _outside(name)
    return sorted({owners[hit] for hit in wanted.findall(said)}) if owners else []


@cache
def _outside(name: str | None) -> tuple[dict[str, str], re.Pattern[str]]:
    """What must not be said to this reader: secret → whose; and where to look for it. Scopes stay as the busy school made them."""
    known = set(access.students(reader_of(name)).values_list("sid", flat=True)) if name else set()
    strangers = [student for student in Student.objects.all() if student.sid not in known]
    owners = {secret: student.name for student in strangers for secret in secrets_of(student) if secret}
    return owners, re.compile(r"(?<![0-9A-Za-z])(?:" + "|".join(map(re.escape, owners)) + r")(?![0-9A-Za-z])")


def same_page(said: str) -> str:
    """A page without what differs between any two requests."""
    said = re.sub(r"X-Request-ID: \w+|Expires: [^G]+GMT", "", said)
    return re.sub(r'(name="csrfmiddlewaretoken" value="|X-CSRFToken":")[^"]+', r"\1", said)


def ask(client: Client, method: str, path: str, row: Row, place: dict[str, int], **headers: str) -> Any:
    return client.post(path, row.data(place), headers=headers) if method == "POST" else client.generic(method, path, headers=headers)


def traces(place: dict[str, int]) -> list[Any]:
    """What is on record about somebody, and their alert as it stands."""
    subjects = [f"student:{place['sid']}", f"alert:{place['alert']}"]
    return [About.objects.filter(subject__in=subjects).count(), *Alert.objects.filter(pk=place["alert"]).values()]


def the_methods(row: Row) -> dict[str, int]:
    return {name: status for name, status in (("GET", row.get), ("POST", row.post)) if status is not None}


CELLS = [(route, method) for route, row in ROWS.items() for method in the_methods(row)]
by_cell = pytest.mark.parametrize(("route", "method"), CELLS, ids=[f"{method} /{route}" for route, method in CELLS])
by_row = pytest.mark.parametrize("route", ROWS, ids=[f"/{route}" for route in ROWS])


def test_every_address_has_a_row():
    assert sorted(ROWS) == sorted(set(patterns()))


@by_cell
def test_nobody(here, route, method):
    row = ROWS[route]
    path = address(route, row.args(here.mine) if row.args else {})
    for headers in ({}, {"HX-Request": "true"}):
        response = ask(Client(), method, path, row, here.mine, **headers)
        if row.open:
            assert response.status_code < 500 and response.status_code != 404
        elif headers:
            assert response.headers.get("HX-Redirect") == "/login/" or response.headers["Location"].startswith("/login/")
        else:
            assert response.status_code == 302 and response.headers["Location"].startswith("/login/")
        said = text_of(response).replace(f"next={path}", "")  # what nobody typed comes back to nobody
        assert not leaks(None, said, row)


@by_cell
def test_enough(here, route, method):
    row = ROWS[route]
    path = address(route, row.args(here.mine) if row.args else {})
    for query in row.query:
        with undone():
            response = ask(client_for(row.enough), method, path + query, row, here.mine)
            assert response.status_code == the_methods(row)[method], text_of(response)[:3000]
            assert not leaks(row.enough, text_of(response), row)


@by_cell
def test_too_little(here, route, method):
    row = ROWS[route]
    if row.little is None:
        assert row.open or row.args is None, "an address with an object must name somebody who may not open it"
        return
    client, before = client_for(row.little), Entry.objects.count()
    path = address(route, row.args(here.mine) if row.args else {})
    for headers in ({}, {"HX-Request": "true"}):
        response = ask(client, method, path, row, here.mine, **headers)
        assert response.status_code == 404
        assert same_page(text_of(response)) == same_page(text_of(ask(client, method, gone(route, here), row, here.mine, **headers)))
    assert Entry.objects.count() == before


@by_cell
def test_other_college(here, route, method):
    """With the same rights elsewhere: 小雨's objects are missing, byte for byte; lists are there and say nothing of her college."""
    row, client = ROWS[route], client_for(OTHER)
    if row.args and not row.shared:
        before = Entry.objects.count()
        path = address(route, row.args(here.mine))
        response = ask(client, method, path, row, here.mine)
        assert response.status_code == 404
        assert same_page(text_of(response)) == same_page(text_of(ask(client, method, gone(route, here), row, here.mine)))
        assert Entry.objects.count() == before
    elif method == "POST" and row.data(here.mine) != row.data(here.theirs):
        with undone():
            before = traces(here.mine)
            ask(client, method, address(route, {}), row, here.mine)
            assert traces(here.mine) == before, "a move on 小雨's objects through a list must not happen"
    path = address(route, row.args(here.theirs) if row.args else {})
    for query in row.query:
        with undone():
            response = ask(client, method, path + query, row, here.theirs)
            assert response.status_code == (the_methods(row)[method] if row.other else 404), "the other college has its own objects here"
            assert not leaks(OTHER, text_of(response), row)


@by_cell
def test_missing_objects_are_missing_for_everybody(here, route, method):
    row = ROWS[route]
    if not row.args:
        return
    response = ask(client_for(row.enough), method, gone(route, here), row, here.mine)
    assert response.status_code == 404


@by_row
def test_other_methods_are_refused(here, route):
    row = ROWS[route]
    path = address(route, row.args(here.mine) if row.args else {})
    client, before = client_for(row.enough), Entry.objects.count()
    for method in METHODS:
        if method not in the_methods(row):
            with undone():
                assert ask(client, method, path, row, here.mine).status_code in (403, 404, 405), method
    assert Entry.objects.count() == before


# Whoever must never see anything walks here; the whole cast walks in tests/trial/test_whole_cast.py, which takes minutes.
WALKING = [actor.name for actor in cast.EVERYBODY] if os.environ.get("SHOUWANG_WHOLE_CAST") else [OTHER]


@by_row
@pytest.mark.parametrize("name", WALKING)
def test_no_page_says_anything_of_students_outside(here, route, name):
    """The whole cast at every address, with the objects of both colleges, as page and as fragment."""
    row, client = ROWS[route], client_for(name)
    for place in (here.mine, here.theirs) if row.args else (here.mine,):
        path = address(route, row.args(place) if row.args else {})
        for method in the_methods(row):
            for query in row.query if method == "GET" else ("",):
                with undone():
                    response = ask(client, method, path + query, row, place, **({"HX-Request": "true"} if query else {}))
                    assert response.status_code < 500
                    assert not leaks(name, text_of(response), row), f"{method} {path}{query}"


def test_the_leak_finder_finds(here):
    """The check itself: a page of everybody leaks for 林老师, 小雨's page leaks for 孙外人 and not for 林老师."""
    page = text_of(client_for("林老师").get(f"/students/{here.mine['sid']}/"))
    assert leaks(OTHER, page) and leaks(None, page) and not leaks("林老师", page)
    assert leaks("林老师", f"<a href='/students/{here.theirs['sid']}/'>") == ["石大山"]
    assert leaks("林老师", "石大山") == ["石大山"] and not leaks("林老师", "石大") and not leaks("陈主任", "石大山")
