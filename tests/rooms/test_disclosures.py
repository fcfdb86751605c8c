"""Breaking the glass and handing out fields: who may, who is told, who must agree, what ends it, what the other side sees."""

from datetime import timedelta

import pytest

from shouwang.common.categories import Category
from shouwang.trust.access import queries as access
from shouwang.trust.access import readings
from shouwang.trust.ledger.models import About, Entry
from shouwang.trust.people import actions as people
from shouwang.trust.vault.fields import HIDDEN
from shouwang.work.disclosures import actions, policies
from shouwang.work.disclosures.models import BreakGlass, Disclosure
from shouwang.work.disclosures.queries import glasses, sheets
from shouwang.work.notifications import queries as notifications
from tests.worlds import NOW, account_of, reader_of, small_school

pytestmark = pytest.mark.django_db
WHY = "夜里联系不上本人，需要知道是否有过往病史"
HOUR = timedelta(hours=1)
PSYCHOLOGICAL, HEALTH = int(Category.psychological), int(Category.health)


def reader_at(name, now=NOW):
    return access.reader(account_of(name), now.date(), now=now)


def ask(name="高院长", categories=HEALTH, number="2024010101", reason=WHY, hours=2):
    return actions.ask(number=number, categories=categories, reason=reason, hours=hours, by=reader_of(name), now=NOW)


