"""The way of a file through the door: taken in, examined, accepted; for the web in jobs, for commands and the demo at once."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from shouwang.analysis import intake as reading
from shouwang.analysis.facts import BucketTrouble
from shouwang.common.reader import Reader
from shouwang.front import clock
from shouwang.front.pipeline import examination, following, nightly
from shouwang.front.pipeline.examination import Work
from shouwang.trust.access import queries as access
from shouwang.work.alerts import queries as judged
from shouwang.work.imports import actions, queries
from shouwang.work.imports.queries import Delivery

TRIES = 5  # another acceptance may come in between; five in a row do not
MARKED = 20_000


def take(source: BinaryIO, filename: str, *, by: Reader, now: datetime, table: str = "") -> Delivery:
    """Keep a file and queue its examination. CannotReceive names what is wrong with it."""
    delivery = actions.receive(source=source, filename=filename, by=by, now=now, table=table)
    examine_again(delivery)
    return delivery


def examine_again(delivery: Delivery) -> None:
    with transaction.atomic():
        actions.expect(delivery)
        later("examine", delivery.pk)


def choose_table(delivery: Delivery, table: str, *, by: Reader, now: datetime) -> None:
    """The person says which table the file is; it is examined again as that."""
    with transaction.atomic():
        actions.choose_table(delivery=delivery, table=table, by=by, now=now)
        later("examine", delivery.pk)


def map_columns(delivery: Delivery, choices: Mapping[tuple[int, int], str], *, by: Reader, now: datetime) -> None:
    """The person says what headings mean; the file is examined again with that."""
    with transaction.atomic():
        actions.map_columns(delivery=delivery, choices=choices, by=by, now=now)
        later("examine", delivery.pk)


def accept(delivery: Delivery, *, confirmed: bool, by: Reader, now: datetime) -> None:
    """The person says yes. When facts have changed since the figures were shown, they are made anew and nothing is accepted."""
    if delivery.state == "previewed" and examination.outdated(delivery):
        examine_again(delivery)
        raise actions.CannotAccept("看过预览之后又有新的数据被接收，数字可能已经变化。正在重新预览，请看过新的数字再确认。")
    with transaction.atomic():
        actions.begin(delivery=delivery, confirmed=confirmed, by=by, now=now)
        later("finish", delivery.pk)


def retract(delivery: Delivery, reason: str, *, by: Reader | None, now: datetime) -> None:
    """Take an accepted delivery out again; a projected table is rebuilt from the raw files of those that stay; then the rules are asked."""
    with transaction.atomic():
        before = following.places(delivery.table)
        actions.retract(delivery=delivery, reason=reason, by=by, now=now, rows_of=examination.rows_of)
        examination.moved(delivery, before, by=by.account_id if by else None, now=now)
    later("judge", delivery.pk)


def marked_copy(delivery: Delivery) -> bytes:
    """The deliverer's own workbook with the refused cells marked and commented."""
    problems = [problem for problem, _ in zip(queries.problems(delivery), range(MARKED), strict=False)]
    with queries.raw_file(delivery) as path:
        return reading.marked_copy(path, problems, delivery.filename)


def later(job: str, delivery_id: int) -> None:
    """Queue a job on the cluster for long work; tests and commands set Q_CLUSTER["sync"] and have it done at once."""
    if settings.Q_CLUSTER.get("sync"):
        JOBS[job](delivery_id)
        return
    from django_q.tasks import async_task

    async_task(f"shouwang.front.pipeline.intake.{job}", delivery_id, cluster="long")


def examine(delivery_id: int) -> None:
    """Job: read, recognise, check, preview, as far as it goes without a person. Safe to run twice."""
    delivery = queries.by_id(delivery_id)
    if delivery is None:
        return
    with actions.working(delivery, "examine") as free:
        if free:
            now = clock.now()
            with examination.opened(delivery, now) as work:
                if work and examination.examine(work, now):
                    examination.preview_alerts(work, now)
    ask_for_judgement()  # of what was accepted while this one was being looked at


def finish(delivery_id: int) -> None:
    """Job: write the facts and commit a delivery that a person has accepted. Safe to run twice.

    After a kill that came between the commit and the asking, the second time only lets go of the delivery and asks.
    """
    delivery = queries.by_id(delivery_id)
    if delivery is None or delivery.state not in {"accepting", "accepted"}:
        return
    with actions.working(delivery, "accept") as free:
        if free and delivery.state == "accepting":
            _finish(delivery, clock.now())
    ask_for_judgement()


def ask_for_judgement() -> None:
    """Queue the judging of what came or went and no run has seen. While files are being worked on, the last one asks."""
    moved = queries.moved_last()
    if moved is not None and not queries.at_work() and judged.is_behind():
        later("judge", moved)


def judge(delivery_id: int) -> None:
    """Job: the rules over the students of whom something is known now that was not, in the name of whoever accepted or retracted last.

    While more files are being worked on, the last one asks.
    """
    delivery = queries.by_id(delivery_id)
    now = clock.now()
    if delivery is None or queries.at_work():
        return
    with suppress(nightly.CannotEvaluate):  # a school without rules or terms has nothing to judge yet
        by = delivery.retracted_by_id or delivery.accepted_by_id
        nightly.evaluate_touched_and_open(as_of=timezone.localdate(now), by=by, now=now)


def _finish(delivery: Delivery, now: datetime) -> None:
    for _ in range(TRIES):
        with examination.opened(delivery, now) as work:
            if work is None:
                return
            if reason := examination.differs(work, now):
                actions.give_back(delivery=delivery, reason=reason, now=now)
                examination.examine(work, now)
                return
            try:
                examination.write(work, now)
                return
            except actions.Stale:
                continue
            except BucketTrouble as trouble:
                actions.give_back(delivery=delivery, reason=f"没有写入任何内容。{trouble}", now=now)
                return
    actions.give_back(delivery=delivery, reason="接收时不断有其他数据在更新，没有写入任何内容。请稍后再确认。", now=now)


JOBS = {"examine": examine, "finish": finish, "judge": judge}


def deliver(
    path: Path, table: str = "", *, by: int | Reader | None, now: datetime, confirm: bool = False, filename: str = "", alerts: bool = False
) -> Delivery:
    """A file all the way, at once: for commands, the demo and examples. `by` is an account id, a reader, or None (the operator).

    With `confirm`, open gates count as confirmed. The delivery tells by its state how far it came; CannotReceive when it was not taken in.
    """
    reader = access.reader_of(by, timezone.localdate(now)) if isinstance(by, int) else by
    if isinstance(by, int) and reader is None:  # nobody is the operator, who may deliver everything
        raise actions.CannotReceive("报送人的账号已停用。请由现在负责报送的人上传。")
    with path.open("rb") as source:
        delivery = actions.receive(source=source, filename=filename or path.name, by=reader, now=now, table=table)
    with actions.working(delivery, "accept"):
        with examination.opened(delivery, now, reader) as work:
            if work is None or not examination.examine(work, now):
                return delivery
            if alerts:
                examination.preview_alerts(work, now)
            if not _begun(work, confirm=confirm, by=reader, now=now):
                return delivery
            with suppress(actions.Stale, BucketTrouble):  # somebody else's acceptance came in between: once more from the raw file
                examination.write(work, now)
                return delivery
        _finish(delivery, now)
    return delivery


def _begun(work: Work, *, confirm: bool, by: Reader | None, now: datetime) -> bool:
    try:
        actions.begin(delivery=work.delivery, confirmed=confirm, by=by, now=now)
    except actions.CannotAccept:
        return False
    return True
