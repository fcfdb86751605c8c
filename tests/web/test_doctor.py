"""`shouwang doctor`: what is wrong while a school works, each with its remedy."""

from datetime import timedelta

import pytest

from shouwang.front import clock
from shouwang.front.commands import doctor
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger import guard
from shouwang.trust.people.models import Responsibility
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.deadlines.actions import planning
from tests.worlds import account_of, small_school

pytestmark = pytest.mark.django_db


def a_late_matter(now):
    student = small_school().students["小雨"]
    place = {"unit_path": student.unit_path, "dorm_path": student.dorm_path, "student": student.sid}
    begun = now - timedelta(days=30)
    deadlines.start(
        ref="case:1", kind="case_step", owner=account_of("林老师").pk, ladder="crisis", within="2h", clock="round", **place, url="/", by=None, now=begun
    )  # fmt: skip


def said(subject):
    return [finding for finding in doctor.examine() if finding.subject == subject]


def test_time_limits_of_which_nobody_hears_are_named_with_the_missing_roles():
    now = clock.now()
    a_late_matter(now)
    assert said("期限提醒")[0].fine
    with guard.told():
        Responsibility.objects.all().update(is_current=False)
        ledger.record("people.rebuilt", by=None, about=[], now=now)
    deadlines.watch(now=now - timedelta(minutes=10))  # the owner hears
    deadlines.watch(now=now)
    found = said("期限提醒")[0]
    assert not found.fine and "1 个期限" in found.words and "1 个的提醒顺序上没有人" in found.words
    assert "学院负责人" in found.words and "校领导" in found.words and "责任覆盖" in found.remedy
    assert "小雨" not in found.line() and "case:1" not in found.line()


def test_time_limits_that_fail_otherwise_point_to_the_log(monkeypatch):
    now = clock.now()
    a_late_matter(now)
    monkeypatch.setattr(planning, "recipients", lambda *given: 1 / 0)
    deadlines.watch(now=now)
    found = said("期限提醒")[0]
    assert not found.fine and "没有人" not in found.words and "1 个因其他原因" in found.words and "日志" in found.remedy


@pytest.mark.parametrize(
    ("engine", "bucket", "said_so"),
    [
        ("spark://master:7077", "s3://facts/school", True),
        ("spark://master:7077", "", False),
        ("local[2]", "s3://facts/school", False),
        ("duckdb", "s3://facts/school", False),
    ],
)
def test_a_cluster_does_not_read_the_bucket(settings, engine, bucket, said_so):
    settings.ENGINE, settings.FACTS_BUCKET = engine, bucket
    found = [finding for finding in doctor._engine() if finding.subject == "事实数据"]
    assert bool(found) == said_so
    if found:
        assert not found[0].fine and not found[0].grave and "facts" in found[0].remedy and "同一路径" in found[0].remedy
