"""What is done to every cell before it is read: nothing that could change its meaning."""

import re

# Full-width letters, digits and the signs met in numbers and dates. Chinese punctuation stays: it belongs to the text.
_WIDE = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_WIDE |= {ord(wide): narrow for wide, narrow in zip("－．／＋＿％", "-./+_%", strict=True)}
_BLANKS = dict.fromkeys((0x3000, 0xA0, 0x2002, 0x2003, 0x2009, 0x202F, 0x09), " ")
_NOTHING = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xAD, *range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F))
TABLE = _WIDE | _BLANKS | _NOTHING
_FORMULA_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_EXCEL = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#GETTING_DATA")
ERROR_CELLS = frozenset((*_EXCEL, "Err:502", "Err:504", "Err:508", "Err:522"))
# Cells that a plain look shows to be clean already (used on columns with very many different values).
DIRTY_SQL = r"[^\x21-\x7E\x{4E00}-\x{9FFF}\x{3001}-\x{301F}\x{FF08}\x{FF09}\x{FF0C}\x{FF1A}\x{FF1B} ·]|^[ '=#E]| $"


def clean(text: str) -> str:
    """The cell without blanks at its ends, zero-width signs and Excel's text marks; full-width digits and letters made plain."""
    text = text.translate(TABLE).strip()
    if text[:1] == "=" and (quoted := _FORMULA_TEXT.fullmatch(text)):
        text = quoted.group(1).strip()
    return text


def unmarked(text: str) -> str:
    """Without the apostrophe that marks a number typed as text."""
    return text.lstrip("'’‘`").strip() if text[:1] in "'’‘`" else text
