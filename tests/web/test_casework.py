"""From alerts and reports to cases: opened by the night, by a secretary for their own, from a report; and who learns what of it."""

import pytest

from shouwang.front.pipeline import casework
from shouwang.trust.access.models import Account
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Responsibility, Student
from shouwang.work.cases import actions, queries
from shouwang.work.cases.models import Case, Strand
from shouwang.work.incidents import actions as incidents
from shouwang.work.incidents import queries as reports
from tests.worlds import NOW, client_for, reader_of

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def found(school) -> Case:
    return Case.objects.get(pk=school.mine["case"])


class TestCasework:
    """From what was noticed to a case: by the night for everybody, by a secretary for those they answer for."""

    def waiting(self) -> set[int]:
        return {one.sid for one in queries.asking(casework.level())}

    def test_open_now_opens_what_the_reader_answers_for_and_no_more(self, school, settings):
        settings.CASES_FROM = 1
        before = self.waiting()
        mine = {sid for sid in before if Student.objects.get(sid=sid).class_unit.code == "RJ2401"}
        assert mine and before - mine, "alerts wait in both colleges"
        li = client_for("李秘书")
        page = text(li.get("/cases/desk/"))
        assert "2024级软件1班 · " in page and "2024级数控1班" not in page
        theirs = Student.objects.get(name="石大山").class_unit_id
        assert li.post("/cases/desk/open/", {"unit": theirs}).status_code == 404 and self.waiting() == before
        li.post("/cases/desk/open/", {"unit": Student.objects.get(name="宋小雨").class_unit_id})
        left = self.waiting()
        assert not left & mine and left >= before - mine - set(Case.objects.values_list("student_id", flat=True))
        opened = Case.objects.filter(student__in=mine)
        assert {one.student_id for one in opened} == mine and all(one.lead_id for one in opened)

    def test_the_night_opens_for_everybody_once(self, school, settings):
        settings.CASES_FROM = 1
        done = casework.open_due(now=NOW)
        assert done.done and set(Case.objects.filter(closed_at=None).values_list("student__class_unit__code", flat=True)) >= {
            "RJ2401",
            "SK2401",
        }
        assert casework.open_due(now=NOW).done == 0, "again changes nothing"
        settings.CASES_FROM = 0
        assert casework.open_due(now=NOW).done == 0

    def test_whoever_cannot_get_a_case_is_counted_with_the_reason(self, school, settings):
        settings.CASES_FROM = 1
        with told():
            Responsibility.objects.exclude(role="administrator").update(is_current=False)
            ledger.record("people.rebuilt", by=None, about=[], now=NOW)
        waiting = len(queries.asking(1))
        done = casework.open_due(now=NOW)
        assert done.refused.total() + done.done == waiting and done.refused

    def test_a_report_joins_the_case_of_its_student_and_is_handled_there(self, school, found):
        report = school.mine["incident"]
        lin = reader_of("林老师")
        incidents.acknowledge(incident=report, by=lin, now=NOW)
        assert casework.open_from_incident(report, lin, NOW) == [found.pk], "one open case per student"
        assert found.strands.filter(origin="incident", origin_ref=f"incident:{report}").exists()
        there = reports.incident(lin, report)
        assert (there.state, there.case_ref) == ("handling", f"case:{found.pk}")
        with pytest.raises(actions.NoSuchCase):
            casework.open_from_incident(report, reader_of("孙外人"), NOW)

    def test_a_report_nobody_has_acknowledged_opens_nothing(self, school):
        strands = Strand.objects.count()
        with pytest.raises(incidents.CannotAct):
            casework.open_from_incident(school.mine["incident"], reader_of("林老师"), NOW)
        assert Strand.objects.count() == strands

    def test_the_students_page_says_how_many_reports_are_being_handled_and_nothing_else(self, school):
        sid = school.mine["sid"]
        assert f"/incidents/{school.mine['incident']}/" in text(client_for("林老师").get(f"/students/{sid}/"))
        told_of = 0
        for account in Account.objects.filter(staff__isnull=False):
            by = reader_of(account.name)
            if reports.presence(by, sid):
                told_of += 1
                page = text(client_for(account.name).get(f"/students/{sid}/"))
                assert "条情况反馈正在处理" in page and "酗酒" not in page and f"/incidents/{school.mine['incident']}/" not in page
        mother = text(client_for("赵妈妈").get(f"/students/{sid}/"))
        assert "情况反馈" not in mother
