"""A small school with alerts to write about: 小雨 and others missed lessons; one rule each about attendance and about health."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from docx import Document

from shouwang.analysis.rules import Rule, parse
from shouwang.work.alerts import actions as alerts
from shouwang.work.alerts.models import Alert
from shouwang.work.alerts.queries import computing, rulebook
from shouwang.work.letters import actions
from shouwang.work.letters.models import Batch, Letter
from tests.facts_world import FactsWorld
from tests.worlds import NOW, World, reader_of, small_school

DAY = date(2025, 12, 9)
KIND = "attendance-notice"


def alerted_school(folder, *names: str) -> World:
    """The small school with an orange attendance alert for each of these students (小雨 and 石大山 when none is named)."""
    world = small_school()
    facts = FactsWorld(folder, engine=computing.engine())
    facts.students(*sorted({student.sid for student in world.students.values()}))
    rule = Rule(
        "absent", "缺课", "Absences", parse("absences_term >= 3", rulebook.names()), 3, 20, "attendance", "", "", "",
    )  # fmt: skip
    alerts.publish_rule(rule=rule, by=None, now=NOW)
    rows = [
        {"sid": world.sid(name), "day": DAY.isoformat(), "period": period, "course": "C", "status": "absent", "hours": 2}
        for name in names or ("小雨", "石大山")
        for period in ("1-2", "3-4", "5-6", "7-8")
    ]
    facts.add("attendance", rows)
    alerts.evaluate(as_of=DAY, by=None, now=NOW, snapshot=facts.snapshot)
    assert Alert.objects.count() == len(names or ("小雨", "石大山"))
    return world


def drafted(who: str = "李秘书", kind: str = KIND, **given) -> Batch:
    """A draft of somebody about the alerts they see."""
    by = reader_of(who)
    chosen = given.pop("alerts", None)
    if chosen is None and "students" not in given:
        from shouwang.work.alerts import queries

        chosen = tuple(row.pk for row in queries.alerts(by))
    return actions.draft(wanted=actions.Wanted(kind=kind, alerts=chosen or (), **given), by=by, now=NOW)


def issued(who: str = "李秘书", kind: str = KIND, now=NOW, **given) -> list[Letter]:
    """Letters that went out, as the job issues them."""
    batch = drafted(who, kind, **given)
    actions.ask_issue(batch=batch.pk, by=reader_of(who), now=now)
    while actions.issue_some(batch=batch.pk, now=now):
        pass
    return list(Letter.objects.filter(batch=batch).order_by("pk"))


def word_file(*lines: str) -> bytes:
    """A Word document with these paragraphs."""
    document, out = Document(), io.BytesIO()
    for line in lines:
        document.add_paragraph(line)
    document.save(out)
    return out.getvalue()


GOOD = (
    "{{ 学校 }}",
    "{{ 标题 }}（{{ 编号 }}）",
    "{{ 收件人 }}：",
    "{%p for 句 in 事由 %}",
    "{{ 句 }}",
    "{%p endfor %}",
    "{{ 姓名 }}",
    "{{ 回执编号 }}",
    "{{ 二维码 }}",
)


@dataclass(frozen=True, slots=True)
class Built:
    world: World
    folder: Path


@contextmanager
def school_of(blocker, folder: Path) -> Iterator[Built]:
    """An alerted school that lasts for a module; what is done to it in tests is rolled back by them, and it itself at the end."""
    with blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DATA", folder)
        patch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
        (folder / "temp").mkdir()
        with transaction.atomic():
            yield Built(alerted_school(folder), folder)
            transaction.set_rollback(True)
