"""The tree, its signed heads, proofs to take away, and what the last audit found. The files for auditors name no student, only digests."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from shouwang.front.pipeline import proving
from shouwang.front.web.kit import paging
from shouwang.front.web.kit.numbers import number
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import exact, pick
from shouwang.front.web.ledger.presenting import audit_of, head_of, who
from shouwang.trust.access import queries as access
from shouwang.trust.ledger import actions, queries
from shouwang.trust.ledger.policies import TABLES, sentence
from shouwang.trust.ledger.proofs import NoProof

HERE = "/ledger/proof/"


@require_safe
@page("ledger")
def state(request: PageRequest) -> HttpResponse:
    """How the tree stands, the last audit, and the heads, newest first."""
    after = paging.cursor(request)
    found = queries.signed_heads()
    older = found.filter(pk__lt=after[0]) if after and isinstance(after[0], int) else found
    heads = list(older[: paging.SIZE + 1])
    more, heads = len(heads) > paging.SIZE, heads[: paging.SIZE]
    pager = paging.pager(request, heads, key=[heads[-1].pk] if heads else None, more=more)
    now, last = queries.state(), queries.audits().first()
    shown = {
        "state": now,
        "size": f"{now.size:,}",
        "head": head_of(now.head, request.now) if now.head else None,
        "since": f"{now.size - now.head.size:,}" if now.head else "",
        "audit": audit_of(last, request.now, request.reader.lang) if last else None,
        "heads": [head_of(one, request.now) for one in heads],
        "pager": pager,
    }
    return render(request, "ledger/state.html", shown)


@require_POST
@page("ledger")
def sign(request: PageRequest) -> HttpResponse:
    """A head now, for whoever needs a proof of what happened a minute ago."""
    signed = actions.sign_head(request.now)
    messages.success(request, pick(f"已签名，短码 {queries.code_of(signed)}。", f"Signed; its short code is {queries.code_of(signed)}."))
    return HttpResponseRedirect(HERE)


@require_POST
@page("ledger")
def audit(request: PageRequest) -> HttpResponse:
    """Everything is looked through by a job; the page shows how far it is."""
    proving.begin_audit(request.reader.account_id)
    return HttpResponseRedirect(HERE)


@require_safe
@page("ledger")
def progress(request: PageRequest, pk: int) -> HttpResponse:
    """The fragment that the page asks for while an audit runs; when it has ended, the page is loaded again."""
    found = queries.audits().filter(pk=pk).first()
    if found is None:
        return missing(request)
    if found.ended_at is not None:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "ledger/progress.html", {"audit": audit_of(found, request.now, request.reader.lang)})


@require_safe
@page("ledger")
def head(request: PageRequest, pk: int) -> HttpResponse:
    """One head, to print and put on a notice board."""
    found = queries.head(pk)
    if found is None:
        return missing(request)
    others = [head_of(one, request.now) for one in queries.signed_heads().exclude(pk=pk)[:10]]
    return render(request, "ledger/head.html", {"head": head_of(found, request.now), "others": others})


@require_safe
@page("ledger")
def entry(request: PageRequest, pk: int) -> HttpResponse:
    """One entry: its sentence, its place, what it bound, and its proof."""
    found = queries.entry(pk)
    if found is None:
        return missing(request)
    about, newest = queries.about(found), queries.latest_head()
    shown = {
        "number": found.pk,
        "what": sentence(found.kind, request.reader.lang),
        "kind": found.kind,
        "who": who(found.by, access.staff_names({found.by} if found.by is not None else set())),
        "at": exact(found.at),
        "digest": found.digest,
        "place": f"{found.leaf + 1:,}" if found.leaf is not None else "",
        "things": about.things,
        "students": f"{about.students:,}" if about.students else "",
        "seals": [(TABLES.get(table, (table, table))[request.reader.lang != "zh"], f"{n:,}") for table, n in queries.seals_of(found)],
        "covered": newest is not None and found.leaf is not None and found.leaf < newest.size,
        "head": head_of(newest, request.now) if newest else None,
    }
    return render(request, "ledger/entry.html", shown)


@require_safe
@page("ledger")
def inclusion(request: PageRequest, pk: int) -> HttpResponseBase:
    """The proof of one entry as a file. Whom it is about stays a digest: an auditor's scope holds no student."""
    found = queries.entry(pk)
    if found is None:
        return missing(request)
    try:
        return _file(queries.inclusion(found, reveal=False), f"ledger-entry-{pk}.json")
    except NoProof as reason:
        messages.warning(request, str(reason))
        return HttpResponseRedirect(f"/ledger/entries/{pk}/")


@require_safe
@page("ledger")
def consistency(request: PageRequest) -> HttpResponseBase:
    """`?old=3&new=8`: that nothing before head 3 was rewritten up to head 8."""
    numbers = [number(request.GET.get(name, ""), 15) for name in ("old", "new")]
    found = [queries.head(pk) if pk is not None else None for pk in numbers]
    old, new = sorted((one for one in found if one is not None), key=lambda one: one.pk) if all(found) else (None, None)
    if old is None or new is None:
        messages.warning(request, pick("请选择两个树头。", "Choose two heads."))
        return HttpResponseRedirect(HERE)
    return _file(queries.consistency(old, new), f"ledger-heads-{old.pk}-{new.pk}.json")


@require_safe
@page("ledger")
def script(request: PageRequest) -> HttpResponse:
    """The script that a parent or a court checks a proof with."""
    response = HttpResponse(queries.verifier().read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="verify_ledger.py"'
    return response


def _file(proof: dict[str, Any], name: str) -> HttpResponse:
    response = HttpResponse(json.dumps(proof, ensure_ascii=False, indent=1) + "\n", content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
