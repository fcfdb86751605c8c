"""One busy school per process: built once. Each module gets it as it was, each test writes on top of it and is rolled back."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from django.db import connection, transaction

from tests.web.busy_school import Busy, busy_school


@dataclass(frozen=True)
class Image:
    """The school with the database it stands in, and the empty database before it."""

    school: Busy
    empty: sqlite3.Connection
    full: sqlite3.Connection


@contextmanager
def _opened(folder: Path) -> Iterator[None]:
    from django.conf import settings

    from shouwang.front import clock

    kept, settings.DATA = settings.DATA, folder
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
        patch.setattr(clock, "now", lambda: clock.DEMO_OPENS)
        yield
    settings.DATA = kept


def _copy() -> sqlite3.Connection:
    """The tests' database as it is now, in memory."""
    connection.ensure_connection()
    found = sqlite3.connect(":memory:", check_same_thread=False)
    connection.connection.backup(found)
    return found


@pytest.fixture(scope="session")
def image(django_db_setup, django_db_blocker, tmp_path_factory) -> Image | None:
    """SQLite hands a whole database over in milliseconds; elsewhere (None) every module builds its own school."""
    if connection.vendor != "sqlite":
        return None
    folder = tmp_path_factory.mktemp("school")
    (folder / "temp").mkdir()
    with django_db_blocker.unblock(), _opened(folder):
        empty = _copy()
        school = busy_school(folder)
        full = _copy()
        empty.backup(connection.connection)
    return Image(school, empty, full)


@pytest.fixture(scope="module")
def built(image, django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Busy]:
    folder = tmp_path_factory.mktemp("school") / "data"
    if image is None:
        (folder / "temp").mkdir(parents=True)
        with django_db_blocker.unblock(), _opened(folder), transaction.atomic():
            yield busy_school(folder)
            transaction.set_rollback(True)
        return
    shutil.copytree(image.school.folder, folder)
    with django_db_blocker.unblock(), _opened(folder):
        image.full.backup(connection.connection)
        yield replace(image.school, folder=folder)
        image.empty.backup(connection.connection)


@pytest.fixture
def school(built, settings, db) -> Busy:
    settings.DATA = built.folder
    return built
