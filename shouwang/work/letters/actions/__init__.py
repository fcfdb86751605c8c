"""Drafting, issuing, receipts, templates. Every refusal is a CannotWrite whose message is for people."""

from shouwang.work.letters.actions.drafting import CannotWrite, Wanted, draft
from shouwang.work.letters.actions.issuing import FORESEEN, ask_issue, bundle, drop, forget, issue_some, stopped
from shouwang.work.letters.actions.moving import follow
from shouwang.work.letters.actions.returning import Entered, receive, receive_many, unreceive, void
from shouwang.work.letters.actions.templating import example, read, retire, upload, use

__all__ = [
    "FORESEEN",
    "CannotWrite",
    "Entered",
    "Wanted",
    "ask_issue",
    "bundle",
    "draft",
    "drop",
    "example",
    "follow",
    "forget",
    "issue_some",
    "read",
    "receive",
    "receive_many",
    "retire",
    "stopped",
    "unreceive",
    "upload",
    "use",
    "void",
]
