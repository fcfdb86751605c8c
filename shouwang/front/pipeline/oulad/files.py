"""Writes the data set as the files of our own standard, one per table and presentation, under the standard's Chinese headings."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shouwang.analysis.standard import load
from shouwang.front.pipeline.oulad.source import Enrolment, Source, on_day, starts_on, term_of

Rows = Iterable[Sequence[object]]
ROOT = "OU"
KINDS = {"TMA": "作业", "CMA": "测验", "Exam": "考试"}
GENDERS = {"M": "男", "F": "女"}


@dataclass(frozen=True, slots=True)
class Delivered:
    table: str
    path: Path


def write(source: Source, folder: Path) -> Iterator[Delivered]:
    """In the order in which they can be accepted: the register first. Each file is written just before it is asked for; none is empty."""
    for table, course, columns, rows in _tables(source):
        definition = load().table(table)
        path = folder / f"oulad {definition.title}{' ' + course if course else ''}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            out = csv.writer(stream)
            out.writerow([definition.column(name).title for name in columns])
            count = 0
            for row in rows:
                out.writerow(row)
                count += 1
        if count:
            yield Delivered(table, path)


def _tables(source: Source) -> Iterator[tuple[str, str, Sequence[str], Rows]]:
    """(table, presentation, columns, rows)."""
    yield "unit", "", ("code", "name", "kind", "parent"), _units(source)
    yield "term", "", ("term", "starts_on", "ends_on"), _terms(source)
    yield "student", "", ("student_no", "name", "gender", "unit", "entry_year", "status", "disabled"), _students(source)
    handed = ("student_no", "course_code", "title", "kind", "due_on", "handed_in_on", "result", "weight")
    for course, enrolments in source.by_course.items():
        yield "coursework", course, handed, _coursework(source, course, enrolments)
        yield "enrolment_change", course, ("student_no", "kind", "effective_on"), _withdrawals(course, enrolments)
        if course in source.visits:
            yield "platform_activity", course, ("student_no", "day", "actions"), _visits(source, course, enrolments)


def _units(source: Source) -> Iterator[Sequence[object]]:
    yield ROOT, "Open University（OULAD）", "学校", ""
    for module in sorted({course.split("-")[0] for course in source.lengths}):
        yield module, f"{module} 模块", "学院", ROOT
    for course in source.by_course:
        yield course, course.replace("-", " "), "班级", course.split("-")[0]


def _terms(source: Source) -> Iterator[Sequence[object]]:
    """Half-years from one start to the next, so that a day of a presentation lies in the term in which that presentation began."""
    starts = sorted({(starts_on(course), term_of(course)) for course in source.lengths})
    ends = [start for start, _ in starts[1:]] + [max(on_day(course, length) for course, length in source.lengths.items())]
    for (start, term), end in zip(starts, ends, strict=True):
        year, half = divmod(term, 10)
        yield f"{year}-{year + 1}-{half}", start, end.fromordinal(end.toordinal() - 1)


def _students(source: Source) -> Iterator[Sequence[object]]:
    for course, enrolments in source.by_course.items():
        for one in enrolments:
            gender, disabled = GENDERS.get(one.gender, ""), "是" if one.disabled else "否"
            yield one.number, f"学员{one.person}", gender, course, starts_on(course).year, "在籍", disabled


def _coursework(source: Source, course: str, enrolments: Sequence[Enrolment]) -> Iterator[Sequence[object]]:
    """What was handed in, and what was due while the student was still enrolled and was not. Exams of which no result was released stay out."""
    taken = {code for code, _ in source.handed_in}
    for piece in source.assessments[course]:
        title, kind, due = f"{piece.kind} {piece.code}", KINDS[piece.kind], on_day(course, piece.due)
        for one in enrolments:
            found = source.handed_in.get((piece.code, one.person))
            if found:
                yield one.number, one.module, title, kind, due, on_day(course, found[0]), found[1], piece.weight
            elif piece.code in taken and (one.withdrew_on is None or one.withdrew_on > piece.due):
                yield one.number, one.module, title, kind, due, "", "", piece.weight


def _withdrawals(course: str, enrolments: Sequence[Enrolment]) -> Iterator[Sequence[object]]:
    for one in enrolments:
        if one.withdrew_on is not None:
            yield one.number, "退学", on_day(course, one.withdrew_on)


def _visits(source: Source, course: str, enrolments: Sequence[Enrolment]) -> Iterator[Sequence[object]]:
    numbers = {one.person: one.number for one in enrolments}
    for (person, day), clicks in source.visits[course].items():
        if person in numbers:
            yield numbers[person], on_day(course, day), clicks
