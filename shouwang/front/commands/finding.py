"""One thing the doctor looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    subject: str
    fine: bool
    words: str
    remedy: str = ""
    grave: bool = True

    def line(self) -> str:
        sign = "✓" if self.fine else ("✗" if self.grave else "!")
        return f"{sign} {self.subject}：{self.words}" + (f"\n    处理：{self.remedy}" if self.remedy and not self.fine else "")
