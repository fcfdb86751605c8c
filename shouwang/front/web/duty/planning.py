"""Planning a roster: when somebody must be there, who takes turns, filling, single shifts. For the offices that plan duty."""

from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shouwang.front.web.duty import present
from shouwang.front.web.duty.shifts import number
from shouwang.front.web.kit import words
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.work.duty import actions, policies, queries
from shouwang.work.duty.actions import CannotRoster


@require_http_methods(["GET", "POST"])
@page("duty_edit")
def new(request: PageRequest) -> HttpResponseBase:
    by, said = request.reader, request.POST
    units = list(queries.units_to_plan(by)[:400])
    problem = ""
    if request.method == "POST":
        unit = next((one for one in units if one.pk == number(said.get("unit", ""))), None)
        try:
            if unit is None:
                raise CannotRoster(_("请选择地点。"))
            # Nobody thinks up codes: the place and a number of its own are one.
            code = said.get("code", "").strip() or f"place-{unit.pk}-{request.now:%y%m%d%H%M%S}"
            made = actions.make_roster(
                code=code, title=said.get("title", ""), unit=unit, phone=said.get("phone", ""), by=by, now=request.now
            )
        except CannotRoster as refused:
            problem = str(refused)
        else:
            messages.success(request, _("值班表已建立，请设置值班时段和轮值人员。"))
            return HttpResponseRedirect(f"/duty/{made.pk}/plan/")
    shown = {"units": [(one.pk, one.name) for one in units], "problem": problem, "said": said}
    return render(request, "duty/new.html", shown, status=422 if problem else 200)


@require_safe
@page("duty_edit")
def plan(request: PageRequest, pk: int) -> HttpResponseBase:
    found = queries.roster(request.reader, pk)
    if found is None or not queries.may_edit(request.reader, found):
        return missing(request)
    return _planned(request, found, {})


def _planned(request: PageRequest, roster: queries.Roster, said: dict[str, dict[str, str]], status: int = 200) -> HttpResponseBase:
    """The page, with what was said in a form that was refused: by move, then by field."""
    today, turns = timezone.localdate(request.now), queries.turns(roster)
    places = [(one.account, said.get("turns", {}).get(f"place-{one.account.username}", str(at))) for at, one in enumerate(turns, 1)]
    shown = {
        "roster": roster,
        "place": roster.unit.name,
        "patterns": [present.pattern(one) for one in queries.patterns(roster, today)],
        "day_words": [(code, pick(*title)) for code, title in policies.DAY_WORDS.items()],
        "weekdays": list(enumerate(words.WEEKDAYS if words.chinese() else words.WEEKDAYS_EN)),
        "turns": [(one.username, one.name, place) for one, place in places],
        "typed": "\n".join(one for one in _numbers(said.get("turns", {})) if one not in {one.username for one, _place in places}),
        "colleagues": [(one.pk, one.name, one.username) for one in queries.substitutes(roster, 0)],
        "said": {"begins": "17:30", "ends": "08:00", "people": "1"} | said.get("pattern", {}),
        "filling": {"first": today.isoformat(), "last": (today + timedelta(days=28)).isoformat()} | said.get("fill", {}),
        "shift": {"starts": f"{today}T17:30"} | said.get("shift", {}),
        "named": {"title": roster.title, "phone": roster.phone} | said.get("change", {}),
    }
    return render(request, "duty/plan.html", shown, status=status)


MOST = 200  # who can take turns on one roster
MOVES = ("pattern", "end-pattern", "turns", "fill", "shift", "change")


