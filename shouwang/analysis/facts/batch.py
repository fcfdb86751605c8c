"""One delivered batch: what its sidecar says. Files never change once the sidecar stands beside them."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Batch:
    """Rows of one table that came together. `supersedes` names every batch in which a tombstone of this one marks rows."""

    folder: Path
    table: str
    id: int
    rows: int
    tombs: int
    first_sid: int | None
    last_sid: int | None
    first_day: str | None
    last_day: str | None
    sha256: str
    tombs_sha256: str | None
    supersedes: tuple[int, ...]
    standard: str
    tombs_first_sid: int | None = None
    tombs_last_sid: int | None = None
    """Which students the tombstones are about; unknown in batches of older versions."""

    @cached_property
    def path(self) -> Path:
        return rows_path(self.folder, self.table, self.id)

    @cached_property
    def tombs_path(self) -> Path | None:
        return tombs_path(self.folder, self.table, self.id) if self.tombs else None

    def sidecar(self) -> str:
        """The text of the sidecar file: everything but the place."""
        content = {name: value for name, value in asdict(self).items() if name != "folder"}
        return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)


def from_sidecar(path: Path) -> Batch:
    """The batch of a sidecar file. OSError when it is gone, ValueError when it is not ours."""
    return parsed(path.read_text("utf-8"), path.parents[1])


def parsed(text: str, folder: Path) -> Batch:
    """The batch a sidecar's text tells of, its files in `folder`. ValueError when it is not ours."""
    content: dict[str, Any] = json.loads(text)
    try:
        return Batch(folder=folder, **{**content, "supersedes": tuple(content["supersedes"])})
    except (TypeError, KeyError) as problem:
        raise ValueError(f"{folder} 里的一份批次说明不是守望写的：{problem}") from problem


def rows_path(folder: Path, table: str, batch_id: int) -> Path:
    return folder / table / f"{batch_id}.parquet"


def tombs_path(folder: Path, table: str, batch_id: int) -> Path:
    return folder / table / f"{batch_id}.tomb.parquet"


def sidecar_path(folder: Path, table: str, batch_id: int) -> Path:
    return folder / table / f"{batch_id}.json"
