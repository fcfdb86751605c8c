"""The backup page and what Today says to the administrator."""

from datetime import timedelta

import pytest

from shouwang.front.pipeline import safekeeping
from shouwang.trust.backup import actions
from shouwang.trust.backup.models import BackupRun
from tests import worlds
from tests.worlds import NOW, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def school():
    worlds.small_school()


def ran(kind, days, *, ok=True, trouble=""):
    at = NOW - timedelta(days=days)
    return BackupRun.objects.create(kind=kind, started_at=at, finished_at=at, ok=ok, trouble=trouble, files=3, rows=120, seconds=2.5)


def text_of(client, path="/backups/"):
    return client.get(path).content.decode()


def test_today_nags_until_there_is_a_backup_and_a_drill(monkeypatch):
    from shouwang.front import clock

    monkeypatch.setattr(clock, "now", lambda: NOW)
    qian = client_for("钱管理员")
    assert "还没有备份过" in text_of(qian, "/") and "还没有做过恢复演练" in text_of(qian, "/")
    ran("backup", 3)
    ran("drill", 40)
    assert "最近一次成功的备份是 3 天前" in text_of(qian, "/") and "最近一次成功的恢复演练是 40 天前" in text_of(qian, "/")
    ran("backup", 1)
    ran("drill", 1)
    assert "数据安全" not in text_of(qian, "/")
    assert "数据安全" not in text_of(client_for("李秘书"), "/")


def test_a_failed_run_is_no_good_one_and_says_why():
    ran("backup", 9)
    ran("backup", 1, ok=False, trouble="磁盘已满")
    page = text_of(client_for("钱管理员"))
    assert "磁盘已满" in page and "天前" in page
    assert BackupRun.objects.filter(ok=True).count() == 1


def test_a_press_queues_the_job_and_the_page_shows_progress(monkeypatch):
    asked = []
    monkeypatch.setattr(safekeeping, "later", lambda job, by: asked.append(job))
    ran("backup", 1)
    qian = client_for("钱管理员")
    assert qian.post("/backups/now/").status_code == 302
    assert qian.post("/backups/drill/").status_code == 302
    assert asked == ["back_up", "drill"]
    BackupRun.objects.create(kind="backup", started_at=NOW, step="正在备份文件", done=50, total=200)
    assert "正在备份文件" in text_of(qian) and "正在备份文件" in text_of(qian, "/backups/progress/")
    BackupRun.objects.filter(ok__isnull=True).update(ok=False, finished_at=NOW)
    assert qian.get("/backups/progress/").headers["HX-Refresh"] == "true"


def test_what_waits_is_on_the_page_at_once_and_is_taken_up(monkeypatch):
    queued = []
    monkeypatch.setattr("django_q.tasks.async_task", lambda *what, **how: queued.append(what))
    qian = client_for("钱管理员")
    qian.post("/backups/now/")
    assert "排队等候" in text_of(qian) and "排队等候" in text_of(qian, "/backups/progress/")
    qian.post("/backups/now/")
    assert len(queued) == 1 == BackupRun.objects.count(), "pressed twice, done once"
    actions.let_go("backup", trouble="磁盘已满", now=NOW)
    assert "磁盘已满" in text_of(qian)
    qian.post("/backups/drill/")
    taken, _places = actions.begin_drill(by=None, now=NOW)
    assert taken.step == "" and taken.by is not None and BackupRun.objects.filter(kind="drill").count() == 1
    BackupRun.objects.filter(pk=taken.pk).update(started_at=NOW - timedelta(hours=13))
    assert "正在进行" not in text_of(qian), "killed long ago: the buttons work again"
    actions.begin_drill(by=None, now=NOW)
    assert BackupRun.objects.get(pk=taken.pk).ok is False


def test_it_speaks_english():
    page = client_for("钱管理员").get("/backups/", headers={"Accept-Language": "en"}).content.decode()
    assert "Back up now" in page and "There is no backup yet." in page
