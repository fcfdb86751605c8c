"""Which processes run: the web server, and one queue cluster for each length of work."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from logging import getLogger
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

logger = getLogger(__name__)
CLUSTERS = ("ordinary", "long")
TICK = 0.8  # seconds; the ledger's entries get their places with every tick
RESTART_AFTER = 3.0  # seconds; a cluster that dies at once must not spin


def serve(*, host: str, port: int) -> None:
    """The web server, until it is told to stop. One blocking thread a worker, as many workers as cores (stack.md).

    A worker that dies is replaced; without that, one that is killed would end the whole server. One that dies again within seconds ends it
    still: then this ends as a failure, and whoever keeps the service running begins anew.
    """
    from granian import Granian
    from granian.constants import Interfaces

    connections.close_all()
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    workers = os.cpu_count() or 1
    server = Granian(
        "shouwang.config.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=workers, blocking_threads=1,
        log_access=False, respawn_failed_workers=True, respawn_interval=0.2,
    )  # fmt: skip
    server.serve()
    if not server.interrupt_signal:
        raise SystemExit("服务器的工作进程接连中断，已停止；请查看上面的日志。")


def work() -> None:
    """The queue clusters, until told to stop; one that dies is started again. Work left half-done by a killed process is put right first."""
    from shouwang.front.pipeline import rounds
    from shouwang.front.pipeline.couriers import Couriers
    from shouwang.front.pipeline.recovery import recover
    from shouwang.front.pipeline.tick import tick

    recover()
    release_left_jobs()
    rounds.schedule()
    connections.close_all()
    couriers = Couriers()
    couriers.start()
    try:
        supervise(CLUSTERS, tick)
    finally:
        couriers.stop()


def release_left_jobs() -> None:
    """Frees messages in hand, and the long jobs that a dead worker still holds: their retry time is an hour, and nobody should wait that long.

    On SQLite one worker runs the long cluster, so whatever is locked when it starts was left behind. On PostgreSQL several may run: there
    the retry time decides.
    """
    from django_q.models import OrmQ

    from shouwang.work.notifications import actions as notifications

    if "sqlite" in str(settings.DATABASES["default"]["ENGINE"]):
        now = timezone.now()
        OrmQ.objects.filter(key="long", lock__gt=now).update(lock=now)
        notifications.release_all()


def cluster() -> None:
    """One queue cluster. When whoever started it is gone, killed or not, the whole cluster goes with it.

    Else a worker that is started again would run beside what the killed one left behind, and free jobs that are still being done.
    """
    threading.Thread(target=_end_with, args=(sys.stdin.fileno(),), daemon=True).start()
    call_command("qcluster")


def _end_with(line: int) -> None:
    """Nothing is ever written to this line; it ends with the process that holds its other end."""
    while os.read(line, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def _cluster(name: str) -> subprocess.Popen[bytes]:
    """django-q reads its cluster's name from the environment before any command line is parsed; `--name` would come too late."""
    command = [sys.executable, "-m", "shouwang", "cluster"]
    env = {**os.environ, "Q_CLUSTER_NAME": name}
    return subprocess.Popen(command, env=env, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603  our own interpreter and arguments


def _end(child: subprocess.Popen[bytes]) -> None:
    """Whatever is left of a cluster: its first process may be dead and the others still at work."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def supervise(names: Sequence[str], tick: Callable[[], object]) -> None:
    """Keeps a cluster of every name running until SIGTERM or SIGINT, then ends them all. `tick` is called about every second in between."""
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    children = [_cluster(name) for name in names]
    while not stopping:
        time.sleep(TICK)
        tick()
        for at, child in enumerate(children):
            if child.poll() is not None and not stopping:
                _end(child)
                time.sleep(RESTART_AFTER)
                children[at] = _cluster(names[at])
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            logger.warning("a cluster did not end in time", extra={"cluster": child.pid})
        _end(child)
