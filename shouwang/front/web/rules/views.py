"""The rules: what the platform looks for, in words everybody can check; edits are new versions, tried before they are published."""

import secrets

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shouwang.analysis.rules import DOMAINS, Rule, load_presets
from shouwang.front.web.kit.views import PageRequest, missing, page
from shouwang.front.web.kit.words import pick
from shouwang.front.web.rules import presenting
from shouwang.front.web.rules.forms import RuleForm
from shouwang.trust.access.policies import why_not
from shouwang.work.alerts import actions, queries

PRESETS = {
    "higher": ("高等职业学校通用", "Higher vocational colleges"),
    "secondary": ("中等职业学校通用", "Secondary vocational schools"),
    "compulsory": ("义务教育学校通用", "Compulsory schools"),
    "hunan-safety": ("湖南安全技术职业学院 学业预警", "Hunan Vocational Institute of Safety Technology"),
    "wuhan-textile": ("武汉纺织大学 学业预警", "Wuhan Textile University"),
    "qufu-normal": ("曲阜师范大学 学业预警", "Qufu Normal University"),
    "wannan-medical": ("皖南医学院 学业预警", "Wannan Medical College"),
    "open-university": ("开放大学在线课程", "Open University courses"),
}


@require_GET
@page("rules")
def board(request: PageRequest) -> HttpResponse:
    """`?domain=` and `?level=` narrow the list."""
    domain = request.GET.get("domain", "")
    level = request.GET.get("level", "")
    run = queries.latest_run()
    shown = presenting.board(
        request.reader,
        queries.in_force(),
        domain=domain if domain in DOMAINS else "",
        level=int(level) if level in ("1", "2", "3", "4") else None,
        run_on=run.as_of if run else None,
        now=request.now,
    )
    may_edit = why_not(request.reader, "rules_edit") is None
    return render(request, "rules/list.html", {"board": shown, "retired": queries.retired(), "may_edit": may_edit})


@require_GET
@page("rules")
def sheet(request: PageRequest, code: str) -> HttpResponse:
    """One rule: what it says, whom it meets now, how it came about."""
    rows = queries.versions(code)
    current = queries.current(code)
    if current is None:
        return missing(request)
    meaning = queries.meaning(current)
    live = meaning.rule is not None and current.retired_at is None
    effect = presenting.effect(request.reader, meaning.rule.when) if meaning.rule and live else None
    shown = {
        "row": current,
        "rule": meaning.rule,
        "error": meaning.error,
        "sentence": presenting.said(meaning.rule.when) if meaning.rule else "",
        "effect": effect,
        "why_not_effect": presenting.why_no_effect(request.reader, meaning.rule.when) if meaning.rule and live and not effect else "",
        "domain": pick(*DOMAINS[current.domain]),
        "preset": pick(*PRESETS.get(current.preset, (current.preset, current.preset))) if current.preset else "",
        "history": presenting.history(rows),
        "dismissed": presenting.dismissed(code),
        "ran": queries.last_said().get(current.pk),
        "why_not_edit": why_not(request.reader, "rules_edit"),
    }
    return render(request, "rules/page.html", shown)


@require_http_methods(["GET", "POST"])
@page("rules_edit")
def edit(request: PageRequest, code: str) -> HttpResponseBase:
    """The next version of a rule. What was typed stays, whatever goes wrong."""
    current = queries.current(code)
    if current is None:
        return missing(request)
    before = queries.meaning(current).rule
    form = RuleForm(request.POST if request.method == "POST" else None, rule=before, names=queries.names())
    if request.method == "POST" and form.is_valid():
        if request.POST.get("version") != str(current.version):
            form.add_error(
                None,
                pick(
                    f"您打开页面以后，这条规则已有第 {current.version} 版。请先看过历史版本，再决定是否发布。",
                    f"Version {current.version} was published meanwhile. Look at it first.",
                ),
            )
        else:
            return _publish(request, form.rule(code=code, before=before))
    return _form(request, form, before, code=code, version=current.version)


