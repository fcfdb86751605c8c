"""The data standard: one published format per table, from which template, format page, check and freshness come."""

from shouwang.analysis.standard.headings import normal
from shouwang.analysis.standard.loader import BadStandard, Standard, load
from shouwang.analysis.standard.page import datapackage, format_page
from shouwang.analysis.standard.schedule import Lateness, Schedule
from shouwang.analysis.standard.template import template
from shouwang.analysis.standard.types import PROVENANCE, SQL_TYPES, Code, Column, Department, Table

__all__ = [
    "PROVENANCE",
    "SQL_TYPES",
    "BadStandard",
    "Code",
    "Column",
    "Department",
    "Lateness",
    "Schedule",
    "Standard",
    "Table",
    "datapackage",
    "format_page",
    "load",
    "normal",
    "template",
]
