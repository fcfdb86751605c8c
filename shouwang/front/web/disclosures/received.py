"""Disclosures from the other side: what a recipient was given, and the withdrawal of a consent."""

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.work.disclosures import actions, policies
from shouwang.work.disclosures.queries import sheets


@require_safe
@page("disclosed")
def listing(request: PageRequest) -> HttpResponseBase:
    rows = [
        {"pk": one.pk, "purpose": pick(*policies.PURPOSES[one.purpose]), "by": one.made_by.name, "sent_at": one.sent_at, "until": one.until}
        for one in sheets.received(request.reader, request.now)
    ]
    return render(request, "disclosures/received.html", {"rows": rows})


@require_safe
@page("disclosed")
def one(request: PageRequest, pk: int) -> HttpResponseBase:
    """Exactly the fields of the disclosure, and nothing else. Each reading is on record."""
    by = request.reader
    found = sheets.received(by, request.now).filter(pk=pk).first()
    if found is None:
        return missing(request)
    actions.note_read(disclosure=found, by=by, now=request.now)
    context = {
        "disclosure": found,
        "purpose": pick(*policies.PURPOSES[found.purpose]),
        "sheets": sheets.sheets(found, timezone.localdate(request.now), by.lang),
    }
    return render(request, "disclosures/received_one.html", context)


@require_POST
@page("desk")
def withdraw(request: PageRequest, pk: int) -> HttpResponseBase:
    """By whoever may disclose, at the word of the family; or by the student and the guardian themselves."""
    if not sheets.consents(request.reader).filter(pk=pk).exists():
        return missing(request)
    try:
        actions.withdraw_consent(consent=pk, by=request.reader, now=request.now)
    except actions.CannotDisclose as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("同意已撤回，接收方不再看到这位同学的内容。"))
    wanted = request.POST.get("next", "")
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return HttpResponseRedirect(wanted if safe else "/")
