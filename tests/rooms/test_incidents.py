"""The four-level network: what is reported, whom it reaches when, who may read it, who may do what."""

import itertools
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from shouwang.common.categories import Category
from shouwang.common.reader import intersect
from shouwang.front.pipeline import casework
from shouwang.trust.access import queries as access
from shouwang.trust.access.models import Reading
from shouwang.trust.ledger.models import About, Entry
from shouwang.trust.people.models import Student, Unit
from shouwang.trust.vault.fields import HIDDEN
from shouwang.work.cases.models import Case
from shouwang.work.deadlines import queries as deadlines
from shouwang.work.incidents import actions, network, policies, queries
from shouwang.work.incidents.actions import emergencies, own, reporting, steps
from shouwang.work.incidents.models import Ask, Emergency, Incident, IncidentPhoto
from shouwang.work.incidents.queries import emergencies as boards
from shouwang.work.incidents.queries import figures, listing, seeing
from shouwang.work.notifications.models import Message, Receipt
from tests.worlds import NOW, account_of, reader_of, small_school

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
    return Student.objects.get(name="宋小雨" if name == "小雨" else name).sid


def asked(incident, part="answer"):
    return [ask.account.name for ask in Ask.objects.filter(incident=incident, part=part).select_related("account__staff").order_by("pk")]


class TestReporting:
    def test_a_dorm_report_goes_past_her_own_station_to_the_class_teacher(self):
        small_school()
        found = report(students=["小雨"])
        assert (found.channel, found.reported_as, found.state) == ("dorm", "dorm_manager", "reported")
        assert asked(found) == ["林老师"] and not found.events.filter(kind="empty").exists()
        level = found.levels.get()
        assert (level.station, level.why, level.due_at) == ("class", "channel", NOW + HOUR)
        assert deadlines.of(level.ref).due_at == level.due_at
        assert Receipt.objects.filter(message__kind="incident.asked", account=account_of("林老师")).exists()
        assert About.objects.filter(entry__kind="incidents.reported", subject=f"student:{sid_of('小雨')}").exists()

    @pytest.mark.parametrize(
        ("who", "channel", "first"),
        [
            ("刘班长", "class", ["林老师"]),
            ("林老师", "class", ["高院长"]),
            ("王宿管", "dorm", ["林老师"]),
            ("高院长", "staff", ["林老师"]),
        ],
    )
    def test_the_channel_follows_the_reporter(self, who, channel, first):
        small_school()
        found = report(who, students=["小雨"])
        assert (found.channel, asked(found)) == (channel, first)

    def test_every_role_of_the_network_has_a_channel_that_somebody_answers(self):
        for role in network.LADDER_ROLES:
            channel, as_role = network.channel_of(frozenset({role}))
            assert channel.path and as_role == role
        assert network.channel_of(frozenset({"student", "cadre_safety"}))[0].path[0] == ("security", "affairs")
        assert network.channel_of(frozenset({"cadre_class"}), association=True)[0].path == (("supervising",), ("college", "school"))

    def test_the_same_key_is_stored_once_and_two_keys_twice(self):
        small_school()
        key = uuid.uuid4()
        first, again = report(key=key, students=["小雨"]), report(key=key, students=["小雨"])
        assert first.pk == again.pk and Message.objects.filter(kind="incident.asked").count() == 1
        assert report(students=["小雨"]).pk != first.pk

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"category": "nonsense"}, "什么事"),
            ({"urgency": "x"}, "有多急"),
            ({"what": "", "where": ""}, "写明是谁"),
            ({"students": ["石大山"]}, "不在您的名单"),
            ({"happened_at": NOW + HOUR}, "最近 30 天"),
            ({"happened_at": NOW - timedelta(days=31)}, "最近 30 天"),
            ({"also": ("college",), "students": ["小雨"]}, "写明原因"),
            ({"also": ("moon",), "reason": "一级一级太慢"}, "没有这一级"),
            ({"what": "字" * 2001}, "最多 2000"),
        ],
    )
    def test_refusals_say_why(self, changes, why):
        small_school()
        with pytest.raises(actions.CannotAct, match=why):
            report(**changes)
        assert not Incident.objects.exists() and not Entry.objects.filter(kind__startswith="incidents.").exists()

    @pytest.mark.parametrize("who", ["赵妈妈", "宋小雨", "钱管理员", "方审计", "何数据", "唐社工"])
    def test_who_is_not_of_the_network_cannot_report(self, who):
        small_school()
        with pytest.raises(actions.CannotAct, match="不能上报"):
            report(who)

    def test_an_unknown_person_is_described_in_words_and_lies_with_the_reporter(self):
        world = small_school()
        found = report("刘班长", who="黑帽子的男生", what="")
        assert found.unit_path == world.units["RJ2401"].path and asked(found) == ["林老师"]
        assert queries.words(reader_of("林老师"), found, NOW).who == "黑帽子的男生"
        in_the_house = report(who="陌生人")
        assert in_the_house.dorm_path == world.units["D1"].path

    def test_words_are_sealed_and_reading_them_is_on_record(self):
        small_school()
        found = report(students=["小雨"])
        row = Incident.objects.get()
        assert str(row.what) == HIDDEN and WORDS.encode() not in bytes(row.what)
        assert queries.words(reader_of("王宿管"), found, NOW).what == WORDS
        assert not Reading.objects.filter(kind="incident").exists()  # one's own words
        assert queries.words(reader_of("林老师"), found, NOW).what == WORDS
        assert Reading.objects.get(kind="incident").student_id == sid_of("小雨")

    def test_departments_concerned_are_informed_and_learn_no_name(self):
        small_school()
        found = report("林老师", category="truancy", students=["小雨"])
        assert asked(found, "inform") == ["吴教务"]
        by = reader_of("吴教务")
        assert queries.incident(by, found.pk) is not None and queries.words(by, found, NOW) is None
        assert queries.students_of(by, found).students == () and queries.students_of(by, found).others == 1
        assert not seeing.story(by, found)[0].note

    def test_the_gravest_reach_several_levels_at_once_by_rule(self):
        small_school()
        found = report(category="danger", urgency="critical", students=["小雨"])
        assert list(found.levels.values_list("station", "why")) == [
            ("class", "channel"),
            ("college", "rule"),
            ("affairs", "rule"),
            ("school", "rule"),
        ]
        assert {"林老师", "高院长", "陈主任", "郑校长"} <= set(asked(found))
        assert Message.objects.filter(tier="crisis").count() == 4

    def test_a_reporter_skips_levels_with_a_reason(self):
        small_school()
        found = report("刘班长", students=["小雨"], also=("affairs",), skip=True, reason="班主任正在出差")
        assert [(level.station, level.why) for level in found.levels.all()] == [("affairs", "chosen")]
        by = reader_of("陈主任")
        assert "班主任正在出差" in str(listing.reasons(listing.levels(found)))
        assert seeing.may_read(by, found)