@require_POST
@page("duty_edit")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    by = request.reader
    found = queries.roster(by, pk)
    if found is None or not queries.may_edit(by, found) or move not in MOVES:
        return missing(request)
    try:
        done = {"pattern": _pattern, "end-pattern": _end, "turns": _turns, "fill": _fill, "shift": _shift, "change": _change}[move](
            request, found
        )
    except CannotRoster as refused:
        messages.warning(request, str(refused))
        return _planned(request, found, {move: {name: "\n".join(request.POST.getlist(name)) for name in request.POST}}, status=422)
    except ValueError:
        messages.warning(request, _("日期或时间没有填对，请检查。"))
    else:
        messages.success(request, done)
    return HttpResponseRedirect(f"/duty/{pk}/plan/" if found.is_open and request.POST.get("open", "1") == "1" else "/duty/")


def _pattern(request: PageRequest, roster: queries.Roster) -> str:
    said = request.POST
    bits = sum(1 << at for at in range(7) if said.get(f"weekday{at}"))
    actions.set_pattern(
        roster=roster, days=said.get("days", ""), begins=time.fromisoformat(said.get("begins", "")), ends=time.fromisoformat(said.get("ends", "")),
        people=number(said.get("people", "")) or 0, weekdays=bits or 127, by=request.reader, now=request.now,
    )  # fmt: skip
    return _("值班时段已设置。")


def _end(request: PageRequest, roster: queries.Roster) -> str:
    pattern = queries.pattern(roster, number(request.POST.get("pattern", "")) or 0)
    if pattern is None:
        raise CannotRoster(_("没有这个时段。"))
    actions.end_pattern(pattern=pattern, by=request.reader, now=request.now)
    return _("时段已停用，已排的班次不变。")


def _turns(request: PageRequest, roster: queries.Roster) -> str:
    numbers = _in_order({name: "\n".join(request.POST.getlist(name)) for name in request.POST})
    known = queries.accounts_by_number(numbers)
    if unknown := [one for one in numbers if one not in known]:
        raise CannotRoster(pick(f"没有找到工号 {'、'.join(unknown[:5])}，请核对。", f"Unknown: {', '.join(unknown[:5])}."))
    made = actions.set_turns(roster=roster, accounts=[known[one] for one in numbers], by=request.reader, now=request.now)
    return pick(f"轮值人员已排定，共 {len(made)} 人。", f"{len(made)} people take turns.")


def _numbers(said: dict[str, str]) -> list[str]:
    return said.get("numbers", "").replace(",", " ").replace("，", " ").split()[:MOST]


def _in_order(said: dict[str, str]) -> list[str]:
    """Whoever is given a place goes before or behind the one who has it, from whichever side they come.

    Who has none comes last; whose place was emptied takes no turns any more.
    """
    order = {}
    for at, one in enumerate(_numbers(said), 1):
        if (told := said.get(f"place-{one}", "last").strip()) and one not in order:
            place = number(told) or MOST
            order[one] = place + (place > at) / 2 - (place < at) / 2
    return sorted(order, key=lambda one: order[one])


def _fill(request: PageRequest, roster: queries.Roster) -> str:
    first, last = date.fromisoformat(request.POST.get("first", "")), date.fromisoformat(request.POST.get("last", ""))
    made = actions.fill(roster=roster, first=first, last=last, by=request.reader, now=request.now)
    return pick(f"已按轮值排了 {len(made)} 个班次。", f"{len(made)} shifts were planned.")


def _shift(request: PageRequest, roster: queries.Roster) -> str:
    starts, ends = (timezone.make_aware(datetime.fromisoformat(request.POST.get(name, ""))) for name in ("starts", "ends"))
    account = number(request.POST.get("account", "")) or 0
    actions.add_shift(roster=roster, account=account, starts_at=starts, ends_at=ends, by=request.reader, now=request.now)
    return _("班次已安排，已通知本人。")


def _change(request: PageRequest, roster: queries.Roster) -> str:
    said = request.POST
    actions.change_roster(
        roster=roster,
        title=said.get("title", ""),
        phone=said.get("phone", ""),
        is_open=said.get("open", "1") == "1",
        by=request.reader,
        now=request.now,
    )
    return _("已保存。")
