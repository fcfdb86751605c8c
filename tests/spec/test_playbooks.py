"""Every shipped procedure can be started, every code a rule or a category names is shipped, and what could not be started is refused."""

import itertools
import re
import tomllib

import pytest

from shouwang.analysis.rules import load_presets
from shouwang.common.schooltime import Within
from shouwang.trust.access import matrix
from shouwang.work.cases import policies as cases
from shouwang.work.deadlines.policies import ladders
from shouwang.work.playbooks import policies, procedure
from shouwang.work.playbooks.reading import ROOT, BadPlaybook, parse, shipped

CODES = sorted(shipped())
# The twelve kinds of matter the school asked for first, and which procedure answers each.
TWELVE = {
    "academic-warning-yellow", "academic-warning-orange", "academic-warning-red", "absence-three-days", "return-to-school", "hardship",
    "psychological-referral", "crisis", "night-absence", "conduct", "internship-contact", "bereavement", "data-check", "sudden-emergency",
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
class TestShipped:
    def test_it_can_be_started(self, code):
        assert policies.problems(shipped()[code]) == []

    def test_it_is_told_in_both_languages_and_names_its_source(self, code):
        given = shipped()[code]
        assert given.title_en and given.about and given.about_en and given.source
        for step in given.steps:
            assert step.title_en and all(one.title_en for one in step.decisions), step.code
            assert bool(step.how) == bool(step.how_en)
        assert not re.search(r"问题学生|差生|[!！]", given.title + given.about + "".join(step.title + step.how for step in given.steps))

    def test_its_terms_and_ladders_are_known(self, code):
        for step in shipped()[code].steps:
            Within.parse(step.within)
            assert step.ladder in ladders()

    def test_every_walk_ends(self, code):
        """Taking any decision, no step is left that waits for something which cannot come; after every step another begins or it is over."""
        given = shipped()[code]
        for pattern in itertools.product(range(3), repeat=3):
            rows, pending = [], [step.code for step in given.first]
            for at in range(40):
                if not pending:
                    break
                plan = given.by_code[pending.pop(0)]
                choices = [one.code for one in plan.decisions] or [""]
                rows = [*rows, (len(rows) + 1, plan.code, "done", choices[pattern[at % 3] % len(choices)])]
                live = [(len(rows) + 1 + k, other, "open", "") for k, other in enumerate(pending)]
                pending += [due for due in cases.due_steps(given, rows + live) if due not in pending]
            assert rows


def test_the_twelve_and_every_code_that_is_named_are_shipped():
    named = {rule.playbook for rules in load_presets().values() for rule in rules}
    named |= {one["playbook"] for one in tomllib.loads((ROOT.parent / "channels" / "categories.toml").read_text("utf-8"))["category"]}
    assert TWELVE | named - {""} <= set(CODES)


def test_ladders_of_the_editor_are_those_of_the_catalogue():
    assert set(procedure.LADDERS) <= set(ladders())


def test_domains_have_categories():
    assert all(procedure.kinds_of(domain) for domain in procedure.DOMAINS)
    assert set(policies.answering_roles()) <= set(matrix.load().roles)


GOOD = """
title = "甲"
domain = "academic"
lead = "homeroom_teacher"
supervisor = "college_lead"
[[step]]
code = "a"
title = "甲一"
responsible = "homeroom_teacher"
within = "2h"
output = "talk"
decisions = [{ code = "yes", title = "是" }, { code = "no", title = "否" }]
[[step]]
code = "b"
title = "乙"
responsible = "teaching_secretary"
within = "1 school day"
output = "note"
after = ["a=yes"]
"""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (('responsible = "teaching_secretary"', ""), "没有责任人"),
        (('responsible = "teaching_secretary"', 'responsible = ["teaching_secretary", "college_lead"]'), "有 2 个责任人"),
        (('responsible = "teaching_secretary"', 'responsible = "teaching_secretary, college_lead"'), "有 2 个责任人"),
        (('responsible = "teaching_secretary"', 'responsible = "wizard"'), "wizard 不存在"),
        (('responsible = "teaching_secretary"', 'responsible = "guardian"'), "不能负责"),
        (('responsible = "teaching_secretary"', 'responsible = "dorm_manager"'), "看不到这类内容"),
        (('after = ["a=yes"]', 'after = ["c"]'), "没有这一步"),
        (('after = ["a=yes"]', 'after = ["a=maybe"]'), "没有决定 maybe"),
        (('after = ["a=yes"]', 'after = ["b"]'), "走不到"),
        (('decisions = [{ code = "yes", title = "是" }, { code = "no", title = "否" }]', 'after = ["start", "b"]'), "没有决定 yes"),
        (('within = "2h"', 'within = "soon"'), "期限写作"),
        (('output = "talk"', 'output = "song"'), "没有 song"),
        (('title = "否"', 'title = "否", colour = "red"'), "不认识的字段 decisions.colour"),
        (('code = "b"', 'code = "a"'), "用了两次"),
        (('code = "b"', 'code = "start"'), "须是小写字母"),
        (('lead = "homeroom_teacher"', 'lead = "college_lead"'), "同一个角色"),
        (('domain = "academic"', 'domain = "weather"'), "没有领域"),
        (('title = "甲"\n', 'titel = "甲"\n'), "不认识的字段 titel"),
        (('title = "甲一"\n', 'titel = "甲一"\n'), "不认识的字段 step.titel"),
        (('title = "甲"\n', "title = \n"), "Invalid value"),
    ],
)
def test_what_cannot_be_started_is_refused(change, why):
    parse("good", GOOD)
    text = GOOD.replace(*change, 1)
    assert text != GOOD
    with pytest.raises(BadPlaybook, match=why):
        parse("bad", text)


def test_a_loop_needs_a_decision():
    text = GOOD.replace('decisions = [{ code = "yes", title = "是" }, { code = "no", title = "否" }]', 'after = ["start", "b"]')
    with pytest.raises(BadPlaybook, match="没有决定地循环"):
        parse("loop", text.replace('after = ["a=yes"]', 'after = ["a"]'))
    parse("fine", GOOD.replace('output = "talk"', 'output = "talk"\nafter = ["start", "b"]'))


def test_a_procedure_without_steps_is_refused():
    with pytest.raises(BadPlaybook, match="没有步骤"):
        parse("empty", GOOD.split("[[step]]", maxsplit=1)[0])
