"""Minutes and invitations as files: PDF and Word with signature lines, iCalendar without a word about anybody."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import timezone
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt
from icalendar import Calendar, Event

from shouwang.work.meetings import policies
from shouwang.work.meetings.models import Meeting, Participant
from shouwang.work.meetings.queries import Said
from shouwang.work.printing.pages import Press

PAGE = Path(__file__).parents[2] / "catalogue" / "wording" / "meetings" / "minutes.typ"
STATE_TITLES = {"open": "未完成", "done": "已完成", "dropped": "不再需要"}


@dataclass(frozen=True, slots=True)
class Minutes:
    """What one reader's copy of the minutes says. `hidden`: how many points it leaves out."""

    meeting: Meeting
    people: Sequence[Participant]
    points: Sequence[tuple[str, Said]]
    before: Sequence[tuple[str, Said]]
    hidden: int
    by: str

    def data(self) -> dict[str, Any]:
        found = self.meeting
        begins, ends = timezone.localtime(found.opened_at or found.starts_at), timezone.localtime(found.closed_at or found.ends_at)
        return {
            "title": found.series.title,
            "number": f"第 {found.number} 次",
            "unit": found.series.unit.name,
            "when": f"{begins:%Y 年 %-m 月 %-d 日 %H:%M}–{ends:%H:%M}",
            "place": found.place,
            "draft": found.state != "closed",
            "people": [
                {
                    "name": one.account.name,
                    "part": policies.PARTS[one.part][0],
                    "presence": policies.PRESENCE.get(one.presence, ("—", ""))[0],
                }
                for one in self.people
            ],
            "points": [_point(title, one) for title, one in self.points],
            "before": [_point(title, one) for title, one in self.before],
            "hidden": policies.hidden(self.hidden),
            "by": self.by,
        }


def _point(title: str, one: Said) -> dict[str, Any]:
    return {
        "title": title,
        "why": policies.WHY[one.item.why][0],
        "state": {"waiting": "未议", "put_off": "下次再议", "discussed": ""}[one.item.state],
        "discussed": one.discussed,
        "decisions": [
            {
                "words": agreed.words,
                "owner": agreed.decision.owner.name,
                "due": f"{agreed.decision.due_on:%Y-%m-%d}",
                "state": STATE_TITLES[agreed.state] + ("，已逾期" if agreed.is_late else ""),
            }
            for agreed in one.decisions
        ],
    }


@cache
def _press() -> Press:
    return Press(PAGE.read_text(encoding="utf-8"))


def pdf(minutes: Minutes, at: datetime) -> bytes:
    return _press().pdf(minutes.data(), at)


def word(minutes: Minutes) -> bytes:
    """The same as a document one can go on writing in."""
    given, document = minutes.data(), Document()
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = "Noto Serif CJK SC", Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    document.add_heading(f"{given['title']} {given['number']} 会议纪要{'（草稿）' if given['draft'] else ''}", level=1)
    document.add_paragraph(f"时间：{given['when']}　地点：{given['place']}　单位：{given['unit']}")
    document.add_paragraph("参会：" + "、".join(f"{one['name']}（{one['part']}，{one['presence']}）" for one in given["people"]))
    if given["before"]:
        document.add_heading("上次决定的落实", level=2)
        _points(document, given["before"])
    document.add_heading("议程与决定", level=2)
    _points(document, given["points"])
    if given["hidden"]:
        document.add_paragraph(given["hidden"])
    document.add_heading("签名", level=2)
    table = document.add_table(rows=0, cols=2)
    for one in given["people"]:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = f"{one['part']}　{one['name']}", "签名：____________　日期：____________"
    document.add_paragraph(given["by"])
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _points(document: Any, points: Sequence[dict[str, Any]]) -> None:
    for at, one in enumerate(points, 1):
        document.add_paragraph(f"{at}. {one['title']}（{one['why']}）{one['state']}")
        if one["discussed"]:
            document.add_paragraph(f"讨论：{one['discussed']}")
        for decision in one["decisions"]:
            document.add_paragraph(
                f"决定：{decision['words']}；{decision['owner']}；{decision['due']} 前；{decision['state']}", style="List Bullet"
            )


def calendar(meetings: Sequence[Meeting], address: str, now: datetime) -> bytes:
    """Title, time and place of meetings; never what or whom they are about."""
    found = Calendar()
    found.add("prodid", "-//Shouwang//meetings//ZH")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    for one in meetings:
        event = Event()
        event.add("uid", f"{one.uuid}@shouwang")
        event.add("sequence", one.sequence)
        event.add("dtstamp", now)
        event.add("dtstart", one.starts_at)
        event.add("dtend", one.ends_at)
        event.add("summary", f"{one.series.title}（第 {one.number} 次）")
        event.add("location", one.place)
        event.add("status", "CANCELLED" if one.state == "cancelled" else "CONFIRMED")
        event.add("url", f"{address}/meetings/{one.pk}/")
        found.add_component(event)
    return bytes(found.to_ical())
