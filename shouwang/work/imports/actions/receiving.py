"""A file comes in, or is sent back."""

from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from shouwang.analysis.standard import load
from shouwang.common.reader import Reader
from shouwang.trust.access.policies import departments
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.people.models import Unit
from shouwang.work.imports import queries, raw
from shouwang.work.imports.actions.moving import account_id, move
from shouwang.work.imports.models import Delivery, Progress
from shouwang.work.imports.policies import safe_name, why_not_content, why_not_receive


class CannotReceive(Exception):
    """A file that is not taken in; the reason and the remedy are the message, in Chinese."""


class CannotRefuse(Exception):
    """A delivery that cannot be sent back; the reason is the message, in Chinese."""


def receive(*, source: BinaryIO, filename: str, by: Reader | None, now: datetime, table: str = "") -> Delivery:
    """Keep the raw file (encrypted) and open a delivery. CannotReceive names what is wrong with it."""
    name = safe_name(filename)
    if table and (reason := _why_not_deliver(by, table)):
        raise CannotReceive(reason)
    if by is not None and not departments(by):
        raise CannotReceive("您的角色不报送数据；如工作需要，请联系学生处调整职责。")
    sha256, size = raw.measured(source)
    reason = why_not_receive(name, size, settings.UPLOAD_LIMIT) or why_not_content(name, raw.head(source))
    if reason is not None:
        raise CannotReceive(reason)
    with told():
        delivery = Delivery.objects.create(
            table=table,
            department=load().table(table).owner if table else "",
            unit=_home(by, table),
            filename=name,
            sha256=sha256,
            size=size,
            state="received",
            twin=queries.twin_of(sha256),
            received_by_id=account_id(by),
            received_at=now,
        )
        delivery.raw_name = f"{delivery.pk}{Path(name).suffix.lower()}"
        delivery.save(update_fields=["raw_name"])
        Progress.objects.create(delivery=delivery)
        # Last before the commit: a file whose row is never committed is overwritten by the delivery that gets the id next.
        kept = raw.keep(source, delivery.raw_name, delivery.pk)
        ledger.record("delivery.receive", by=account_id(by), about=[f"delivery:{delivery.pk}"], now=now, digest=kept)
    return delivery


def refuse(*, delivery: Delivery, reason: str, by: Reader | None, now: datetime) -> Delivery:
    """Send the delivery back; nothing of it counts, the raw file and the report stay. CannotRefuse without a reason."""
    if not reason.strip():
        raise CannotRefuse("请写明退回的原因，便于报送人改正。")
    move(
        delivery,
        "refuse",
        by=account_id(by),
        now=now,
        refused_by_id=account_id(by),
        refused_at=now,
        refused_reason=reason.strip()[:300],
    )
    return delivery


def _why_not_deliver(by: Reader | None, table: str) -> str | None:
    if table not in load().tables:
        return f"数据标准中没有“{table}”这张表，请在格式说明页查看表名。"
    return queries.why_not_deliver(by, table)


def _home(by: Reader | None, table: str) -> Unit | None:
    """The unit a delivery is made for: the widest one the deliverer answers for."""
    if by is None:
        return None
    owners = [load().table(table).owner] if table else sorted(departments(by))
    scopes = [scope for owner in owners for scope in queries.delivering_scopes(by, owner)]
    paths = [scope.path for scope in sorted(scopes, key=lambda scope: len(scope.path)) if scope.path]
    return Unit.objects.filter(path=paths[0]).first() if paths else None
