"""From the commit of a crisis to its first hand-over to a gateway, while ten thousand routine messages are queued behind it.

python -m bench.notifications [ROUTINE CRISES]; the gateway takes a tenth of a second for every message, as real ones do.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta

ROUTINE, CRISES = 10_000, 100
SLOW = "slow:0.1"
TARGET = 5.0


def run(routine: int = ROUTINE, crises: int = CRISES) -> list[Mapping[str, object]]:
    """Rows for the page."""
    command = [sys.executable, "-m", "bench.notifications", "child", str(routine), str(crises)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    found = json.loads(done.stdout.splitlines()[-1])
    waits = sorted(found["waits"])
    p50, p99 = waits[len(waits) // 2], waits[min(int(len(waits) * 0.99), len(waits) - 1)]
    what = f"crisis, commit → first hand-over, {found['queued']:,} routine messages queued ({crises} crises, {found['left']:,} still queued after)"
    return [
        {"what": what, "measured": f"p50 {p50:.2f} s, p99 {p99:.2f} s", "target": "< 5 s", "reached": p99 < TARGET},
        {
            "what": f"{routine:,} messages to {routine:,} people written to the outbox",
            "measured": f"{found['written']:.1f} s",
            "target": "< 60 s",
            "reached": found["written"] < 60,
        },
    ]


def child(routine: int, crises: int) -> None:
    from tests import gateways

    with tempfile.TemporaryDirectory(prefix="shouwang-bench-") as folder, gateways.gateway() as gate:
        gate.always = SLOW
        os.environ.update(
            SHOUWANG_DATA=folder,
            SHOUWANG_SECRET_KEY="bench",
            DJANGO_SETTINGS_MODULE="shouwang.config.settings",
            SHOUWANG_INTERNAL_HOSTS="localhost",
            SHOUWANG_SMS_URL=f"{gate.url}/sms",
            SHOUWANG_SMS_BODY='{"to": "{phone}", "say": "{text}", "id": "{key}"}',
        )
        import django

        django.setup()
        print(json.dumps(_measure(gate, routine, crises)))


def _measure(gate: object, routine: int, crises: int) -> dict[str, object]:
    from django.core.management import call_command

    from shouwang.front.pipeline.couriers import Couriers
    from shouwang.work.notifications import actions
    from shouwang.work.notifications.models import Delivery
    from tests.worlds import NOW, account_of, small_school

    call_command("migrate", verbosity=0)
    small_school()
    people = _people(routine)
    began = time.monotonic()
    notes = [actions.Note("notifications.test", "routine", [pk], f"case:{pk}", "/") for pk in people]
    for at in range(0, len(notes), 1000):
        actions.send_many(notes=notes[at : at + 1000], by=None, now=NOW - timedelta(days=2))
    written = time.monotonic() - began
    couriers = Couriers()
    couriers.start()
    time.sleep(1)
    queued = Delivery.objects.filter(state="waiting").count()
    committed: dict[str, float] = {}
    lin = account_of("林老师").pk
    for n in range(crises):
        said = actions.send(kind="notifications.test", tier="crisis", to=[lin], ref=f"case:{n}", url="/", by=None, now=NOW)
        assert said is not None
        key = str(Delivery.objects.values_list("uuid", flat=True).get(message=said))
        committed[key] = time.time()
        time.sleep(0.15)
    arrived = _arrivals(gate, set(committed))
    couriers.stop()
    left = Delivery.objects.filter(state="waiting", rank=2).count()
    waits = [max(0.0, arrived[key] - at) for key, at in committed.items()]
    return {"waits": waits, "queued": queued, "left": left, "written": written}


def _arrivals(gate: object, keys: set[str]) -> dict[str, float]:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        found: dict[str, float] = {}
        for one in list(gate.asked):  # type: ignore[attr-defined]
            found.setdefault(one["body"].get("id", ""), one["at"])
        if keys <= set(found):
            return found
        time.sleep(0.2)
    raise SystemExit("not every crisis was handed over within a minute")


def _people(count: int) -> list[int]:
    """Accounts of staff with a telephone; made in bulk, for nobody signs in here."""
    from shouwang.trust.access.models import Account
    from shouwang.trust.people import actions as people
    from shouwang.trust.people.models import Staff
    from tests.worlds import NOW

    rows = [{"staff_no": f"B{n:06d}", "name": f"职工{n}", "office": "XG", "phone": f"139{n:08d}"} for n in range(count)]
    people.project("staff", rows, batch_id=1, now=NOW)
    staff = Staff.objects.filter(number__startswith="B").order_by("pk")
    made = [Account(username=one.number, staff=one, created_at=NOW, password="!") for one in staff]
    return [one.pk for one in Account.objects.bulk_create(made, batch_size=500)]


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(int(sys.argv[2]), int(sys.argv[3]))
    else:
        sizes = [int(word) for word in sys.argv[1:]] or [ROUTINE, CRISES]
        for row in run(*sizes):
            print(row)
