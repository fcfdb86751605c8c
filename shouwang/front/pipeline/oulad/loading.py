"""Delivers the written files through the import door, in the operator's name, and puts the rules for such courses in force."""

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from shouwang.front.pipeline import intake
from shouwang.front.pipeline.oulad.files import write
from shouwang.front.pipeline.oulad.source import NotOulad, Source
from shouwang.work.alerts import actions as alerts

PRESET = "open-university"
Say = Callable[[str], object]


def load(source: Source, *, folder: Path, now: datetime, say: Say) -> int:
    """Every file examined, previewed and accepted; returns how many rows. NotOulad names the file that was not accepted."""
    total = 0
    with tempfile.TemporaryDirectory(dir=folder) as place:
        for delivered in write(source, Path(place)):
            # Gates are confirmed: nobody asks the operator of an example whether 2013 is long ago.
            delivery = intake.deliver(delivered.path, delivered.table, by=None, now=now, confirm=True)
            if delivery.state != "accepted":
                raise NotOulad(f"{delivered.path.name} 没有被接收（{delivery.get_state_display()}）{delivery.trouble}")
            total += delivery.rows_good
            say(f"{delivered.path.stem}：{delivery.rows_good} 行" + (f"，{delivery.rows_bad} 行不合格" if delivery.rows_bad else ""))
            delivered.path.unlink()
    alerts.install_presets(preset=PRESET, by=None, now=now)
    return total
