"""A procedure as plain values: what a TOML file, the editor and the database rows all say. No database, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass

from shouwang.common.categories import Category, mask
from shouwang.common.digest import digest

# What a case can be about: the domains of the rules, and those that no rule names.
DOMAINS: dict[str, tuple[str, str]] = {
    "academic": ("学业", "Academic"),
    "attendance": ("考勤", "Attendance"),
    "internship": ("实习", "Internship"),
    "economic": ("经济", "Economic"),
    "psychological": ("心理", "Psychological"),
    "family": ("家庭", "Family"),
    "health": ("身心", "Well-being"),
    "conduct": ("操行", "Conduct"),
    "safety": ("安全", "Safety"),
    "data": ("数据", "Data"),
}
# What one must be allowed to see to know what such a matter is about; a playbook may name more or other kinds.
_KINDS = {
    "academic": ("academic",),
    "attendance": ("attendance",),
    "internship": ("academic",),
    "economic": ("family",),
    "psychological": ("psychological",),
    "family": ("family",),
    "health": ("health",),
    "conduct": ("conduct",),
    "safety": ("life",),
    "data": (),
}
OUTPUTS: dict[str, tuple[str, str]] = {
    "note": ("记录", "Note"),
    "talk": ("谈话记录", "Talk record"),
    "visit": ("走访记录", "Visit record"),
    "form": ("表单", "Form"),
    "document": ("文件", "Document"),
    "referral": ("转介", "Referral"),
    "decision": ("决定", "Decision"),
}
CLOCKS: dict[str, tuple[str, str]] = {"service": ("工作时间", "service hours"), "round": ("全天计时", "round the clock")}
LADDERS: dict[str, tuple[str, str]] = {
    "standard": ("逐级提醒", "Standard"),
    "urgent": ("加急", "Urgent"),
    "crisis": ("危机", "Crisis"),
    "dorm": ("宿舍", "Dormitory"),
    "duty": ("值班", "Duty"),
}


def kinds_of(domain: str) -> int:
    """The categories of a domain as a mask; identity is always among them."""
    return mask(_KINDS[domain]) | int(Category.identity)


@dataclass(frozen=True, slots=True)
class Decision:
    code: str
    title: str
    title_en: str = ""


START = "start"  # a step that others lead back to says with this word that the procedure begins with it


@dataclass(frozen=True, slots=True)
class After:
    """A step that comes before, and, where it decides, which decision leads here; or START."""

    step: str
    decision: str = ""

    def __str__(self) -> str:
        return f"{self.step}={self.decision}" if self.decision else self.step


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step. `instead`: who stands in, in this order, where nobody holds the responsible role. `kinds`: extra categories of its words."""

    code: str
    title: str
    responsible: str
    within: str
    output: str
    title_en: str = ""
    how: str = ""
    how_en: str = ""
    instead: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    clock: str = "service"
    ladder: str = "standard"
    after: tuple[After, ...] = ()
    decisions: tuple[Decision, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Procedure:
    """`lead` leads the case, `supervisor` is accountable and approves; both are roles. `approval`: closing needs the supervisor's word."""

    code: str
    title: str
    title_en: str
    domain: str
    lead: str
    supervisor: str
    source: str
    steps: tuple[StepPlan, ...]
    about: str = ""
    about_en: str = ""
    lead_instead: tuple[str, ...] = ()
    approval: bool = False
    kinds: tuple[str, ...] = ()

    @property
    def categories(self) -> int:
        """What one must be allowed to see to read a matter under this procedure."""
        return (mask(self.kinds) | int(Category.identity)) if self.kinds else kinds_of(self.domain)

    def categories_of(self, step: StepPlan) -> int:
        """What one must be allowed to see to read this step."""
        return (mask(step.kinds) | int(Category.identity)) if step.kinds else self.categories

    @property
    def by_code(self) -> Mapping[str, StepPlan]:
        return {step.code: step for step in self.steps}

    @property
    def first(self) -> tuple[StepPlan, ...]:
        return tuple(step for step in self.steps if not step.after or any(one.step == START for one in step.after))

    def following(self, code: str) -> list[tuple[StepPlan, str]]:
        """(step, the decision that leads there) of what may come after a step."""
        return [(step, one.decision) for step in self.steps for one in step.after if one.step == code]

    def ahead(self, code: str) -> frozenset[str]:
        """Every step that may still come after this one."""
        found: set[str] = set()
        waiting = [code]
        while waiting:
            for step, _ in self.following(waiting.pop()):
                if step.code not in found:
                    found.add(step.code)
                    waiting.append(step.code)
        return frozenset(found)

    @property
    def fingerprint(self) -> str:
        """Would anything go differently?"""
        steps = [
            [s.code, s.responsible, s.instead, s.consulted, s.informed, s.within, s.clock, s.output, s.ladder, [str(a) for a in s.after]]
            + [[d.code for d in s.decisions], s.kinds]
            for s in self.steps
        ]
        head = [self.domain, self.lead, self.lead_instead, self.supervisor, self.approval, self.kinds]
        return digest(_plain([head, steps]))

    @property
    def text_fingerprint(self) -> str:
        steps = [[s.title, s.title_en, s.how, s.how_en, [[d.title, d.title_en] for d in s.decisions]] for s in self.steps]
        return digest(_plain([self.title, self.title_en, self.about, self.about_en, self.source, steps]))


def _plain(value: object) -> object:
    """Tuples as lists, for the digest."""
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
