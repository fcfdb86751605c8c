"""Everybody of the cast at every address, with the objects of both colleges, as page and as fragment.

Nobody reads of a student outside, and no page says more of a student than the role may know.
"""

import os
import subprocess
import sys

import pytest

from tests.college import ROOT


@pytest.mark.trial
def test_nobody_reads_what_is_not_for_them():
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "worksteal",
        "tests/web/test_permissions.py",
        "tests/web/test_words.py",
        "-k",
        "students_outside or may_know",
    ]
    env = os.environ | {"SHOUWANG_WHOLE_CAST": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
