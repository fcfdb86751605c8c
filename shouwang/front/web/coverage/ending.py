"""Who holds a place now, and the one click that takes it back: a wrong name would otherwise read a class for good."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.trust.access import queries
from shouwang.trust.access.policies import ROLES
from shouwang.trust.people import actions as people


def holding(duties: Iterable[Any]) -> list[dict[str, object]]:
    """Ready words for each duty that the reader may end."""
    return [_line(duty) for duty in duties]


def _line(duty: Any) -> dict[str, object]:
    name, role = duty.staff.name if duty.staff else "", ROLES[duty.role]
    return {
        "pk": duty.pk,
        "name": name,
        "number": duty.staff.number if duty.staff else "",
        "role": pick(role.zh, role.en),
        "starts_on": duty.starts_on,
        "ends_on": duty.ends_on,
        "delivered": duty.batch_id is not None,
        "title": pick(f"结束 {name} 的职责", f"End the duty of {name}"),
        "sentences": _sentences(duty, name),
    }


def _sentences(duty: Any, name: str) -> list[str]:
    role, place = ROLES[duty.role], duty.unit.name if duty.unit else duty.student.name if duty.student else ""
    said = [
        pick(
            f"{name} 不再是{place}的{role.zh}，马上就看不到因此能看到的学生。历史记录保留。",
            f"{name} is no longer {role.en.lower()} of {place}, and at once sees no more what that showed. The history stays.",
        )
    ]
    if duty.batch_id is not None:
        said.append(
            pick(
                "这一条来自责任人表：下一次报送里如果还有，会重新生效。请同时请报送责任人表的人改正。",
                "This one comes from the register of responsibilities: if the next delivery still names it, it holds again."
                " Please have the register corrected too.",
            )
        )
    return said


@require_POST
@page("coverage_assign")
def end(request: PageRequest, pk: int) -> HttpResponseBase:
    """Take a duty back, at once. Whoever may name somebody here may do it; any other duty is like none."""
    on = timezone.localdate(request.now)
    duty = queries.endable(request.reader, on).filter(pk=pk).first()
    if duty is None or duty.staff is None:
        return missing(request)
    people.end_at_once(responsibility=duty, on=on, by=request.reader.account_id, now=request.now)
    place = duty.unit.name if duty.unit else duty.student.name if duty.student else ""
    said = {"person": duty.staff.name, "name": place, "role": pick(ROLES[duty.role].zh, ROLES[duty.role].en)}
    messages.success(request, _("已结束 %(person)s 在 %(name)s 的职责（%(role)s），马上生效。") % said)
    back = request.POST.get("next", "")
    return redirect(back if back.startswith("/coverage/") else "/coverage/")
