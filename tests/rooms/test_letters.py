"""Official letters: what they say, how they are numbered, that a killed job goes on, that receipts come back, that templates are harmless."""

import io
import itertools
import zipfile
from datetime import timedelta

import pypdf
import pytest
from django.db import transaction
from docx import Document

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.ledger.models import About, Entry
from shouwang.trust.vault.fields import HIDDEN
from shouwang.work.alerts.models import Alert
from shouwang.work.deadlines import queries as deadlines
from shouwang.work.letters import actions, paper, policies, queries, wording
from shouwang.work.letters.models import Batch, Letter, Numbering, Template
from shouwang.work.printing import pages
from tests.letters_world import DAY, GOOD, KIND, drafted, issued, school_of, word_file
from tests.worlds import NOW, reader_of

pytestmark = pytest.mark.django_db
CannotWrite = actions.CannotWrite


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    """One school for the whole file; each test writes on top of it and is rolled back."""
    with school_of(django_db_blocker, tmp_path_factory.mktemp("letters")) as made:
        yield made


@pytest.fixture
def world(built, settings, db):
    settings.DATA = built.folder
    return built.world


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")


def put_in(row, **values):
    """A state that is not reached by a short way."""
    with told():
        type(row).objects.filter(pk=row.pk).update(**values)
        ledger.record("people.rebuilt", by=None, about=[], now=NOW)


class TestWords:
    def test_every_kind_reads_and_is_printed(self):
        kinds = wording.load()
        assert {"academic-warning", "guardian-notice", "talk-notice", "attendance-notice", "return-notice"} <= set(kinds)
        from shouwang.work.letters.actions.templating import sample

        said = [text_of(paper.pdf([sample(kind)], NOW)) for kind in kinds.values()]
        assert all(kind.title in text and "签收回执" in text for kind, text in zip(kinds.values(), said, strict=True))

    def test_a_draft_says_the_alerts_sentence_and_its_numbers(self, world):
        batch = drafted()
        row = Letter.objects.get()
        assert (batch.total, row.student_id, row.state, row.number) == (1, world.sid("小雨"), "draft", None)
        words = queries.words(row)
        assert words.to == "宋小雨同学" and words.unit == "信息工程学院" and words.contact.startswith("林老师")
        assert [figure.value for figure in words.reasons[0].figures] == ["4 次"] and words.reasons[0].figures[0].line == "≥ 3"
        assert str(row.words) == HIDDEN and "宋小雨".encode() not in bytes(row.words)
        said = text_of(paper.pdf([paper.sheet(words, row)], NOW))
        assert "发出时编号" in said and "宋小雨同学" in said and "4 次" in said and "林老师" in said

    def test_only_what_the_writer_may_take_out(self, world):
        with pytest.raises(CannotWrite, match="没有可以写进通知书的预警"):
            drafted("孙外人", alerts=(Alert.objects.get(student=world.sid("小雨")).pk,))
        with pytest.raises(CannotWrite, match="不能发出通知书"):
            drafted("林老师")
        assert not Letter.objects.exists()

    def test_health_and_psychology_never_stand_in_a_letter(self, world):
        from shouwang.common.categories import Category
        from shouwang.trust.ledger import actions as ledger
        from shouwang.trust.ledger.guard import told

        with told():
            Alert.objects.update(categories=int(Category.identity | Category.health))
            ledger.record("tests.changed", by=None, about=[], now=NOW)
        with pytest.raises(CannotWrite, match="没有可以写进"):
            drafted("陈主任")

    def test_guardians_read_only_what_an_adult_student_lets_them(self, world):
        from shouwang.trust.access import sharing

        assert drafted(kind="return-notice").total == 1
        sharing.set_sharing(names=["academic"], by=reader_of("宋小雨"), now=NOW)
        with pytest.raises(CannotWrite, match="监护人不能看"):
            drafted(kind="return-notice")
        assert drafted(kind=KIND).total == 1

    def test_words_of_ones_own_need_no_alert(self, world):
        sid = world.sid("刘班长")
        with pytest.raises(CannotWrite):
            drafted(kind="talk-notice", students=(sid,))
        drafted(kind="talk-notice", students=(sid,), remark="请于周四下午三点到学院办公室。")
        assert queries.words(Letter.objects.get()).remark.startswith("请于周四")

    def test_who_has_one_lately_is_left_out_unless_wanted(self, world):
        issued()
        with pytest.raises(CannotWrite, match="近期已经发过"):
            drafted()
        assert drafted(again=True).total == 1


