"""A rule as a form: what the school writes, checked in its own words before it becomes the next version."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from shouwang.analysis.rules import DOMAINS, Refused, Rule, Says, parse, to_text, unreadable
from shouwang.common.levels import LEVELS
from shouwang.front.web.kit.words import pick

SENTENCES = 4
BLANK_ROWS = 1


@dataclass(frozen=True, slots=True)
class SaysRow:
    """One sentence as it stands in the form, with what is wrong with it."""

    zh: str = ""
    en: str = ""
    when: str = ""
    error: str = ""


class RuleForm(forms.Form):
    title = forms.CharField(label=_("名称"), max_length=120)
    title_en = forms.CharField(label=_("英文名称"), max_length=200, required=False)
    when = forms.CharField(
        label=_("条件"),
        help_text=_("写成“指标 比较 数字”，几个比较之间用 AND、OR；指标可以写中文名，也可以从一览里点选。"),
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono", "spellcheck": "false", "autocomplete": "off"}),
    )
    level = forms.TypedChoiceField(label=_("等级"), coerce=int)
    weight = forms.IntegerField(label=_("权重"), min_value=0, max_value=100)
    domain = forms.ChoiceField(label=_("领域"))
    source = forms.CharField(
        label=_("依据"), required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("哪份文件、哪次会议定的。")
    )

    def __init__(self, data: QueryDict | None = None, *, rule: Rule | None, names: dict[str, str]) -> None:
        self.names = names
        initial: dict[str, Any] = {"level": 2, "weight": 20, "domain": "academic"}
        if rule:
            initial = {name: getattr(rule, name) for name in ("title", "title_en", "level", "weight", "domain", "source")} | {
                "when": rule.text
            }
        super().__init__(data, initial=initial)
        level, domain = self.fields["level"], self.fields["domain"]
        assert isinstance(level, forms.TypedChoiceField) and isinstance(domain, forms.ChoiceField)
        level.choices = [(one.number, f"{one.shape} {pick(one.zh, one.en)}") for one in LEVELS if one.number]
        domain.choices = [(code, pick(*titles)) for code, titles in DOMAINS.items()]
        self.sentences = says_rows(data, names) if data is not None else [_row(says) for says in rule.says] if rule else []

    def clean_when(self) -> str:
        """The stored text, written from the tree."""
        try:
            return to_text(parse(self.cleaned_data["when"], self.names))
        except Refused as refused:
            raise forms.ValidationError(refused.reason) from None

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for row in self.sentences:
            if row.error:
                self.add_error(None, row.error)
        return found

    def rows(self) -> list[SaysRow]:
        """The sentences to show, with room for one more."""
        return [*self.sentences, *[SaysRow()] * BLANK_ROWS][:SENTENCES]

    def rule(self, *, code: str, before: Rule | None) -> Rule:
        """The rule of a valid form. The school's own from now on: a preset no longer overwrites it."""
        given = self.cleaned_data
        says = tuple(
            Says(row.zh, row.en or row.zh, parse(row.when, self.names) if row.when else None)
            for row in self.sentences
            if row.zh and not row.error
        )
        return Rule(
            code=code, title=given["title"], title_en=given["title_en"], when=parse(given["when"], self.names), level=given["level"],
            weight=given["weight"], domain=given["domain"], playbook=before.playbook if before else "", preset="", source=given["source"],
            says=says, family=before.family if before else code,
        )  # fmt: skip


def _row(says: Says) -> SaysRow:
    return SaysRow(says.zh, says.en, to_text(says.when) if says.when else "")


def says_rows(data: QueryDict, names: dict[str, str]) -> list[SaysRow]:
    """The posted sentences that are not empty, each with its error in words."""
    posted = zip(data.getlist("says_zh"), data.getlist("says_en"), data.getlist("says_when"), strict=False)
    rows = []
    for place, texts in enumerate(posted, start=1):
        zh, en, when = (text.strip()[:400] for text in texts)
        if zh or en or when:
            rows.append(SaysRow(zh, en, when, _wrong(place, zh, en, when, names)))
    return rows[:SENTENCES]


def _wrong(place: int, zh: str, en: str, when: str, names: dict[str, str]) -> str:
    if not zh:
        return pick(f"第 {place} 句还没有写中文", f"Sentence {place} has no Chinese text")
    if wrong := unreadable(zh + en, names):
        shown = "、".join(wrong)
        return pick(
            f"第 {place} 句里的 {shown} 不是指标；请写 {{指标名}}（数值）或 {{指标名:line}}（提醒线）",
            f"Sentence {place}: {shown} is no indicator; write {{name}} for its value or {{name:line}} for the limit",
        )
    try:
        if when:
            parse(when, names)
    except Refused as refused:
        return pick(f"第 {place} 句的条件：{refused.reason}", f"Sentence {place}: {refused.reason}")
    return ""
