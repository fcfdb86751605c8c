"""A PostgreSQL server of a test's own: made in an empty folder, listening on loopback only, gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.college import free_port

PLACES = ("/usr/lib/postgresql", "/usr/local/bin", "/usr/bin")
# Nothing outlives the test: what protects against a power cut only costs time here.
SETTINGS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60 -c listen_addresses=127.0.0.1"


def missing() -> str | None:
    """What a server could not be started for; None when all is there."""
    if _binary("initdb") is None or _binary("pg_ctl") is None:
        return "没有找到 PostgreSQL 的 initdb 与 pg_ctl；请安装：apt-get install postgresql"
    if os.getuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL 不能以 root 运行，本机也没有 runuser；请以普通用户运行"
    return None


def _binary(name: str) -> str | None:
    versions = sorted(Path(PLACES[0]).glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0)
    return str(versions[-1]) if versions else shutil.which(name)


def _run(*command: str) -> None:
    """As the user `postgres` when we are root, because the server refuses root."""
    whole = ["runuser", "-u", "postgres", "--", *command] if os.getuid() == 0 else list(command)
    done = subprocess.run(whole, capture_output=True, text=True, timeout=120, check=False, cwd="/")
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


@contextmanager
def server(settings: str = SETTINGS) -> Iterator[str]:
    """Yields the server's URL without a database name: `url + "/name"`; the database `postgres` exists."""
    folder = Path(tempfile.mkdtemp(prefix="shouwang-pg-", dir="/tmp"))  # a socket's path must be short
    folder.chmod(0o777)
    data, port = folder / "data", free_port()
    initdb, pg_ctl = _binary("initdb"), _binary("pg_ctl")
    assert initdb and pg_ctl
    _run(initdb, "-D", str(data), "-U", "shouwang", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    _run(pg_ctl, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", f"-p {port} -k {folder} {settings}", "start")
    try:
        yield f"postgresql://shouwang@127.0.0.1:{port}"
    finally:
        _run(pg_ctl, "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)
