"""The demo college, prepared by the real command in a process of its own, as a user would have it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "shouwang-demo"


def environment(data: Path) -> dict[str, str]:
    """What a process of this college needs to know. Nothing of the test's own settings leaks in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHOUWANG_", "DJANGO_"))}
    return kept | {"SHOUWANG_DEMO": "1", "SHOUWANG_DATA": str(data), "PYTHONUNBUFFERED": "1"}


def prepare(data: Path) -> None:
    """Sets the college up in `data`. SHOUWANG_TEST_COLLEGE may name one that is prepared elsewhere, by the same code; it is awaited and copied."""
    if ready := os.environ.get("SHOUWANG_TEST_COLLEGE"):
        _await(Path(ready))
        shutil.copytree(ready, data, dirs_exist_ok=True)
        return
    build(data)


def build(data: Path) -> None:
    command = [sys.executable, "-m", "shouwang", "demo", "--prepare-only"]
    done = subprocess.run(command, env=environment(data), cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def _await(ready: Path) -> None:
    """`make trial` builds the college once, beside the tests (`python -m tests.college FOLDER`); the first who need it may be early."""
    for _ in range(600):
        if (ready / "demo_opened").exists() and not (ready / "demo_building").exists():
            return
        failed = ready.with_suffix(".failed")
        assert not failed.exists(), failed.read_text()
        time.sleep(1)
    raise AssertionError(f"nobody prepared {ready}")


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One `shouwang` command in the college."""
    command = [sys.executable, "-m", "shouwang", *arguments]
    return subprocess.run(command, env=environment(data), cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)


@contextmanager
def served(data: Path, log: Path, **more: str) -> Iterator[str]:
    """Just the web server, with further settings, at http://localhost (a name, as passkeys want one); yields its address."""
    port = more.pop("port", "") or str(free_port())
    command = [sys.executable, "-m", "shouwang", "serve", "--port", port]
    with log.open("wb") as out:
        server = subprocess.Popen(command, env=environment(data) | more, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)
        try:
            address = f"http://localhost:{port}"
            _wait(f"http://127.0.0.1:{port}/login/", server)
            yield address
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def opened(data: Path) -> Iterator[str]:
    """The college's server and worker; yields its address. Ends both, and their children, afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "shouwang", "demo", "--port", str(port)]
    with (data.parent / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment(data), cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address + "/login/", server)
            yield address
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert server.poll() is None, "the server ended by itself"
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError("the server did not answer within a minute")


if __name__ == "__main__":
    try:
        build(Path(sys.argv[1]))
    except Exception as trouble:
        Path(sys.argv[1]).with_suffix(".failed").write_text(str(trouble))
        raise
