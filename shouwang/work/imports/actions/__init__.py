"""Everything that is done to a delivery; each is one transaction with one ledger record."""

from shouwang.work.imports.actions.accepting import (
    CannotAccept,
    CannotRetract,
    Stale,
    begin,
    commit,
    give_back,
    keep_texts,
    retract,
)
from shouwang.work.imports.actions.blanking import AtWork, blank, forget_texts
from shouwang.work.imports.actions.following import follow
from shouwang.work.imports.actions.moving import Moved, expect, progress, working
from shouwang.work.imports.actions.reading import (
    CannotChange,
    Found,
    ask,
    checked,
    choose_table,
    fail,
    fetched,
    map_columns,
    note_alerts,
    previewed,
    recognised,
)
from shouwang.work.imports.actions.receiving import CannotReceive, CannotRefuse, receive, refuse
from shouwang.work.imports.actions.recovering import let_go, recover

__all__ = [
    "AtWork",
    "CannotAccept",
    "CannotChange",
    "CannotReceive",
    "CannotRefuse",
    "CannotRetract",
    "Found",
    "Moved",
    "Stale",
    "ask",
    "begin",
    "blank",
    "checked",
    "choose_table",
    "commit",
    "expect",
    "fail",
    "fetched",
    "follow",
    "forget_texts",
    "give_back",
    "keep_texts",
    "let_go",
    "map_columns",
    "note_alerts",
    "previewed",
    "progress",
    "receive",
    "recognised",
    "recover",
    "refuse",
    "retract",
    "working",
]
