"""The form of a training session."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shouwang.front.web.kit.words import pick
from shouwang.trust.access.policies import ROLES
from shouwang.work.trainings import policies


class TrainingForm(forms.Form):
    topic = forms.ChoiceField(label=_("主题"))
    title = forms.CharField(label=_("名称"), max_length=60, required=False, help_text=_("不填就用主题的名称。"))
    unit = forms.TypedChoiceField(label=_("哪个单位的人"), coerce=int)
    roles = forms.MultipleChoiceField(
        label=_("哪些人"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("不选就是主题规定的人员，含学生干部。")
    )
    starts_at = forms.DateTimeField(
        label=_("开始"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
    )
    minutes = forms.IntegerField(label=_("时长（分钟）"), min_value=10, max_value=480, initial=90)
    place = forms.CharField(label=_("地点"), max_length=60)
    trainer = forms.CharField(label=_("主讲人"), max_length=60)

    def __init__(self, *args: Any, units: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topics = policies.topics().values()
        roles = sorted({role for topic in topics for role in topic.roles}, key=list(ROLES).index)
        offers: dict[str, Any] = {
            "topic": [(one.code, pick(one.title, one.title_en)) for one in topics],
            "unit": units,
            "roles": [(role, pick(ROLES[role].zh, ROLES[role].en)) for role in roles],
        }
        for name, choices in offers.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
