"""The editor's form: fields per step, as plain names in the request; what was typed comes back whatever is wrong with it."""

import re
import secrets
from dataclasses import replace
from typing import Any

from django.http import QueryDict

from shouwang.common.categories import TITLES
from shouwang.front.web.cases.present import role, withins, words_of
from shouwang.front.web.kit.numbers import number
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import matrix
from shouwang.work.playbooks.policies import Problem, answering_roles
from shouwang.work.playbooks.procedure import CLOCKS, DOMAINS, LADDERS, OUTPUTS, START, After, Decision, Procedure, StepPlan
from shouwang.work.playbooks.reading import after as after_of

MOST = 24
DECISIONS = 4
CODE = re.compile(r"[a-z][a-z0-9-]{0,63}")


def read(given: QueryDict, code: str) -> Procedure:
    """What the form says. Codes of steps that are new are made here; nobody has to invent one."""
    count = min(number(given.get("steps", "0")) or 0, MOST)
    steps = tuple(_step(given, at) for at in range(count) if f"s{at}-title" in given and given.get("remove") != str(at))
    gone = {given.get(f"s{at}-code", "") for at in range(count) if given.get("remove") == str(at)}
    if "add" in given:
        steps = (*steps, StepPlan(code=_new("s"), title="", responsible="", within="1 school day", output="note"))
    steps = tuple(_without(step, gone) for step in steps)
    return Procedure(
        code=code,
        title=given.get("title", "")[:120].strip(),
        title_en=given.get("title_en", "")[:200].strip(),
        about=given.get("about", "").strip(),
        about_en=given.get("about_en", "").strip(),
        domain=given.get("domain", ""),
        lead=given.get("lead", ""),
        lead_instead=tuple(one for one in given.getlist("lead_instead") if one),
        supervisor=given.get("supervisor", ""),
        approval=given.get("approval") == "1",
        kinds=tuple(one for one in given.getlist("kinds") if one in _kinds()),
        source=given.get("source", "").strip(),
        steps=steps,
    )


def _without(step: StepPlan, gone: set[str]) -> StepPlan:
    """A step that follows nothing that was just taken out."""
    return replace(step, after=tuple(one for one in step.after if one.step not in gone)) if gone else step


def _new(letter: str) -> str:
    return f"{letter}{secrets.token_hex(3)}"


def _kinds() -> dict[str, str]:
    return {category.name: pick(*pair) for category, pair in TITLES.items() if category and category.name}


def _step(given: QueryDict, at: int) -> StepPlan:
    def text(name: str) -> str:
        return given.get(f"s{at}-{name}", "").strip()

    code = text("code")
    decisions = []
    for n in range(DECISIONS):
        if title := text(f"d{n}-title"):
            own = text(f"d{n}-code")
            decisions.append(Decision(own if CODE.fullmatch(own) else _new("d"), title[:80], text(f"d{n}-title_en")[:120]))
    return StepPlan(
        code=code if CODE.fullmatch(code) else _new("s"),
        title=text("title")[:120],
        title_en=text("title_en")[:200],
        how=text("how"),
        how_en=text("how_en"),
        responsible=text("responsible"),
        instead=tuple(one for one in given.getlist(f"s{at}-instead") if one),
        consulted=tuple(one for one in given.getlist(f"s{at}-consulted") if one),
        informed=tuple(one for one in given.getlist(f"s{at}-informed") if one),
        within=text("within"),
        clock=text("clock") or "service",
        output=text("output"),
        ladder=text("ladder") or "standard",
        after=tuple(after_of(one) for one in given.getlist(f"s{at}-after") if one),
        decisions=tuple(decisions),
        kinds=tuple(one for one in given.getlist(f"s{at}-kinds") if one in _kinds()),
    )


def shown(given: Procedure, found: list[Problem]) -> dict[str, Any]:
    """What the template shows: every field with its choices, every problem at its step."""
    options = _places(given)
    return {
        "given": given,
        "roles": [(code, role(code)) for code in answering_roles()],
        "everybody": [(code, role(code)) for code in matrix.load().roles],
        "domains": words_of(DOMAINS),
        "outputs": words_of(OUTPUTS),
        "clocks": words_of(CLOCKS),
        "ladders": words_of(LADDERS),
        "kinds": list(_kinds().items()),
        "head_problems": [_said(one) for one in found if not one.step],
        "rows": [_row(at, step, found, options) for at, step in enumerate(given.steps)],
        "count": len(given.steps),
    }


def _said(problem: Problem) -> str:
    return pick(problem.zh, problem.en)


def _row(at: int, step: StepPlan, found: list[Problem], options: list[tuple[str, str, str]]) -> dict[str, Any]:
    blanks = [Decision("", "")] * (DECISIONS - len(step.decisions))
    chosen = {str(one) for one in step.after}
    known = dict(withins())
    terms = list(known.items()) if step.within in known else [(step.within, step.within), *known.items()]
    return {
        "at": at,
        "number": at + 1,
        "step": step,
        "decisions": list(enumerate([*step.decisions, *blanks][:DECISIONS])),
        "after": [(value, title, value in chosen) for value, title, own in options if own != step.code],
        "withins": terms,
        "problems": [_said(one) for one in found if one.step == step.code],
    }


def _places(given: Procedure) -> list[tuple[str, str, str]]:
    """(value, words, whose) of everything a step can follow."""
    found = [(START, pick("流程一开始", "the beginning"), "")]
    for step in given.steps:
        title = step.title or pick("（还没有名称）", "(untitled)")
        found.append((str(After(step.code)), pick(f"“{title}”完成后", f"after “{title}”"), step.code))
        found += [
            (str(After(step.code, one.code)), pick(f"“{title}”决定：{one.title}", f"“{title}”: {one.title}"), step.code)
            for one in step.decisions
        ]
    return found
