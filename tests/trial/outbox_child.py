"""The process that is killed: the worker's tick and couriers beside somebody who says things.

python -m tests.trial.outbox_child build DATA | work DATA SECONDS | finish DATA | check DATA
`work` sends messages of every tier, each in a transaction of its own, every fourth of which is rolled back; it prints "ready" first.
`finish` is the restart: what was in hand is free, and it ends when nothing that is due is left. The gateway is the parent's.
"""

import json
import os
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

from tests.trial.import_child import start

LIMIT = 60.0


def build() -> None:
    from django.core.management import call_command

    from tests.worlds import small_school

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    small_school()


def _morning() -> datetime:
    """A moment of the school's working hours, as far into the morning as the child has run."""
    from tests.worlds import NOW

    return NOW + timedelta(seconds=time.time() - float(os.environ["OUTBOX_BEGAN"]))


def _clock() -> None:
    """Leases count by it: it goes on from one child to the next as a real clock does."""
    from shouwang.front import clock

    clock.now = _morning


def work(seconds: float) -> None:
    from shouwang.front.pipeline.couriers import Couriers
    from shouwang.front.pipeline.tick import tick

    _clock()
    Couriers().start()
    print("ready", flush=True)
    ends = time.monotonic() + seconds
    threading.Thread(target=_say, args=(ends,), daemon=True).start()
    while time.monotonic() < ends:
        tick()
        time.sleep(0.1)


def _say(ends: float) -> None:
    from django.db import transaction

    from shouwang.work.notifications import actions
    from shouwang.work.notifications.models import Message
    from tests.worlds import account_of

    to = [account_of(name).pk for name in ("林老师", "陈主任", "高院长")]
    n = Message.objects.count() * 4
    while time.monotonic() < ends:
        n += 1
        tier = ("crisis", "important", "routine")[n % 3]
        try:
            with transaction.atomic():
                given = {"kind": "notifications.test", "tier": tier, "to": to, "ref": f"case:{n}", "url": "/", "by": None, "key": f"n{n}"}
                # Routine was said before yesterday's digest, so that it is due; what is rolled back carries a mark no gateway may ever see.
                now = _morning() - timedelta(days=1) if tier == "routine" else _morning()
                if n % 4 == 0:
                    given |= {"kind": "risk.daily", "words": {"count": 666, "new": 0, "worse": 0, "again": 0}}
                actions.send(**given, now=now)  # type: ignore[arg-type]
                if n % 4 == 0:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            continue


def finish() -> None:
    """Prints how many seconds the crises that were left took, and everything."""
    from shouwang.front.pipeline.couriers import Couriers
    from shouwang.work.notifications import actions
    from shouwang.work.notifications.models import Delivery

    _clock()
    began = time.monotonic()
    actions.release_all()
    couriers = Couriers()
    couriers.start()
    due = Delivery.objects.filter(state__in=("waiting", "handing"), due_at__lte=_morning() + timedelta(seconds=30))
    crises = 0.0
    while time.monotonic() - began < LIMIT and due.exists():
        if due.filter(rank=0).exists():
            crises = time.monotonic() - began
        time.sleep(0.1)
    couriers.stop()
    print(json.dumps({"crises": crises, "left": due.count()}))


def check() -> None:
    """Everything that was committed, as one line of JSON: key → (channel, state), and whether the ledger still holds."""
    from shouwang.trust.ledger import audit
    from shouwang.work.notifications.models import Delivery, Receipt

    rows = {str(one.uuid): [one.channel, one.state, one.rank] for one in Delivery.objects.all()}
    found = [str(one) for one in audit.audit()]
    print(json.dumps({"rows": rows, "receipts": Receipt.objects.count(), "found": found}))


if __name__ == "__main__":
    job, folder, *more = sys.argv[1:]
    start(Path(folder))
    if job == "build":
        build()
    elif job == "work":
        work(float(more[0]))
    elif job == "finish":
        finish()
    else:
        check()
