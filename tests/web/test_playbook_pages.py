"""The page and the editor of procedures, as people press through them."""

import re
from html.parser import HTMLParser

import pytest

from shouwang.work.cases.models import Case
from shouwang.work.playbooks.models import PlaybookVersion
from tests.worlds import client_for

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def found(school) -> Case:
    return Case.objects.get(pk=school.mine["case"])


class Typed(HTMLParser):
    """A form's fields as a browser would send them untouched."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form, self.inside, self.given, self.area, self.select = form, False, {}, "", None

    @classmethod
    def of(cls, page: str, form: str) -> dict[str, list[str]]:
        reader = cls(form)
        reader.feed(page)
        reader.given.pop("csrfmiddlewaretoken", None)
        return reader.given

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        name = has.get("name", "")
        if tag == "form":
            self.inside = has.get("id") == self.form
        elif not self.inside:
            return
        elif tag == "input" and name and (has.get("type") not in ("checkbox", "radio") or "checked" in has):
            self.given.setdefault(name, []).append(has.get("value", ""))
        elif tag == "textarea":
            self.area = name
            self.given.setdefault(name, [""])
        elif tag == "select":
            self.select = [name, None]
        elif tag == "option" and self.select and ("selected" in has or self.select[1] is None):
            self.select[1] = has.get("value", "")

    def handle_data(self, data):
        if self.area:
            self.given[self.area][0] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = ""
        elif tag == "select" and self.select:
            self.given.setdefault(self.select[0], []).append(self.select[1] or "")
            self.select = None
        elif tag == "form":
            self.inside = False


class TestPlaybooks:
    def test_the_page_draws_the_procedure_and_its_versions(self, school):
        page = text(client_for("林老师").get("/playbooks/absence-three-days/"))
        assert "<svg" in page and "班主任" in page and 'href="/playbooks/absence-three-days/edit/"' not in page
        assert 'href="/playbooks/absence-three-days/edit/"' in text(client_for("陈主任").get("/playbooks/absence-three-days/"))
        assert "三天" in text(client_for("林老师").get("/playbooks/")) or "absence-three-days" in text(
            client_for("林老师").get("/playbooks/")
        )

    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, school):
        chen = client_for("陈主任")
        response = chen.post("/playbooks/absence-three-days/edit/", {"title": "我写了一半的流程", "publish": "1", "version": "1"})
        assert response.status_code == 422 and "我写了一半的流程" in text(response) and "没有步骤" in text(response)
        assert PlaybookVersion.objects.filter(code="absence-three-days").count() == 1

    def test_a_version_that_came_between_is_not_overwritten(self, school):
        chen = client_for("陈主任")
        response = chen.post("/playbooks/absence-three-days/edit/", {"title": "旧页面上的修改", "publish": "1", "version": "0"})
        assert response.status_code == 422 and "已有新的一版" in text(response) and "旧页面上的修改" in text(response)

    def test_an_edit_is_the_next_version_and_open_cases_keep_theirs(self, school, found):
        chen = client_for("陈主任")
        given = Typed.of(text(chen.get("/playbooks/absence-three-days/edit/")), "playbook")
        response = chen.post("/playbooks/absence-three-days/edit/", given | {"title": "连续三天未到校（本校）", "publish": "1"})
        assert response.status_code == 302, re.findall(r'class="error[^>]*>(.*?)</', text(response), re.DOTALL)[:5]
        now, before = PlaybookVersion.objects.filter(code="absence-three-days").order_by("-version")
        assert now.title == "连续三天未到校（本校）" and before.retired_at is not None and now.retired_at is None
        assert found.strands.get().playbook == before
        assert [one.code for one in now.steps.order_by("position")] == [one.code for one in before.steps.order_by("position")]

    def test_a_retired_one_begins_no_case(self, school):
        chen = client_for("陈主任")
        assert "absence-three-days" in text(client_for("林老师").get(f"/cases/new/?student={school.mine['sid']}"))
        assert chen.post("/playbooks/absence-three-days/retire/").status_code == 302
        assert 'value="absence-three-days"' not in text(client_for("林老师").get(f"/cases/new/?student={school.mine['sid']}"))
