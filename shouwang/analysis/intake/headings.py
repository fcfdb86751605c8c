"""Finds the heading of a sheet, one to three rows deep, below whatever titles stand above; and the last row before totals and signatures."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from shouwang.analysis.intake.book import Row, Sheet
from shouwang.analysis.intake.cleaning import clean
from shouwang.analysis.intake.values import FOOTER, TOTAL
from shouwang.analysis.standard import normal as plainly

DEEPEST = 3
# one lonely cell that is plainly no key: a signature line, a stamp, who drew the table up
_REMARK = re.compile(r"[:：（）()]\s*$|[:：]\s|[（(](签字|签章|盖章|章)[）)]|(制表|填表|统计|经办|审核|考评)")
normal = lru_cache(maxsize=10_000)(plainly)
Merged = Sequence[tuple[int, int, int, int]]


@dataclass(frozen=True, slots=True)
class Heading:
    """`rows` are Excel's numbers; `labels` holds for every column the ways its heading can be read, the fullest first."""

    rows: tuple[int, ...]
    labels: tuple[tuple[str, ...], ...]
    fits: int

    @classmethod
    def at(cls, head: Sequence[Row], merged: Merged, rows: tuple[int, ...], known: Mapping[str, str]) -> "Heading":
        lines = [_spread(head, row - 1, merged, is_last=row == rows[-1]) for row in rows]
        labels = tuple(_ways([line[place] for line in lines]) for place in range(len(head[0])))
        names = {known[normal(way)] for ways in labels for way in ways if normal(way) in known}
        return cls(rows, labels, len(names - {""}))


def find_heading(head: Sequence[Row], merged: Merged, known: Mapping[str, str]) -> Heading | None:
    """The rows among the first thirty whose cells name most columns of a table; None when no row names two (or the only one)."""
    best: Heading | None = None
    width = len(head[0]) if head else 0
    for start in range(1, len(head) + 1):
        if not any(head[start - 1]):
            continue
        heading = Heading.at(head, merged, (start,), known)
        if not heading.fits:
            continue
        heading = _deepened(head, merged, heading, known)
        if best is None or heading.fits > best.fits:
            best = heading
    return best if best and best.fits >= min(2, width) else None


def _deepened(head: Sequence[Row], merged: Merged, heading: Heading, known: Mapping[str, str]) -> Heading:
    """With the rows below, as long as they go on naming columns rather than listing things."""
    while len(heading.rows) < DEEPEST and heading.rows[-1] < len(head):
        below = heading.rows[-1] + 1
        deeper = Heading.at(head, merged, (*heading.rows, below), known)
        upper, lower = head[heading.rows[-1] - 1], head[below - 1]
        # Under a heading of two lines the cells below merged ones are empty, and the others are words that stand below an upper word.
        hangs = any(_text(cell) for cell in lower) and any(_text(top) and not _text(cell) for top, cell in zip(upper, lower, strict=True))
        spans = any(_text(cell) and not _text(top) for top, cell in zip(upper, lower, strict=True)) or _has_merge(merged, heading.rows[-1])
        wordy = not any(_text(cell)[:1].isdigit() for cell in lower)
        if deeper.fits < heading.fits or not (hangs and spans and wordy):
            return heading
        heading = deeper
    return heading


def _has_merge(merged: Merged, row: int) -> bool:
    return any(first <= row - 1 <= last for first, _, last, _ in merged)


def _spread(head: Sequence[Row], at: int, merged: Merged, *, is_last: bool) -> list[str]:
    """A heading row with the words of merged cells repeated over the columns they span."""
    line = [_text(cell) for cell in head[at]]
    for first_row, first, last_row, last in merged:
        if first_row == at and last > first:
            line[first : last + 1] = [line[first]] * (min(last, len(line) - 1) - first + 1)
        elif first_row < at <= last_row and first < len(line):
            line[first] = ""
    if not is_last and not any(first_row == at for first_row, _, _, _ in merged) and at + 1 < len(head):
        # Without merge information (xls, csv): an empty cell above a filled one belongs to the word at its left.
        for place in range(1, len(line)):
            if not line[place] and _text(head[at + 1][place]):
                line[place] = line[place - 1]
    return line


def _ways(words: Sequence[str]) -> tuple[str, ...]:
    """学期成绩/总评 can be read as 学期成绩总评 or as 总评; as the upper word only where nothing stands below it."""
    filled = list(dict.fromkeys(word for word in words if word))
    if not filled:
        return ()
    joined = "".join(filled)
    return (joined,) if len(filled) == 1 else (joined, filled[-1])


def _text(cell: str | None) -> str:
    return clean(cell).replace("\n", "").replace("\r", "") if cell else ""


def last_data_row(sheet: Sheet, first: int, mapped: Sequence[int], keys: Sequence[int]) -> int:
    """The last row before blank rows, totals, signatures and remarks at the end."""
    tail = sheet.tail()
    number = sheet.rows
    for row in reversed(tail):
        if number < first or not _is_footer(row, mapped, keys):
            break
        number -= 1
    else:
        # Longer than the tail: only blank rows are so many (formats down to the last line).
        number = _last_filled(sheet, number, mapped)
    return max(number, first - 1)


def _is_footer(row: Row, mapped: Sequence[int], keys: Sequence[int]) -> bool:
    """Totals, signatures and remarks. A row that fills its key is data, whatever words stand in it: 教务处 is also the name of an office."""
    filled = [text for cell in row if (text := _text(cell))]
    if not filled:
        return True
    key_cells = [text for place in keys if (text := _text(row[place]))]
    sparse = len(filled) <= max(1, len(mapped) // 2)
    if len(key_cells) <= 1 and (TOTAL.match(filled[0]) or (sparse and FOOTER.search(filled[0]))):
        return True
    if len(filled) == 1 and len(mapped) > 2 and _REMARK.search(filled[0]):
        return True
    return bool(keys) and not key_cells and sparse and any(FOOTER.search(text) for text in filled)


def _last_filled(sheet: Sheet, below: int, mapped: Sequence[int]) -> int:
    filled = " OR ".join(f"c{place} IS NOT NULL" for place in mapped) or "FALSE"
    found = sheet.cursor.execute(f"SELECT max(rowid) + 1 FROM {sheet.relation} WHERE rowid < {below} AND ({filled})").fetchall()[0]
    return found[0] if found and found[0] else 0