@require_http_methods(["GET", "POST"])
@page("rules_edit")
def new(request: PageRequest) -> HttpResponseBase:
    form = RuleForm(request.POST if request.method == "POST" else None, rule=None, names=queries.names())
    if request.method == "POST" and form.is_valid():
        # Nobody has to invent a code; two people writing at once never get the same one.
        return _publish(request, form.rule(code=f"school-{secrets.token_hex(3)}", before=None))
    return _form(request, form, None, code="", version=0)


def _form(request: PageRequest, form: RuleForm, before: Rule | None, *, code: str, version: int) -> HttpResponse:
    text = form.data.get("when", "") if form.is_bound else before.text if before else ""
    shown = {
        "form": form,
        "code": code,
        "version": version,
        "rule": before,
        "areas": presenting.vocabulary(),
        "bands": presenting.band_sentence(),
        "checked": presenting.checked(request.reader, text, before, before) if text.strip() else None,
    }
    return render(request, "rules/edit.html", shown, status=422 if form.is_bound else 200)


def _publish(request: PageRequest, rule: Rule) -> HttpResponseBase:
    try:
        row = actions.publish_rule(rule=rule, by=request.reader, now=request.now)
    except actions.CannotPublish as refused:
        messages.error(request, str(refused))
        return redirect("rules:list")
    messages.success(
        request,
        pick(
            f"已发布“{row.title}”第 {row.version} 版，从下一次评估起生效",
            f"Version {row.version} is published; the next evaluation uses it",
        ),
    )
    return redirect("rules:page", code=row.code)


@require_POST
@page("rules_edit")
def check(request: PageRequest) -> HttpResponse:
    """The fragment under the condition: its sentence and effect, or the refusal with its place underlined."""
    text, code = request.POST.get("when", ""), request.POST.get("code", "")
    if not text.strip():
        return render(request, "rules/_check.html", {"checked": None})
    current = queries.current(code) if code else None
    before = queries.meaning(current).rule if current else None
    form = RuleForm(request.POST, rule=before, names=queries.names())
    written = form.rule(code=code, before=before) if form.is_valid() else None
    return render(request, "rules/_check.html", {"checked": presenting.checked(request.reader, text, before, written)})


@require_POST
@page("rules_edit")
def retire(request: PageRequest, code: str) -> HttpResponseBase:
    if queries.current(code) is None:
        return missing(request)
    try:
        actions.retire_rule(code=code, by=request.reader, now=request.now)
        messages.success(
            request, pick("已停用，它的预警会在下一次评估时撤下", "Taken out of force; its alerts are withdrawn by the next evaluation")
        )
    except actions.CannotPublish as refused:
        messages.error(request, str(refused))
    return redirect("rules:page", code=code)


@require_GET
@page("rules")
def presets(request: PageRequest) -> HttpResponse:
    """The rule sets that ship: general ones and published policies."""
    live = {one.row.code for one in queries.in_force()}
    shown = [
        {
            "code": code,
            "title": pick(*PRESETS.get(code, (code, code))),
            "policy": code not in ("higher", "secondary", "compulsory"),
            "rules": [{"title": pick(rule.title, rule.title_en), "level": rule.level, "sentence": presenting.said(rule.when), "live": rule.code in live} for rule in rules],
            "live": sum(rule.code in live for rule in rules),
            "source": rules[0].source if rules and code not in ("higher", "secondary", "compulsory") else "",
        }
        for code, rules in load_presets().items()
    ]  # fmt: skip
    return render(request, "rules/presets.html", {"presets": shown, "may_edit": why_not(request.reader, "rules_edit") is None})


@require_POST
@page("rules_edit")
def install(request: PageRequest, preset: str) -> HttpResponseBase:
    if preset not in load_presets():
        return missing(request)
    count = actions.install_presets(preset=preset, by=request.reader, now=request.now)
    messages.success(request, pick(f"{count} 条规则已在用，从下一次评估起生效", f"{count} rules are in force from the next evaluation"))
    return redirect("rules:list")
