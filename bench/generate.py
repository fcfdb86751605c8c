"""Facts of a made-up school for measuring, written by DuckDB through the store: about 235 rows a student, 148 of them attendance.

A term as departments deliver it: attendance by week, scores by term, dormitory gates by week, and corrections whose tombstones name what
they replace (a hundredth of the last three weeks' attendance, one in two hundred scores). Deterministic: every value is a hash of student,
day and kind. `python -m bench.generate 100000` makes it once under data/bench, or under SHOUWANG_BENCH_DATA.
"""

import os
import shutil
import sys
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb

from shouwang.analysis.facts import Snapshot, Store
from shouwang.analysis.facts.store import superseded
from shouwang.analysis.standard import load
from shouwang.common.calendar import national_days

AS_OF = date(2025, 12, 19)
ROOT = Path(os.environ.get("SHOUWANG_BENCH_DATA") or Path(__file__).parents[1] / "data" / "bench")
VERSION = "2"  # of what is generated: files of another version are made anew
TERMS = (
    (20231, "2023-09-01", "2024-01-19"),
    (20232, "2024-02-26", "2024-07-05"),
    (20241, "2024-09-02", "2025-01-17"),
    (20242, "2025-02-17", "2025-07-04"),
    (20251, "2025-09-01", "2026-01-16"),
)


def facts(students: int, root: Path = ROOT) -> tuple[Path, Snapshot]:
    """The folder and snapshot of a school of this size; written the first time."""
    folder = root / str(students)
    done = folder / "done"
    if not done.exists() or done.read_text() != VERSION:
        shutil.rmtree(folder, ignore_errors=True)
        _Writer(Store(folder / "facts"), students).everything()
        done.write_text(VERSION)
    store = Store(folder / "facts")
    ids = [int(path.stem) for path in (folder / "facts").glob("*/*.json")]
    return folder, store.snapshot(ids)


