"""The pages of cases, as people press through them. Rights are the permission table's business."""

import io
import re

import pytest

from shouwang.trust.access.models import Account
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Student
from shouwang.work.alerts.models import Alert
from shouwang.work.cases import actions, queries
from shouwang.work.cases.models import Approval, Case, CaseStep, Document, Goal, Note, Referral
from shouwang.work.playbooks.policies import answering_roles, reach
from tests.web.busy_school import ONE_PIXEL
from tests.worlds import NOW, account_of, client_for, reader_of

pytestmark = pytest.mark.django_db
SAID = "已到寝室看过，本人在校，情绪平稳"


def text(response) -> str:
    return response.content.decode()


def said(client, response) -> str:
    """What the page after a redirect says."""
    assert response.status_code == 302, text(response)[:2000]
    return text(client.get(response.url))


@pytest.fixture
def lin(school):
    return client_for("林老师")


@pytest.fixture
def found(school) -> Case:
    return Case.objects.get(pk=school.mine["case"])


@pytest.fixture
def step(school) -> CaseStep:
    return CaseStep.objects.get(pk=school.mine["case_step"])


def press(client, found, deed, **given):
    return client.post(f"/cases/{found.pk}/{deed}/", given)


class TestPages:
    def test_the_page_says_what_is_next_who_and_until_when(self, lin, found, step):
        page = text(lin.get(found.url))
        assert step.title in page and "由您负责" in page and "接下来" in page and "室友说他夜里不在" in page
        assert found.number in page and "高院长" in page

    def test_a_referral_is_offered_only_to_those_who_may_know(self, lin, found):
        field = text(lin.get(found.url)).split('id="refer-role"')[1].split("</select>")[0]
        offered = set(re.findall(r'<option value="(\w+)">', field))
        assert offered == {role for role in answering_roles() if any(not one.categories & ~reach(role) for one in found.strands.all())}
        assert offered < set(answering_roles()), "some may not know of this matter"

    def test_the_list_narrows_and_counts(self, lin, found):
        assert "宋小雨" in text(lin.get("/cases/")) and "宋小雨" in text(lin.get("/cases/?level=3&mine=1"))
        assert "宋小雨" not in text(client_for("高院长").get("/cases/?state=closed"))
        assert "石大山" not in text(lin.get("/cases/?state=all"))

    def test_whoever_may_only_know_sees_that_it_is_there_and_whom_to_ask(self, school):
        """A matter of the counsellor's: on the case's address and on the student's page the others read that there is one, and no more."""
        ma = Student.objects.get(name="马天乐")
        zhou = reader_of("周咨询师")
        found = actions.open(student=ma.sid, origin="person", domain="psychological", level=3, by=zhou, now=NOW)
        actions.note(case=found, words="谈到了睡眠和家里的事", by=zhou, now=NOW)
        step = found.steps.get()
        everybody = {account.name: reader_of(account.name) for account in Account.objects.filter(staff__isnull=False)}
        knowing = [
            name
            for name, by in everybody.items()
            if queries.known_cases(by).filter(pk=found.pk).exists() and queries.case(by, found.pk) is None
        ]
        assert "林老师" in knowing and "孙外人" not in knowing
        for name in knowing:
            client = client_for(name)
            page = text(client.get(found.url))
            assert found.lead.name in page and "closed-card" in page
            for word in ("睡眠", "心理", "橙色", step.title, found.number):
                assert word not in page.split("<main", 1)[1], (name, word)
            student = text(client.get(f"/students/{ma.sid}/"))
            assert f"有一个个案正在办理 · {found.lead.name}" in student and "睡眠" not in student and found.url not in student
            assert press(client, found, "note", words=SAID).status_code == 404
            assert client.post(f"/cases/steps/{step.pk}/finish/", {"words": SAID}).status_code == 404

    def test_the_other_college_finds_nothing(self, found):
        assert client_for("孙外人").get(found.url).status_code == 404
        assert press(client_for("孙外人"), found, "note", words=SAID).status_code == 404 and Note.objects.filter(case=found).count() == 1

    def test_the_desks(self, school, found):
        li = client_for("李秘书")
        for address in ("/cases/desk/", "/cases/caseload/", "/cases/queue/", "/cases/raised/"):
            assert li.get(address).status_code == 200
        assert "林老师" in text(li.get("/cases/desk/")) and "请协助联系" not in text(li.get("/cases/queue/"))
        assert li.get("/cases/export/")["Content-Disposition"].startswith("attachment")