class TestClimbing:
    def test_it_climbs_station_by_station_once_and_stops_when_somebody_answers(self):
        small_school()
        found = report(students=["小雨"])
        assert actions.climb(now=NOW + 59 * MINUTE).levels == 0
        assert actions.climb(now=NOW + 61 * MINUTE).opened == 1
        assert actions.climb(now=NOW + 61 * MINUTE).levels == 0
        assert asked(found) == ["林老师", "高院长"]
        assert Message.objects.filter(kind="incident.climbed").count() == 1
        assert deadlines.of(found.levels.get(number=1).ref).state == "cancelled"
        actions.acknowledge(incident=found.pk, by=reader_of("高院长"), now=NOW + 70 * MINUTE)
        assert actions.climb(now=NOW + timedelta(days=1)).levels == 0
        assert list(found.levels.values_list("state", flat=True)) == ["climbed", "answered"]

    def test_at_the_top_it_stays_with_the_last_and_the_ladder_goes_on(self):
        small_school()
        found, now = report(students=["小雨"]), NOW
        for _ in range(6):
            now += timedelta(hours=5)
            actions.climb(now=now)
        assert list(found.levels.values_list("station", flat=True)) == ["class", "college", "affairs", "school"]
        last = found.levels.get(number=4)
        assert last.state == "climbed" and deadlines.of(last.ref).state == "open"
        actions.acknowledge(incident=found.pk, by=reader_of("郑校长"), now=now)
        assert deadlines.of(last.ref).state != "open"

    def test_an_empty_station_is_passed_over_and_said(self):
        small_school()
        found = report("陈主任", students=["金立冬"])  # nobody answers for that class
        assert found.events.filter(kind="empty", code="class").exists()
        assert [(level.station, level.why) for level in found.levels.all()] == [("college", "empty")]

    def test_routine_matters_wait_for_service_hours_and_know_the_weekend(self):
        small_school()
        friday = datetime(2025, 12, 12, 18, 0, tzinfo=ZONE)
        found = report("刘班长", now=friday, urgency="routine", students=["小雨"])
        assert found.levels.get().due_at == datetime(2025, 12, 16, 17, 30, tzinfo=ZONE)
        assert actions.climb(now=friday + timedelta(days=2)).levels == 0

    def test_at_night_whoever_is_on_duty_is_asked_and_the_teacher_is_not_late_before_morning(self, monkeypatch):
        small_school()
        monkeypatch.setattr(steps.duty, "on_duty", lambda now, *where: [account_of("陈主任")])
        found = report(now=NIGHT, students=["小雨"])
        asks = {ask.account.name: ask for ask in found.asks.select_related("account__staff")}
        assert asks["陈主任"].how == "on_duty" and asks["陈主任"].due_at == NIGHT + HOUR
        assert asks["林老师"].due_at == datetime(2025, 12, 11, 9, 0, tzinfo=ZONE)
        assert queries.words(reader_at("陈主任", NIGHT), found, NIGHT) is not None

    def test_one_that_fails_does_not_stop_the_others(self, monkeypatch):
        small_school()
        bad, good = report(students=["小雨"]), report(students=["小雨"])
        real = steps.next_step
        monkeypatch.setattr(steps, "next_step", lambda incident, **rest: 1 / 0 if incident.pk == bad.pk else real(incident, **rest))
        done = actions.climb(now=NOW + 2 * HOUR)
        assert len(done.failed) == 1 and done.opened == 1 and good.levels.count() == 2