class TestNumbers:
    def test_by_year_and_unit_without_gaps(self, world):
        first, second = issued("陈主任")
        assert {(row.unit.code, row.year, row.number) for row in (first, second)} == {("XX", 2025, 1), ("JD", 2025, 1)}
        assert [row.receipt for row in (first, second)] == [policies.receipt(2025, 1), policies.receipt(2025, 2)]
        (third,) = issued("李秘书", again=True)
        assert (third.number, third.receipt) == (2, policies.receipt(2025, 3))
        (fourth,) = issued("李秘书", again=True, now=NOW + timedelta(days=30))
        assert (fourth.year, fourth.number) == (2026, 1)

    def test_a_piece_that_fails_gives_its_numbers_back_and_the_job_goes_on(self, world, monkeypatch):
        five = tuple(world.sid(name) for name in ("小雨", "刘班长", "韩志远", "曾一鸣", "欧阳雪"))
        batch = drafted(students=five, kind="talk-notice", remark="周四下午面谈")
        actions.ask_issue(batch=batch.pk, by=reader_of("李秘书"), now=NOW)
        assert actions.issue_some(batch=batch.pk, now=NOW, most=2) == 3
        kept = paper.keep
        calls = iter(range(100))
        monkeypatch.setattr(paper, "keep", lambda *given: kept(*given) if next(calls) < 1 else 1 / 0)
        with pytest.raises(ZeroDivisionError):
            actions.issue_some(batch=batch.pk, now=NOW, most=2)
        monkeypatch.setattr(paper, "keep", kept)
        assert Letter.objects.filter(state="issued").count() == 2 and Numbering.objects.get(unit__code="XX").last == 2
        actions.stopped(batch=batch.pk, problem=ZeroDivisionError(), now=NOW)
        assert "继续" in Batch.objects.get().trouble
        while actions.issue_some(batch=batch.pk, now=NOW, most=2):
            pass
        assert sorted(Letter.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]
        assert actions.issue_some(batch=batch.pk, now=NOW) == 0  # at least once changes nothing
        assert Letter.objects.filter(state="issued").count() == 5 and Batch.objects.get().state == "done"
        assert About.objects.filter(entry__kind="letters.issued", subject__startswith="student:").count() == 5

    def test_a_voided_letter_keeps_its_number(self, world):
        (row,) = issued()
        actions.void(letter=row.pk, reason="姓名写错，重新发出", by=reader_of("李秘书"), now=NOW)
        (again,) = issued()
        row.refresh_from_db()
        assert (row.state, row.number, again.number) == ("voided", 1, 2)
        assert queries.texts(row)[1] == "姓名写错，重新发出" and deadlines.of(row.ref).state == "cancelled"
        with pytest.raises(CannotWrite, match="已作废"):
            actions.receive(letter=row.pk, outcome="signed", on=NOW.date(), by=reader_of("林老师"), now=NOW)

    def test_a_draft_that_is_dropped_never_gets_a_number(self, world):
        batch = drafted()
        with pytest.raises(CannotWrite, match="不是您拟的"):
            actions.drop(batch=batch.pk, by=reader_of("陈主任"), now=NOW)
        actions.drop(batch=batch.pk, by=reader_of("李秘书"), now=NOW)
        with pytest.raises(CannotWrite, match="已经发出或放弃"):
            actions.ask_issue(batch=batch.pk, by=reader_of("李秘书"), now=NOW)
        assert actions.issue_some(batch=batch.pk, now=NOW) == 0 and not Numbering.objects.exists()

    def test_check_digits_find_slips_of_the_pen(self):
        good = policies.receipt(2025, 123456)
        assert policies.why_not_receipt(good) == ""
        wrong = {good[:at] + str((int(good[at]) + 1) % 10) + good[at + 1 :] for at in range(10)}
        swapped = {good[:at] + good[at + 1] + good[at] + good[at + 2 :] for at in range(9)} - {good}
        assert all(policies.why_not_receipt(text) for text in wrong | swapped | {"", "25", "abc", "２５"})