class TestSteps:
    def test_bad_input_is_refused_with_its_reason_and_kept(self, lin, found, step):
        response = lin.post(f"/cases/steps/{step.pk}/finish/", {"words": SAID, "next": found.url})
        page = text(response)
        assert response.status_code == 422 and "选择决定" in page and f">{SAID}</textarea>" in page
        response = lin.post(f"/cases/steps/{step.pk}/finish/", {"decision": "back", "words": " ", "next": found.url})
        assert response.status_code == 422 and re.search(r'value="back" required checked', text(response))
        step.refresh_from_db()
        assert step.state == "open"

    def test_finishing_leads_on(self, lin, found, step):
        page = said(lin, lin.post(f"/cases/steps/{step.pk}/finish/", {"decision": "back", "words": SAID, "next": found.url}))
        assert "下一步已经分派" in page and SAID in page
        assert CaseStep.objects.filter(case=found, state="open").exclude(pk=step.pk).exists()

    def test_waiting_going_on_skipping_rehanding_redoing(self, lin, found, step):
        def at(move, **given):
            return lin.post(f"/cases/steps/{step.pk}/{move}/", given | {"next": found.url})

        assert at("wait", reason="guardian", until="x").status_code == 422
        assert "计时已暂停" in said(lin, at("wait", reason="guardian", until="2025-12-12"))
        assert "继续计时" in said(lin, at("go-on"))
        assert at("skip", reason="nonsense").status_code == 422
        assert "已改派" in said(lin, at("rehand", to=account_of("高院长").pk))
        step.refresh_from_db()
        assert step.responsible == account_of("高院长")
        assert "不做的原因" in said(lin, at("skip", reason="not_needed"))

    def test_an_address_from_outside_is_no_way_back(self, lin, step):
        response = lin.post(f"/cases/steps/{step.pk}/remind/", {"next": "https://evil.example/cases/1/"})
        assert response.status_code == 302 and response.url == "/cases/"


