"""Processes at the ledger at the same time.

python -m tests.trial.ledger_child build DATA | write DATA N | sequence DATA SECONDS | check DATA
`write` adds N entries, each its own transaction; `sequence` gives places for some seconds and signs; both print "ready" first.
"""

import json
import sys
import time
from datetime import timedelta
from pathlib import Path

from tests.trial.import_child import start


def build() -> None:
    from django.core.management import call_command

    from shouwang.trust.ledger import actions
    from tests.worlds import NOW, small_school

    call_command("migrate", verbosity=0)
    small_school()
    actions.sign_head(NOW)


def write(count: int) -> None:
    from shouwang.trust.ledger import actions
    from tests.worlds import NOW

    print("ready", flush=True)
    for n in range(count):
        actions.record("alerts.acknowledged", by=None, about=[f"alert:{n}", f"student:{n % 7}"], now=NOW + timedelta(seconds=n))


def sequence(seconds: float) -> None:
    from shouwang.trust.ledger import actions
    from shouwang.trust.ledger.sequencer import sequence as grow
    from tests.worlds import NOW

    print("ready", flush=True)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        grow(batch=3)
        actions.sign_head(NOW)


def check() -> None:
    """What stands there, as one line of JSON."""
    from shouwang.trust.ledger import audit
    from shouwang.trust.ledger.models import Entry, Node, Tree

    found = [str(one) for one in audit.audit()]
    size = Tree.objects.get().size
    entries, nodes = Entry.objects.count(), Node.objects.count()
    whole = sum(size >> level for level in range(size.bit_length()))
    print(json.dumps({"found": found, "size": size, "entries": entries, "nodes": nodes == whole}))


if __name__ == "__main__":
    job, folder, *more = sys.argv[1:]
    start(Path(folder))
    if job == "build":
        build()
    elif job == "write":
        write(int(more[0]))
    elif job == "sequence":
        sequence(float(more[0]))
    else:
        check()
