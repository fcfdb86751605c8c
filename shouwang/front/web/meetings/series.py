"""Regular meetings: the rule, who sits in them, the next sitting."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shouwang.common.levels import LEVELS
from shouwang.common.reader import Reader
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import WEEKDAYS, WEEKDAYS_EN, pick
from shouwang.front.web.meetings import present
from shouwang.trust.access import queries as access
from shouwang.work.meetings import actions, policies, queries

ROUNDS = (1, 2, 4)


class SeriesForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("会议名称"), max_length=60)
    unit = forms.TypedChoiceField(label=gettext_lazy("哪个单位的事"), coerce=int, help_text=gettext_lazy("议程从这个单位的个案中列出。"))
    every_weeks = forms.TypedChoiceField(label=gettext_lazy("多久一次"), coerce=int)
    weekday = forms.TypedChoiceField(label=gettext_lazy("星期几"), coerce=int)
    at = forms.TimeField(label=gettext_lazy("几点"), widget=forms.TimeInput(attrs={"type": "time"}), initial=time(14, 0))
    minutes = forms.IntegerField(label=gettext_lazy("时长（分钟）"), min_value=10, max_value=480, initial=60)
    place = forms.CharField(label=gettext_lazy("地点"), max_length=60)
    least_level = forms.TypedChoiceField(label=gettext_lazy("哪一级起列入议程"), coerce=int, initial=3)
    silent_days = forms.IntegerField(label=gettext_lazy("多少天没有进展就列入"), min_value=3, max_value=120, initial=14)

    def __init__(self, *args: Any, units: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offers: dict[str, Any] = {
            "unit": units,
            "every_weeks": [(n, pick("每周", "Weekly") if n == 1 else pick(f"每 {n} 周", f"Every {n} weeks")) for n in ROUNDS],
            "weekday": [(n, pick(WEEKDAYS[n], WEEKDAYS_EN[n])) for n in range(7)],
            "least_level": [(level.number, pick(level.zh, level.en)) for level in LEVELS[1:]],
        }
        for name, choices in offers.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]


def _units(by: Reader) -> list[tuple[int, str]]:
    kinds = ("school", "college", "grade", "major")
    return [(unit.pk, unit.name) for unit in access.units(by, "organisation").filter(kind__in=kinds)]


@require_http_methods(["GET", "HEAD", "POST"])
@page("meetings_plan")
def new(request: PageRequest) -> HttpResponseBase:
    by = request.reader
    form = SeriesForm(request.POST if request.method == "POST" else None, units=_units(by))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.set_up(rule=actions.Rule(**form.cleaned_data), by=by, now=request.now)
            return HttpResponseRedirect(f"/meetings/series/{made.pk}/")
        except actions.CannotMeet as refused:
            form.add_error(None, str(refused))
    return render(request, "meetings/series_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("meetings_plan")
def edit(request: PageRequest, pk: int) -> HttpResponseBase:
    """The rule of a series, for whoever keeps it; from the next sitting on."""
    by = request.reader
    found = queries.series(by, pk)
    if found is None or not queries.runs(by, found):
        return missing(request)
    units = dict(_units(by)) | {found.unit_id: found.unit.name}
    before = {name: getattr(found, name) for name in SeriesForm.base_fields if name != "unit"} | {"unit": found.unit_id}
    form = SeriesForm(request.POST if request.method == "POST" else None, units=list(units.items()), initial=before)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(series=pk, rule=actions.Rule(**form.cleaned_data), by=by, now=request.now)
        except actions.CannotMeet as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("已保存，从下一次会议起适用。"))
            return HttpResponseRedirect(f"/meetings/series/{pk}/")
    return render(request, "meetings/series_new.html", {"form": form, "series": found}, status=422 if form.is_bound else 200)


@require_safe
@page("meetings")
def one(request: PageRequest, pk: int) -> HttpResponseBase:
    """`?q=` searches whom to ask."""
    by, now = request.reader, request.now
    found = queries.series(by, pk)
    if found is None:
        return missing(request)
    runs = queries.runs(by, found)
    last = found.meetings.exclude(state="cancelled").order_by("-starts_at").first()
    today = timezone.localdate(now)
    on = policies.next_day(
        timezone.localdate(last.starts_at) if last else None, today, weekday=found.weekday, every_weeks=found.every_weeks
    )
    text = request.GET.get("q", "")[:40]
    context = {
        "series": found,
        "rhythm": pick("每周", "Weekly")
        if found.every_weeks == 1
        else pick(f"每 {found.every_weeks} 周", f"Every {found.every_weeks} weeks"),
        "weekday": pick(WEEKDAYS[found.weekday], WEEKDAYS_EN[found.weekday]),
        "level": found.least_level,
        "members": [
            {
                "pk": seat.account_id,
                "name": seat.account.name,
                "part": pick(*policies.PARTS[seat.part]),
                "code": seat.part,
                "office": _office(seat),
            }
            for seat in queries.members(found)
        ],
        "meetings": [present.meeting(meeting) for meeting in queries.meetings(by).filter(series=found).order_by("-starts_at")[:20]],
        "runs": runs,
        "text": text,
        "found": [(account.pk, account.name, _office(account)) for account in queries.people(by, text, found)] if runs else [],
        "next": timezone.make_aware(datetime.combine(on, found.at)).strftime("%Y-%m-%dT%H:%M"),
    }
    return render(request, "meetings/series.html", context)


def _office(one: Any) -> str:
    staff = getattr(one, "staff", None) or getattr(getattr(one, "account", None), "staff", None)
    return staff.office.name if staff is not None and staff.office is not None else ""


@require_POST
@page("meetings_plan")
def seat(request: PageRequest, pk: int) -> HttpResponseBase:
    if queries.series(request.reader, pk) is None:
        return missing(request)
    account, part = request.POST.get("account", ""), request.POST.get("part", "")
    number = int(account) if account.isascii() and account.isdigit() and len(account) < 12 else 0
    try:
        actions.seat(series=pk, account=number, part=part, by=request.reader, now=request.now)
    except actions.CannotMeet as refused:
        messages.warning(request, str(refused))
    return HttpResponseRedirect(f"/meetings/series/{pk}/")


@require_POST
@page("meetings_plan")
def plan(request: PageRequest, pk: int) -> HttpResponseBase:
    if queries.series(request.reader, pk) is None:
        return missing(request)
    starts_at = present.moment(request.POST.get("starts_at", ""))
    try:
        if starts_at is None:
            raise actions.CannotMeet(pick("请选择日期和时间。", "Choose a day and a time."))
        made = actions.plan(series=pk, starts_at=starts_at, by=request.reader, now=request.now)
    except actions.CannotMeet as refused:
        messages.warning(request, str(refused))
        return HttpResponseRedirect(f"/meetings/series/{pk}/")
    messages.success(request, _("已安排，议程已按规则列出。"))
    return HttpResponseRedirect(f"/meetings/{made.pk}/")
