"""After a kill: what was half-done is put back to a state a person understands. Work that a living process holds is left alone."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.imports import queries, raw
from shouwang.work.imports.actions.accepting import give_back
from shouwang.work.imports.models import Delivery, FreeText, Progress


def let_go(*, now: datetime) -> list[str]:
    """The deliveries of jobs that were killed are free again. What waits in the queue goes on waiting. Returns what was done, in Chinese."""
    lines = _free(Progress.objects.exclude(job__in=("", Progress.QUEUED)), now)
    _tell(lines, now)
    return lines


def recover(*, now: datetime) -> list[str]:
    """At a start: deliveries are let go, queued ones as well, and files nobody knows are removed.

    Safe to run at any time, and twice. Returns what was done, in Chinese.
    """
    lines = _free(Progress.objects.filter(~Q(job="") | Q(delivery__state="accepting")), now)
    left = FreeText.objects.exclude(delivery__state__in=("accepting", "accepted", "retracted"))
    if left.exists():
        with told():
            lines.append(f"删除了 {left.delete()[0]} 段没有接收的文字")
            ledger.record("delivery.texts_dropped", by=None, about=[], now=now)
    removed = [*queries.store().sweep(_known()), *raw.sweep()]
    lines += [f"清理了无主文件 {name}" for name in removed]
    lines += [f"加密了旧版本留下的文件 {name}" for name in _seal_readable()]
    _tell(lines, now)
    return lines


def _tell(lines: list[str], now: datetime) -> None:
    if lines:
        with told():
            ledger.record("delivery.recover", by=None, about=[], now=now, content=lines)


def _free(stuck: QuerySet[Progress], now: datetime) -> list[str]:
    """Nothing holds these deliveries any more, and those being accepted wait for their person again; but not where a process still works."""
    lines = []
    for pk in stuck.values_list("pk", flat=True):
        with raw.held(pk) as free:
            if not free or not stuck.filter(pk=pk).exists():  # it may have ended, and the next job been queued, since they were listed
                continue
            delivery = Delivery.objects.get(pk=pk)
            if delivery.state == "accepting":
                give_back(delivery=delivery, reason="上次接收时程序中断，没有写入任何数据。请再次确认接收。", now=now)
                lines.append(f"数据 {pk}（{delivery.filename}）已退回到待确认")
            if Progress.objects.filter(pk=pk).exclude(job="").update(job="", step="", done=0, total=0):
                lines.append(f"数据 {pk} 的处理已中断，等待重新处理")
    return lines


def _seal_readable() -> list[str]:
    """Files that lie readable because an older version wrote them. One at a time, so that a kill loses nothing and the next start goes on."""
    sealed = []
    for delivery in Delivery.objects.order_by("pk").iterator():
        paths = raw.paths_of(delivery.pk, delivery.raw_name) if delivery.raw_name else []
        sealed += [path.name for path in paths if raw.sealed_late(path, delivery.pk)]
    return sealed


def _known() -> Iterable[int]:
    """Batches whose files stay: live ones, retracted ones (their alerts must stay reproducible), and those just being accepted."""
    return set(Delivery.objects.filter(state__in=("accepting", "accepted", "retracted")).values_list("pk", flat=True))
