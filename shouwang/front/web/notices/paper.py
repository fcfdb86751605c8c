"""Printed notices with a receipt slip, for whom nothing else reaches."""

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shouwang.front.web.kit.numbers import number
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.work.notifications import actions, queries

MOVES = {"printed": actions.note_printed, "returned": actions.note_returned}


@require_safe
@page("notices_print")
def listing(request: PageRequest) -> HttpResponseBase:
    by = request.reader
    return render(request, "notices/paper.html", {"waiting": queries.slips(by, "waiting"), "out": queries.slips(by, "handed")})


@require_safe
@page("notices_print")
def sheet(request: PageRequest) -> HttpResponseBase:
    """The notices themselves, one a page half, each with a slip to cut off. `?n=` chooses some of them."""
    chosen = {pk for text in request.GET.getlist("n") if (pk := number(text, 17)) is not None}
    waiting = [slip for slip in queries.slips(request.reader, "waiting") if not chosen or slip.pk in chosen]
    return render(request, "notices/sheet.html", {"slips": waiting})


@require_POST
@page("notices_print")
def note(request: PageRequest, move: str) -> HttpResponseBase:
    if move not in MOVES:
        return missing(request)
    chosen = [pk for text in request.POST.getlist("chosen") if (pk := number(text, 17)) is not None]
    try:
        MOVES[move](deliveries=chosen, by=request.reader, now=request.now)
    except actions.CannotPrint as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已登记。"))
    return HttpResponseRedirect("/notices/paper/")
