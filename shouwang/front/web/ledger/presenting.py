"""Heads and audits as ready words."""

from datetime import datetime
from typing import Any

from shouwang.front.web.kit.words import ago, exact, pick
from shouwang.trust.ledger import queries
from shouwang.trust.ledger.policies import TABLES
from shouwang.trust.ledger.queries import Audit, Head

STEPS = {"queued": ("排队等候", "waiting for a worker"), "entries": ("核对记录", "entries"), "tree": ("核对默克尔树", "the tree")}


def head_of(head: "Head", now: datetime) -> dict[str, Any]:
    return {
        "pk": head.pk,
        "size": f"{head.size:,}",
        "code": queries.code_of(head),
        "root": head.root,
        "key": head.key,
        "signature": head.signature,
        "at": exact(head.at),
        "ago": ago(head.at, now),
        "stamped": bool(head.token),
    }


def audit_of(audit: "Audit", now: datetime, lang: str) -> dict[str, Any]:
    """Under way, clean, or with what it named."""
    named = queries.findings(audit) if audit.found else []
    table = TABLES.get(audit.step, (audit.step, audit.step))
    return {
        "pk": audit.pk,
        "running": audit.ended_at is None,
        "step": pick(*STEPS[audit.step]) if audit.step in STEPS else pick("核对数据行：", "rows: ") + pick(*table),
        "done": audit.done,
        "total": audit.total,
        "ago": ago(audit.ended_at, now) if audit.ended_at else "",
        "at": exact(audit.ended_at) if audit.ended_at else "",
        "entries": f"{audit.entries:,}",
        "rows": f"{audit.rows:,}",
        "found": audit.found,
        "findings": [one.sentence(lang) for one in named],
        "more": audit.found - len(named),
    }


def who(account: int | None, names: dict[int, str]) -> str:
    """Staff by name; students and guardians who acted stay account numbers."""
    if account is None:
        return pick("平台", "the platform")
    return names.get(account) or pick(f"账号 {account}", f"account {account}")