class TestMoves:
    def test_every_state_move_and_part_answers_as_the_table_says(self):
        for state, move, part in itertools.product(policies.STATES, policies.PERSON_MOVES, policies.PARTS):
            allowed = (state, move) in policies.MOVES and part in policies.WHO[move]
            for lang in ("zh", "en"):
                assert (policies.why_not(move, state=state, parts={part}, lang=lang) is None) == allowed
        assert policies.why_not("fly", state="reported", parts={"asked"})
        assert {state for state, _ in policies.MOVES} - {"new"} <= set(policies.STATES)
        assert set(policies.MOVES.values()) <= set(policies.STATES)

    def test_every_emergency_state_move_and_part(self):
        for state, move, part in itertools.product(policies.EMERGENCY_STATES, policies.EMERGENCY_PERSON_MOVES, ("leader", "member")):
            allowed = (state, move) in policies.EMERGENCY_MOVES and part in policies.EMERGENCY_WHO[move]
            assert (policies.why_not_emergency(move, state=state, parts={part}) is None) == allowed
        for state, move, mine in itertools.product(policies.TASK_STATES, ("acknowledge", "finish"), (True, False)):
            allowed = (state, move) in policies.TASK_MOVES and mine
            assert (policies.why_not_task(move, state=state, mine=mine) is None) == allowed

    def test_in_the_database_every_move_from_every_state_by_every_part(self):
        """Through the real actions: what the table allows happens, everything else is refused and leaves no trace."""
        small_school()
        people_of = {"reporter": "王宿管", "asked": "林老师", "overseer": "陈主任", "informed": "吴教务", "nobody": "孙外人"}
        for state in policies.STATES:
            found, other = in_state(state), report(students=["小雨"])
            for (part, name), move in itertools.product(people_of.items(), policies.PERSON_MOVES):
                allowed = (state, move) in policies.MOVES and part in policies.WHO[move]
                by, before = reader_of(name), Entry.objects.count()
                with transaction.atomic():
                    try:
                        do(move, found, by, other)
                        done = True
                    except actions.CannotAct:
                        done = False
                    assert done == allowed, (state, part, move)
                    assert done or Entry.objects.count() == before, (state, part, move)
                    expected = policies.MOVES[state, move] if done else state
                    assert Incident.objects.get(pk=found.pk).state == expected
                    transaction.set_rollback(True)


