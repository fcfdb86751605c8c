"""One busy school per module: built once, each test writes on top of it and is rolled back."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.web.busy_school import Busy, busy_school


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Busy]:
    from django.conf import settings

    from shouwang.front import clock

    kept, settings.DATA = settings.DATA, tmp_path_factory.mktemp("school")
    (settings.DATA / "temp").mkdir()
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
        patch.setattr(clock, "now", lambda: clock.DEMO_OPENS)
        with transaction.atomic():
            yield busy_school(settings.DATA)
            transaction.set_rollback(True)
    settings.DATA = kept


@pytest.fixture
def school(built, settings, db) -> Busy:
    settings.DATA = built.folder
    return built
