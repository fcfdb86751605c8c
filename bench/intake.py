"""How long importing takes, against the plainest reading of the same file in the same run.

    python -m bench.intake

A million-row attendance CSV: digest, read, recognise, check, preview and write, against DuckDB's own all-text read_csv of it (limit 8).
A score workbook of 100,000 x 10: the same, against calamine reading it (limit 3).
"""

import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import xlsxwriter
from python_calamine import CalamineWorkbook

from shouwang.analysis.facts import Snapshot, Store
from shouwang.analysis.intake import Roster, check, preview, read, recognise, write
from shouwang.analysis.standard import load
from shouwang.common.digest import file_digest

STUDENTS = 25_000
SESSIONS = 1_000_000
SCORES = 100_000
REPEATS = 3
_READ_CSV = "DuckDB's all-text read_csv of the file"
LIMITS = {"csv": (8, _READ_CSV), "csv_again": (8, _READ_CSV), "xlsx": (3, "calamine reading the file")}


def run() -> list[dict[str, object]]:
    """One row per figure. Peer and product take turns; the best of each counts."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sessions, scores = _sessions(folder / "考勤.csv"), _scores(folder / "成绩.xlsx")
        roster = Roster.of([(_number(at), at, f"00010001{at // 40:04d}", "00010001", f"张{at}") for at in range(STUDENTS)])
        store = Store(folder / "facts")
        empty = Snapshot()
        once = _accept(sessions, roster, store, empty, 1)
        known = store.snapshot([1])
        cases: list[tuple[str, str, Callable[[], object], Callable[[], object]]] = [
            (
                "csv",
                f"{once:,} rows of attendance, CSV, checked and accepted into an empty store",
                lambda: _plain_csv(sessions),
                lambda: _accept(sessions, roster, store, empty, 2),
            ),
            (
                "csv_again",
                "The same file delivered again, compared with what is there, superseding it",
                lambda: _plain_csv(sessions),
                lambda: _accept(sessions, roster, store, known, 3),
            ),
            (
                "xlsx",
                f"{SCORES:,} × 10 scores, xlsx, checked and accepted",
                lambda: _plain_xlsx(scores),
                lambda: _accept(scores, roster, store, empty, 4),
            ),
        ]
        return [_measured(*case) for case in cases]


def _measured(code: str, name: str, peer: Callable[[], object], ours: Callable[[], object]) -> dict[str, object]:
    peers, owns = zip(*((_seconds(peer), _seconds(ours)) for _ in range(REPEATS)), strict=True)
    ratio, (limit, against) = min(owns) / min(peers), LIMITS[code]
    measured = f"{ratio:.1f} × ({min(owns):.2f} s : {min(peers):.2f} s)"
    return {"what": f"{name}, against {against}", "measured": measured, "target": f"≤ {limit} ×", "reached": ratio <= limit}


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _accept(path: Path, roster: Roster, store: Store, snapshot: Snapshot, batch_id: int) -> int:
    """The whole way of a delivery inside analysis. Returns the number of rows written."""
    standard = load()
    file_digest(path)
    with read(path) as book:
        found = [each for each in recognise(book, standard) if each.table]
        checked = check(book, found, standard.table(found[0].table), roster)
        preview(checked, snapshot)
        return write(checked, store, snapshot, batch_id).rows


def _plain_csv(path: Path) -> None:
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE plain AS SELECT * FROM read_csv('{path}', all_varchar = true)")
    connection.close()


def _plain_xlsx(path: Path) -> None:
    CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def _number(at: int) -> str:
    return str(2024010001 + at)


def _sessions(path: Path) -> Path:
    """Forty sessions of every student, with the columns a campus system adds for itself."""
    statuses = ["出勤"] * 16 + ["旷课", "迟到", "请假", "早退"]
    with path.open("w", encoding="utf-8") as stream:
        stream.write("学号,姓名,班级,日期,节次,课程名称,考勤状态,学时,任课教师,备注\n")
        for session in range(SESSIONS // STUDENTS):
            day = date(2025, 9, 1) + timedelta(days=session // 4)
            for at in range(STUDENTS):
                status = statuses[(at * 7 + session * 3) % 20]
                stream.write(
                    f"{_number(at)},张{at},计算机应用技术{at // 40}班,{day},{session % 4 * 2 + 1}-{session % 4 * 2 + 2}节,"
                    f"高等数学{at // 40 % 50},{status},2,李老师{at // 40 % 200},\n"
                )
    return path


def _scores(path: Path) -> Path:
    headings = ("学号", "姓名", "学年学期", "课程代码", "课程名称", "学分", "修读性质", "考试性质", "成绩", "录入日期")
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet, day = book.add_worksheet("成绩"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, headings)
        for at in range(SCORES):
            student, course = at // 10, at % 10
            words = (_number(student), f"张{student}", "2025-2026-1", f"C{student // 40 % 30:02d}{course}", f"课程{course}")
            sheet.write_row(at + 1, 0, (*words, 4, "必修", "正常考试", 40 + (at * 7) % 60))
            sheet.write_datetime(at + 1, 9, date(2025, 12, 1), day)
    return path


if __name__ == "__main__":
    for row in run():
        print(f"{row['what']}: {row['measured']}, target {row['target']}")
