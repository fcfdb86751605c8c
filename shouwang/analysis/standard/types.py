"""The words of the data standard as frozen values: tables, columns, codes."""

from dataclasses import dataclass
from typing import Literal

from shouwang.analysis.standard.schedule import Schedule

Type = Literal["student_no", "staff_no", "unit_code", "text", "code", "integer", "decimal", "boolean", "date", "datetime", "term", "score"]
Store = Literal["facts", "database", "raw"]

SQL_TYPES: dict[str, str] = {
    "student_no": "INTEGER",
    "staff_no": "VARCHAR",
    "unit_code": "VARCHAR",
    "text": "VARCHAR",
    "code": "TINYINT",
    "integer": "INTEGER",
    "decimal": "DECIMAL(10,2)",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "term": "INTEGER",
    "score": "DECIMAL(5,2)",
}
PROVENANCE = (("batch_id", "INTEGER"), ("sheet_no", "SMALLINT"), ("row_no", "INTEGER"))


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a code list: the word SQL and rules use, the number in facts, the labels met in real files (the first is ours)."""

    code: str
    number: int
    labels: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.labels[0]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    title: str
    title_en: str
    type: Type
    required: bool
    sensitivity: str
    aliases: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    pattern: str | None = None
    unique: bool = False
    store: Store = "facts"
    description: str = ""
    default: str | None = None
    """What an empty cell means, written as a cell; None when empty stays empty."""
    example: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading under which the column is recognised, our own title first."""
        return (self.title, *self.aliases)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """(name, SQL type) of the fact columns: a student number becomes `sid`, a score also says what kind of mark stood there."""
        if self.type == "student_no":
            return (("sid", "INTEGER"),)
        if self.store != "facts":
            return ()
        own = ((self.name, SQL_TYPES[self.type]),)
        return (*own, (f"{self.name}_mark", "TINYINT")) if self.type == "score" else own

    def code(self, word: str) -> Code:
        """The code with this word. KeyError when the list has none."""
        for code in self.codes:
            if code.code == word:
                return code
        raise KeyError(f"{self.name} 没有代码 {word}")


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    title: str
    title_en: str
    owner: str
    delivery: Literal["whole", "additions"]
    scope: tuple[str, ...]
    key: tuple[str, ...]
    schedule: Schedule
    about: str
    subject: Literal["student", "none"]
    master: bool
    columns: tuple[Column, ...]
    version: str
    day: str | None = None

    def column(self, name: str) -> Column:
        """The column of this name. KeyError when the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"数据表 {self.name} 没有列 {name}")

    @property
    def fact_columns(self) -> tuple[Column, ...]:
        """The columns kept as facts, the student number (which becomes `sid`) left out."""
        return tuple(column for column in self.columns if column.store == "facts" and column.type != "student_no")

    @property
    def student_column(self) -> Column | None:
        """The column that names the student, whose number becomes `sid`."""
        return next((column for column in self.columns if column.type == "student_no"), None)

    @property
    def day_column(self) -> Column | None:
        """The date (or moment) by which the batches of this table are ranged."""
        return self.column(self.day) if self.day else None

    @property
    def fact_key(self) -> tuple[str, ...]:
        """The natural key under the names it has in facts; empty cells of a key compare as equal."""
        return tuple("sid" if self.column(name).type == "student_no" else name for name in self.key)

    @property
    def required(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.required)


@dataclass(frozen=True, slots=True)
class Department:
    code: str
    title: str
    title_en: str
