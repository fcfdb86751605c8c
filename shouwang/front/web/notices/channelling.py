"""The administrator's page of channels: set up or not, the last success, what fails, a test message."""

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.work.notifications import actions, channels, queries


@require_safe
@page("channels")
def listing(request: PageRequest) -> HttpResponseBase:
    rows = queries.health(request.reader, request.now)
    return render(request, "notices/channels.html", {"rows": rows, "used": sum(row.is_used for row in rows)})


@require_POST
@page("channels")
def test(request: PageRequest, code: str) -> HttpResponseBase:
    if code not in channels.everything():
        return missing(request)
    try:
        answer = actions.try_channel(channel=code, by=request.reader, now=request.now)
    except actions.CannotTry as refused:
        messages.warning(request, _("测试没有成功：%(why)s") % {"why": refused})
    else:
        messages.success(request, _("渠道接受了测试通知。%(number)s") % {"number": answer})
    return HttpResponseRedirect("/channels/")
