"""Kill -9 at random moments. The child says "ready" when its work begins; the parent waits a random while and kills its process group.

span = unharmed(command, env)            # seconds of work of an undisturbed run
for after in moments(seed, 10, span):    # the seed is printed: SHOUWANG_KILL_SEED repeats a run
    kill_within(command_on_a_fresh_copy, env, after)
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

READY = "ready"
LIMIT = 120.0


def seed() -> int:
    """Printed, so that a failing run can be repeated with SHOUWANG_KILL_SEED."""
    chosen = int(os.environ.get("SHOUWANG_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
    print(f"SHOUWANG_KILL_SEED={chosen}", flush=True)
    return chosen


def moments(seed: int, count: int, span: float) -> list[float]:
    """`count` moments spread over the span: one at random in each of `count` equal parts, so that no phase is left out."""
    dice = random.Random(seed)
    part = span / count
    return [part * (number + dice.random()) for number in range(count)]


def unharmed(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Run to the end; seconds from "ready" to the exit."""
    child = _start(command, env)
    started = time.monotonic()
    output, _ = child.communicate(timeout=LIMIT)
    assert child.returncode == 0, output
    return time.monotonic() - started


def kill_after(command: Sequence[str], env: Mapping[str, str], after: float) -> bool:
    """Start, wait `after` seconds of work, kill -9 the whole process group. True when the kill came before the end."""
    child = _start(command, env)
    try:
        child.wait(timeout=after)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(timeout=LIMIT)
        return True
    finally:
        if child.stdout:
            child.stdout.close()
    assert child.returncode == 0
    return False


def copied(school: Path, data: Path) -> Path:
    """A fresh copy of the school, in place of whatever an earlier try left there."""
    shutil.rmtree(data, ignore_errors=True)
    return Path(shutil.copytree(school, data))


def kill_within(command: Callable[[], Sequence[str]], env: Mapping[str, str], after: float) -> None:
    """Kill surely: a span measured on a busy machine is too long on a calm one, so a child that ended first is started anew, on a fresh
    copy that `command` makes, and killed sooner."""
    while not kill_after(command(), env, after):
        after *= 0.7


def output_of(command: Sequence[str], env: Mapping[str, str]) -> str:
    """What a whole run prints on stdout."""
    done = subprocess.run(command, env=dict(env), capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _start(command: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[str]:
    child = subprocess.Popen(command, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    assert child.stdout is not None
    said: list[str] = []
    for line in child.stdout:
        if line.strip() == READY:
            return child
        said.append(line)
    raise AssertionError(f"the child ended before it was ready:\n{''.join(said)}")
