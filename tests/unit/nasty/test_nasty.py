"""The folder of nasty files: recognise, check and preview each; none crashes, none is guessed, each reason is in plain Chinese."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from shouwang.analysis.facts import Store
from shouwang.analysis.intake import Checked, Roster, Unreadable, check, marked_copy, preview, read, recognise
from shouwang.analysis.standard import load
from tests.unit.nasty.cases import CASES, ROSTER, Case

STANDARD = load()
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 25 and len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_nasty_file_gets_its_report(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.filename
    path.write_bytes(case.content)
    if case.unreadable:
        with pytest.raises(Unreadable) as refusal:
            read(path)
        assert refusal.value.code == case.unreadable
        assert CHINESE.search(refusal.value.reason) and CHINESE.search(refusal.value.remedy)
        return
    with read(path) as book:
        for note in case.notes:
            assert any(note in told for told in book.notes), book.notes
        found = recognise(book, STANDARD)
        recognitions = [each for each in found if each.table]
        assert {each.table for each in recognitions} == ({case.table} if case.table else set()), found
        if not case.table:
            assert all(CHINESE.search(each.notes[0]) for each in found)
            return
        assert recognitions[0].header_rows == case.header_rows
        checked = check(book, recognitions, STANDARD.table(case.table), Roster.of(ROSTER))
        _compare(case, checked)
        _look_through(case, checked, tmp_path)
    assert len(marked_copy(path, checked_problems[case.name])) > 1000


checked_problems: dict[str, list] = {}  # type: ignore[type-arg]


def _compare(case: Case, checked: Checked) -> None:
    problems = checked.problems()
    checked_problems[case.name] = problems
    assert [(problem.code, problem.row, problem.letter) for problem in problems] == list(case.problems)
    figures = checked.figures
    assert (figures.rows_good, figures.rows_repeated, figures.rows_ignored) == (case.good, case.repeated, case.ignored)
    assert figures.rows_total == figures.rows_good + figures.rows_bad + figures.rows_repeated
    assert figures.problem_count == len(problems) == sum(count.count for count in checked.counts())
    for problem in problems:
        assert CHINESE.search(problem.reason) and CHINESE.search(problem.remedy)
        assert "{" not in problem.reason + problem.remedy
    for field in ("reason", "remedy"):
        if field in case.extra:
            row, words = case.extra[field]
            assert any(words in getattr(problem, field) for problem in problems if problem.row == row), problems


def _look_through(case: Case, checked: Checked, tmp_path: Path) -> None:
    cursor = checked.work.cursor.execute(f"SELECT * FROM {checked.work.good} ORDER BY sheet_no, row_no")
    names = [described[0] for described in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row, expected in zip(rows, case.rows, strict=False):
        got = {name: float(value) if isinstance(value := row[name], Decimal) else value for name in expected}
        assert got == expected
    assert not case.rows or len(case.rows) == len(rows)
    outcome = preview(checked, Store(tmp_path / "facts").snapshot())
    assert outcome.new == case.good and CHINESE.search(outcome.scope)
    assert bool(outcome.blocked) == (case.good == 0)
    if checked.figures.rows_bad >= 0.05 * checked.figures.rows_total and checked.figures.rows_bad:
        assert "refused" in {gate.code for gate in outcome.gates}
