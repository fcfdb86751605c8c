"""Letters, meetings and trainings of the busy school: one of each for either college, made by its secretary and its lead."""

from datetime import time, timedelta
from typing import Any

from shouwang.trust.access import queries as access
from shouwang.work.letters import actions as letters
from shouwang.work.letters.models import Letter
from shouwang.work.meetings import actions as meetings
from shouwang.work.trainings import actions as trainings
from tests.letters_world import GOOD, KIND, word_file
from tests.worlds import NOW, World, account_of


def at(name: str) -> Any:
    return access.reader(account_of(name), NOW.date(), now=NOW)


def papers(world: World, name: str, college: str, secretary: str, teacher: str, lead: str) -> dict[str, Any]:
    """What the permission table's addresses of these rooms name."""
    return _letters(world, name, secretary) | _meeting(world, college, secretary, teacher) | _training(world, college, lead)


def _letters(world: World, name: str, secretary: str) -> dict[str, Any]:
    by, sid = at(secretary), world.sid(name)
    made, _ = letters.upload(kind=KIND, filename="通知.docx", content=word_file(*GOOD), by=at("陈主任"), now=NOW)
    wanted = letters.Wanted(KIND, students=(sid,))
    batch = letters.draft(wanted=wanted, by=by, now=NOW)
    letters.ask_issue(batch=batch.pk, by=by, now=NOW)
    letters.issue_some(batch=batch.pk, now=NOW)
    letters.bundle(batch=batch.pk, now=NOW)
    draft = letters.draft(wanted=letters.Wanted("talk-notice", students=(sid,), remark="周四下午面谈"), by=by, now=NOW)
    row = Letter.objects.get(batch=batch)
    return {"letter": row.pk, "batch": batch.pk, "draft": draft.pk, "receipt": row.receipt, "template": made.pk}


def _meeting(world: World, college: str, secretary: str, teacher: str) -> dict[str, Any]:

    by, unit = at(secretary), world.units[college].pk
    series = meetings.set_up(rule=meetings.Rule(f"{college} 例会", unit, 2, 1, time(14, 0), 60, "201"), by=by, now=NOW)
    if teacher != secretary:
        meetings.seat(series=series.pk, account=account_of(teacher).pk, part="member", by=by, now=NOW)
    found = meetings.plan(series=series.pk, starts_at=NOW, by=by, now=NOW)
    topic = meetings.add_topic(meeting=found.pk, title="期末口径", by=by, now=NOW)
    meetings.open_meeting(meeting=found.pk, by=by, now=NOW)
    given = {"agreed": "拟一份说明", "owner": account_of(secretary).pk, "days": 3}
    decision = meetings.decide(meeting=found.pk, item=topic.pk, by=by, now=NOW, **given)
    word = meetings.make_feed(by=by, now=NOW)
    return {"series": series.pk, "meeting": found.pk, "item": topic.pk, "decision": decision.pk, "calendar": word}


def _training(world: World, college: str, lead: str) -> dict[str, Any]:
    by = at(lead)
    wanted = trainings.Wanted("network", world.units[college].pk, NOW + timedelta(hours=2), 60, "201", "周咨询师")
    made = trainings.plan(wanted=wanted, by=by, now=NOW)
    file = trainings.add_material(training=made.pk, filename="要点.txt", content="上报要点".encode(), by=by, now=NOW)
    return {"training": made.pk, "material": file.pk}
