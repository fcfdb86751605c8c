"""docs/security.md speaks of every requirement of OWASP ASVS 5.0, levels 1 and 2, and the tests it names exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# chapter → how many requirements of levels 1 and 2 each section has, as section:count (their numbers run from 1)
CHAPTERS = {
    1: "1:2 2:9 3:11 4:3 5:2", 2: "1:3 2:3 3:4 4:1", 3: "2:2 3:4 4:6 5:5 7:2", 4: "1:3 2:1 3:2 4:4", 5: "1:1 2:3 3:2 4:3",
    6: "1:3 2:11 3:3 4:4 5:5 6:3 8:3", 7: "1:3 2:4 3:2 4:5 5:2 6:2", 8: "1:2 2:3 3:1 4:1", 9: "1:3 2:4", 10: "1:2 2:2 3:4 4:11 5:5 6:2 7:3",
    11: "1:2 2:3 3:3 4:3 5:1 6:1", 12: "1:3 2:2 3:4", 13: "1:1 2:5 3:2 4:5", 14: "1:2 2:4 3:3", 15: "1:3 2:3 3:7", 16: "1:1 2:5 3:4 4:3 5:3",
}  # fmt: skip
REQUIRED = {
    f"{chapter}.{section}.{number}"
    for chapter, sections in CHAPTERS.items()
    for section, count in (part.split(":") for part in sections.split())
    for number in range(1, int(count) + 1)
}
ROWS = [line for line in (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines() if re.match(r"\| \d", line)]


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split(" | ")]


def test_every_requirement_has_a_row() -> None:
    said = {number.strip() for row in ROWS for number in cells(row)[0].strip("| ").split(",")}
    assert not REQUIRED - said, f"without a row: {sorted(REQUIRED - said)}"
    assert len(REQUIRED) == 242


def test_every_row_is_proved_or_says_why_not() -> None:
    for row in ROWS:
        number, _what, proof, missing = ([*cells(row), "", "", ""])[:4]
        proved = "tests/" in proof or "make check" in proof
        assert proved or missing.strip("| "), f"{number}: neither a test nor what is missing"


def test_the_tests_it_names_exist() -> None:
    for path, _, function in re.findall(r"`(tests/[\w/]+\.py)(::(\w+))?`", "\n".join(ROWS)):
        source = ROOT / path
        assert source.exists(), path
        assert not function or f"def {function}(" in source.read_text(encoding="utf-8"), f"{path}::{function}"