def in_state(state):
    found = report(category="truancy", students=["小雨"])
    by = reader_of("林老师")
    if state in ("acknowledged", "handling", "resolved"):
        actions.acknowledge(incident=found.pk, by=by, now=NOW)
    if state in ("handling", "resolved"):
        actions.handle(incident=found.pk, by=by, now=NOW)
    if state == "resolved":
        actions.resolve(incident=found.pk, outcome="safe", note="已在寝室找到", reply="", by=by, now=NOW)
    if state == "merged":
        actions.merge(incident=found.pk, into=report(category="truancy", students=["小雨"]).pk, by=by, now=NOW)
    return found


def do(move, found, by, other):
    same = {"incident": found.pk, "by": by, "now": NOW}
    return {
        "acknowledge": lambda: actions.acknowledge(**same),
        "join": lambda: actions.join(**same),
        "handle": lambda: actions.handle(**same, note="已联系"),
        "pass_on": lambda: actions.pass_on(**same, station="college", reason="请学院处理"),
        "involve": lambda: actions.involve(**same, stations=["affairs", "school"], reason="需要协同"),
        "add": lambda: actions.add(**same, note="又看到他了"),
        "link": lambda: actions.link(**same, sid=sid_of("刘班长")),
        "resolve": lambda: actions.resolve(**same, outcome="safe", note="已经回来了", reply="谢谢"),
        "reopen": lambda: actions.reopen(**same, reason="又不见了人"),
        "merge": lambda: actions.merge(**same, into=other.pk),
        "open_case": lambda: actions.became_case(**same, ref="case:1"),
    }[move]()