class TestDeeds:
    def test_notes_plan_goal_file_and_a_further_step(self, lin, found):
        assert "已写入记录" in said(lin, press(lin, found, "note", words=SAID))
        assert press(lin, found, "note", words="").status_code == 422
        assert "方案已保存" in said(lin, press(lin, found, "plan", words="每周谈话一次"))
        assert "目标已定" in said(lin, press(lin, found, "goal", words="连续两周不缺课", due_on="2025-12-31"))
        response = press(lin, found, "goal", words="连续两周不缺课", due_on="")
        assert response.status_code == 422 and "请选择日期" in text(response) and ">连续两周不缺课</textarea>" in text(response)
        assert 'data-dialog="goal"' in text(response).split("error-summary")[1][:300], "the dialog can be opened again"
        assert "已评价" in said(lin, press(lin, found, "judge", goal=Goal.objects.get().pk, state="met"))
        file = io.BytesIO(ONE_PIXEL)
        file.name = "照片.png"
        assert "文件已加密保存" in said(lin, press(lin, found, "document", file=file))
        assert press(lin, found, "document").status_code == 422
        assert lin.get(f"/cases/documents/{Document.objects.latest('pk').pk}/")["Content-Type"] == "application/octet-stream"
        given = {"title": "联系家长", "to": account_of("林老师").pk, "within": "1 school day", "output": "note"}
        assert "联系家长" in said(lin, press(lin, found, "step", **given))
        assert 'value="联系家长"' in text(press(lin, found, "step", **given | {"to": 0}))

    def test_handing_over_and_the_team(self, lin, found):
        assert "已加入小组" in said(lin, press(lin, found, "member", to=account_of("李秘书").pk, part="C"))
        refused = press(lin, found, "hand-over", to=account_of("孙外人").pk)
        assert refused.status_code == 422 and 'data-dialog="hand-over"' in text(refused).split("error-summary")[1][:400]
        to = next(account for account, _ in queries.assignable(found, NOW.date()) if account.pk not in (found.lead_id, found.supervisor_id))
        assert "已移交" in said(lin, press(lin, found, "hand-over", to=to.pk))
        found.refresh_from_db()
        assert found.lead == to
        assert press(lin, found, "hand-over", to=account_of("林老师").pk).status_code in (404, 422), "who handed over has it no more"

    def test_what_was_typed_is_kept_when_a_colleague_took_the_form_away(self, lin, found):
        """Her page still offers everything; meanwhile the case is in other hands, on hold or over."""
        lead, plan = reader_of("林老师"), "<先家访> & 再定方案"
        refused = text(press(lin, found, "plan", words="", next=found.url))
        assert 'data-dialog="plan"' in refused.split("error-summary")[1].split("</div>")[0] and "没有保存" not in refused
        with told():
            Case.objects.filter(pk=found.pk).update(state="closed", closed_at=NOW)
            ledger.record("cases.closed", by=lead.account_id, about=[], now=NOW)
        for deed, given in (
            ("plan", {"words": plan}), ("note", {"words": plan}), ("step", {"title": plan, "within": "2 days"}), ("close", {"words": plan}),
        ):  # fmt: skip
            page = press(lin, found, deed, **given)
            box = text(page).split("error-summary")[1].split("</div>")[0]
            assert page.status_code == 422 and "data-dialog" not in box, deed
            assert "没有保存" in box and "&lt;先家访&gt; &amp; 再定方案" in box, deed
        box = text(press(lin, found, "hand-over", to=0)).split("error-summary")[1].split("</div>")[0]
        assert "data-dialog" not in box and "没有保存" not in box

    def test_an_answer_that_is_refused_stays_in_its_form(self, school, found):
        gao, approval = client_for("高院长"), school.mine["approval"]
        page = gao.post(f"/cases/approvals/{approval}/refuse/", {"words": " ", "next": found.url})
        assert page.status_code == 422 and f'id="approvals-{approval}"' in text(page)
        long = "不同意" + "，先家访" * 6000
        page = gao.post(f"/cases/approvals/{approval}/agree/", {"words": long, "next": found.url})
        assert page.status_code == 422 and f">{long}</textarea>" in text(page) and "没有保存" not in text(page)

    def test_referral_accepted_declined_returned_withdrawn(self, lin, school, found):
        chen = client_for("陈主任")
        first = Referral.objects.get(pk=school.mine["referral"])
        assert "请协助联系" in text(chen.get(found.url))
        said(chen, chen.post(f"/cases/referrals/{first.pk}/accept/", {"next": "/cases/queue/"}))
        first.refresh_from_db()
        assert first.state == "accepted"
        said(chen, chen.post(f"/cases/referrals/{first.pk}/return/", {"words": "已联系，请继续跟进"}))
        first.refresh_from_db()
        assert first.state == "returned" and "请继续跟进" in text(lin.get(found.url))
        assert "等对方答复" in said(lin, press(lin, found, "refer", role="student_affairs", words="请看补助"))
        again = Referral.objects.latest("pk")
        assert chen.post(f"/cases/referrals/{again.pk}/decline/", {"words": "", "next": found.url}).status_code == 422
        said(chen, chen.post(f"/cases/referrals/{again.pk}/decline/", {"words": "不属于本部门"}))
        again.refresh_from_db()
        assert again.state == "declined"
        press(lin, found, "refer", role="student_affairs", words="再请看看")
        last = Referral.objects.latest("pk")
        assert "已撤回" in said(lin, lin.post(f"/cases/referrals/{last.pk}/withdraw/", {"next": found.url}))

    def test_questions_and_approval_of_the_plan(self, lin, school, found):
        gao = client_for("高院长")
        opinion = Approval.objects.get(pk=school.mine["approval"])
        said(gao, gao.post(f"/cases/approvals/{opinion.pk}/agree/", {"words": "这样合适"}))
        assert "这样合适" in text(lin.get(found.url))
        press(lin, found, "plan", words="每周谈话一次")
        said(lin, press(lin, found, "ask-plan", words="请看方案"))
        asked = Approval.objects.latest("pk")
        said(gao, gao.post(f"/cases/approvals/{asked.pk}/refuse/", {"words": "请加上家长沟通"}))
        asked.refresh_from_db()
        assert asked.state == "refused"

    def test_pausing_and_resuming(self, lin, found):
        assert press(lin, found, "pause", reason="away", until="2020-01-01").status_code == 422
        assert "已暂停" in said(lin, press(lin, found, "pause", reason="away", until="2025-12-12"))
        assert "已恢复" in said(lin, press(lin, found, "resume"))

    def test_closing_by_the_supervisor_and_reopening(self, lin, school, found, step):
        assert "没有完成" in text(press(lin, found, "ask-close", outcome="resolved", words=SAID))
        for one in CaseStep.objects.filter(case=found, state__in=("open", "waiting")):
            actions.skip_step(step=one, reason="not_needed", by=reader_of("高院长"), now=NOW)
        actions.withdraw_referral(referral=school.mine["referral"], by=reader_of("林老师"), now=NOW)
        for one in CaseStep.objects.filter(case=found, state__in=("open", "waiting")):
            actions.skip_step(step=one, reason="not_needed", by=reader_of("高院长"), now=NOW)
        refused = press(lin, found, "close", outcome="resolved", words=SAID)
        assert refused.status_code == 422 and "须经审批" in text(refused)
        said(lin, press(lin, found, "ask-close", outcome="resolved", words=SAID))
        gao = client_for("高院长")
        asked = Approval.objects.filter(kind="closure").latest("pk")
        gao.post(f"/cases/approvals/{asked.pk}/agree/", {"words": "同意结案"})
        found.refresh_from_db()
        assert found.state == "closed" and "宋小雨" in text(lin.get("/cases/?state=closed"))
        assert "已重新开启" in said(gao, press(gao, found, "reopen", words="又缺课了"))
        found.refresh_from_db()
        assert found.state == "open"

    def test_one_is_opened_from_an_alert(self, school, lin):
        alert = Alert.objects.exclude(student=school.mine["sid"]).filter(student__class_unit__code="RJ2401").first()
        page = text(lin.get(f"/cases/new/?alert={alert.pk}"))
        assert alert.student.name in page
        assert lin.post("/cases/new/", {"alert": alert.pk, "domain": "", "level": "9"}).status_code == 422
        assert said(
            lin, lin.post("/cases/new/", {"alert": alert.pk, "domain": "attendance", "level": "3", "playbook": "absence-three-days"})
        )
        assert Case.objects.get(student=alert.student_id).links.filter(ref=f"alert:{alert.pk}").exists()


