"""The tick of duty: shifts begin and end by themselves, and whoever comes next is reminded the day before."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from shouwang.trust.access import grants
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.duty import policies
from shouwang.work.duty.actions import knowing
from shouwang.work.duty.models import Shift

logger = logging.getLogger(__name__)
AT_ONCE = 200


@dataclass
class Turned:
    """What one turn did."""

    begun: int = 0
    ended: int = 0
    reminded: int = 0
    failed: list[str] = field(default_factory=list)


def turn(*, now: datetime) -> Turned:
    """Begins what has begun, ends what is over, reminds who comes next. Safe beside other turns; one failing shift stops no other."""
    done = Turned()
    for pk in list(_waiting(now).order_by("starts_at", "pk").values_list("pk", flat=True)[:AT_ONCE]):
        try:
            with transaction.atomic():
                _one(pk, now, done)
        except Exception:
            logger.exception("shift %s could not be turned", pk)
            done.failed.append(f"shift:{pk}")
    return done


def _waiting(now: datetime) -> QuerySet[Shift]:
    over = Q(state__in=("planned", "on", "absent"), ends_at__lte=now)
    begins = Q(state="planned", starts_at__lte=now, ends_at__gt=now)
    soon = Q(state="planned", told_at=None, starts_at__gt=now, starts_at__lte=now + policies.REMIND)
    return Shift.objects.filter(over | begins | soon, roster__is_open=True)


def _one(pk: int, now: datetime, done: Turned) -> None:
    rows = _waiting(now).select_for_update(skip_locked=True, of=("self",)).select_related("account__staff", "roster__unit")
    shift = rows.filter(pk=pk).first()
    if shift is None:  # another worker was quicker
        return
    with told():
        if shift.ends_at <= now:
            _end(shift, now)
            done.ended += 1
        elif shift.starts_at <= now:
            knowing.begin(shift, now)
            ledger.record("duty.turned", by=None, about=knowing.about(shift, shift.account_id), now=now, content={"begins": True})
            done.begun += 1
        else:
            shift.told_at = now
            shift.save(update_fields=["told_at"])
            knowing.tell("soon", [shift.account_id], shift, None, now)
            ledger.record("duty.reminded", by=None, about=knowing.about(shift, shift.account_id), now=now)
            done.reminded += 1


def _end(shift: Shift, now: datetime) -> None:
    """A shift that somebody left stays absent on record: it is never made to look as if somebody had been there."""
    shift.state = policies.MOVES[shift.state, "end"]
    if shift.begun_at is not None:
        grants.end(ref=shift.ref, by=None, now=now)
    shift.save()
    ledger.record("duty.turned", by=None, about=knowing.about(shift, shift.account_id), now=now, content={"ends": True})
