"""Values of everyone in one pass per area, and the rows from which one student's value follows."""

from pathlib import Path

from shouwang.analysis.engine import EngineError, Row, Session, codes
from shouwang.analysis.engine.base import Sliced
from shouwang.analysis.indicators.definitions import Area, Indicators, load
from shouwang.analysis.standard import load as load_standard
from shouwang.common.digest import digest

ENROLLED = "s.status IS NULL OR s.status IN (CODE('student.status', 'enrolled'), CODE('student.status', 'suspended'))"


def compute(session: Session, indicators: Indicators | None = None, *, kept: Path | None = None) -> None:
    """Makes the session's table `wide`: a row per enrolled student, a DOUBLE per indicator; what is not known is null.

    `kept`: a folder in which what is recorded about peers is kept, for the next computation of the day over the same batches.
    """
    known = indicators or load()
    for area in known.areas:
        record_peers(session, area, kept)
    for number, _ in enumerate(session.slices() if isinstance(session, Sliced) else [None]):
        for area in known.areas:
            session.create(area.panel, area.values)
        if number:
            session.run(f"INSERT INTO wide {wide_sql(known)}")
        else:
            session.create("wide", wide_sql(known))
    for area in known.areas:
        session.run(f"DROP TABLE {area.panel}")


def record_peers(session: Session, area: Area, kept: Path | None = None) -> None:
    """What is recorded about others (course means, days on which a feed delivered): from everyone's facts, also in a scoped session."""
    if not area.peers:
        return
    path = kept / f"{session.as_of}-{area.name}-{_basis(session, area)}.parquet" if kept else None
    if path and path.exists():
        try:
            session.put_file(area.recorded, path)
            return
        except EngineError:
            pass  # another process, with newer batches, has just removed it: computed anew below
    session.create(area.recorded, area.peers)
    if kept and path:
        kept.mkdir(parents=True, exist_ok=True)
        session.write_parquet(f"SELECT * FROM {area.recorded}", path)
        for older in kept.glob(f"*-{area.name}-*.parquet"):
            if older != path:
                older.unlink(missing_ok=True)


def _basis(session: Session, area: Area) -> str:
    """Names everything the recorded figures depend on: the statement, the day, the batches of the tables it reads, terms and calendar among them."""
    batches = [[one.id, one.sha256, one.tombs_sha256] for table in sorted(area.peer_tables) for one in session.snapshot.of(table)]
    return digest([area.peers, str(session.as_of), type(session).__name__, batches])[:20]


def wide_sql(indicators: Indicators) -> str:
    """The join of all panels. Every value is a DOUBLE, so that no rule can overflow an integer and stop the whole statement."""
    columns = ",\n  ".join(
        f"CAST({area.panel}.{indicator.name} AS DOUBLE) AS {indicator.name}" for area in indicators.areas for indicator in area.indicators
    )
    joins = "\n  ".join(f"LEFT JOIN {area.panel} ON s.sid = {area.panel}.sid" for area in indicators.areas)
    return f"SELECT s.sid,\n  {columns}\nFROM student AS s\n  {joins}\nWHERE {codes(ENROLLED, load_standard())}"


def evidence(session: Session, indicator: str, sid: int) -> list[Row]:
    """The rows of one student from which the value follows, newest first: source, batch_id, sheet_no, row_no, on_day, label and values.

    A session opened with `scope=[sid]` reads only the files that may hold this student.
    """
    known = load()
    chosen = known.indicator(indicator)
    area = known.area(chosen.area)
    statement = f"SELECT * FROM ({area.evidence}) AS rows WHERE {chosen.evidence} ORDER BY on_day DESC NULLS LAST, batch_id DESC, row_no"
    return session.rows(statement, {"sid": sid})
