"""The school in which everything is killed: built before, looked through after. In between only the product's own processes run.

python -m tests.trial.everything_child build DATA | settle DATA
`build` prints what the load needs: the sessions of those who work, and the cases. `settle` waits until nothing that is due is left, and prints
what stands there and every line that should not.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.trial.import_child import start

WORKERS = ("王宿管", "林老师", "高院长", "李秘书")
PROCEDURE, ROUTINE, MATTERS, SPREAD = "academic-talk", 300, 90, 90
LIMIT = 90.0


def build() -> None:
    """Cases with a first step each, a digest that is due, and time limits that run out one after the other while everything is killed."""
    from django.core.management import call_command

    from shouwang.work.cases import actions as cases
    from shouwang.work.playbooks import actions as playbooks
    from shouwang.work.playbooks.reading import shipped
    from tests.worlds import NOW, client_for, small_school

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    world = small_school()
    playbooks.publish(procedure=shipped()[PROCEDURE], by=None, now=NOW)
    mine = [one for one in {one.sid: one for one in world.students.values()}.values() if one.class_unit.code in ("RJ2401", "WL2401")]
    opened = [cases.open(student=one, origin="person", level=2, playbook=PROCEDURE, by=None, now=NOW).pk for one in mine]
    _routine(world)
    _limits(world)
    sessions = {name: client_for(name).session.session_key for name in WORKERS}
    sids = [one.sid for one in mine if one.dorm_path]
    print(json.dumps({"sessions": sessions, "cases": opened, "sids": sids}))


def _routine(world: Any) -> None:
    """Said two days ago, so that every digest is due at once."""
    from shouwang.work.notifications import actions
    from tests.cast import STAFF
    from tests.worlds import NOW

    people = [world.accounts[one.name].pk for one in STAFF]
    notes = [actions.Note("notifications.test", "routine", [people[n % len(people)]], f"case:{n}", "/") for n in range(ROUTINE)]
    actions.send_many(notes=notes, by=None, now=NOW - timedelta(days=2))


def _limits(world: Any) -> None:
    """A third of them on the crisis ladder, late for a quarter of an hour: their second rung is due while everything is killed."""
    from shouwang.work.deadlines import actions
    from tests.worlds import NOW

    students = sorted({one.sid: one for one in world.students.values()}.values(), key=lambda one: one.sid)
    for n in range(MATTERS):
        ladder = ("standard", "urgent", "crisis")[n % 3]
        runs_out = NOW + timedelta(seconds=5 + SPREAD * n / MATTERS) - timedelta(minutes=15 if ladder == "crisis" else 0)
        actions.start(
            ref=f"matter:{n}", kind="case_step", owner=world.accounts[("林老师", "李秘书", "孙外人")[n % 3]].pk, ladder=ladder, within="30min",
            clock="round", unit_path=students[n % 24].unit_path, dorm_path=students[n % 24].dorm_path, student=students[n % 24].sid, url="/",
            by=None, now=runs_out - timedelta(minutes=30),
        )  # fmt: skip


def settle() -> None:
    from shouwang.front import clock
    from shouwang.trust.ledger import audit
    from shouwang.trust.ledger.sequencer import sequence

    began = time.monotonic()
    while (left := _due(clock.now())) and time.monotonic() - began < LIMIT:
        time.sleep(0.3)
    sequence()
    found = [*_left(left), *map(str, audit.audit()), *_told(), *_climbed(), *_steps(), *_reports(), *_answered()]
    print(json.dumps({"found": found, "seconds": time.monotonic() - began} | _standing()))


def _due(now: Any) -> dict[str, int]:
    from shouwang.work.deadlines.models import Deadline
    from shouwang.work.notifications.models import Delivery, Message

    rows: dict[str, Any] = {
        "deliveries": Delivery.objects.filter(state__in=("waiting", "handing"), due_at__lte=now),
        "limits": Deadline.objects.filter(look_at__lte=now),
        "repeats": Message.objects.filter(look_at__lte=now),
    }
    return {name: count for name, of in rows.items() if (count := of.count())}


def _left(left: dict[str, int]) -> list[str]:
    return [f"{count} {name} still due" for name, count in left.items()]


def _told() -> Iterator[str]:
    """Whoever was told has been reached by one way at least, unless the matter was taken before it went out."""
    from django.db.models import Q

    from shouwang.front import clock
    from shouwang.work.notifications.models import Receipt

    over = Q(acknowledged_at__isnull=False) | Q(message__taken_at__isnull=False)
    later = Q(deliveries__state="waiting", deliveries__due_at__gt=clock.now())
    reached = Receipt.objects.filter(Q(deliveries__state="handed") | later).values("pk")
    for pk in Receipt.objects.exclude(pk__in=reached).exclude(over).filter(account__staff__isnull=False).values_list("pk", flat=True):
        yield f"receipt {pk} was lost"


def _climbed() -> Iterator[str]:
    """One message for one rung to one person, at the rung's own moment or later, and never after the answer."""
    from shouwang.work.deadlines.models import Climb
    from shouwang.work.notifications.models import Receipt

    told = Counter(
        (key.rpartition(":")[2], account)
        for key, account in Receipt.objects.filter(message__kind__startswith="deadlines.").values_list("dedupe", "account")
    )
    climbs = list(Climb.objects.select_related("deadline"))
    wanted = Counter((f"{one.deadline_id}/{one.rung}", one.account_id) for one in climbs)
    if told != wanted:
        yield f"told and climbed differ: {(told - wanted) + (wanted - told)}"
    for one in climbs:
        if one.climbed_at < one.due_at or (one.deadline.ended_at and one.climbed_at > one.deadline.ended_at):
            yield f"climb {one.pk} at the wrong moment"
        if one.rung > 1 and not any(o.deadline_id == one.deadline_id and o.rung < one.rung for o in climbs):
            yield f"climb {one.pk} without the rung below"


