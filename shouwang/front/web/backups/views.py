"""Whether the school's data would survive: last good backup, last successful drill, their history; both at a press."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from shouwang.front.pipeline import safekeeping
from shouwang.front.web.kit import paging
from shouwang.front.web.kit.views import PageRequest, page
from shouwang.front.web.kit.words import ago, exact, pick
from shouwang.trust.backup import actions, policies, queries
from shouwang.trust.backup.actions import BackupRun

HERE = "/backups/"
MEGA = 1024 * 1024
STEPS_EN = {
    policies.WAITING: "waiting for a worker",
    "正在备份数据库": "copying the database",
    "正在备份文件": "copying files",
    "正在保存密钥": "keeping the keys",
    "正在清理过期的备份": "removing what is too old",
    "正在恢复到一旁": "restoring aside",
    "正在核对账本和数据": "auditing the ledger and the data",
}


@require_safe
@page("backups")
def board(request: PageRequest) -> HttpResponse:
    after = paging.cursor(request)
    found = queries.history()
    older = found.filter(pk__lt=after[0]) if after and isinstance(after[0], int) else found
    rows = list(older.order_by("-pk")[: paging.SIZE + 1])
    more, rows = len(rows) > paging.SIZE, rows[: paging.SIZE]
    places = actions.places()
    running = queries.running(request.now)
    shown = {
        "worries": [pick(zh, en) for zh, en in queries.worries(request.now)],
        "backup": _last("backup", request.now),
        "drill": _last("drill", request.now),
        "running": _progress(running) if running else None,
        "rows": [_row(run, request.now) for run in rows],
        "pager": paging.pager(request, rows, key=[rows[-1].pk] if rows else None, more=more),
        "place": str(places.backups),
        "keys": str(places.keys),
    }
    return render(request, "backups/board.html", shown)


@require_POST
@page("backups")
def back_up(request: PageRequest) -> HttpResponse:
    return _begin(request, "back_up", pick("备份已开始，可以离开本页。", "The backup has begun; you may leave this page."))


@require_POST
@page("backups")
def drill(request: PageRequest) -> HttpResponse:
    return _begin(request, "drill", pick("演练已开始，可以离开本页。", "The drill has begun; you may leave this page."))


@require_safe
@page("backups")
def progress(request: PageRequest) -> HttpResponse:
    """The fragment that the page asks for while something runs; when it has ended, the page is loaded again."""
    running = queries.running(request.now)
    if running is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "backups/progress.html", {"running": _progress(running)})


def _begin(request: PageRequest, job: str, said: str) -> HttpResponse:
    safekeeping.later(job, request.reader.account_id)
    messages.success(request, said)
    return HttpResponseRedirect(HERE)


def _last(kind: str, now: datetime) -> dict[str, Any] | None:
    run = queries.last_good(kind)
    if run is None:
        return None
    old = now - run.started_at > (policies.BACKUP_OLD if kind == "backup" else policies.DRILL_OLD)
    return _row(run, now) | {"old": old}


def _row(run: BackupRun, now: datetime) -> dict[str, Any]:
    return {
        "kind": pick("备份", "Backup") if run.kind == "backup" else pick("恢复演练", "Restore drill"),
        "at": exact(run.started_at),
        "ago": ago(run.started_at, now),
        "ok": run.ok,
        "trouble": run.trouble,
        "files": f"{run.files:,}",
        "rows": f"{run.rows:,}",
        "all": f"{run.bytes_all / MEGA:,.1f} MB",
        "fresh": f"{run.bytes_new / MEGA:,.1f} MB",
        "is_backup": run.kind == "backup",
        "seconds": pick(f"{run.seconds:,.1f} 秒", f"{run.seconds:,.1f} s"),
        "entries": f"{run.ledger_size:,}",
        "snapshot": run.snapshot,
    }


def _progress(run: BackupRun) -> dict[str, Any]:
    step = pick(run.step, STEPS_EN.get(run.step, run.step)) or pick("正在准备", "getting ready")
    return {"step": step, "done": run.done, "total": run.total}
