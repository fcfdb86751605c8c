"""The choices of one person: which way first, when the digest comes, when it is quiet, what is muted."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shouwang.front.web.kit.words import pick
from shouwang.work.notifications import channels

TIERS = ("important", "routine")


class Preferences(forms.Form):
    first = forms.ChoiceField(label=_("先用哪个渠道"), required=False, help_text=_("发不出去时自动换下一个渠道。"))
    digest_at = forms.TimeField(
        label=_("日常消息汇总时间"), widget=forms.TimeInput(attrs={"type": "time"}), help_text=_("上学日的这个时间，一次收到。")
    )
    quiet_from = forms.TimeField(label=_("免打扰开始"), widget=forms.TimeInput(attrs={"type": "time"}))
    quiet_until = forms.TimeField(label=_("免打扰结束"), widget=forms.TimeInput(attrs={"type": "time"}))
    outside_hours = forms.BooleanField(
        label=_("重要消息在工作时间之外也立即发给我"), required=False, help_text=_("免打扰时段除外。不勾选时，等到下一个工作时间。")
    )

    def __init__(self, data: Any, *, choice: Any, lang: str) -> None:
        initial = {name: getattr(choice, name) for name in ("first", "digest_at", "quiet_from", "quiet_until", "outside_hours")}
        super().__init__(data, initial=initial)
        known = [(code, way) for code, way in channels.everything().items() if not way.groups]
        used = channels.in_use()
        offered = [(code, way.title if lang == "zh" else way.title_en) for code, way in known if code in used]
        self.fields["first"].choices = [("", pick("由学校决定", "As the school decides")), *offered]  # type: ignore[attr-defined]
        muted = {(tier, code) for tier in TIERS for code, _ in known if f"{tier}-{code}" not in data} if data is not None else choice.muted
        self.muted = {(tier, code) for tier, code in muted if code in used}
        self.ways = [(code, title, ("important", code) not in self.muted, ("routine", code) not in self.muted) for code, title in offered]

    def chosen(self) -> dict[str, Any]:
        return dict(self.cleaned_data) | {"muted": sorted(self.muted)}
