"""What makes a procedure one that can be started: one owner per step, known roles, nothing unreachable, no loop without a decision."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from shouwang.common.states import Table
from shouwang.trust.access import matrix
from shouwang.trust.access.answering import LADDER_ROLES
from shouwang.work.playbooks.procedure import CLOCKS, DOMAINS, LADDERS, OUTPUTS, START, Procedure, StepPlan

# Cadres and families take part; they do not carry a step or lead a case.
NEVER = frozenset({"cadre_class", "cadre_dorm", "cadre_safety"})
CODE = re.compile(r"[a-z][a-z0-9-]{0,63}")
WITHIN = re.compile(r"[1-9]\d{0,2} ?(min|h|school days?|days?)")


# A version never changes; what changes is whether new cases begin with it.
VERSION = Table(
    "playbook_version",
    ("这个版本", "The version"),
    {"in_force": ("在用", "In force"), "retired": ("停用", "Retired")},
    {("new", "publish"): "in_force", ("in_force", "replace"): "retired", ("in_force", "retire"): "retired"},
    {"publish": ("editor", "machine"), "replace": ("editor", "machine"), "retire": ("editor",)},
    {"publish": ("发布", "publish it"), "replace": ("由新版本代替", "replace it"), "retire": ("停用", "retire it")},
    {"editor": ("可编辑流程的人", "Whoever may edit procedures"), "machine": ("安装与升级", "Installing")},
)
TABLES = (VERSION,)


class Problem(NamedTuple):
    """Why a procedure is refused. `step`: its code, "" for the whole; `field`: of the editor."""

    step: str
    field: str
    zh: str
    en: str


def answering_roles() -> dict[str, matrix.Role]:
    """The roles that may be responsible for a step."""
    return {code: role for code, role in matrix.load().roles.items() if code in LADDER_ROLES - NEVER}


def reach(role: str) -> int:
    """What a holder of the role may see as member of a case team or by their own duty."""
    known = matrix.load().roles.get(role)
    return (known.any(matrix.SEE) | known.of("case_team").see) if known else 0


def problems(given: Procedure) -> list[Problem]:
    """Everything that is wrong, in the order of the steps; empty: it can be published."""
    found = list(_head(given))
    if not given.steps:
        return [*found, Problem("", "steps", "流程没有步骤，请至少写一步", "There is no step; write at least one.")]
    codes = [step.code for step in given.steps]
    found += [
        Problem(code, "code", f"步骤编号 {code} 用了两次", f"Two steps are called {code}.")
        for code in sorted({code for code in codes if codes.count(code) > 1})
    ]
    for step in given.steps:
        found += _step(given, step)
    return found + _order(given)


def _head(given: Procedure) -> Iterator[Problem]:
    if not given.title.strip():
        yield Problem("", "title", "请写流程名称", "Give the procedure a title.")
    if given.domain not in DOMAINS:
        yield Problem("", "domain", f"没有领域 {given.domain}", f"There is no domain {given.domain}.")
    for field, roles in (("lead", (given.lead, *given.lead_instead)), ("supervisor", (given.supervisor,))):
        for role in roles:
            if role not in answering_roles():
                yield Problem("", field, f"角色 {role or '（空）'} 不能负责个案，请另选", f"The role {role} cannot answer for a case.")
    if given.lead == given.supervisor:
        yield Problem("", "supervisor", "主责和审批不能是同一个角色", "Lead and supervisor cannot be the same role.")


def _step(given: Procedure, step: StepPlan) -> Iterator[Problem]:
    name = step.title or step.code
    if not CODE.fullmatch(step.code) or step.code == START:
        yield Problem(step.code, "code", f"步骤编号“{step.code}”须是小写字母、数字和连字符", f"“{step.code}” is no code for a step.")
    if not step.title.strip():
        yield Problem(step.code, "title", f"步骤 {step.code} 没有名称", f"Step {step.code} has no title.")
    yield from _owner(given, step, name)
    if not WITHIN.fullmatch(step.within):
        yield Problem(
            step.code,
            "within",
            f"“{name}”的期限写作 2h、30min、1 school day 或 3 days",
            f"“{name}”: write the term as 2h, 30min, 1 school day or 3 days.",
        )
    for field, value, known in (("output", step.output, OUTPUTS), ("clock", step.clock, CLOCKS), ("ladder", step.ladder, LADDERS)):
        if value not in known:
            yield Problem(step.code, field, f"“{name}”：没有 {value}，可用 {'、'.join(known)}", f"“{name}”: no {field} {value}.")
    if any(not CODE.fullmatch(one.code) or not one.title.strip() for one in step.decisions):
        yield Problem(step.code, "decisions", f"“{name}”的每种决定都要有名称", f"“{name}”: every decision needs a title.")
    if len({one.code for one in step.decisions}) < len(step.decisions):
        yield Problem(step.code, "decisions", f"“{name}”有两种决定编号相同", f"“{name}”: two decisions share a code.")
    if len(step.decisions) == 1:
        yield Problem(step.code, "decisions", f"“{name}”只有一种决定，至少要有两种", f"“{name}” offers one decision only; two at least.")


def _owner(given: Procedure, step: StepPlan, name: str) -> Iterator[Problem]:
    roles, every = answering_roles(), matrix.load().roles
    if not step.responsible.strip():
        yield Problem(step.code, "responsible", f"“{name}”没有责任人，请选定一个角色", f"“{name}” has no owner; choose one role.")
        return
    if len(owners := [one for one in re.split(r"[,、，;\s]+", step.responsible) if one]) > 1:
        yield Problem(
            step.code,
            "responsible",
            f"“{name}”有 {len(owners)} 个责任人，只能有一个",
            f"“{name}” has {len(owners)} owners; only one may answer.",
        )
        return
    for role in (step.responsible, *step.instead):
        if role not in roles:
            yield Problem(step.code, "responsible", f"“{name}”：角色 {role} 不存在或不能负责步骤", f"“{name}”: no role {role} can answer.")
        elif given.domain in DOMAINS and given.categories_of(step) & ~reach(role):
            yield Problem(
                step.code,
                "responsible",
                f"“{name}”：{roles[role].zh}看不到这类内容，请另选角色或改步骤的信息类别",
                f"“{name}”: {roles[role].en} may not see this kind of matter.",
            )
    for role in (*step.consulted, *step.informed):
        if role not in every:
            yield Problem(step.code, "consulted", f"“{name}”：没有角色 {role}", f"“{name}”: there is no role {role}.")
    if step.responsible in (*step.instead, *step.consulted, *step.informed):
        yield Problem(step.code, "consulted", f"“{name}”：责任人不必再列为协商或知会", f"“{name}”: its owner need not be listed again.")


def _order(given: Procedure) -> list[Problem]:
    """What comes after what: known, with the decisions that are offered, reachable, and no loop without a decision."""
    steps, found = given.by_code, []
    for step in given.steps:
        for one in step.after:
            before = steps.get(one.step)
            if one.step == START:
                continue
            if before is None:
                found.append(
                    Problem(step.code, "after", f"“{step.title}”接在 {one.step} 之后，但没有这一步", f"There is no step {one.step}.")
                )
            elif one.decision and one.decision not in {each.code for each in before.decisions}:
                found.append(
                    Problem(
                        step.code, "after", f"“{before.title}”没有决定 {one.decision}", f"“{before.title}” has no decision {one.decision}."
                    )
                )
    reached = {step.code for step in given.first}
    for code in tuple(reached):
        reached |= given.ahead(code)
    found += [
        Problem(step.code, "after", f"“{step.title}”走不到：请写明它接在哪一步之后", f"“{step.title}” is never reached.")
        for step in given.steps
        if step.code not in reached
    ]
    if (loop := _loop(given)) is not None:
        found.append(
            Problem(
                loop,
                "after",
                f"“{steps[loop].title}”会没有决定地循环，请加一个决定",
                f"“{steps[loop].title}” goes round without a decision.",
            )
        )
    return found


def _loop(given: Procedure) -> str | None:
    """A step from which one comes back to it over edges that need no decision; None when there is none."""
    for start in given.steps:
        seen: set[str] = set()
        waiting = [start.code]
        while waiting:
            for step, decision in given.following(waiting.pop()):
                if decision:
                    continue
                if step.code == start.code:
                    return start.code
                if step.code not in seen:
                    seen.add(step.code)
                    waiting.append(step.code)
    return None
