"""Procedures as the catalogue writes them. A file that could not be started is refused with every reason."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from shouwang.work.playbooks.policies import problems
from shouwang.work.playbooks.procedure import After, Decision, Procedure, StepPlan

ROOT = Path(__file__).parents[2] / "catalogue" / "playbooks"
_HEAD = frozenset(
    {"title", "title_en", "about", "about_en", "domain", "lead", "lead_instead", "supervisor", "approval", "kinds", "source", "step"}
)
_STEP = frozenset(
    {"code", "title", "title_en", "how", "how_en", "responsible", "instead", "consulted", "informed", "within", "clock", "output"}
    | {"ladder", "after", "decisions", "kinds"}
)


class BadPlaybook(ValueError):
    """A procedure that cannot be started; the message says why."""


@cache
def shipped() -> dict[str, Procedure]:
    """Every procedure of the catalogue by code. BadPlaybook with the file and the reasons."""
    found = {}
    for path in sorted(ROOT.glob("*.toml")):
        found[path.stem] = parse(path.stem, path.read_text("utf-8"))
    return found


def parse(code: str, text: str) -> Procedure:
    """One procedure. BadPlaybook with every reason."""
    try:
        source = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPlaybook(f"{code}：{error}") from error
    unknown = [word for word in source if word not in _HEAD]
    unknown += [f"step.{word}" for step in source.get("step", []) for word in step if word not in _STEP]
    given = [one for step in source.get("step", []) for one in step.get("decisions", [])]
    unknown += [f"decisions.{word}" for one in given for word in one if word not in ("code", "title", "title_en")]
    if unknown:
        raise BadPlaybook(f"{code}：不认识的字段 {'、'.join(unknown)}")
    found = Procedure(
        code=code,
        title=source.get("title", ""),
        title_en=source.get("title_en", ""),
        about=source.get("about", ""),
        about_en=source.get("about_en", ""),
        domain=source.get("domain", ""),
        lead=source.get("lead", ""),
        lead_instead=tuple(source.get("lead_instead", ())),
        supervisor=source.get("supervisor", ""),
        approval=bool(source.get("approval", False)),
        kinds=tuple(source.get("kinds", ())),
        source=source.get("source", ""),
        steps=tuple(_step(step) for step in source.get("step", [])),
    )
    if reasons := problems(found):
        raise BadPlaybook(f"{code}：" + "；".join(reason.zh for reason in reasons))
    return found


def _step(source: dict[str, Any]) -> StepPlan:
    owner = source.get("responsible", "")
    return StepPlan(
        code=source.get("code", ""),
        title=source.get("title", ""),
        title_en=source.get("title_en", ""),
        how=source.get("how", ""),
        how_en=source.get("how_en", ""),
        responsible="、".join(owner) if isinstance(owner, list) else owner,
        instead=tuple(source.get("instead", ())),
        consulted=tuple(source.get("consulted", ())),
        informed=tuple(source.get("informed", ())),
        within=source.get("within", ""),
        clock=source.get("clock", "service"),
        output=source.get("output", ""),
        ladder=source.get("ladder", "standard"),
        after=tuple(after(one) for one in source.get("after", ())),
        decisions=tuple(
            Decision(one.get("code", ""), one.get("title", ""), one.get("title_en", "")) for one in source.get("decisions", ())
        ),
        kinds=tuple(source.get("kinds", ())),
    )


def after(text: str) -> After:
    """ "visit", or "visit=back": after a step, or after one decision of it."""
    step, _, decision = text.partition("=")
    return After(step.strip(), decision.strip())
