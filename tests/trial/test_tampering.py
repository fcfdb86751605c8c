"""The properties of the ledger, tried four hundred times each instead of thirty."""

import os
import subprocess
import sys

import pytest

from tests.college import ROOT


@pytest.mark.trial
def test_whatever_is_changed_is_found():
    command = [sys.executable, "-m", "pytest", "-n", "2", "tests/property/test_ledger_tampering.py"]
    env = os.environ | {"SHOUWANG_EXAMPLES": "400"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "4 passed" in done.stdout
