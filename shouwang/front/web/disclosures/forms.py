"""The two forms: asking for a break-glass, and drafting a disclosure."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shouwang.common.categories import TITLES, Category
from shouwang.front.web.kit.words import pick
from shouwang.work.disclosures import policies

HOURS = (1, 2, 4, 8, 24)


class Glass(forms.Form):
    number = forms.CharField(label=_("学号"), max_length=40, help_text=_("请写完整学号。看不到名单的人，须知道自己要看的是谁。"))
    categories = forms.MultipleChoiceField(label=_("需要看的内容"), widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label=_("原因"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text=_("发生了什么，为什么现在必须看。原因加密保存，复核时会读。"),
    )
    hours = forms.TypedChoiceField(label=_("多长时间"), coerce=int)

    def __init__(self, *args: Any, possible: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        second = pick("（须第二人同意）", " (a second person must agree)")
        offered = [(one, titles) for one, titles in TITLES.items() if one & possible and one != Category.identity]
        choices = [(one.name, pick(*titles) + (second if one & policies.TWO_PERSONS else "")) for one, titles in offered]
        self.fields["categories"].choices = choices  # type: ignore[attr-defined]
        self.fields["hours"].choices = [(hours, pick(f"{hours} 小时", f"{hours} h")) for hours in HOURS]  # type: ignore[attr-defined]


class Disclosure(forms.Form):
    """`recipient` 0: somebody outside, by name."""

    purpose = forms.ChoiceField(label=_("为了什么"), widget=forms.RadioSelect)
    recipient = forms.TypedChoiceField(label=_("给谁"), coerce=int)
    outsider = forms.CharField(
        label=_("校外人员的姓名和单位"), max_length=120, required=False, help_text=_("没有账号的人，会得到一张可打印、可导出的单子。")
    )
    numbers = forms.CharField(
        label=_("哪些同学"), widget=forms.Textarea(attrs={"rows": 2}), help_text=_("学号，用空格或逗号隔开。"), max_length=9000
    )
    fields_ = forms.MultipleChoiceField(
        label=_("哪些字段"), widget=forms.CheckboxSelectMultiple, help_text=_("只有选中的字段会给出去，别的都不会。")
    )
    basis = forms.ChoiceField(label=_("依据"), widget=forms.RadioSelect)
    consent_by = forms.ChoiceField(label=_("谁同意的"), required=False)
    consent_how = forms.ChoiceField(label=_("以什么方式同意"), required=False)
    consent_on = forms.DateField(label=_("哪天同意的"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("到哪一天为止"), widget=forms.DateInput(attrs={"type": "date"}))
    remark = forms.CharField(label=_("备注"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=2000)

    def __init__(
        self, *args: Any, recipients: list[tuple[int, str]], groups: list[tuple[str, list[tuple[str, str]]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        nobody = [("", "—")]
        offers: dict[str, Any] = {
            "purpose": [(code, pick(*titles)) for code, titles in policies.PURPOSES.items()],
            "recipient": [
                ("", pick("请选择", "Choose")),
                *recipients,
                (0, pick("没有账号的校外人员", "Somebody outside, without an account")),
            ],
            "fields_": groups,
            "basis": [(code, pick(*titles)) for code, titles in policies.BASES.items()],
            "consent_by": [*nobody, ("student", pick("同学本人", "The student")), ("guardian", pick("监护人", "A guardian"))],
            "consent_how": [*nobody, *((code, pick(*titles)) for code, titles in policies.HOW.items())],
        }
        for name, choices in offers.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
