"""Every test has its own data folder; the network is closed; the clock of the front is the demo's fixed morning."""

import os
import tempfile
from pathlib import Path

_root = Path(tempfile.mkdtemp(prefix="shouwang-test-"))
os.environ["SHOUWANG_DATA"] = str(_root)
os.environ.setdefault("SHOUWANG_SECRET_KEY", "only-for-tests")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
os.environ.pop("SHOUWANG_DEMO", None)

import hypothesis  # noqa: E402
import pytest  # noqa: E402

hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("fixed")


@pytest.fixture(autouse=True)
def data_folder(tmp_path, settings):
    """Raw files, facts and runs of one test lie in its own folder."""
    settings.DATA = tmp_path / "data"
    (settings.DATA / "temp").mkdir(parents=True)
    settings.FILE_UPLOAD_TEMP_DIR = str(settings.DATA / "temp")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 takes its time on purpose
    return settings.DATA


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    """front.clock tells the demo's opening moment unless a test sets another."""
    from shouwang.front import clock

    monkeypatch.setattr(clock, "now", lambda: clock.DEMO_OPENS)
