"""The whole room suite on PostgreSQL: the same tests, another database."""

import os
import subprocess
import sys

import pytest

from tests import postgres
from tests.college import ROOT

SUITES = ("tests/rooms", "tests/web", "tests/property", "tests/trial/test_matrix.py")
LIMIT = 3000


@pytest.mark.trial
def test_the_rooms_stand_on_postgresql(tmp_path):
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.server() as url:
        env = os.environ | {"SHOUWANG_DATABASE_URL": f"{url}/postgres", "SHOUWANG_DATA": str(tmp_path)}
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", *SUITES]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=LIMIT, check=False)
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
