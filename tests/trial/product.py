"""The product as processes, as an installation runs them: `shouwang serve` and `shouwang worker`; with their descendants, to be killed."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.college import ROOT, free_port

PATIENCE = 120.0  # a busy machine takes its time


class Product:
    """One web server and some workers. `began`: when each worker was started, by the system's clock."""

    def __init__(self, env: Mapping[str, str], log: Path, workers: int = 1) -> None:
        self.env, self.log, self.port = dict(env), log, free_port()
        self.began: list[float] = []
        self.web = self._start("serve", "--port", str(self.port))
        self.workers = [self._worker() for _ in range(workers)]

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as out:
            command = [sys.executable, "-m", "shouwang", *arguments]
            return subprocess.Popen(command, env=self.env, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)

    def _worker(self) -> subprocess.Popen[bytes]:
        self.began.append(time.time())
        return self._start("worker")

    # ---- what a kill can hit; each says with what it comes back
    def kill_web(self) -> None:
        """The whole server."""
        _kill_group(self.web)
        self.web = self._start("serve", "--port", str(self.port))

    def kill_page(self, n: int) -> None:
        """One process that answers requests: the server replaces it by itself."""
        found = sorted(descendants().get(self.web.pid, ()))
        if found:
            _kill(found[n % len(found)])

    def kill_scheduler(self, n: int) -> None:
        """The process that watches the time and hands over. Its queues must go with it, before another begins."""
        at = n % len(self.workers)
        one, mine = self.workers[at], family(self.workers[at].pid)
        one.kill()
        one.wait()
        until(lambda: not any(map(alive, mine)), PATIENCE, "a queue outlived its worker")
        self.workers[at] = self._worker()

    def kill_queue(self, n: int) -> None:
        """One process of the queues, first or last in its line: the worker replaces the queue by itself."""
        found = sorted(family(self.workers[n % len(self.workers)].pid))
        if found:
            _kill(found[n % len(found)])

    def kill_all(self) -> None:
        """As when the machine loses power: everything at one moment."""
        for one in (self.web, *self.workers):
            for pid in family(one.pid):
                _kill(pid)
            _kill_group(one)
        self.web = self._start("serve", "--port", str(self.port))
        self.workers = [self._worker() for _ in self.workers]

    def await_web(self) -> None:
        until(self._answers, PATIENCE, "the server does not answer")

    def keep_web(self) -> None:
        """What a service manager does when the server has ended as a failure: it gives up when a page process dies twice within seconds."""
        if self.web.poll() is not None:
            assert self.web.returncode == 1
            self.web = self._start("serve", "--port", str(self.port))

    def await_workers(self) -> None:
        """Both queues are there: what the worker puts right at its start is done."""
        until(lambda: all(len(descendants().get(one.pid, ())) >= 2 for one in self.workers), PATIENCE, "no queues")

    def _answers(self) -> bool:
        self.keep_web()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/login/", timeout=5):
                return True
        except OSError:
            return False

    def end(self) -> None:
        for one in (self.web, *self.workers):
            for pid in family(one.pid):
                _kill(pid)
            _kill_group(one)


def until(reached: Callable[[], bool], seconds: float, otherwise: str) -> None:
    ends = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < ends, otherwise
        time.sleep(0.1)


def descendants() -> dict[int, list[int]]:
    """Parent → children of every process that lives."""
    found: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and (stat := _stat(int(path.name))) is not None and stat[0] != "Z":
            found[int(stat[1])].append(int(path.name))
    return found


def family(pid: int) -> list[int]:
    """Everybody below a process."""
    known, found, waiting = descendants(), [], [pid]
    while waiting:
        below = known.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def alive(pid: int) -> bool:
    stat = _stat(pid)
    return stat is not None and stat[0] != "Z"


def _stat(pid: int) -> list[str] | None:
    """State, parent and the rest of a process's line; its name may hold anything, so it is cut off at the last bracket."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        """It went by itself."""


def _kill_group(one: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(one.pid, signal.SIGKILL)
    except ProcessLookupError:
        """It went by itself."""
    one.wait()
