"""The school's own Word templates: uploaded, checked, looked at with a made-up letter, put in use by the student affairs office."""

import hashlib
import uuid
from dataclasses import replace
from datetime import UTC, datetime

from django.db.models import Max

from shouwang.common.reader import Reader
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.letters import paper, policies, wording
from shouwang.work.letters.actions.drafting import CannotWrite, pick
from shouwang.work.letters.models import Letter, Template
from shouwang.work.printing import templates
from shouwang.work.printing.templates import BadTemplate


def upload(*, kind: str, filename: str, content: bytes, by: Reader, now: datetime) -> tuple[Template, templates.Checked]:
    """A template that passed the check, not in use yet, and what it uses. CannotWrite with every reason; nothing of a refused file is kept."""
    if refused := why_not(by, "letters_template"):
        raise CannotWrite(refused)
    if kind not in wording.load():
        raise CannotWrite(pick(by, "请选择一种通知书。", "Choose a kind of letter."))
    try:
        checked = templates.check(content, texts=policies.TEXTS, lists=policies.LISTS, required=policies.REQUIRED)
    except BadTemplate as problem:
        raise CannotWrite(str(problem)) from problem
    if checked.missing:
        marks = "、".join(f"{{{{ {name} }}}}" for name in checked.missing)
        raise CannotWrite(pick(by, f"模板里缺少必须有的占位符：{marks}。", f"The template lacks: {marks}."))
    with told():
        last = Template.objects.filter(kind=kind).aggregate(last=Max("version"))["last"] or 0
        made = Template(kind=kind, version=last + 1, filename=filename[-120:], size=len(content), made_by_id=by.account_id, made_at=now)
        made.sha256 = paper.keep(content, paper.template_path(made), "school")
        made.save()
        ledger.record("letters.template_added", by=by.account_id, about=[made.ref], now=now, content={"kind": kind, "sha256": made.sha256})
    return made, checked


def use(*, template: int, by: Reader, now: datetime) -> Template:
    """From now on letters of the kind are set on it; the one before is retired. CannotWrite with the reason."""
    with told():
        found = _locked(template, by)
        after = _next(found, "use", by)
        example(found)  # what cannot be filled is not put in use
        replaced = policies.TEMPLATE.after("in_use", "replace")
        Template.objects.filter(kind=found.kind, state="in_use").update(state=replaced, retired_at=now)
        found.state, found.used_by_id, found.used_at, found.retired_at = after, by.account_id, now, None
        found.save()
        ledger.record("letters.template_used", by=by.account_id, about=[found.ref], now=now)
    return found


def retire(*, template: int, by: Reader, now: datetime) -> Template:
    """Letters of the kind are set on the built-in page again. CannotWrite with the reason."""
    with told():
        found = _locked(template, by)
        found.state, found.retired_at = _next(found, "retire", by), now
        found.save()
        ledger.record("letters.template_retired", by=by.account_id, about=[found.ref], now=now)
    return found


def _next(found: Template, move: str, by: Reader) -> str:
    """The state after a move of the office. CannotWrite."""
    if policies.TEMPLATE.why_not(move, state=found.state, actors={"office"}, lang=by.lang):
        words = {
            "use": ("这个模板已经在使用。", "This template is in use already."),
            "retire": ("这个模板已经停用。", "This template is retired already."),
        }
        raise CannotWrite(pick(by, *words[move]))
    return policies.TEMPLATE.after(found.state, move)


def _locked(template: int, by: Reader) -> Template:
    if refused := why_not(by, "letters_template"):
        raise CannotWrite(refused)
    found = Template.objects.select_for_update().filter(pk=template).first()
    if found is None:
        raise CannotWrite(pick(by, "没有这个模板。", "There is no such template."))
    return found


def example(template: Template) -> bytes:
    """A letter to somebody who does not exist, on this template. CannotWrite when it cannot be filled."""
    try:
        return paper.filled(template, sample(wording.load()[template.kind]))
    except (BadTemplate, KeyError) as problem:
        raise CannotWrite(f"模板不能填写：{problem}") from problem


def sample(kind: wording.Kind) -> dict[str, object]:
    """The sheet of a made-up letter."""
    reason = paper.Reason("上学期有 3 门课程不及格，达到“3 门”的预警线", (paper.Figure("不及格门数", "3 门", "≥ 3"),))
    words = paper.Words(
        school="示例学校",
        unit="示例学院",
        title=kind.title,
        to="王小明同学" if kind.to == "student" else "王小明同学的监护人",
        addressee=kind.to,
        student="王小明",
        student_number="2025000000",
        class_name="示例班级",
        opening=kind.opening,
        reasons=(reason, replace(reason, sentence="本学期缺课 12 节，达到“10 节”的提醒线")),
        remark="",
        as_of="2025 年 12 月 9 日",
        advice=kind.advice,
        closing=kind.closing,
        contact="李老师，0871-60000000",
        receipt_text=kind.receipt,
    )
    at = datetime(2025, 12, 10, 2, 0, tzinfo=UTC)
    letter = Letter(uuid=uuid.UUID(int=0), year=2025, number=1, receipt=policies.receipt(2025, 1), issued_at=at, due_at=at)
    return paper.sheet(words, letter)


def read(*, template: Template) -> bytes:
    """The file as it was uploaded."""
    content = paper.template_bytes(template)
    assert hashlib.sha256(content).hexdigest() == template.sha256
    return content
