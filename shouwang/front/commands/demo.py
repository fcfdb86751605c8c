"""`shouwang demo`: the college is built once, in a folder that counts only when it is complete; then it is served."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.utils import timezone

Say = Callable[[str], object]
BUILDING = "demo_building"
OPENED = "demo_opened"


def open_college(*, host: str, port: int, serve: bool, say: Say) -> None:
    """Sets up when needed, then runs server and worker until told to stop."""
    if not settings.DEMO:
        raise CommandError("演示学校请用 make demo 打开；或设置 SHOUWANG_DEMO=1，并用 SHOUWANG_DATA 指定一个空文件夹。")
    if not (settings.DATA / OPENED).exists():
        _build(settings.DATA, say)
    else:
        call_command("migrate", verbosity=0)  # a demo set up by an older version
    from shouwang.front.pipeline.factors import enrol_demo

    enrol_demo()
    if serve:
        say(
            f"云岭职业技术学院已打开：http://{'localhost' if host == '127.0.0.1' else host}:{port}\n登录页列出各角色的账号。按 Ctrl+C 结束。"
        )
        _run(host, port)


def _build(data: Path, say: Say) -> None:
    """From nothing, or from the ruins of a build that was interrupted; never over a folder with somebody's data."""
    if (data / "db.sqlite3").exists() and not (data / BUILDING).exists():
        raise CommandError(f"{data} 中已有数据，而且不是未完成的演示学校。请换一个文件夹（SHOUWANG_DATA），不会覆盖已有数据。")
    connections.close_all()
    data.mkdir(parents=True, exist_ok=True)
    for path in data.iterdir():
        if path.name != "secret_key":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (data / BUILDING).touch()
    (data / "temp").mkdir()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    from shouwang.front.pipeline.college import build

    files = build(data / "temp" / "delivered", say)
    shutil.rmtree(data / "temp" / "delivered")
    say(f"演示学校已建成：{files} 个文件经导入流程接收并评估。")
    (data / OPENED).write_text(timezone.now().isoformat())
    (data / BUILDING).unlink()


def _run(host: str, port: int) -> None:
    """Worker beside server; both end together, whichever ends first."""
    connections.close_all()
    worker = subprocess.Popen([sys.executable, "-m", "shouwang", "worker"])
    server = subprocess.Popen([sys.executable, "-m", "shouwang", "serve", "--host", host, "--port", str(port)])  # noqa: S603  the same
    both = (worker, server)

    def stop(number: int, frame: object) -> None:
        for process in both:
            process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    stop(signal.SIGTERM, None)
    for process in both:
        process.wait()
