"""From what was noticed to who does something about it: alerts and reports open a case, or join the one that is open."""

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from shouwang.common.reader import Reader
from shouwang.front import clock
from shouwang.work.cases import actions as cases
from shouwang.work.cases import queries
from shouwang.work.incidents import actions as incidents
from shouwang.work.incidents import queries as reports
from shouwang.work.playbooks import actions as playbooks
from shouwang.work.playbooks import queries as procedures

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """`done`: matters that now have a case; `refused`: sentence → how many could not get one, with who must be named."""

    done: int
    refused: Counter[str]


def level() -> int:
    """From which level on an alert opens a case by itself; 0: never."""
    return int(settings.CASES_FROM)


def open_due(*, now: datetime, by: Reader | None = None, unit: str = "") -> Opened:
    """Every grave alert without a case gets one, by its rule's procedure. Again changes nothing; what is refused is tried again next time.

    Without a reader for the whole school; a reader opens what they may handle, `unit` (a path) only what stands below it.
    """
    done, refused = 0, Counter[str]()
    actor = by.actor if by is not None else None
    for one in queries.asking(level(), by, unit) if level() else ():
        code = one.playbook if procedures.for_level(one.playbook, one.level) is not None else ""
        try:
            cases.open(
                student=one.sid, origin="alert", domain=one.domain, level=one.level, playbook=code, alerts=one.alerts, by=actor, now=now
            )
        except cases.CannotDo as reason:
            refused[str(reason)] += 1
            continue
        done += 1
    if refused:
        logger.warning("no case for some alerts", extra={"refused": sum(refused.values())})
    return Opened(done, refused)


def open_from_incident(incident: int, by: Reader, now: datetime) -> list[int]:
    """A report becomes, or joins, the case of each student it is about; returns the ids. CannotDo, CannotAct with the reason."""
    found = reports.incident(by, incident)
    if found is None:
        raise cases.NoSuchCase("没有这条反馈。" if by.lang == "zh" else "There is no such report.")
    given = reports.for_case(found)
    if not given.students:
        raise cases.CannotDo("请先关联同学，再开启个案。" if by.lang == "zh" else "Link the student first.")
    code = given.playbook if given.playbook and procedures.for_level(given.playbook, given.level) is not None else ""
    with transaction.atomic():  # a report that may not become a case opens none
        cases_of = {
            sid: cases.open(
                student=sid, origin="incident", domain=given.domain, level=given.level, playbook=code, origin_ref=given.ref,
                raised_by=found.reporter_id, by=by, now=now,
            ).pk
            for sid in sorted(given.students)  # always in this order: another report may be about the same students
        }  # fmt: skip
        opened = [cases_of[sid] for sid in given.students]
        incidents.became_case(incident=incident, ref=f"case:{opened[0]}", by=by, now=now)
    return opened


def wake() -> int:
    """The schedule's: what waited until today goes on."""
    return cases.wake(now=clock.now())


def install(*, now: datetime, by: int | None = None) -> int:
    """The catalogue's procedures in force; how many are new."""
    return playbooks.install(by=by, now=now)