def _steps() -> Iterator[str]:
    """What was finished was finished once, and what follows it began once."""
    from shouwang.work.cases.models import CaseEvent, CaseStep

    done = Counter(CaseEvent.objects.filter(kind="step_finished").values_list("ref", flat=True))
    yield from (f"{ref} finished {count} times" for ref, count in done.items() if count > 1)
    begun = Counter(CaseStep.objects.exclude(code="").values_list("strand", "code"))
    yield from (f"step {code} of {strand} begun {count} times" for (strand, code), count in begun.items() if count > 1)
    states = {f"step:{pk}" if ":" not in str(pk) else pk: state for pk, state in CaseStep.objects.values_list("pk", "state")}
    yield from (f"{ref} is finished but {states.get(ref)}" for ref in done if states.get(ref) != "done")


def _reports() -> Iterator[str]:
    from shouwang.work.incidents.models import Incident, IncidentEvent

    again = Counter(Incident.objects.values_list("key", flat=True))
    yield from (f"report {key} stands {count} times" for key, count in again.items() if count > 1)
    taken = Counter(IncidentEvent.objects.filter(kind="acknowledge").values_list("incident", flat=True))
    yield from (f"incident {pk} acknowledged {count} times" for pk, count in taken.items() if count > 1)


def _answered() -> Iterator[str]:
    """Whoever answered a limit hears of it no more: no message of a rung was sent after the end."""
    from shouwang.work.deadlines.models import Deadline
    from shouwang.work.notifications.models import Message

    ends = {one.ref: one.ended_at for one in Deadline.objects.all() if one.ended_at is not None}
    for ref, at in Message.objects.filter(kind__startswith="deadlines.").values_list("ref", "sent_at"):
        if ref in ends and at > ends[ref]:
            yield f"{ref}: told after the answer"


def _standing() -> dict[str, Any]:
    """For the comparison with what the gateways saw and with what the load was answered."""
    from shouwang.front import clock
    from shouwang.work.cases.models import CaseStep
    from shouwang.work.deadlines.models import Climb
    from shouwang.work.incidents.models import Incident
    from shouwang.work.notifications.models import Delivery

    read_at = time.time()  # the product goes on: what goes out from here on may not stand in these rows
    rows = Delivery.objects.select_related("message", "receipt")
    return {
        "read_at": read_at,
        "deliveries": {
            str(one.uuid): [
                one.channel,
                one.state,
                one.rank,
                one.round,
                one.message_id,
                (one.message.sent_at - clock.DEMO_OPENS).total_seconds(),
            ]
            for one in rows
        },
        "reports": {str(key): pk for key, pk in Incident.objects.values_list("key", "pk")},
        "finished": sorted(CaseStep.objects.filter(state="done").values_list("pk", flat=True)),
        "climbs": Climb.objects.count(),
    }


if __name__ == "__main__":
    job, folder = sys.argv[1:3]
    start(Path(folder))
    {"build": build, "settle": settle}[job]()
