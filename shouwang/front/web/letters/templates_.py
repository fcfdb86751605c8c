"""The school's own Word templates: upload, try with a made-up letter, put in use."""

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.letters import present
from shouwang.front.web.letters.sheets import download
from shouwang.work.letters import actions, policies, queries, wording
from shouwang.work.printing.templates import MOST_BYTES

STATES = {"checked": ("已检查，未启用", "Checked, not in use"), "in_use": ("使用中", "In use"), "retired": ("已停用", "Retired")}


@require_http_methods(["GET", "HEAD", "POST"])
@page("letters_template")
def listing(request: PageRequest) -> HttpResponseBase:
    refused = ""
    if request.method == "POST":
        given = request.FILES.get("file")
        content = given.read(MOST_BYTES + 1) if given is not None else b""
        try:
            made, checked = actions.upload(
                kind=request.POST.get("kind", ""),
                filename=given.name or "" if given else "",
                content=content,
                by=request.reader,
                now=request.now,
            )
        except actions.CannotWrite as reason:
            refused = str(reason)
        else:
            used = "、".join(checked.used)
            messages.success(
                request, pick(f"第 {made.version} 版已检查，用到：{used}。请先看示例，再启用。", f"Version {made.version} is checked.")
            )
            return HttpResponseRedirect("/letters/templates/")
    rows = [
        {"one": one, "kind": present.kind(one.kind), "state": pick(*STATES[one.state]), "size": f"{one.size / 1024:,.0f} KB"}
        for one in queries.templates()
    ]
    context = {
        "rows": rows,
        "kinds": [(code, present.kind(code)) for code in wording.load()],
        "texts": policies.TEXTS,
        "lists": policies.LISTS,
        "required": policies.REQUIRED,
        "refused": refused,
        "limit": MOST_BYTES >> 20,
    }
    return render(request, "letters/templates.html", context, status=422 if refused else 200)


@require_safe
@page("letters_template")
def example(request: PageRequest, pk: int) -> HttpResponseBase:
    found = queries.template(pk)
    if found is None:
        return missing(request)
    try:
        return download(actions.example(found), "docx", f"{present.kind(found.kind)}-示例.docx")
    except actions.CannotWrite as refused:
        messages.warning(request, str(refused))
        return HttpResponseRedirect("/letters/templates/")


@require_POST
@page("letters_template")
def act(request: PageRequest, pk: int, move: str) -> HttpResponseBase:
    if move not in ("use", "retire") or queries.template(pk) is None:
        return missing(request)
    try:
        (actions.use if move == "use" else actions.retire)(template=pk, by=request.reader, now=request.now)
    except actions.CannotWrite as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("已启用，之后拟的通知书用这个模板。") if move == "use" else _("已停用，之后用内置版式。"))
    return HttpResponseRedirect("/letters/templates/")
