"""Reads the official layout: seven CSV files, or the six small ones and a zipped, tab-separated part of the click table."""

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

NEEDED = ("courses", "assessments", "studentInfo", "studentRegistration", "studentAssessment")
# A presentation is named by its year and the month it began in: B is February, J is October. The set keeps no dates; the first is ours.
MONTHS = {"B": 2, "J": 10}
SPREADSHEET_FULL = 1_048_575  # rows below the heading of a full Excel sheet: a table of exactly this length was cut off


class NotOulad(Exception):
    """The folder is not the data set; the text says which file is missing."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One person in one presentation of one module; a person may stand here several times."""

    module: str
    presentation: str
    person: str
    gender: str
    disabled: bool
    withdrew_on: int | None
    result: str

    @property
    def course(self) -> str:
        return f"{self.module}-{self.presentation}"

    @property
    def number(self) -> str:
        return f"{self.course}-{self.person}"


@dataclass(frozen=True, slots=True)
class Assessment:
    code: str
    kind: str
    due: int
    weight: str


class Source:
    """The folder as it was unpacked. NotOulad when a needed file is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        missing = [f"{name}.csv" for name in NEEDED if not (folder / f"{name}.csv").exists()]
        if missing:
            raise NotOulad(f"{folder} 里没有 {'、'.join(missing)}；请给出 OULAD 解压后的文件夹")

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        with (self.folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            yield from csv.DictReader(stream)

    @cached_property
    def lengths(self) -> dict[str, int]:
        return {f"{row['code_module']}-{row['code_presentation']}": int(row["module_presentation_length"]) for row in self.rows("courses")}

    @cached_property
    def enrolments(self) -> list[Enrolment]:
        left = {_key(row): row["date_unregistration"] for row in self.rows("studentRegistration")}
        return [
            Enrolment(*_key(row), row["gender"], row["disability"] == "Y", day_number(left.get(_key(row), "")), row["final_result"])
            for row in self.rows("studentInfo")
        ]

    @cached_property
    def by_course(self) -> dict[str, list[Enrolment]]:
        found: dict[str, list[Enrolment]] = {course: [] for course in sorted(self.lengths)}
        for enrolment in self.enrolments:
            found[enrolment.course].append(enrolment)
        return found

    @cached_property
    def assessments(self) -> dict[str, list[Assessment]]:
        """Of each course. An exam without a date stands at the end of its presentation."""
        found: dict[str, list[Assessment]] = defaultdict(list)
        for row in self.rows("assessments"):
            course = f"{row['code_module']}-{row['code_presentation']}"
            due = day_number(row["date"])
            found[course].append(
                Assessment(row["id_assessment"], row["assessment_type"], self.lengths[course] if due is None else due, row["weight"])
            )
        return found

    @cached_property
    def handed_in(self) -> dict[tuple[str, str], tuple[int, str]]:
        """(assessment, person) → (day, score text). What was banked from an earlier presentation is dated before the start."""
        return {
            (row["id_assessment"], row["id_student"]): (int(row["date_submitted"]), row["score"]) for row in self.rows("studentAssessment")
        }

    @cached_property
    def visits(self) -> dict[str, dict[tuple[str, int], int]]:
        """Course → (person, day) → clicks; only of presentations of which the table is whole."""
        found: dict[str, dict[tuple[str, int], int]] = defaultdict(lambda: defaultdict(int))
        count, last = 0, ""
        for row in self._clicks():
            last = f"{row['code_module']}-{row['code_presentation']}"
            found[last][row["id_student"], int(row["date"])] += int(row["sum_click"])
            count += 1
        if count == SPREADSHEET_FULL:
            found.pop(last)  # it breaks off in the middle: silence there would say nothing of the student
        return dict(found)

    def _clicks(self) -> Iterator[dict[str, str]]:
        if (self.folder / "studentVle.csv").exists():
            yield from self.rows("studentVle")
        elif (self.folder / "studentVle.zip").exists():
            with _first_in(self.folder / "studentVle.zip") as stream:
                heading = stream.readline()
                stream.seek(0)
                yield from csv.DictReader(stream, delimiter="\t" if "\t" in heading else ",")


@contextmanager
def _first_in(path: Path) -> Iterator[io.TextIOWrapper]:
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as member:
        yield io.TextIOWrapper(member, encoding="utf-8-sig", newline="")


def _key(row: dict[str, str]) -> tuple[str, str, str]:
    return row["code_module"], row["code_presentation"], row["id_student"]


def day_number(text: str) -> int | None:
    """A day relative to the start; None for an empty cell (or the question mark of the older release)."""
    text = text.strip()
    return None if text in ("", "?") else int(float(text))


def starts_on(course: str) -> date:
    presentation = course.split("-")[1]
    return date(int(presentation[:4]), MONTHS[presentation[4]], 1)


def on_day(course: str, number: int) -> date:
    """The date of a day of a presentation; day 0 is its start."""
    return starts_on(course) + timedelta(days=number)


def term_of(course: str) -> int:
    """20131 for a presentation that began in October 2013, 20122 for February 2013."""
    start = starts_on(course)
    return start.year * 10 + 1 if start.month >= 9 else (start.year - 1) * 10 + 2
