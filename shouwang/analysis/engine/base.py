"""What an engine must offer. One definition, several engines: indicators and rules know only this page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, runtime_checkable

from shouwang.analysis.facts import Snapshot

Row = dict[str, Any]
Parameters = Mapping[str, Any]


class EngineError(Exception):
    """A statement could not be run; the text names the statement's place and the engine's own words."""


class Session(Protocol):
    """The facts of one snapshot as they were on one day. Tables stand under their names of the data standard.

    Beside them: `everyone_<table>` (never scoped), `school_day(day, back, newer, older)`, `every_day(day)`, `term_day`, and `scope(sid)` when
    the session is scoped.
    `$as_of`, `$term`, `$term_start`, `$term_end`, `$term_before` and `$term_before_start` are known in every statement.
    """

    as_of: date
    snapshot: Snapshot
    term: int | None
    term_start: date | None

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[Row]: ...

    def create(self, name: str, sql: str, parameters: Parameters | None = None) -> None: ...

    def run(self, sql: str, parameters: Parameters | None = None) -> None: ...

    def put_sids(self, name: str, sids: Iterable[int]) -> None: ...

    def put_file(self, name: str, path: Path) -> None: ...

    def write_parquet(self, sql: str, path: Path, *, row_group: int = ...) -> int: ...

    def close(self) -> None: ...

    def __enter__(self) -> "Session": ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


@runtime_checkable
class Sliced(Protocol):
    """A session that can look at one range of students after the other: what is made of a range stays in the processor's reach and in little memory."""

    def slices(self) -> Iterator[None]: ...


class Engine(Protocol):
    name: str

    def open(self, snapshot: Snapshot, as_of: date, scope: Sequence[int] | None = None) -> Session: ...


class Reader(Protocol):
    """What reads the files of earlier runs."""

    def read(self, sql: str, parameters: Parameters | None = None) -> list[Row]: ...
