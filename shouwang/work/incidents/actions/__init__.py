"""Reporting, answering, climbing; starting and ending emergencies; the school's own categories."""

from shouwang.work.incidents.actions.answering import (
    acknowledge,
    add,
    became_case,
    handle,
    involve,
    join,
    link,
    merge,
    pass_on,
    pause,
    reopen,
    resolve,
    resume,
)
from shouwang.work.incidents.actions.climbing import Climbed, climb
from shouwang.work.incidents.actions.moving import follow
from shouwang.work.incidents.actions.reporting import Given, Photo, report
from shouwang.work.incidents.actions.steps import CannotAct

__all__ = [
    "CannotAct",
    "Climbed",
    "Given",
    "Photo",
    "acknowledge",
    "add",
    "became_case",
    "climb",
    "follow",
    "handle",
    "involve",
    "join",
    "link",
    "merge",
    "pass_on",
    "pause",
    "reopen",
    "report",
    "resolve",
    "resume",
]