class TestGlass:
    def test_it_opens_at_once_for_health_and_tells_whoever_answers(self):
        world = small_school()
        glass = ask()
        assert glass.state == "open" and not glass.needs_second and glass.until == NOW + 2 * HOUR
        assert access.categories(reader_at("高院长"), world.sid("小雨")) & Category.health
        assert not access.categories(reader_at("高院长", NOW + 2 * HOUR), world.sid("小雨")) & Category.health
        assert {one.account.name for one in glass.notices.all()} == {"林老师", "何数据", "周咨询师"}
        assert [kind for kind, _ in glasses.waiting(reader_of("林老师"), NOW)] == ["noted"]
        (told,) = notifications.state_of(glass.ref)
        assert told.kind == "glass.opened" and {one.account.name for one in told.receipts.all()} == {"林老师", "何数据", "周咨询师"}
        assert "小雨" not in told.title + told.body
        actions.take_note(glass=glass.pk, by=reader_of("林老师"), now=NOW)
        assert told.receipts.get(acknowledged_at__isnull=False).account.name == "林老师"
        assert glasses.waiting(reader_of("林老师"), NOW) == []
        with pytest.raises(actions.CannotBreak):
            actions.take_note(glass=glass.pk, by=reader_of("林老师"), now=NOW)

    def test_the_psychological_file_takes_two_persons(self):
        world = small_school()
        glass = ask(categories=PSYCHOLOGICAL)
        assert glass.state == "asked" and not access.categories(reader_at("高院长"), world.sid("小雨")) & PSYCHOLOGICAL
        (asked,) = notifications.state_of(glass.ref)
        assert asked.kind == "glass.second" and {one.account.name for one in asked.receipts.all()} >= {"陈主任", "周咨询师", "郑校长"}
        for name in ("高院长", "林老师", "何数据", "孙外人"):
            with pytest.raises(actions.CannotBreak):
                actions.agree(glass=glass.pk, by=reader_of(name), now=NOW)
        actions.agree(glass=glass.pk, by=reader_of("陈主任"), now=NOW)
        assert access.categories(reader_at("高院长"), world.sid("小雨")) & PSYCHOLOGICAL
        with pytest.raises(actions.CannotBreak, match="已经有结果"):
            actions.agree(glass=glass.pk, by=reader_of("周咨询师"), now=NOW)

    def test_whoever_lost_the_role_since_asking_gets_nothing_and_the_second_person_a_reason(self):
        world = small_school()
        glass = ask(categories=PSYCHOLOGICAL)
        for held in world.staff["高院长"].responsibilities.all():
            people.end_responsibility(responsibility=held, ends_on=NOW.date() - timedelta(days=1), by=None, now=NOW)
        with pytest.raises(actions.CannotBreak, match="高院长现在的职责不再允许"):
            actions.agree(glass=glass.pk, by=reader_of("陈主任"), now=NOW)
        assert BreakGlass.objects.get().state == "asked" and not Entry.objects.filter(kind="glass.agreed").exists()
        assert actions.refuse(glass=glass.pk, by=reader_of("陈主任"), now=NOW).state == "refused"

    def test_a_request_lapses_after_a_day(self):
        small_school()
        glass = ask(categories=PSYCHOLOGICAL)
        chen, gao, last = reader_of("陈主任"), reader_of("高院长"), NOW + 24 * HOUR - timedelta(seconds=1)
        assert [kind for kind, _ in glasses.waiting(chen, last)] == ["agree"]
        assert [kind for kind, _ in glasses.waiting(gao, last)] == ["mine"]
        for move in (actions.agree, actions.refuse):
            with pytest.raises(actions.CannotBreak, match="超过 24 小时没有人同意，已经失效"):
                move(glass=glass.pk, by=chen, now=NOW + 24 * HOUR)
        assert glasses.waiting(chen, NOW + 24 * HOUR) == glasses.waiting(gao, NOW + 24 * HOUR) == []
        assert actions.agree(glass=glass.pk, by=chen, now=last).state == "open"

    def test_a_refusal_opens_nothing(self):
        world = small_school()
        glass = ask(categories=PSYCHOLOGICAL)
        actions.refuse(glass=glass.pk, by=reader_of("周咨询师"), now=NOW)
        assert not access.categories(reader_at("高院长"), world.sid("小雨")) & PSYCHOLOGICAL
        assert not BreakGlass.objects.get().notices.exists()

    @pytest.mark.parametrize(
        ("given", "why"),
        [
            ({"name": "钱管理员"}, "不能申请紧急查看"),
            ({"name": "唐社工"}, "不能申请紧急查看"),
            ({"name": "林老师", "categories": PSYCHOLOGICAL}, "不能紧急查看：心理"),
            ({"name": "林老师", "categories": int(Category.academic)}, "本来就可以看"),
            ({"reason": "急"}, "至少 10 个字"),
            ({"hours": 25}, "1 到 24 小时"),
            ({"number": "9999"}, "没有这个学号"),
            ({"number": ""}, "没有这个学号"),
        ],
    )
    def test_refusals_have_their_reason(self, given, why):
        small_school()
        with pytest.raises(actions.CannotBreak, match=why):
            ask(**given)
        assert not BreakGlass.objects.exists() and not Entry.objects.filter(kind__startswith="glass.").exists()

    def test_a_stranger_may_break_it_and_sees_one_student_and_no_other(self):
        world = small_school()
        ask("孙外人", categories=int(Category.contact | Category.health))
        by = reader_at("孙外人")
        assert access.categories(by, world.sid("小雨")) == Category.identity | Category.contact | Category.health
        assert access.categories(by, world.sid("刘班长")) == 0

    def test_reason_and_note_are_sealed_and_reading_them_is_on_record(self):
        small_school()
        glass = ask()
        row = BreakGlass.objects.get()
        assert str(row.reason) == HIDDEN and WHY.encode() not in bytes(row.reason)
        assert glasses.words(row, reader_of("高院长"), NOW)[0] == WHY
        assert not Entry.objects.filter(kind="glass.words_read").exists()
        assert glasses.words(row, reader_of("何数据"), NOW)[0] == WHY
        assert About.objects.filter(entry__kind="glass.words_read", subject=glass.ref).exists()

    def test_review_waits_for_the_end_nags_and_is_the_stewards_alone(self):
        small_school()
        glass = ask()
        with pytest.raises(actions.CannotBreak, match="结束之后"):
            actions.review(glass=glass.pk, verdict="justified", note="核对过", by=reader_of("何数据"), now=NOW)
        late = NOW + policies.REVIEW_WITHIN + 3 * HOUR
        actions.take_note(glass=glass.pk, by=reader_of("何数据"), now=NOW)
        assert [kind for kind, _ in glasses.waiting(reader_of("何数据"), NOW + 3 * HOUR)] == ["review"]
        assert [kind for kind, _ in glasses.waiting(reader_of("何数据"), late)] == ["overdue"]
        with pytest.raises(actions.CannotBreak, match="数据管理员"):
            actions.review(glass=glass.pk, verdict="justified", note="核对过", by=reader_of("林老师"), now=late)
        with pytest.raises(actions.CannotBreak, match="结论"):
            actions.review(glass=glass.pk, verdict="fine", note="x", by=reader_of("何数据"), now=late)
        actions.review(glass=glass.pk, verdict="unjustified", note="可以先打电话", by=reader_of("何数据"), now=late)
        assert glasses.waiting(reader_of("何数据"), late) == []

    def test_it_can_be_ended_early(self):
        world = small_school()
        glass = ask()
        with pytest.raises(actions.CannotBreak):
            actions.end(glass=glass.pk, by=reader_of("林老师"), now=NOW)
        actions.end(glass=glass.pk, by=reader_of("高院长"), now=NOW + HOUR)
        assert not access.categories(reader_at("高院长", NOW + HOUR), world.sid("小雨")) & Category.health

    def test_every_reading_under_it_is_kept(self):
        world = small_school()
        glass = ask("孙外人")
        for minute in (1, 2, 3):
            readings.note(by=reader_at("孙外人"), sid=world.sid("小雨"), now=NOW + timedelta(minutes=minute))
        assert glasses.seen_under(glass).count() == 3


