"""One file under examination: what each step needs is read once and handed on. The order of the steps stands here, what they do below."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from shouwang.analysis import intake as reading
from shouwang.analysis.facts import Snapshot, Store
from shouwang.analysis.standard import Table, load
from shouwang.common.reader import Reader
from shouwang.front.pipeline import following
from shouwang.trust.access import queries as access
from shouwang.trust.access.policies import departments
from shouwang.trust.people import actions as people
from shouwang.trust.people.projection import PROJECTIONS
from shouwang.trust.vault.ciphers import Refused
from shouwang.work.alerts import queries as alerts
from shouwang.work.imports import actions, queries
from shouwang.work.imports.queries import Delivery

CERTAIN = 0.6  # below this confidence a person says what the file is
CLEAR = 0.05  # two tables nearer to each other than this are not told apart by guessing
STEPS = 6  # read, recognise, check, compare, write or estimate, done
SHOWN_ROWS = 6
LISTED_PROBLEMS = 20_000
Rows = list[dict[str, Any]]


@dataclass
class Work:
    """Valid while its book is open. `versions` and `snapshot` were read before anything was compared with them."""

    delivery: Delivery
    by: Reader | None
    book: reading.Book
    versions: dict[str, int]
    snapshot: Snapshot = field(default_factory=Snapshot)
    known: queries.Known | None = None
    checked: reading.Checked | None = None
    preview: reading.Preview | None = None

    @property
    def table(self) -> Table:
        return load().table(self.delivery.table)


@contextmanager
def opened(delivery: Delivery, now: datetime, by: Reader | None = None) -> Iterator[Work | None]:
    """The file, read. None when it cannot be read: the delivery then says why."""
    by = by or (access.reader_of(delivery.received_by_id, timezone.localdate(now)) if delivery.received_by_id else None)
    if refusal := _why_not_in_the_name(delivery, by):
        _cannot(delivery, refusal, now)
        yield None
        return
    actions.progress(delivery, "正在读取文件", 1, STEPS)
    try:
        with queries.raw_file(delivery) as path:
            book = reading.read(path, delivery.filename)
    except (reading.Unreadable, Refused) as reason:
        _cannot(delivery, str(reason), now)
        yield None
        return
    with book:
        yield Work(delivery, by, book, queries.heads())


def _cannot(delivery: Delivery, reason: str, now: datetime) -> None:
    if delivery.state == "accepting":
        actions.give_back(delivery=delivery, reason=reason, now=now)
    if delivery.state != "failed":  # looked at again: it says so already
        actions.fail(delivery=delivery, reason=reason, now=now)


def _why_not_in_the_name(delivery: Delivery, by: Reader | None) -> str:
    """A reason when whoever delivered may deliver this no more, else ''.

    The check is as narrow as the deliverer's duties. Without any it would be the operator's, and strangers' rows would come in.
    """
    if delivery.received_by_id is None:
        return ""
    if by is not None and (queries.why_not_deliver(by, delivery.table) is None if delivery.table else departments(by)):
        return ""
    owner = load().table(delivery.table).owner if delivery.table else delivery.department
    who = load().departments[owner].title if owner else "负责这张表的部门"
    return (
        f"上传这份文件的人账号已停用，或已不负责报送它，不能再以其名义检查。没有写入任何内容。请由{who}现在负责报送的人重新上传这份文件。"
    )


def examine(work: Work, now: datetime) -> bool:
    """Recognise, check and preview. False when a person must choose first; the delivery then says what."""
    recognitions = _recognised(work, now)
    if not recognitions:
        return False
    _check(work, recognitions, now)
    _preview(work, now)
    return True


def differs(work: Work, now: datetime) -> str:
    """Checks again what was accepted. A reason when the gates are no longer those that were confirmed, else ''."""
    recognitions = _as_chosen(work)
    _weigh(work, recognitions, now)
    assert work.preview is not None
    confirmed = set(work.delivery.confirmed_gates.splitlines())
    if {gate.sentence for gate in work.preview.gates} - confirmed:
        return "看过预览之后数据有了变化，需要您看过新的数字再确认。没有写入任何内容。"
    return ""


def outdated(delivery: Delivery) -> bool:
    """Whether facts or master tables changed since the preview was made."""
    return delivery.basis != queries.basis(queries.heads(), load().table(delivery.table))


def _recognised(work: Work, now: datetime) -> list[reading.Recognition]:
    """The sheets to read; empty when a person must say which table or which column it is."""
    delivery = work.delivery
    if delivery.table and delivery.sheets.filter(used=True).exists():
        recognitions = _as_chosen(work)
        return [] if _ask(work, delivery.table, recognitions, now) else recognitions
    actions.progress(delivery, "正在识别表头和各列", 2, STEPS)
    proposals = reading.recognise(work.book, load(), delivery.table or None, _remembered(work))
    table, doubt = (delivery.table, "") if delivery.table else _guess(work, proposals)
    if table:
        proposals = reading.recognise(work.book, load(), table, _remembered(work))
    found = _sheets(work, proposals) if table else [actions.Found(one, False, "", _head(work, one)) for one in proposals]
    used = [one.recognition for one in found if one.used]
    question = doubt or (_question(table, used) if table else "")
    notes = "；".join(work.book.notes)
    actions.recognised(delivery=delivery, table=table, found=found, by=work.by, now=now, note=question or notes)
    return [] if question else used


def _remembered(work: Work) -> dict[tuple[str, str], str]:
    owners = departments(work.by) if work.by else load().departments
    return queries.remembered_by(owners)


def _guess(work: Work, proposals: Sequence[reading.Recognition]) -> tuple[str, str]:
    """(table, doubt): the most likely table the deliverer may deliver, and a sentence when it is not certain."""
    mine = {table.name for table in queries.deliverable(work.by)} if work.by else set(load().tables)
    listed = sorted(((c, name) for one in proposals for name, c in one.candidates if name in mine), reverse=True)
    if not listed:
        return "", "没有认出这是哪张表。请从列表中选择；如果列表里没有，说明它不由您报送。"
    confidence, best = listed[0]
    second = next(((c, name) for c, name in listed if name != best), (0.0, ""))
    titles = load().tables
    if confidence < CERTAIN:
        return best, f"看起来像“{titles[best].title}”，但不能确定。请选择这是哪张表。"
    if confidence - second[0] < CLEAR:
        return best, f"像“{titles[best].title}”，也像“{titles[second[1]].title}”。请选择是哪一张。"
    return best, ""


def _question(table: str, used: Sequence[reading.Recognition]) -> str:
    """What a person must answer before the check, as a sentence; '' when nothing."""
    if not used:
        return "没有找到表头。请确认选对了表，或按模板整理后重新上传。"
    missing = dict.fromkeys(load().table(table).column(name).title for one in used for name in one.missing)
    if not missing:
        return ""
    return f"没有找到必填的列：{'、'.join(missing)}。请在下面的文件里指出是哪一列，或换一张表。"


def _ask(work: Work, table: str, used: Sequence[reading.Recognition], now: datetime) -> bool:
    question = _question(table, used)
    if question:
        actions.ask(delivery=work.delivery, question=question, now=now)
    return bool(question)


def _sheets(work: Work, proposals: Sequence[reading.Recognition]) -> list[actions.Found]:
    """Which sheets are read: all that are the table; where none is whole, the likeliest, so that a person can complete it."""
    filled = [one for one in proposals if one.mapping and one.last_row >= one.first_row]
    whole = [one for one in filled if not one.missing] or sorted(filled, key=lambda one: -one.confidence)[:1]
    return [actions.Found(one, one in whole, _note(one, one in whole, one in filled), _head(work, one)) for one in proposals]


def _note(one: reading.Recognition, used: bool, filled: bool) -> str:
    if used:
        return "；".join(one.notes)
    if not one.mapping:
        return "没有找到表头，这个工作表不读入"
    return "不像这张表，不读入" if filled else "表头下面没有数据，这个工作表不读入"


def _head(work: Work, one: reading.Recognition) -> list[tuple[int, tuple[str | None, ...]]]:
    rows = work.book.sheet(one.sheet_no).head(max(one.header_rows, default=1) + SHOWN_ROWS)
    return list(enumerate(rows, 1))


def _as_chosen(work: Work) -> list[reading.Recognition]:
    """The used sheets with the columns as they stand in the delivery: proposed, remembered or chosen by a person."""
    table = work.table
    proposals = {one.sheet_no: one for one in reading.recognise(work.book, load(), table.name, _remembered(work))}
    chosen = []
    for sheet in work.delivery.sheets.filter(used=True).prefetch_related("columns"):
        columns = {column.position: column.column for column in sheet.columns.all()}
        chosen.append(reading.with_columns(proposals[sheet.number], table, columns))
    return chosen


def _check(work: Work, recognitions: Sequence[reading.Recognition], now: datetime) -> None:
    actions.progress(work.delivery, "正在逐格检查", 3, STEPS)
    work.known = queries.known(work.by, work.table)
    work.checked = checked = reading.check(work.book, recognitions, work.table, work.known.roster)
    problems = checked.problems(LISTED_PROBLEMS) if checked.figures.problem_count else []
    actions.checked(delivery=work.delivery, figures=checked.figures, counts=checked.counts(), problems=problems, now=now)


def _preview(work: Work, now: datetime) -> None:
    assert work.checked is not None
    actions.progress(work.delivery, "正在与已有数据比较", 4, STEPS)
    work.snapshot = queries.live_snapshot()
    work.preview = reading.preview(work.checked, work.snapshot, today=timezone.localdate(now))
    basis = queries.basis(work.versions, work.table)
    actions.previewed(delivery=work.delivery, preview=work.preview, basis=basis, now=now)


def _weigh(work: Work, recognitions: Sequence[reading.Recognition], now: datetime) -> None:
    """Check and preview without writing them down: the delivery is being accepted."""
    actions.progress(work.delivery, "正在逐格检查", 3, STEPS)
    work.known = queries.known(work.by, work.table)
    work.checked = reading.check(work.book, recognitions, work.table, work.known.roster)
    work.snapshot = queries.live_snapshot()
    work.preview = reading.preview(work.checked, work.snapshot, today=timezone.localdate(now))


def preview_alerts(work: Work, now: datetime) -> None:
    """Which alerts acceptance would raise and clear: the facts as they would be, in a folder of their own, judged by the rules in force."""
    who_is_who = work.table.name in PROJECTIONS and work.table.name != "school_calendar"
    if work.checked is None or who_is_who or not work.checked.figures.rows_good:
        return
    actions.progress(work.delivery, "正在估计对预警的影响", 5, STEPS)
    with queries.preview_folder(work.delivery.pk) as folder:
        batch = reading.write(work.checked, Store(folder), work.snapshot, work.delivery.pk)
        found = alerts.preview(work.snapshot.with_batch(batch), base=work.snapshot, by=work.by, as_of=timezone.localdate(now))
    listed = [(kind, one.sid, one.rule, one.level) for kind, some in (("raised", found.raises), ("cleared", found.clears)) for one in some]
    actions.note_alerts(delivery=work.delivery, raised=found.raised, cleared=found.cleared, examples=listed, now=now)


def write(work: Work, now: datetime) -> list[str]:
    """Facts files first, then the one transaction. Stale when another acceptance came in between; nothing has happened then."""
    assert work.checked is not None and work.known is not None
    delivery, checked = work.delivery, work.checked
    actions.progress(delivery, "正在写入", 5, STEPS)
    roster = None
    if numbers := checked.new_numbers():
        sids = people.allocate_sids(numbers, by=delivery.accepted_by_id, now=now)
        roster = work.known.roster.extended(sids)
    batch = reading.write(checked, queries.store(), work.snapshot, delivery.pk, roster)
    actions.keep_texts(delivery=delivery, texts=checked.texts(), now=now)
    days = {"first_on": batch.first_day, "last_on": batch.last_day}
    counts = {f"rows_{name}": getattr(work.preview, name) for name in ("new", "changed", "unchanged", "gone")}
    with transaction.atomic():
        before = following.places(delivery.table)
        skipped = actions.commit(
            delivery=delivery,
            batch=batch,
            versions=work.versions,
            figures=counts | days,
            coverage=checked.by_class(),
            rows=_rows(checked, work.known.codes) if work.table.name in PROJECTIONS else None,
            keep=checked.refused_keys() if work.table.name in PROJECTIONS else (),
            now=now,
        )
        moved(delivery, before, by=delivery.accepted_by_id, now=now)
    return skipped


def moved(delivery: Delivery, before: Mapping[int, str], *, by: int | None, now: datetime) -> None:
    """After students or units changed, whatever carries their places follows. `before`: of following.places."""
    if delivery.table in following.TABLES:
        following.follow(before=before, by=by, now=now)


def _rows(checked: reading.Checked, codes: dict[str, str]) -> Rows:
    """Rows for the projection; a unit that the file calls by its name gets its code."""
    units = [column.name for column in checked.table.columns if column.type == "unit_code"]
    return [row | {name: codes.get(row[name] or "", row[name]) for name in units} for row in checked.rows()]


def rows_of(delivery: Delivery) -> tuple[Collection[dict[str, Any]], set[str]]:
    """The good rows of an accepted delivery of a master table and the keys of the refused ones, read again from its raw file as it was accepted."""
    with queries.raw_file(delivery) as path:
        book = reading.read(path, delivery.filename)
    with book:
        work = Work(delivery, None, book, {})
        known = queries.known(None, work.table)
        checked = reading.check(book, _as_chosen(work), work.table, known.roster)
        return _rows(checked, known.codes), checked.refused_keys()
