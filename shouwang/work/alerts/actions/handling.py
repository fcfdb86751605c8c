"""What people do with alerts: acknowledge, dismiss with a reason, snooze, return. An alert the reader may not see is missing."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from shouwang.common.digest import digest
from shouwang.common.reader import Reader, acting
from shouwang.trust.access.policies import why_not
from shouwang.trust.access.queries import visible
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.alerts import policies
from shouwang.work.alerts.actions import tallies
from shouwang.work.alerts.actions.levels import relevel
from shouwang.work.alerts.actions.lifecycle import chunks
from shouwang.work.alerts.actions.locks import hold
from shouwang.work.alerts.models import Alert, AlertEvent
from shouwang.work.alerts.queries.listing import Line

CHUNK = 5_000
ONLY_SEEN = (
    "您可以看这条预警，但职责不包括办理；请联系班主任或学生处。",
    "You may see this alert but not handle it; ask the homeroom teacher or student affairs.",
)


class CannotHandle(Exception):
    """Why a move is refused, in Chinese; the same sentence is the button's tooltip."""


class NoSuchAlert(CannotHandle):
    """There is none, or the reader may not know of it."""


def acknowledge(*, alert: int, by: Reader, now: datetime) -> Alert:
    """The reader has seen the alert and takes note. CannotHandle with the reason."""
    return _move("acknowledge", alert, by, now, {})


def dismiss(*, alert: int, reason: str, by: Reader, now: datetime) -> Alert:
    """These values justify no alert; `reason` from policies.REASONS. Stays so until they get worse. CannotHandle with the reason."""
    if refused := policies.why_not_reason(reason):
        raise CannotHandle(refused)
    return _move("dismiss", alert, by, now, {"dismissed_reason": reason}, reason=reason)


def snooze(*, alert: int, until: date, by: Reader, now: datetime) -> Alert:
    """Comes back on a date. CannotHandle with the reason."""
    return _move("snooze", alert, by, now, {"snoozed_until": until}, until=until)


def return_to_open(*, alert: int, by: Reader, now: datetime) -> Alert:
    """Takes back an acknowledgement, a dismissal or a snooze. CannotHandle with the reason."""
    return _move("return", alert, by, now, {})


def bulk_acknowledge(*, alerts: Iterable[int], by: Reader, now: datetime) -> tuple[int, int]:
    """Acknowledges what can be acknowledged. Returns how many were and how many were not (already handled, or not the reader's)."""
    _may(by)
    wanted = sorted(set(alerts))
    froms = [state for state in policies.STATES if (state, "acknowledge") in policies.MOVES]
    done: list[Alert] = []
    with told():
        hold("alerts", shared=True)
        for chunk in chunks(wanted, CHUNK):
            # Always in this order: two who do this at once must not wait for each other.
            rows = Alert.objects.select_for_update().filter(pk__in=chunk, state__in=froms).order_by("pk")
            done += visible(acting(by, "write"), rows)
        before = [alert.state for alert in done]
        for alert in done:
            alert.state, alert.snoozed_until = "acknowledged", None
        for chunk in chunks((alert.pk for alert in done), CHUNK):
            Alert.objects.filter(pk__in=chunk).update(state="acknowledged", snoozed_until=None)
        AlertEvent.objects.bulk_create(
            [AlertEvent(alert=alert, kind="acknowledged", by_id=by.account_id, at=now) for alert in done], batch_size=CHUNK
        )
        tallies.moved(done, before)
        ledger.record("alerts.acknowledged", by=by.account_id, about=[f"alert:{alert.pk}" for alert in done], now=now)
    return len(done), len(wanted) - len(done)


def tell_export(*, alerts: Iterable[Line], by: Reader, now: datetime) -> None:
    """A list left the platform as a file; the ledger hears which alerts were in it."""
    with told():
        ledger.record("alerts.exported", by=by.account_id, about=[f"alert:{row.pk}" for row in alerts], now=now)


def _move(move: str, pk: int, by: Reader, now: datetime, also: dict[str, Any], *, reason: str = "", until: date | None = None) -> Alert:
    _may(by)
    with told():
        hold("alerts", shared=True)
        alert = visible(by, Alert.objects.select_for_update()).filter(pk=pk).first()
        if alert is None:
            raise NoSuchAlert("没有这条预警。")
        if not visible(acting(by, "write"), Alert.objects.filter(pk=pk)).exists():
            raise CannotHandle(ONLY_SEEN[0 if by.lang == "zh" else 1])
        today = timezone.localdate(now)
        refused = policies.why_not(move, state=alert.state)
        if until is not None:
            refused = refused or policies.why_not_snooze(until=until, today=today, level=alert.level)
        if refused:
            raise CannotHandle(refused)
        state = policies.MOVES[alert.state, move]
        change: dict[str, Any] = {"state": state, "snoozed_until": None, "dismissed_run_id": None, "dismissed_reason": ""} | also
        if state == "dismissed":
            change["dismissed_run_id"] = alert.values_run_id
        before = alert.state
        Alert.objects.filter(pk=pk).update(**change)
        for name, value in change.items():
            setattr(alert, name, value)
        AlertEvent.objects.create(alert=alert, kind=policies.EVENT_OF_MOVE[move], by_id=by.account_id, at=now, reason=reason, until=until)
        relevel([alert.student_id], today)
        tallies.moved([alert], [before])
        about = [f"alert:{pk}", f"student:{alert.student_id}"]
        ledger.record(
            f"alerts.{policies.EVENT_OF_MOVE[move]}", by=by.account_id, about=about, now=now, digest=digest([move, pk, reason, str(until)])
        )
    return alert


def _may(by: Reader) -> None:
    if reason := why_not(by, "alerts_act"):
        raise CannotHandle(reason)
