"""What people do in cases. Each refusal is an exception whose message is for people, with the remedy."""

from shouwang.work.cases.actions.approving import answer_approval, approve, ask_approval, second_opinion, withdraw_approval
from shouwang.work.cases.actions.base import Actor, CannotDo, NoSuchCase
from shouwang.work.cases.actions.closing import close, merge, pause, reopen, resume, split
from shouwang.work.cases.actions.moving import follow
from shouwang.work.cases.actions.opening import CannotOpen, join, open, why_not_open
from shouwang.work.cases.actions.referring import accept, decline, refer, return_, withdraw_referral
from shouwang.work.cases.actions.stepping import (
    WORDS_FOR,
    add_step,
    finish_step,
    go_on_step,
    plan_of,
    redo_step,
    rehand_many,
    rehand_step,
    remind,
    skip_step,
    wait_step,
)
from shouwang.work.cases.actions.team import add_member, hand_over, remove_member
from shouwang.work.cases.actions.waking import wake
from shouwang.work.cases.actions.writing import (
    CannotAttach,
    add_document,
    judge_goal,
    note,
    note_read,
    open_document,
    set_goal,
    tell_export,
    write_plan,
)

__all__ = [
    "Actor",
    "CannotAttach",
    "CannotDo",
    "CannotOpen",
    "NoSuchCase",
    "WORDS_FOR",
    "accept",
    "add_document",
    "add_member",
    "add_step",
    "answer_approval",
    "approve",
    "ask_approval",
    "close",
    "decline",
    "finish_step",
    "follow",
    "go_on_step",
    "hand_over",
    "join",
    "judge_goal",
    "merge",
    "note",
    "note_read",
    "open",
    "open_document",
    "pause",
    "plan_of",
    "redo_step",
    "refer",
    "rehand_many",
    "rehand_step",
    "remind",
    "remove_member",
    "reopen",
    "resume",
    "return_",
    "second_opinion",
    "set_goal",
    "skip_step",
    "split",
    "tell_export",
    "wait_step",
    "wake",
    "why_not_open",
    "withdraw_approval",
    "withdraw_referral",
    "write_plan",
]
