"""Breaking the glass, and handing out fields. Every refusal is an exception whose message is for people."""

from shouwang.work.disclosures.actions.disclosing import CannotDisclose, Wanted, disclose, end_disclosure, note_read, send, withdraw_consent
from shouwang.work.disclosures.actions.glass import CannotBreak, agree, ask, end, refuse, review, take_note

__all__ = [
    "CannotBreak",
    "CannotDisclose",
    "Wanted",
    "agree",
    "ask",
    "disclose",
    "end",
    "end_disclosure",
    "note_read",
    "refuse",
    "review",
    "send",
    "take_note",
    "withdraw_consent",
]