@dataclass
class _Writer:
    store: Store
    students: int
    snapshot: Snapshot = field(default_factory=Snapshot)
    cursor: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    last_id: int = 0

    def write(self, table: str, rows: str, *, correction: bool = False) -> None:
        """One batch; a correction supersedes the rows with its keys."""
        self.last_id += 1
        definition = load().table(table)
        numbered = f"SELECT *, CAST(1 AS SMALLINT) AS sheet_no, CAST(ROW_NUMBER() OVER () + 1 AS INTEGER) AS row_no FROM ({rows})"
        names = ", ".join(name for name, _ in load().fact_schema(table) if name not in {"batch_id", "sheet_no", "row_no"})
        present = {column[0] for column in self.cursor.execute(f"DESCRIBE {rows}").fetchall()}
        missing = "".join(f", NULL AS {name}" for name in names.split(", ") if name not in present)
        sql = f"SELECT *{missing} FROM ({numbered})"
        tombs = None
        if correction:
            self.cursor.execute(f"CREATE OR REPLACE TEMP TABLE corrected AS {sql}")
            sql, tombs = "SELECT * FROM corrected", superseded(definition, self.snapshot, "corrected")
        batch = self.store.write(definition, self.last_id, sql, self.cursor, tombs=tombs)
        self.snapshot = self.snapshot.with_batch(batch)

    def everything(self) -> None:
        self._school()
        self._attendance()
        self._scores()
        self._dorm()
        self._life()
        self.cursor.close()

    def _school(self) -> None:
        n = self.students
        self.cursor.execute(f"CREATE TABLE student_list AS SELECT range::INTEGER AS sid FROM range(1, {n + 1})")
        days = ", ".join(f"(DATE '{day}', {1 if kind in ('school', 'makeup') else 3})" for day, kind in _days())
        self.cursor.execute(f"CREATE TABLE calendar AS SELECT * FROM (VALUES {days}) AS listed(day, kind)")
        rows = ", ".join(f"({term}, DATE '{first}', DATE '{last}')" for term, first, last in TERMS)
        self.write("term", f"SELECT * FROM (VALUES {rows}) AS listed(term, starts_on, ends_on)")
        self.write("school_calendar", "SELECT day, kind FROM calendar")
        flags = ", ".join(
            f"{_chance(name, 40)} AS {name}" for name in ("orphan", "no_care", "disabled", "hardship", "left_behind", "migrant")
        )
        self.write(
            "student",
            f"SELECT sid, 'C' || (sid // 40) AS unit, 'M' || (sid // 4000) AS major_code, 2023 AS entry_year, 1 AS status,"
            f" sid % 5 > 0 AS boarder, {flags} FROM student_list",
        )
        self.write("guardian", "SELECT sid, 1 + sid % 2 AS relation FROM student_list")
        plans = ", ".join(f"({term})" for term, _, _ in TERMS[:4])
        self.write(
            "course_plan",
            f"SELECT 'M' || m AS major_code, 2023 AS entry_year, term, 18 AS credits_due, 1 AS certificates_due"
            f" FROM range({n // 4000 + 1}) AS majors(m), (VALUES {plans}) AS listed(term)",
        )

    def _attendance(self) -> None:
        """Two sessions every school day of the term, in weekly batches, and one correction of a hundredth of the last three weeks."""
        status = (
            f"CASE WHEN {_share('attendance', 'sid, day, period')} < 30 + (sid % 97) // 4 THEN 3 WHEN {_share('late', 'sid, day, period')} < 20 THEN 2"
            f" WHEN {_share('leave', 'sid, day, period')} < 15 THEN 4 ELSE 1 END"
        )
        session = "SELECT sid, day, period, 2 AS hours FROM student_list, calendar, (VALUES ('1-2节'), ('3-4节')) AS p(period)"
        first = date(2025, 9, 1)
        while first <= AS_OF:
            last = min(first + timedelta(days=6), AS_OF)
            school = f"kind = 1 AND day BETWEEN DATE '{first}' AND DATE '{last}'"
            self.write("attendance", f"SELECT sid, day, period, {status} AS status, hours FROM ({session} WHERE {school})")
            first = last + timedelta(days=1)
        recent = f"kind = 1 AND day BETWEEN DATE '{AS_OF - timedelta(days=20)}' AND DATE '{AS_OF}'"
        changed = f"{recent} AND {_share('corrected', 'sid, day, period')} < 10"
        self.write("attendance", f"SELECT sid, day, period, 4 AS status, hours FROM ({session} WHERE {changed})", correction=True)

    def _scores(self) -> None:
        """Six courses in each of four terms; failed courses are resat, half of them with success."""
        course = "'K' || ((sid // 4000) * 100 + c + (term % 10) * 10 + (term // 10 % 10) * 50)"
        mark = f"LEAST(100, GREATEST(0, 45 + sid % 23 + {_share('score', 'sid, term, c')} // 20))"
        graded = (
            f"SELECT sid, term, c, {course} AS course_code, 3 AS credit, 1 + c % 2 AS required, 60 AS pass_mark, {mark} AS result, 0 AS result_mark"
            f" FROM student_list, range(6) AS courses(c), (VALUES (@TERM)) AS listed(term)"
        )
        for term, _, _ in TERMS[:4]:
            rows = graded.replace("@TERM", str(term))
            self.write("score", f"SELECT *, 1 AS exam_kind FROM ({rows})")
            resit = f"SELECT * REPLACE (result + {_share('resit', 'sid, term, c')} // 25 AS result), 2 AS exam_kind FROM ({rows}) WHERE result < 60"
            self.write("score", f"SELECT * FROM ({resit})")
        for term, _, _ in TERMS[:4]:
            wrong = f"SELECT * REPLACE (result + 1 AS result), 1 AS exam_kind FROM ({graded.replace('@TERM', str(term))})"
            self.write("score", f"{wrong} WHERE result < 100 AND {_share('regraded', 'sid, term, c')} < 5", correction=True)

    def _dorm(self) -> None:
        """In and out of the boarders over the last weeks, in four batches."""
        for part in range(4):
            first, last = AS_OF - timedelta(days=7 * (4 - part)), AS_OF - timedelta(days=7 * (3 - part) + 1)
            base = (
                f"SELECT sid, d::DATE AS day, 'G' || sid % 6 AS gate FROM student_list,"
                f" generate_series(TIMESTAMP '{first}', TIMESTAMP '{last}', INTERVAL 1 DAY) AS days(d)"
                f" WHERE sid % 5 > 0 AND {_share('night', 'sid, d::DATE')} < 740"
            )
            back = f"day + INTERVAL 18 HOUR + to_minutes({_share('back', 'sid, day')} * 6 // 15) AS seen_at, 1 AS direction"
            gone = f"day + INTERVAL 7 HOUR + to_minutes({_share('gone', 'sid, day')} // 10) AS seen_at, 2 AS direction"
            self.write("dorm_access", f"SELECT sid, gate, {back} FROM ({base}) UNION ALL SELECT sid, gate, {gone} FROM ({base})")

    def _life(self) -> None:
        """Loans, points, platform, fees, aid, conduct, leave, coursework, internship, certificates, skills."""
        back = f"DATE '{AS_OF}' - ({{}})::INTEGER"
        for table, each, columns in (
            ("library_loan", 5, f"{back.format(_share('loan', 'sid, k') + ' // 3')} AS loaned_on, sid || '-' || k AS barcode"),
            (
                "activity_points",
                5,
                f"{back.format(_share('activity', 'sid, k') + ' // 2')} AS earned_on, 'A' || k AS activity, 1 AS points",
            ),
            (
                "platform_activity",
                10,
                f"{back.format('k * 7 + ' + _share('platform', 'sid, k') + ' // 150')} AS day, 20 AS minutes, 9 AS actions",
            ),
            (
                "fee",
                2,
                "'2025-2026' AS year, 1 + k AS item, 5000 AS due, 5000 - 1000 * ((sid % 20 = 0)::INT) AS paid, DATE '2025-09-10' AS due_on",
            ),
        ):
            self.write(table, f"SELECT sid, {columns} FROM student_list, range({each}) AS repeats(k)")
        for table, columns in (
            ("aid", "1 AS kind, sid % 3 AS level, DATE '2025-10-10' AS granted_on"),
            ("conduct", "4 AS kind, 1 AS matter, DATE '2025-10-10' AS decided_on"),
            (
                "leave",
                "1 AS kind, TIMESTAMP '2025-11-10 08:00:00' AS starts_at, TIMESTAMP '2025-11-12 18:00:00' AS ends_at, 3 AS days, TRUE AS approved",
            ),
            (
                "coursework",
                "'K1' AS course_code, 'w' AS title, 1 AS kind, DATE '2025-11-10' AS due_on, DATE '2025-11-09' AS handed_in_on, 9 AS result_mark",
            ),
            ("internship_checkin", f"DATE '{AS_OF}' AS day, sid % 4 > 0 AS done"),
            ("certificate", "'C' AS certificate, DATE '2025-05-01' AS got_on"),
            (
                "skill_assessment",
                "'S' AS skill, DATE '2025-05-01' AS assessed_on, 50 + sid % 50 AS result, 0 AS result_mark, 60 AS pass_mark",
            ),
        ):
            self.write(table, f"SELECT sid, {columns} FROM student_list WHERE sid % 10 = 0")


def _days() -> list[tuple[date, str]]:
    """Every day of the terms with its kind, so that days between terms are no school days."""
    spans = [(date.fromisoformat(first), date.fromisoformat(last)) for _, first, last in TERMS]
    return [pair for first, last in spans for pair in national_days(first, last)]


def _share(kind: str, of: str) -> str:
    """SQL: a number from 0 to 999, the same for the same values."""
    return f"(hash('{kind}', {of}) % 1000)::INTEGER"


def _chance(kind: str, permille: int) -> str:
    return f"{_share(kind, 'sid')} < {permille}"


if __name__ == "__main__":
    started = time.perf_counter()
    made, known = facts(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    taken = time.perf_counter() - started
    rows, dead = (sum(getattr(batch, name) for batch in known.batches) for name in ("rows", "tombs"))
    print(f"{made}: {rows:,} rows in {len(known.batches)} batches, {dead:,} of them superseded; {taken:.0f} s")
