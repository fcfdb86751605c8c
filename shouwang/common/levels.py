"""The five warning levels, in order, with the words and shapes people see (never colour alone)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    number: int
    code: str
    zh: str
    en: str
    shape: str


LEVELS = (
    Level(0, "none", "无", "None", "–"),
    Level(1, "blue", "蓝色", "Blue", "●"),
    Level(2, "yellow", "黄色", "Yellow", "◆"),
    Level(3, "orange", "橙色", "Orange", "▲"),
    Level(4, "red", "红色", "Red", "■"),
)
BY_CODE = {level.code: level for level in LEVELS}