class TestCopies:
    def test_what_was_handed_out_can_be_shown_again(self, world):
        (row,) = issued()
        said = text_of(queries.copy(row))
        assert policies.number("信息工程学院", 2025, 1) in said and row.receipt in said and "宋小雨" in said
        assert "宋小雨".encode() not in paper.copy_path(row).read_bytes()
        limit = deadlines.of(row.ref)
        assert (limit.owner.staff.name, limit.due_at, limit.student_id) == ("林老师", row.due_at, world.sid("小雨"))

    def test_one_file_for_all_leaves_out_what_was_voided(self, world):
        rows = issued("陈主任")
        batch = rows[0].batch
        actions.bundle(batch=batch.pk, now=NOW)
        pdf = paper.kept(paper.bundle_path(batch))
        assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 2
        actions.void(letter=rows[0].pk, reason="情况已更正", by=reader_of("陈主任"), now=NOW)
        actions.bundle(batch=batch.pk, now=NOW)
        assert len(pypdf.PdfReader(io.BytesIO(paper.kept(paper.bundle_path(batch)))).pages) == 1
        assert queries.may_take(reader_of("陈主任"), batch) and not queries.may_take(reader_of("李秘书"), batch)
        actions.forget(sid=world.sid("小雨"), by=None, now=NOW)
        assert not paper.bundle_path(batch).exists()

    def test_without_a_chinese_font_it_is_refused_with_the_remedy(self, world, monkeypatch):
        import typst

        nothing = typst.Fonts(include_system_fonts=False)
        with pytest.raises(pages.CannotPrint, match="apt-get install fonts-noto-cjk"):
            pages.Press("", nothing)
        monkeypatch.setattr(pages, "system_fonts", lambda: nothing)
        batch = drafted()
        with pytest.raises(CannotWrite, match="fonts-noto-cjk"):
            actions.ask_issue(batch=batch.pk, by=reader_of("李秘书"), now=NOW)
        assert Batch.objects.get().state == "draft"

    def test_the_page_is_the_same_to_the_byte(self, world):
        (row,) = issued()
        again = paper.pdf([paper.sheet(queries.words(row), row)], NOW)
        assert again == queries.copy(row)


class TestReceipts:
    def test_one_by_one(self, world):
        (row,) = issued()
        actions.receive(letter=row.pk, outcome="signed", on=NOW.date(), by=reader_of("林老师"), now=NOW)
        row.refresh_from_db()
        assert (row.state, row.outcome) == ("returned", "signed") and deadlines.of(row.ref).state == "met"
        actions.unreceive(letter=row.pk, by=reader_of("林老师"), now=NOW)
        row.refresh_from_db()
        assert (row.state, row.returned_on, row.outcome) == ("issued", None, "") and deadlines.of(row.ref).state == "open"

    @pytest.mark.parametrize(
        ("who", "given", "why"),
        [
            ("孙外人", {}, "没有这份通知书"),
            ("周咨询师", {}, "不能登记回执"),
            ("郑校长", {}, "不能登记回执"),
            ("林老师", {"outcome": "lost"}, "请选择回执的结果"),
            ("林老师", {"on": None}, "签收日期"),
            ("林老师", {"on": NOW.date() + timedelta(days=1)}, "签收日期"),
            ("林老师", {"on": NOW.date() - timedelta(days=1)}, "签收日期"),
            ("林老师", {"outcome": "refused"}, "写明经过"),
        ],
    )
    def test_refusals(self, world, who, given, why):
        (row,) = issued()
        before = Entry.objects.count()
        with pytest.raises(CannotWrite, match=why):
            actions.receive(**{"letter": row.pk, "outcome": "signed", "on": NOW.date(), "by": reader_of(who), "now": NOW} | given)
        assert Letter.objects.get(pk=row.pk).state == "issued" and Entry.objects.count() == before

    def test_many_by_number_says_what_it_left(self, world):
        mine, theirs = sorted(issued("陈主任"), key=lambda row: row.unit.code, reverse=True)
        assert mine.unit.code == "XX"
        typed = policies.numbers_in(f"{mine.receipt}，{theirs.receipt}\n123 https://x/letters/receipts/?number={mine.receipt}")
        done = actions.receive_many(numbers=typed, on=NOW.date(), by=reader_of("李秘书"), now=NOW)
        assert done.done == 1 and dict(done.left).keys() == {theirs.receipt, "123"}
        assert dict(done.left)[theirs.receipt] == "没有这个编号。"
        again = actions.receive_many(numbers=[mine.receipt], on=NOW.date(), by=reader_of("李秘书"), now=NOW)
        assert again.done == 0 and "回执已收" in again.left[0][1]

    @pytest.mark.parametrize("move", sorted(policies.MOVE_TITLES))
    @pytest.mark.parametrize("state", policies.STATES)
    def test_every_state_by_every_move(self, state, move):
        allowed = (state, move) in policies.MOVES
        assert (policies.why_not(move, state=state) == "") is allowed
        assert (policies.why_not(move, state=state, lang="en") == "") is allowed

    @pytest.mark.parametrize("state", ["issued", "returned", "voided"])
    def test_in_the_database_every_move_from_every_state_by_every_part(self, world, state):
        """The homeroom teacher keeps receipts, the secretary issues as well, 孙外人 has another college and 周咨询师 no letters at all."""
        (row,) = issued()
        do = {
            "receive": lambda by: actions.receive(letter=row.pk, outcome="signed", on=NOW.date(), by=by, now=NOW),
            "unreceive": lambda by: actions.unreceive(letter=row.pk, by=by, now=NOW),
            "void": lambda by: actions.void(letter=row.pk, reason="情况已更正", by=by, now=NOW),
        }
        for move in {"issued": (), "returned": ("receive",), "voided": ("void",)}[state]:
            do[move](reader_of("李秘书"))
        parts = {"林老师": {"keeper"}, "李秘书": {"keeper", "issuer"}, "周咨询师": set(), "孙外人": set()}
        for name, move in itertools.product(parts, do):
            allowed = policies.LETTER.why_not(move, state=state, actors=parts[name]) is None
            with transaction.atomic():
                entries = Entry.objects.count()
                if allowed:
                    do[move](reader_of(name))
                else:
                    with pytest.raises(CannotWrite):
                        do[move](reader_of(name))
                    assert Entry.objects.count() == entries
                assert Letter.objects.get().state == (policies.MOVES[state, move] if allowed else state), (name, move)
                transaction.set_rollback(True)

    @pytest.mark.parametrize("state", policies.BATCH.states)
    def test_every_move_of_a_batch_from_every_state(self, world, state):
        batch = drafted()
        put_in(batch, state=state)
        for name, (move, act) in itertools.product(("李秘书", "陈主任"), {"ask": actions.ask_issue, "drop": actions.drop}.items()):
            allowed = name == "李秘书" and (state, move) in policies.BATCH.moves
            with transaction.atomic():
                if allowed:
                    assert act(batch=batch.pk, by=reader_of(name), now=NOW).state == policies.BATCH.moves[state, move]
                else:
                    with pytest.raises(CannotWrite):
                        act(batch=batch.pk, by=reader_of(name), now=NOW)
                transaction.set_rollback(True)

    def test_lists(self, world):
        rows = issued("陈主任")
        late = NOW + timedelta(days=40)
        assert queries.counts(reader_of("李秘书"), queries.Filters(), NOW)["waiting"] == 1
        assert queries.overdue(reader_of("陈主任"), late) == 2 and queries.overdue(reader_of("陈主任"), NOW) == 0
        assert [row.pk for row in queries.mine(reader_of("林老师"), NOW)] == [row.pk for row in rows if row.student.name == "宋小雨"]
        shown, more = queries.page(reader_of("陈主任"), queries.Filters("overdue"), None, 1, late)
        assert more and queries.page(reader_of("陈主任"), queries.Filters("overdue"), [shown[0].issued_at, shown[0].pk], 5, late)[0]
        assert queries.letter(reader_of("孙外人"), next(row.pk for row in rows if row.student.name == "宋小雨")) is None