class TestAnswering:
    def test_the_loop_is_closed_as_far_as_the_reporter_may_know(self):
        small_school()
        found, teacher = report(students=["小雨"]), reader_of("林老师")
        actions.handle(incident=found.pk, by=teacher, now=NOW, note="家长说她在外婆家")
        assert Receipt.objects.filter(message__kind="incident.answered", account=account_of("王宿管")).exists()
        actions.resolve(incident=found.pk, outcome="safe", note="外婆家地址已核实", reply="人已平安，谢谢", by=teacher, now=NOW)
        assert Receipt.objects.filter(message__kind="loop.closed", account=account_of("王宿管")).count() == 1
        notes = [told.note for told in seeing.story(reader_of("王宿管"), found)]
        assert "人已平安，谢谢" in notes and not any("外婆" in note for note in notes)

    def test_handling_has_its_own_clock_which_can_be_paused(self):
        small_school()
        found, teacher = report(students=["小雨"]), reader_of("林老师")
        actions.acknowledge(incident=found.pk, by=teacher, now=NOW)
        due_at = deadlines.of(f"{found.ref}/handling").due_at
        actions.pause(incident=found.pk, reason="等家长回复", until=NOW + 24 * HOUR, by=teacher, now=NOW)
        with pytest.raises(actions.CannotAct):
            actions.pause(incident=found.pk, reason="再等", until=NOW + 24 * HOUR, by=teacher, now=NOW)
        actions.resume(incident=found.pk, by=teacher, now=NOW + 3 * HOUR)
        assert deadlines.of(f"{found.ref}/handling").due_at >= due_at
        actions.resolve(incident=found.pk, outcome="safe", note="已经回来了", reply="", by=teacher, now=NOW + 4 * HOUR)
        assert deadlines.of(f"{found.ref}/handling").state == "met"

    def test_merging_moves_the_students_stops_its_clocks_and_both_reporters_hear(self):
        small_school()
        first, second = report(students=["小雨"]), report("刘班长", students=["刘班长"])
        teacher = reader_of("林老师")
        actions.merge(incident=second.pk, into=first.pk, by=teacher, now=NOW)
        assert set(first.students.values_list("student__name", flat=True)) == {"宋小雨", "刘班长"}
        assert actions.climb(now=NOW + 2 * HOUR).levels == 1  # only the one that is left
        assert deadlines.of(second.levels.get().ref).state != "open"
        actions.handle(incident=first.pk, by=teacher, now=NOW)
        actions.resolve(incident=first.pk, outcome="safe", note="都已经平安", reply="", by=teacher, now=NOW)
        told = Receipt.objects.filter(message__kind="loop.closed").values_list("account__username", flat=True)
        assert set(told) == {"T1005", "2024010102"}
        with pytest.raises(actions.CannotAct, match="没有这件事"):
            actions.merge(incident=first.pk, into=first.pk, by=teacher, now=NOW)

    def test_passing_on_begins_anew_and_an_empty_station_is_refused(self):
        small_school()
        found = report(students=["小雨"])
        actions.pass_on(incident=found.pk, station="college", reason="需要学院出面", by=reader_of("林老师"), now=NOW)
        assert asked(found)[-1] == "高院长" and Incident.objects.get().state == "reported"
        with pytest.raises(actions.CannotAct, match="没有人任职"):
            actions.pass_on(incident=found.pk, station="supervising", reason="请团委处理", by=reader_of("高院长"), now=NOW)
        with pytest.raises(actions.CannotAct, match="原因"):
            actions.pass_on(incident=found.pk, station="affairs", reason="", by=reader_of("高院长"), now=NOW)

    def test_it_becomes_a_case_of_each_student(self):
        small_school()
        casework.install(now=NOW)
        found, teacher = report(category="truancy", students=["小雨"]), reader_of("林老师")
        with pytest.raises(actions.CannotAct):
            casework.open_from_incident(found.pk, teacher, NOW)
        assert not Case.objects.exists()
        actions.acknowledge(incident=found.pk, by=teacher, now=NOW)
        opened = casework.open_from_incident(found.pk, teacher, NOW)
        again = Incident.objects.get()
        assert again.case_ref == f"case:{opened[0]}" and again.state == "handling"
        assert Case.objects.get().origin_ref == found.ref

    def test_linking_places_a_report_about_nobody(self):
        world = small_school()
        found = report("刘班长", who="一个男生", what="")
        actions.link(incident=found.pk, sid=sid_of("韩志远"), by=reader_of("林老师"), now=NOW)
        assert Incident.objects.get().unit_path == world.students["韩志远"].unit_path
        with pytest.raises(actions.CannotAct, match="已经关联"):
            actions.link(incident=found.pk, sid=sid_of("韩志远"), by=reader_of("林老师"), now=NOW)
        with pytest.raises(actions.CannotAct, match="没有这位同学"):
            actions.link(incident=found.pk, sid=sid_of("石大山"), by=reader_of("林老师"), now=NOW)

    def test_time_limits_go_to_the_student_whom_a_link_or_a_merge_brings(self):
        """Else whoever stands above the reporter is reminded, in another college."""
        world = small_school()
        linked, merged = (report("孙外人", who="一个女生", what="") for _ in range(2))
        assert linked.unit_path != world.students["小雨"].unit_path
        actions.link(incident=linked.pk, sid=sid_of("小雨"), by=reader_at("陈主任"), now=NOW)
        actions.merge(incident=report(students=["小雨"]).pk, into=merged.pk, by=reader_at("陈主任"), now=NOW)
        for one in (linked, merged):
            one.refresh_from_db()
            there = (world.students["小雨"].unit_path, world.students["小雨"].dorm_path)
            limit = deadlines.of(one.levels.earliest("pk").ref)
            assert (one.unit_path, one.dorm_path) == there == (limit.unit_path, limit.dorm_path)

    def test_a_merge_leaves_where_it_is_what_is_about_somebody(self):
        world = small_school()
        first, second = report("孙外人", students=["石大山"]), report(students=["小雨"])
        actions.merge(incident=second.pk, into=first.pk, by=reader_at("陈主任"), now=NOW)
        assert Incident.objects.get(pk=first.pk).unit_path == world.students["石大山"].unit_path
        with pytest.raises(actions.CannotAct, match="已经结束"):
            actions.merge(incident=first.pk, into=second.pk, by=reader_at("陈主任"), now=NOW)


