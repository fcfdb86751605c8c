"""Holding and closing meetings. What is agreed on a case becomes a step of the case; other decisions get a time limit of their own."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from shouwang.common.reader import Reader
from shouwang.common.schooltime import Within
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.cases import actions as cases
from shouwang.work.deadlines import actions as deadlines
from shouwang.work.deadlines.queries import school_time
from shouwang.work.meetings import policies, queries
from shouwang.work.meetings.actions.calling import CannotMeet, draw_now, moved
from shouwang.work.meetings.models import Decision, Item, Meeting
from shouwang.work.meetings.policies import pick
from shouwang.work.notifications import actions as notifications


def open_meeting(*, meeting: int, by: Reader, now: datetime) -> Meeting:
    """It begins: the agenda is drawn once more, who said they come counts as present until noted otherwise. CannotMeet with the reason."""
    with told():
        found = moved(meeting, "open", by)
        found.opened_at = now
        found.save()
        draw_now(found, by, now)
        found.participants.filter(answer="no").update(presence="excused")
        found.participants.filter(presence="").update(presence="present")
        ledger.record("meetings.opened", by=by.account_id, about=[found.ref], now=now)
    return found


def note_presence(*, meeting: int, presence: Mapping[int, str], by: Reader, now: datetime) -> None:
    """Who is there: participant id → present, absent, excused. CannotMeet with the reason."""
    with told():
        found = _held(meeting, by)
        for pk, what in presence.items():
            if what in policies.PRESENCE:
                found.participants.filter(pk=pk).update(presence=what)
        ledger.record("meetings.presence_noted", by=by.account_id, about=[found.ref], now=now)


def _held(meeting: int, by: Reader) -> Meeting:
    """A running meeting the reader holds."""
    found = queries.meeting(by, meeting)
    if found is None or policies.ITEM.why_not_by("note", actors=queries.parts(by, found)):
        raise CannotMeet(pick(by.lang, "会议记录由主持人或记录人填写。", "Only the chair and the minute-taker write."))
    if found.state != "running":
        raise CannotMeet(pick(by.lang, "会议没有在进行，不能记录。请先开始会议。", "The meeting is not under way; begin it first."))
    return found


def _item(meeting: Meeting, item: int, by: Reader) -> Item:
    found = queries.item(by, meeting, item)
    if found is None:
        raise CannotMeet(pick(by.lang, "议程里没有这一项。", "There is no such point."))
    return Item.objects.select_for_update(of=("self",)).select_related("meeting__series__unit").get(pk=found.pk)


def note(*, meeting: int, item: int, discussed: str, by: Reader, now: datetime) -> Item:
    """What was said about a point; sealed. An empty text leaves it waiting. CannotMeet with the reason."""
    with told():
        row = _item(_held(meeting, by), item, by)
        said = discussed.strip()[:4000]
        row.discussed, row.state, row.told_at = said or None, policies.ITEM.after(row.state, "note" if said else "clear"), now
        row.save()
        ledger.record("meetings.item_noted", by=by.account_id, about=_about(row), now=now)
    return row


def put_off(*, meeting: int, item: int, by: Reader, now: datetime) -> Item:
    """Not today: the next meeting begins with it. CannotMeet with the reason."""
    with told():
        row = _item(_held(meeting, by), item, by)
        row.state, row.told_at = policies.ITEM.after(row.state, "put_off"), now
        row.save()
        ledger.record("meetings.item_put_off", by=by.account_id, about=_about(row), now=now)
    return row


def decide(*, meeting: int, item: int, agreed: str, owner: int, days: int, by: Reader, now: datetime) -> Decision:
    """What was agreed, who does it, within how many school days. CannotMeet with the reason."""
    words = agreed.strip()
    if not words or len(words) > policies.LONGEST_AGREED or days not in policies.WITHIN:
        raise CannotMeet(
            pick(
                by.lang,
                f"请写明做什么（最多 {policies.LONGEST_AGREED} 字）和几个上学日内完成。",
                "Say what is to be done and within how many days.",
            )
        )
    within = f"{days} school day{'' if days == 1 else 's'}"
    with told():
        found = _held(meeting, by)
        row = _item(found, item, by)
        if owner not in dict(queries.owners(found, row, now)):
            raise CannotMeet(pick(by.lang, "请从列表中选择由谁来做。", "Choose who does it from the list."))
        due = timezone.localtime(school_time().due(now, Within.parse(within), "service")).date()
        made = Decision(item=row, agreed=words, owner_id=owner, due_on=due, made_by_id=by.account_id, made_at=now)
        made.ref = _step(row, words, owner=owner, within=within, by=by, now=now) if row.kind == "case" else ""
        made.save()
        if not made.ref:
            deadlines.start(
                ref=f"decision:{made.pk}", kind="meeting_decision", owner=owner, ladder="standard", within=within,
                unit_path=found.series.unit.path, url=f"/meetings/{found.pk}/", by=by, now=now,
            )  # fmt: skip
        row.state, row.told_at = policies.ITEM.after(row.state, "decide"), now
        row.save()
        ledger.record("meetings.decided", by=by.account_id, about=[*_about(row), *([made.ref] if made.ref else [])], now=now)
    return made


def _step(row: Item, words: str, *, owner: int, within: str, by: Reader, now: datetime) -> str:
    """The decision as a step of the case; its refusal is the meeting's refusal."""
    strand = queries.strand_of(row)
    if strand is None:
        raise CannotMeet(pick(by.lang, "个案已不存在。", "The case is gone."))
    try:
        step = cases.add_step(
            case=strand.case_id, strand=strand.pk, title=words, responsible=owner, within=within, output="note", origin=row.meeting.ref, by=by,
            now=now,
        )  # fmt: skip
    except (cases.CannotDo, cases.NoSuchCase) as refused:
        raise CannotMeet(str(refused)) from refused
    return f"step:{step.pk}"