def spoiled(content: bytes, name: str, change) -> bytes:
    """A document with one part changed or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.namelist():
            new.writestr(entry, change(old.read(entry)) if entry == name else old.read(entry))
        if name not in old.namelist():
            new.writestr(name, change(b""))
    return out.getvalue()


RELS = "word/_rels/document.xml.rels"
OUTSIDE = b'<Relationship Id="x" Type="http://schemas.openxmlformats.org/x" Target="http://evil.example/a" TargetMode="External"/></Relationships>'
FIELD = b'<w:p><w:r><w:instrText>INCLUDEPICTURE "http://evil.example/x"</w:instrText></w:r></w:p></w:body>'
HOSTILE = {
    "not a file": (b"hello", "不是能打开的"),
    "a sheet": (spoiled(word_file(), "word/document.xml", lambda xml: b"<x"), "已损坏"),
    "unknown mark": (word_file(*GOOD, "{{ 密码 }}"), "不认识的占位符：密码"),
    "an attribute": (word_file(*GOOD, "{{ 姓名.__class__ }}"), "表达式"),
    "a call": (word_file(*GOOD, "{{ cycler() }}"), "表达式"),
    "a sum": (word_file(*GOOD, "{{ 9 ** 9 ** 9 }}"), "表达式"),
    "a filter": (word_file(*GOOD, "{{ 姓名|attr('x') }}"), "表达式"),
    "a set": (word_file(*GOOD, "{% set x = 1 %}"), "表达式"),
    "a range": (word_file(*GOOD, "{%p for a in range(999999999) %}", "{%p endfor %}"), "表达式"),
    "loops in loops": (word_file(*GOOD, *["{%p for a in 事由 %}"] * 2, *["{%p endfor %}"] * 2), "表达式"),
    "an unknown list": (word_file(*GOOD, "{%p for a in 学生 %}", "{%p endfor %}"), "不认识的列表：学生"),
    "an open brace": (word_file(*GOOD, "{{ 姓名 "), "写法有误"),
    "lacks a mark": (word_file("{{ 姓名 }}"), "缺少必须有的占位符"),
    "a macro": (spoiled(word_file(*GOOD), "word/vbaProject.bin", lambda _: b"x"), "含有宏"),
    "an object": (spoiled(word_file(*GOOD), "word/embeddings/a.bin", lambda _: b"x"), "含有宏"),
    "a link": (spoiled(word_file(*GOOD), RELS, lambda xml: xml.replace(b"</Relationships>", OUTSIDE)), "外部地址"),
    "a field": (spoiled(word_file(*GOOD), "word/document.xml", lambda xml: xml.replace(b"</w:body>", FIELD)), "读取外部内容的域"),
    "entities": (spoiled(word_file(*GOOD), "word/styles.xml", lambda xml: b'<!DOCTYPE a [<!ENTITY b "c">]>' + xml), "实体"),
    "a path": (spoiled(word_file(*GOOD), "../../etc/passwd", lambda _: b"x"), "指向别处"),
    "a bomb": (spoiled(word_file(*GOOD), "word/media/a.png", lambda _: b"0" * (41 << 20)), "展开后过大|超过 5 MB"),
    "a mark in the file's properties": (
        spoiled(word_file(*GOOD), "docProps/core.xml", lambda xml: xml.replace(b"</cp:coreProperties>", b"<x>{{ 1 }}</x></cp:coreProperties>")),
        "文件属性",
    ),
}  # fmt: skip


class TestTemplates:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_files_are_refused_with_a_reason_and_not_kept(self, name, world):
        content, why = HOSTILE[name]
        with pytest.raises(CannotWrite, match=why):
            actions.upload(kind=KIND, filename="x.docx", content=content, by=reader_of("陈主任"), now=NOW)
        assert not Template.objects.exists() and not list(paper.folder().glob("template-*"))

    def test_only_the_student_affairs_office(self, world):
        with pytest.raises(CannotWrite, match="不能管理通知书模板"):
            actions.upload(kind=KIND, filename="x.docx", content=word_file(*GOOD), by=reader_of("李秘书"), now=NOW)

    def test_the_schools_own_page(self, world):
        by = reader_of("陈主任")
        made, checked = actions.upload(kind=KIND, filename="通知.docx", content=word_file(*GOOD), by=by, now=NOW)
        assert set(checked.used) >= {"姓名", "编号", "事由", "回执编号"} and made.state == "checked"
        assert issued("李秘书")[0].copy_format == "pdf"  # not in use yet
        actions.use(template=made.pk, by=by, now=NOW)
        (row,) = issued("李秘书", again=True)
        assert row.copy_format == "docx"
        said = "\n".join(one.text for one in Document(io.BytesIO(queries.copy(row))).paragraphs)
        assert "宋小雨" in said and row.receipt in said and "缺勤次数" in said and "{{" not in said
        actions.bundle(batch=row.batch_id, now=NOW)
        names = zipfile.ZipFile(io.BytesIO(paper.kept(paper.bundle_path(row.batch)))).namelist()
        assert names == [f"{row.receipt}.docx"]
        newer, _ = actions.upload(kind=KIND, filename="通知2.docx", content=word_file(*GOOD), by=by, now=NOW)
        actions.use(template=newer.pk, by=by, now=NOW)
        assert Template.objects.get(pk=made.pk).state == "retired" and newer.version == 2
        actions.retire(template=newer.pk, by=by, now=NOW)
        assert queries.in_use(KIND) is None

    def test_words_with_braces_stay_words(self, world):
        made, _ = actions.upload(kind=KIND, filename="x.docx", content=word_file(*GOOD, "{{ 补充 }}"), by=reader_of("陈主任"), now=NOW)
        actions.use(template=made.pk, by=reader_of("陈主任"), now=NOW)
        (row,) = issued(remark="{{ 学校 }} <b>&")
        assert "{{ 学校 }} <b>&" in "\n".join(one.text for one in Document(io.BytesIO(queries.copy(row))).paragraphs)


def test_the_day_of_the_data_stands_on_it(world):
    drafted()
    assert queries.words(Letter.objects.get()).as_of == f"{DAY.year} 年 {DAY.month} 月 {DAY.day} 日"