class TestSeeing:
    def test_who_sees_what(self):
        small_school()
        found = report(category="distress", students=["小雨"])  # identity, incident and psychological
        whole = {"王宿管": True, "林老师": True, "周咨询师": True}
        for name in ("王宿管", "林老师", "周咨询师", "陈主任", "高院长", "李秘书", "郑校长", "吴教务", "孙外人"):
            seen = queries.incident(reader_of(name), found.pk)
            assert (seen is not None and seeing.may_read(reader_of(name), found)) == whole.get(name, False), name
        for name in ("孙外人", "李秘书", "郑校长", "赵妈妈", "钱管理员", "唐社工"):
            assert queries.incident(reader_of(name), found.pk) is None, name

    def test_an_outside_reader_knows_at_most_that_there_is_one(self):
        small_school()
        report(students=["小雨"])
        assert queries.presence(reader_of("赵妈妈"), sid_of("小雨")) == 1
        assert queries.presence(reader_of("孙外人"), sid_of("小雨")) == 0
        assert queries.presence(reader_of("唐社工"), sid_of("小雨")) == 0
        assert not queries.visible_incidents(reader_of("赵妈妈")).exists()

    def test_having_been_asked_ends_with_the_matter_unless_one_answered(self):
        small_school()
        found = report("林老师", category="distress", students=["小雨"])
        actions.climb(now=NOW + 3 * HOUR)
        assert seeing.may_read(reader_of("高院长"), found) and seeing.may_read(reader_of("陈主任"), found)
        actions.handle(incident=found.pk, by=reader_of("陈主任"), now=NOW + 3 * HOUR)
        actions.resolve(incident=found.pk, outcome="medical", note="已转心理中心", reply="", by=reader_of("陈主任"), now=NOW + 4 * HOUR)
        assert seeing.may_read(reader_of("陈主任"), found) and not seeing.may_read(reader_of("高院长"), found)

    def test_looking_through_other_eyes_shows_no_more_and_writes_nothing(self):
        small_school()
        found = report(category="distress", students=["小雨"])
        by = intersect(reader_of("陈主任"), reader_of("林老师"))
        assert queries.words(by, found, NOW) is None or not seeing.may_read(by, found)
        with pytest.raises(actions.CannotAct):
            actions.acknowledge(incident=found.pk, by=by, now=NOW)