def wanted(**changes):
    given = {
        "purpose": "visit",
        "basis": "consent",
        "recipient": account_of("唐社工").pk,
        "outsider": "",
        "numbers": ("2024010101",),
        "fields": ("student.name", "student.phone"),
        "until": NOW.date() + timedelta(days=30),
        "consent_by": "guardian",
        "consent_how": "paper",
        "consent_on": NOW.date(),
    }
    return actions.Wanted(**given | changes)


def disclose(name="陈主任", **changes):
    return actions.disclose(wanted=wanted(**changes), by=reader_of(name), now=NOW)


def moral_office(world, name="何数据"):
    """Somebody else who holds 德育处 as well."""
    people.assign_responsible(
        role="moral_education", staff=world.staff[name], unit=world.units["YL"], starts_on=NOW.date(), by=None, now=NOW
    )


class TestDisclosures:
    def test_exactly_the_fields_and_nothing_before_it_is_sent(self):
        small_school()
        made = disclose()
        assert not sheets.received(reader_of("唐社工"), NOW).exists()
        actions.send(disclosure=made.pk, by=reader_of("陈主任"), now=NOW)
        assert [one.pk for one in sheets.received(reader_of("唐社工"), NOW)] == [made.pk]
        [sheet] = sheets.sheets(made, NOW.date(), "zh")
        assert sheet.profile == (("姓名", "宋小雨"), ("学生电话", "139202401010")) and sheet.parts == ()
        [hidden] = sheets.sheets(made, NOW.date(), "zh", redacted=True)
        assert hidden.profile == (("姓名", "宋**"), ("学生电话", "**********10"))

    @pytest.mark.parametrize(
        ("given", "why"),
        [
            ({"name": "林老师"}, "不能向校外披露"),
            ({"fields": ()}, "至少选择一个字段"),
            ({"fields": ("student.shoe_size",)}, "至少选择一个字段"),
            ({"fields": ("score.result",)}, "不能向这一接收方披露：学业"),
            ({"consent_by": ""}, "先取得同学或监护人的同意"),
            ({"basis": "contract", "fields": ("guardian.name",), "consent_by": ""}, "先取得"),
            ({"numbers": ("2024020101",), "name": "高院长"}, "您的范围内没有"),
            ({"numbers": ()}, "学号"),
            ({"until": NOW.date() + timedelta(days=400)}, "一年之内"),
            ({"recipient": None}, "校外人员的姓名"),
            ({"recipient": -1}, "没有找到这个接收方"),
            ({"purpose": "fun"}, "目的"),
        ],
    )
    def test_refusals_have_their_reason(self, given, why):
        small_school()
        with pytest.raises(actions.CannotDisclose, match=why):
            disclose(**given)
        assert not Disclosure.objects.exists()

    def test_an_office_that_may_not_take_a_field_out_cannot_hand_it_out(self):
        moral_office(small_school(), "吴教务")
        with pytest.raises(actions.CannotDisclose, match="您自己不能导出：生活轨迹"):
            actions.disclose(
                wanted=wanted(fields=("student.name", "student.room"), recipient=None, outsider="街道 马干事"),
                by=reader_of("吴教务"),
                now=NOW,
            )

    def test_a_second_office_sends_only_what_it_could_have_drafted(self):
        """德育处 may not take marks out; that 学生处 drafted them changes nothing."""
        world = small_school()
        moral_office(world)
        given = {"recipient": None, "outsider": "街道 马干事"}
        marks = disclose(fields=("student.name", "score.result"), **given)
        moral = reader_of("何数据")
        assert sheets.sent_by(moral).filter(pk=marks.pk).exists() and "学业" in sheets.why_not_take(marks, moral)
        with pytest.raises(actions.CannotDisclose, match="您自己不能导出：学业。请由"):
            actions.send(disclosure=marks.pk, by=moral, now=NOW)
        assert sheets.why_not_take(marks, reader_of("陈主任")) == ""
        plain = disclose(**given)
        assert actions.send(disclosure=plain.pk, by=moral, now=NOW).state == "sent"
        actions.end_disclosure(disclosure=marks.pk, by=moral, now=NOW)  # to stop one needs no right to its fields

    @pytest.mark.parametrize(
        ("text", "hidden"),
        [
            ("85", "**"),
            ("100", "***"),
            ("92.5", "****"),
            ("优秀", "**"),
            ("男", "*"),
            ("", ""),
            ("宋小雨", "宋**"),
            ("139202401010", "**********10"),
        ],
    )
    def test_short_values_are_hidden_whole(self, text, hidden):
        assert sheets.hide(text) == hidden

    def test_a_withdrawn_consent_ends_it_at_once(self):
        small_school()
        made = disclose()
        actions.send(disclosure=made.pk, by=reader_of("陈主任"), now=NOW)
        consent = made.students.get().consent
        with pytest.raises(actions.CannotDisclose):
            actions.withdraw_consent(consent=consent.pk, by=reader_of("孙外人"), now=NOW)
        actions.withdraw_consent(consent=consent.pk, by=reader_of("赵妈妈"), now=NOW)
        assert not sheets.received(reader_of("唐社工"), NOW).exists()
        made.refresh_from_db()
        assert made.state == "ended"

    def test_it_ends_with_its_day_and_by_hand(self):
        small_school()
        made = disclose()
        actions.send(disclosure=made.pk, by=reader_of("陈主任"), now=NOW)
        assert sheets.received(reader_of("唐社工"), NOW + timedelta(days=30)).exists()
        assert not sheets.received(reader_of("唐社工"), NOW + timedelta(days=31)).exists()
        actions.end_disclosure(disclosure=made.pk, by=reader_of("陈主任"), now=NOW)
        assert not sheets.received(reader_of("唐社工"), NOW).exists()

    def test_each_reading_is_on_record_and_the_family_sees_it(self):
        world = small_school()
        made = disclose()
        actions.send(disclosure=made.pk, by=reader_of("陈主任"), now=NOW)
        for _ in range(2):
            actions.note_read(disclosure=made, by=reader_of("唐社工"), now=NOW)
        assert len(sheets.read_by(made)) == 2
        assert [one.kind for one in readings.of_student(reader_of("赵妈妈"), world.sid("小雨"))] == ["disclosure"]

    def test_an_outsider_is_named_in_sealed_words(self):
        small_school()
        made = disclose(recipient=None, outsider="街道办 马干事")
        assert str(Disclosure.objects.get().outsider) == HIDDEN and sheets.named(Disclosure.objects.get()) == "街道办 马干事"
        assert [one.pk for one in sheets.sent_by(reader_of("陈主任"))] == [made.pk]
        assert not sheets.sent_by(reader_of("孙外人")).exists()
