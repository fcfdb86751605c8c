"""One cell's text → its value, or why not. The only place that says what a text of each type means."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from shouwang.analysis.intake import dates, scores
from shouwang.analysis.intake.bad import Bad
from shouwang.analysis.intake.cleaning import ERROR_CELLS, clean, unmarked
from shouwang.analysis.standard import normal
from shouwang.analysis.standard.types import Column

Reader = Callable[[str], Any]
TEXT_LIMIT, RAW_LIMIT = 200, 4000
TOTAL = re.compile(r"(合\s*计|总\s*计|小\s*计|共\s*计|平均分?)")
FOOTER = re.compile(
    r"(合\s*计|总\s*计|小\s*计|共\s*计|平均|制表|填表|审核|复核|签字|签名|签章|盖章|备注[:：]|说明[:：]|注[:：]|负责人|教务处|打印|导出时间|第\s*\d+\s*页|共\s*\d+\s*[条人页行])"
)
# A sign or a fraction must stand there: 2E05 may be somebody's real number.
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+\d+|\d\.\d+[eE]\d+")
_CODE_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-]{0,31}")
_DECIMAL = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][-+]?\d+)?")
_CENT = Decimal("0.01")
YES = frozenset(("是", "有", "y", "yes", "true", "1", "√", "✓", "✔", "t", "对"))
NO = frozenset(("否", "无", "n", "no", "false", "0", "×", "✗", "x", "f", "不", "没有"))


def reader(column: Column) -> Reader:
    """A function from a cell's text to the value stored for `column`: None for an empty cell that may be empty, or Bad."""
    read = _TYPES[column.type](column)
    pattern = re.compile(column.pattern) if column.pattern else None
    default = read(column.default) if column.default is not None else None

    def cell(raw: str) -> Any:
        text = clean(raw)
        if column.type != "text":
            text = unmarked(text)
        elif text[:1] == "'" and text[1:].isdigit():
            text = text[1:]
        if not text:
            return Bad("required_empty") if column.required and default is None else default
        if text in ERROR_CELLS:
            return Bad("error_cell", text)
        if pattern and not pattern.fullmatch(text):
            return Bad("bad_pattern", column.example or column.pattern or "")
        return read(text)

    return cell


def _student_no(_column: Column) -> Reader:
    return _number_text


def _number_text(text: str) -> str | Bad:
    text = re.sub(r"\s+", "", text)
    if _SCIENTIFIC.fullmatch(text):
        return Bad("number_scientific")
    if FOOTER.match(text):
        return Bad("summary_row")
    # Exports through other programs write a whole number with an empty fraction.
    text = re.sub(r"^(\d+)\.0+$", r"\1", text)
    return text if _CODE_NUMBER.fullmatch(text) else Bad("number_shape")


def _unit_code(column: Column) -> Reader:
    def read(text: str) -> str | Bad:
        if _SCIENTIFIC.fullmatch(text):
            return Bad("number_scientific")
        if column.required and TOTAL.fullmatch(text):
            return Bad("summary_row")
        return Bad("too_long", str(TEXT_LIMIT)) if len(text) > TEXT_LIMIT else text

    return read


def _text(column: Column) -> Reader:
    limit = RAW_LIMIT if column.store == "raw" else TEXT_LIMIT
    return lambda text: Bad("too_long", str(limit)) if len(text) > limit else text


def _code(column: Column) -> Reader:
    known = {normal(label): code.number for code in column.codes for label in (*code.labels, code.code)}
    shown = "、".join(code.title for code in column.codes)
    return lambda text: known.get(normal(text), Bad("unknown_code", shown))


def decimal(text: str) -> Decimal | Bad:
    """A number as typed or as Excel computed it. Bad when more than two decimals are really there."""
    text = text.removeprefix("¥").removeprefix("￥").removesuffix("元").strip()
    if not _DECIMAL.fullmatch(text):
        return Bad("not_number")
    try:
        # Excel's binary fractions (84.69999999999999) are what the formula made of 84.7; nine places tell the two apart.
        number = round(Decimal(text.replace(",", "")), 9)
        if number != round(number, 2):
            return Bad("too_precise")
        return number.quantize(_CENT) if abs(number) < 10**8 else Bad("above_maximum", "99999999.99")
    except InvalidOperation:
        return Bad("above_maximum", "99999999.99")


def _bounded(column: Column, number: Any) -> Any:
    if isinstance(number, Bad):
        return number
    if column.minimum is not None and number < Decimal(column.minimum):
        return Bad("below_minimum", column.minimum)
    if column.maximum is not None and number > Decimal(column.maximum):
        return Bad("above_maximum", column.maximum)
    return number


def _decimal(column: Column) -> Reader:
    return lambda text: _bounded(column, decimal(text))


def _integer(column: Column) -> Reader:
    def read(text: str) -> Any:
        number = decimal(text)
        if isinstance(number, Bad):
            return Bad("not_integer") if number.code == "too_precise" else number
        if number != int(number):
            return Bad("not_integer")
        return _bounded(column, int(number))

    return read


def _score(column: Column) -> Reader:
    def read(text: str) -> Any:
        found = scores.score(re.sub(r"\s+", "", text))
        if isinstance(found, Bad) or found.mark != scores.NUMERIC or found.value is None:
            return found
        number = _bounded(column, decimal(str(found.value)))
        return number if isinstance(number, Bad) else scores.Score(number, found.mark, found.kind)

    return read


def _boolean(_column: Column) -> Reader:
    def read(text: str) -> bool | Bad:
        word = text.lower()
        return True if word in YES else False if word in NO else Bad("not_boolean")

    return read


def _bounded_day(column: Column, read: Reader) -> Reader:
    def bounded(text: str) -> Any:
        found = read(text)
        if isinstance(found, Bad):
            return found
        shown = found.isoformat()[:10]
        if column.minimum is not None and shown < column.minimum:
            return Bad("below_minimum", column.minimum)
        return Bad("above_maximum", column.maximum) if column.maximum is not None and shown > column.maximum else found

    return bounded


_TYPES: dict[str, Callable[[Column], Reader]] = {
    "student_no": _student_no,
    "staff_no": _student_no,
    "unit_code": _unit_code,
    "text": _text,
    "code": _code,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": lambda column: _bounded_day(column, dates.day),
    "datetime": lambda column: _bounded_day(column, dates.moment),
    "term": lambda _column: dates.term,
    "score": _score,
}