class TestPhotographs:
    def test_metadata_goes_and_the_picture_stays(self):
        small_school()
        jpeg = a_jpeg(b"GPS 25.04N 102.71E")
        found = report(students=["小雨"], photos=reporting.photographs([jpeg]))
        row = IncidentPhoto.objects.get()
        assert b"GPS" not in bytes(row.image) and row.kind == "jpeg"
        kind, data = listing.photo(reader_of("林老师"), found, 1, NOW)
        assert kind == "jpeg" and b"GPS" not in data and data.startswith(b"\xff\xd8") and b"picture" in data
        assert Entry.objects.filter(kind="incidents.photo_read").exists()
        assert listing.photo(reader_of("孙外人"), found, 1, NOW) is None

    @pytest.mark.parametrize(
        "data", [b"", b"GIF89a....", b"<svg/>", b"%PDF-1.7", b"\xff\xd8\xff\xe0\x00", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff" * 9]
    )
    def test_anything_else_is_refused(self, data):
        with pytest.raises(actions.CannotAct, match="JPEG 或 PNG"):
            reporting.photographs([data])

    def test_too_many_and_too_large(self):
        with pytest.raises(actions.CannotAct, match="最多 4 张"):
            reporting.photographs([b"x"] * 5)
        with pytest.raises(actions.CannotAct, match="4 MB"):
            reporting.photographs([b"\xff\xd8\xff" + b"0" * (policies.PHOTO_BYTES + 1)])


def a_jpeg(exif):
    def segment(marker, body):
        return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body

    frame = b"\x08" + (4).to_bytes(2, "big") + (4).to_bytes(2, "big") + b"\x01\x01\x11\x00"
    parts = [b"\xff\xd8", segment(0xE1, b"Exif\x00\x00" + exif), segment(0xFE, b"comment GPS"), segment(0xC0, frame)]
    return b"".join([*parts, segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"), b"picture\xff\x00", b"\xff\xd9", b"GPS behind the end"])


class TestOwnCategories:
    def test_a_school_adds_and_retires_its_own(self):
        small_school()
        by = reader_of("陈主任")
        row = own.add(title="私接网线", title_en="", urgency="routine", departments=["logistics"], skips=True, mask=0, by=by, now=NOW)
        found = report(category=row.code, students=["小雨"], urgency="critical")
        assert found.categories == Category.identity | Category.incident and found.levels.count() == 3
        with pytest.raises(actions.CannotAct, match="已经有这一类"):
            own.add(title="私接网线", title_en="", urgency="routine", departments=[], skips=False, mask=0, by=by, now=NOW)
        own.retire(code=row.code, by=by, now=NOW)
        assert queries.kind(row.code).zh == "私接网线" and row.code not in queries.kinds()
        with pytest.raises(actions.CannotAct, match="什么事"):
            report(category=row.code)
        with pytest.raises(actions.CannotAct, match="设置反馈类别"):
            own.retire(code=row.code, by=reader_of("林老师"), now=NOW)

    def test_the_catalogue_holds_together(self):
        loaded, twelve = network.load(), {"night_absence", "living_off_campus", "truancy", "gaming", "appliances", "fight", "drinking"}
        assert twelve | {"illness", "distress", "campus_loan", "proselytising", "danger", "public_opinion"} <= set(loaded.kinds)
        assert set(network.plans()) >= {
            "missing-student",
            "food-poisoning",
            "fire",
            "violence",
            "public-opinion",
            "natural-disaster",
        }


class TestEmergencies:
    def start(self, by="郑校长", plan="missing-student", unit="YL"):
        unit_pk = Unit.objects.get(code=unit).pk
        return emergencies.start(plan=plan, unit=unit_pk, situation="一名同学失去联系", by=reader_of(by), now=NOW)

    def test_everybody_has_their_task_at_once(self):
        small_school()
        found = self.start()
        tasks = {(task.code, task.account.name if task.account else None) for task in boards.tasks(found)}
        assert {
            ("command", "郑校长"),
            ("coordinate", "陈主任"),
            ("dormitory", "王宿管"),
            ("classmates", "林老师"),
            ("search", None),
        } <= tasks
        messages = Message.objects.filter(kind="emergency.task", tier="crisis")
        assert messages.count() == len({name for _, name in tasks if name})  # each is said again until that person answers

    def test_a_college_lead_starts_for_the_college_alone(self):
        small_school()
        found = self.start("高院长", unit="XX")
        names = {task.account.name for task in boards.tasks(found) if task.account and task.code == "classmates"}
        assert names == {"林老师"}
        with pytest.raises(actions.CannotAct):
            self.start("高院长", unit="YL")
        for name in ("林老师", "王宿管", "李秘书"):
            with pytest.raises(actions.CannotAct):
                self.start(name)
        with pytest.raises(actions.CannotAct, match="正在进行"):
            self.start("高院长", unit="XX")
        assert boards.emergency(reader_of("孙外人"), found.pk) is None
        assert boards.emergency(reader_of("陈主任"), found.pk) is not None

    def test_from_the_start_to_the_review(self):
        small_school()
        found = self.start()
        mine = found.tasks.get(account=account_of("王宿管"))
        with pytest.raises(actions.CannotAct, match="别人的"):
            emergencies.do_task(task=mine.pk, move="acknowledge", by=reader_of("林老师"), now=NOW)
        emergencies.do_task(task=mine.pk, move="acknowledge", by=reader_of("王宿管"), now=NOW)
        emergencies.do_task(task=mine.pk, move="finish", by=reader_of("王宿管"), now=NOW, note="逐室清点完毕")
        assert Message.objects.filter(kind="emergency.task", taken_by=account_of("王宿管").pk).exists()
        bare = found.tasks.get(code="search")
        emergencies.name(task=bare.pk, account=account_of("高院长").pk, by=reader_of("郑校长"), now=NOW)
        emergencies.log(emergency=found.pk, note="已报警", by=reader_of("高院长"), now=NOW)
        with pytest.raises(actions.CannotAct, match="领导"):
            emergencies.stand_down(emergency=found.pk, ending="人已经找到", by=reader_of("王宿管"), now=NOW)
        emergencies.stand_down(emergency=found.pk, ending="人已经找到", by=reader_of("郑校长"), now=NOW + HOUR)
        assert set(found.tasks.values_list("state", flat=True)) == {"done", "ended"}
        with pytest.raises(actions.CannotAct):
            emergencies.log(emergency=found.pk, note="补记一条", by=reader_of("吴教务"), now=NOW)
        assert not Message.objects.filter(kind="emergency.task", look_at__isnull=False).exists()
        emergencies.review(emergency=found.pk, text="门禁记录要更快拿到", by=reader_of("郑校长"), now=NOW + 2 * HOUR)
        assert Emergency.objects.get().state == "reviewed"
        assert [note for _, note in boards.entries(found)].count("已报警") == 1
        assert str(Emergency.objects.get().situation) == HIDDEN


class TestAccountability:
    def test_figures_have_their_rows_and_are_fair(self):
        small_school()
        late, quick = report(students=["小雨"]), report(students=["小雨"])
        actions.handle(incident=quick.pk, by=reader_of("林老师"), now=NOW + 10 * MINUTE)
        actions.resolve(incident=quick.pk, outcome="safe", note="已经回来了", reply="", by=reader_of("林老师"), now=NOW + 70 * MINUTE)
        actions.climb(now=NOW + 61 * MINUTE)
        actions.acknowledge(incident=late.pk, by=reader_of("高院长"), now=NOW + 91 * MINUTE)
        board = figures.board(reader_of("陈主任"), since=NOW - HOUR, now=NOW + 2 * HOUR)
        lines = {line.title: line for line in board.people}
        assert (lines["林老师"].count("asked"), lines["林老师"].count("answered"), lines["林老师"].count("unanswered")) == (2, 1, 1)
        assert lines["林老师"].median_answer == 10 and lines["林老师"].median_handling == 60
        assert lines["高院长"].count("answered") == 1 and lines["高院长"].median_answer == 30
        title, rows = figures.rows(
            reader_of("陈主任"), since=NOW - HOUR, now=NOW + 2 * HOUR, key=str(account_of("林老师").pk), figure="unanswered"
        )
        assert title == "林老师" and [row.pk for row in rows] == [late.pk]
        assert [line.title for line in board.units] == ["信息工程学院"]
        assert not figures.board(reader_of("孙外人"), since=NOW - HOUR, now=NOW + 2 * HOUR).people

    def test_whoever_was_not_on_duty_is_not_late_and_pauses_do_not_count(self, monkeypatch):
        small_school()
        monkeypatch.setattr(steps.duty, "on_duty", lambda now, *where: [])
        found = report(now=NIGHT, students=["小雨"])
        actions.climb(now=NIGHT + 2 * HOUR)
        board = figures.board(reader_of("陈主任"), since=NIGHT - HOUR, now=NIGHT + 3 * HOUR)
        assert not any(line.count("unanswered") for line in board.people)
        morning = datetime(2025, 12, 11, 8, 20, tzinfo=ZONE)
        actions.handle(incident=found.pk, by=reader_at("林老师", morning), now=morning)
        actions.pause(
            incident=found.pk, reason="等家长回复", until=morning + 24 * HOUR, by=reader_at("林老师", morning), now=morning + HOUR
        )
        actions.resume(incident=found.pk, by=reader_at("林老师", morning), now=morning + 3 * HOUR)
        actions.resolve(
            incident=found.pk, outcome="safe", note="已经回来了", reply="", by=reader_at("林老师", morning), now=morning + 3 * HOUR
        )
        line = next(
            line for line in figures.board(reader_of("陈主任"), since=NIGHT - HOUR, now=morning + 4 * HOUR).people if line.title == "林老师"
        )
        assert line.median_answer == 20 and line.median_handling == 60
