"""The four-level network: what is reported, whom it reaches when, who may read it, who may do what."""

import itertools
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shouwang.common.categories import Category
from shouwang.trust.access.models import Account, Reading
from shouwang.trust.ledger.models import About, Entry
from shouwang.trust.people import actions as people
from shouwang.trust.people.models import Staff
from shouwang.trust.access import actions as accounts
from shouwang.trust.access import queries as access
from shouwang.trust.vault.fields import HIDDEN
from shouwang.work.deadlines import queries as deadlines
from shouwang.work.incidents import actions, network, policies, queries
from shouwang.work.incidents.actions import emergencies, own, reporting
from shouwang.work.incidents.models import Ask, Emergency, Incident, IncidentPhoto, Level
from shouwang.work.incidents.queries import emergencies as boards
from shouwang.work.incidents.queries import seeing
from shouwang.work.notifications.models import Message, Receipt
from tests import cast
from tests.worlds import NOW, STARTS, account_of, reader_of, small_school

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = datetime(2025, 12, 10, 23, 40, tzinfo=ZONE)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WORDS = "室友说她傍晚出门后一直没有回来，电话关机"


def report(by="王宿管", now=NOW, **changes):
    world_sids = changes.pop("students", ())
    given = {"key": uuid.uuid4(), "category": "night_absence", "urgency": "urgent", "what": WORDS, "where": "1号楼101室"}
    photos = changes.pop("photos", ())
    numbers = tuple(sid_of(name) for name in world_sids)
    return actions.report(given=reporting.Given(**given | {"numbers": numbers} | changes), by=reader_at(by, now), now=now, photos=photos)


def reader_at(name, now=NOW):
    return access.reader(account_of(name), now.date(), now=now)


def sid_of(name):
    from shouwang.trust.people.models import Student

    return Student.objects.get(name="宋小雨" if name == "小雨" else name).sid


def asked(incident, part="answer"):
    return [ask.account.name for ask in Ask.objects.filter(incident=incident, part=part).select_related("account__staff").order_by("pk")]


class TestReporting:
    def test_a_dorm_report_goes_to_the_class_teacher_and_informs_nobody_it_has_not(self):
        small_school()
        found = report(students=["小雨"])
        assert (found.channel, found.reported_as, found.state) == ("dorm", "dorm_manager", "reported")
        assert asked(found) == ["林老师"]  # her own station is passed over
        level = found.levels.get()
        assert level.station == "class" and level.due_at == NOW + HOUR
        assert deadlines.of(level.ref).due_at == level.due_at
        assert Receipt.objects.filter(message__kind="incident.asked", account=account_of("林老师")).exists()
        assert {kind for kind in Entry.objects.values_list("kind", flat=True)} >= {"incidents.reported"}
