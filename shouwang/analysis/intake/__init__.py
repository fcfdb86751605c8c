"""Intake: a department's file → recognised, checked cell by cell, previewed, written as a batch of facts."""

from shouwang.analysis.intake.blanking import blanked, rows_about
from shouwang.analysis.intake.book import Book, Sheet, letter
from shouwang.analysis.intake.checked import Checked, Figures, Problem, ProblemCount
from shouwang.analysis.intake.checking import check
from shouwang.analysis.intake.marking import marked_copy
from shouwang.analysis.intake.previewing import Gate, Limits, Preview, Sample, preview
from shouwang.analysis.intake.reading import read
from shouwang.analysis.intake.reasons import REASONS, Unreadable
from shouwang.analysis.intake.recognition import Mapped, Recognition, recognise, with_columns, with_header
from shouwang.analysis.intake.roster import Roster
from shouwang.analysis.intake.writing import CannotWrite, write

__all__ = [
    "REASONS",
    "Book",
    "CannotWrite",
    "Checked",
    "Figures",
    "Gate",
    "Limits",
    "Mapped",
    "Preview",
    "Problem",
    "ProblemCount",
    "Recognition",
    "Roster",
    "Sample",
    "Sheet",
    "Unreadable",
    "blanked",
    "check",
    "letter",
    "marked_copy",
    "preview",
    "read",
    "recognise",
    "rows_about",
    "with_columns",
    "with_header",
    "write",
]