def end_decision(*, decision: int, done: bool, by: Reader, now: datetime) -> Decision:
    """A decision outside cases is done, or no longer needed (that the holders say). CannotMeet with the reason."""
    with told():
        seen, move = queries.decision(by, decision), "finish" if done else "drop"
        if seen is None or by.is_read_only or policies.DECISION.why_not_now(move, state=seen.state):
            raise CannotMeet(pick(by.lang, "没有这项决定，或它已经了结。", "There is no such decision, or it is over."))
        if policies.DECISION.why_not_by(move, actors=_parts(by, seen)):
            raise CannotMeet(pick(by.lang, "只有主持人或记录人可以取消一项决定。", "Only the chair or the minute-taker drops a decision."))
        seen.state, seen.ended_at, seen.ended_by_id = policies.DECISION.after(seen.state, move), now, by.account_id
        seen.save()
        (deadlines.meet if done else deadlines.cancel)(ref=f"decision:{seen.pk}", by=by, now=now)
        ledger.record("meetings.decision_ended", by=by.account_id, about=[seen.item.meeting.ref], now=now, content={"done": done})
    return seen


def _parts(by: Reader, seen: Decision) -> set[str]:
    return queries.parts(by, seen.item.meeting) | ({"owner"} if seen.owner_id == by.account_id else set())


def close(*, meeting: int, by: Reader, now: datetime) -> Meeting:
    """The record stands as it is; points nobody spoke of come first next time; who was given something hears of it. CannotMeet."""
    with told():
        found = moved(meeting, "close", by)
        found.closed_at, found.closed_by_id = now, by.account_id
        found.save()
        left = found.items.filter(state__in=policies.ITEM.before("end"))
        left.update(state=policies.ITEM.after("waiting", "end"), told_at=now)
        given: dict[int, int] = {}
        for owner in Decision.objects.filter(item__meeting=found).values_list("owner", flat=True):
            given[owner] = given.get(owner, 0) + 1
        for owner, n in given.items():
            notifications.send(
                kind="meeting.decided", tier="important", to=[owner], ref=found.ref, url=f"/meetings/{found.pk}/", by=by.account_id, now=now,
                key=found.ref, words={"count": n},
            )  # fmt: skip
        ledger.record("meetings.closed", by=by.account_id, about=[found.ref], now=now, content={"decisions": sum(given.values())})
    return found


def take_minutes(*, meeting: Meeting, items: list[Item], by: Reader, now: datetime) -> None:
    """The minutes leave as a file: whose matters stood in them is on record."""
    with told():
        about = [meeting.ref, *(f"student:{row.student_id}" for row in items if row.student_id is not None)]
        ledger.record("meetings.minutes_taken", by=by.actor, about=about, now=now, content={"points": len(items)})


def _about(row: Item) -> list[str]:
    return [row.meeting.ref, *([f"student:{row.student_id}"] if row.student_id is not None else [])]