class TestJoiningAndParting:
    def twin(self) -> Case:
        """韩志远 is 宋小雨 under an older number, with a case of her own."""
        other = Student.objects.get(name="韩志远")
        with told():
            Student.objects.filter(pk=other.pk).update(name="宋小雨")
            ledger.record("people.rebuilt", by=None, about=[], now=NOW)
        return actions.open(student=other.sid, origin="person", domain="economic", level=1, by=reader_of("林老师"), now=NOW)

    def test_merging_is_offered_only_for_the_same_name_and_joins_what_runs(self, lin, found):
        assert 'data-dialog="merge"' not in text(lin.get(found.url))
        twin = self.twin()
        page = text(lin.get(twin.url))
        assert 'data-dialog="merge"' in page and f'name="into" value="{found.pk}"' in page
        running = CaseStep.objects.filter(case=twin, state="open").count()
        assert "已合并" in said(lin, press(lin, twin, "merge", into=found.pk))
        twin.refresh_from_db()
        assert (twin.state, twin.merged_into_id) == ("merged", found.pk)
        assert not CaseStep.objects.filter(case=twin, state__in=("open", "waiting")).exists()
        assert found.strands.filter(domain="economic").exists() and found.steps.filter(state="open").count() >= running
        assert 'data-dialog="merge"' not in text(lin.get(twin.url)), "what is over is not merged again"

    def test_merging_into_nothing_is_refused(self, lin, found):
        twin = self.twin()
        assert press(lin, twin, "merge", into=999_999).status_code == 404
        assert press(lin, twin, "merge", into=twin.pk).status_code == 422
        twin.refresh_from_db()
        assert twin.state == "open"

    def test_splitting_begins_in_the_other_students_case(self, lin, found):
        strand = found.strands.get()
        page = text(lin.get(found.url))
        assert 'data-dialog="split"' in page and "另一位同学的学号" in page
        refused = press(lin, found, "split", strand=strand.pk, number="0000")
        assert refused.status_code == 422 and "没有这个学号" in text(refused) and 'value="0000"' in text(refused)
        stranger = Student.objects.get(name="石大山")
        assert press(lin, found, "split", strand=strand.pk, number=stranger.number).status_code == 422, "not on her list"
        ma = Student.objects.get(name="马天乐")
        assert "已拆分" in said(lin, press(lin, found, "split", strand=strand.pk, number=ma.number))
        other = Case.objects.get(student=ma.sid)
        assert other.is_open and other.steps.filter(state="open").exists() and other.strands.get().playbook == strand.playbook
        assert not CaseStep.objects.filter(case=found, strand=strand, state__in=("open", "waiting"), code="reach").exists()
