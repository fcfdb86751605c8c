"""Every nasty file with the report it must get. (code, row, letter) are what stands on the user's screen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.unit.nasty.build import encrypted, ods, patched, text, xls, xlsx, zipped

LONG = "202512010101234567"
ROSTER = [
    ("20240101", 1, "0001000100010001", "00010001", "宋小雨"),
    ("20240102", 2, "0001000100010001", "00010001", "刘班长"),
    ("20240103", 3, "0001000100010001", "00010001", "韩志远"),
    ("20240104", 4, "0001000100010002", "00010001", "石大山"),
    ("07010105", 5, "0001000100010002", "00010001", "范冬梅"),
    (LONG, 6, "0001000100010002", "00010001", "欧阳雪"),
]
SCORE = ["学号", "姓名", "学年学期", "课程代码", "课程名称", "学分", "考试性质", "成绩"]
SESSION = ["学号", "姓名", "日期", "节次", "考勤状态"]


@dataclass(frozen=True)
class Case:
    name: str
    filename: str
    content: bytes
    table: str = ""
    good: int = 0
    problems: Sequence[tuple[str, int, str]] = ()
    unreadable: str = ""
    ignored: int = 0
    repeated: int = 0
    header_rows: tuple[int, ...] = (1,)
    rows: Sequence[dict[str, Any]] = ()
    """What the good rows must say, by fact column, in the order of the file."""
    notes: Sequence[str] = ()
    extra: dict[str, Any] = field(default_factory=dict)


def score(number: Any, result: Any, code: str = "C101", kind: str = "正常考试", name: str = "") -> list[Any]:
    return [number, name, "2025-2026-1", code, "高等数学", 4, kind, result]


def session(number: Any, day: Any, status: str = "旷课", period: str = "1-2节", name: str = "") -> list[Any]:
    return [number, name, day, period, status]


GOOD_SCORES = [SCORE, score("20240101", 85), score("20240102", 59.5), score("20240103", 70)]
MARKS = {
    "优": (95, 1), "良": (85, 1), "中": (75, 1), "及格": (65, 1), "不及格": (50, 1), "合格": (None, 2), "通过": (None, 2), "不合格": (None, 3),
    "缺考": (None, 4), "旷考": (None, 5), "缓考": (None, 6), "免修": (None, 7), "免考": (None, 7), "作弊": (None, 8), "违纪": (None, 8),
    "取消资格": (None, 8), "缺": (None, 9), "—": (None, 9), "85/合格": (85, 0), "78(补考)": (78, 0), "59.5": (59.5, 0), "９０": (90, 0), "'66": (66, 0),
    "82分": (82, 0), "55（不及格）": (55, 0),
}  # fmt: skip
GOOD_DAYS = [
    "2025-12-08",
    "2025/12/8",
    "2025年12月8日",
    "20251208",
    "2025.12.08",
    "45999",
    "2025-12-08 00:00:00",
    "２０２５－１２－０８",
    "2025年12月8日 星期一",
]
BAD_DAYS = [
    ("2025-02-30", "date_impossible"), ("12月8日", "date_no_year"), ("8/12/2025", "date_ambiguous"), ("25/12/8", "date_ambiguous"),
    ("昨天", "not_date"), ("1025-12-08", "date_out_of_range"), ("2025-13-01", "date_impossible"), ("", "required_empty"), ("2025-12", "not_date"),
]  # fmt: skip
BAD_SCORES = [
    ("101", "above_maximum"), ("-1", "below_minimum"), ("A+", "not_score"), ("85.555", "too_precise"), ("良好偏上", "not_score"), ("85、90", "not_score"),
    ("", "required_empty"), ("=SUM(A1)", "not_score"),
]  # fmt: skip
TITLES = [["云岭职业技术学院成绩登记表"], ["2025-2026学年第一学期", None, "课程代码：C101"], []]
POEM = [["春眠不觉晓"], ["处处闻啼鸟"], ["夜来风雨声"], ["花落知多少"]]
ENTITY = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><workbook'
_GOOD_XLSX = xlsx({"成绩": GOOD_SCORES})

CASES = [
    Case(
        "titles above, totals and signatures below",
        "成绩表.xlsx",
        xlsx({"成绩": [*TITLES, ["学号", "姓名", "课程名称", "总评成绩"], ["20240101", "宋小雨", "高等数学", 85], ["20240102", "刘班长", "高等数学", "缺考"],
                     [], ["合计", None, 2], ["平均分", None, None, 85], ["任课教师签字：", None, "教务处（盖章）"], ["制表日期：2026年1月5日"]]},
             merges=["A1:D1"]),
        "score", 2, header_rows=(4,),
        rows=[{"sid": 1, "term": 20251, "course_code": "C101", "result": 85, "exam_kind": 1}, {"sid": 2, "result": None, "result_mark": 4}],
    ),
    Case(
        "merged two-line heading",
        "成绩.xlsx",
        xlsx({"成绩": [["学号", "姓名", "学年学期", "课程代码", "成绩", None, None], [None, None, None, None, "平时", "期末", "总评成绩"],
                     ["20240101", "宋小雨", "2025-2026-1", "C101", 90, 80, 84]]}, merges=["A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:G1"]),
        "score", 1, header_rows=(1, 2), rows=[{"sid": 1, "result": 84}],
    ),
    Case(
        "two-line heading of an old program, no merge information",
        "成绩.csv",
        text([["学号", "姓名", "学年学期", "课程代码", "成绩", "", ""], ["", "", "", "", "平时", "期末", "总评成绩"],
              ["20240101", "宋小雨", "2025-2026-1", "C101", "90", "80", "84"]], "gb18030"),
        "score", 1, header_rows=(1, 2), rows=[{"result": 84}],
    ),
    Case("GB18030 text", "考勤.csv", text([SESSION, session("20240101", "2025-12-08", name="宋小雨")], "gb18030"), "attendance", 1,
         rows=[{"sid": 1, "status": 3, "day": date(2025, 12, 8), "hours": 2}]),
    Case("UTF-8 with a byte order mark", "考勤.csv", text([SESSION, session("20240101", "2025-12-08")], "utf-8-sig"), "attendance", 1),
    Case("Unicode text of old Excel", "考勤.txt", text([SESSION, session("20240101", "2025-12-08")], "utf-16", "\t"), "attendance", 1),
    Case("semicolons", "考勤.csv", text([SESSION, session("20240101", "2025-12-08")], delimiter=";"), "attendance", 1),
    Case("tabs under a .csv name", "考勤.csv", text([SESSION, session("20240101", "2025-12-08")], "gb18030", "\t"), "attendance", 1),
    Case("numbers typed as numbers", "成绩.xlsx", xlsx({"s": [SCORE, score(20240101, 85), score(20240102.0, 90)]}), "score", 2,
         rows=[{"sid": 1}, {"sid": 2}]),
    Case("numbers typed as numbers in .xls", "成绩.xls", xls([SCORE, score(20240101, 85.0)]), "score", 1, rows=[{"sid": 1, "result": 85}]),
    Case("scientific notation as text", "成绩.csv", text([SCORE, score("2.02512E+17", 85), score("20240102", 90), score("2.0E+07", 70)]), "score", 1,
         [("number_scientific", 2, "A"), ("number_scientific", 4, "A")], rows=[{"sid": 2}]),
    Case("eighteen digits in a number cell", "成绩.xlsx", xlsx({"s": [SCORE, score(int(LONG), 85)]}), "score", 0, [("number_scientific", 2, "A")]),
    Case("eighteen digits with the tail cut to zeros", "成绩.csv", text([SCORE, score("202512010101234000", 85), score(LONG, 90)]), "score", 1,
         [("number_too_long", 2, "A")], rows=[{"sid": 6}]),
    Case("apostrophes and formula quotes", "成绩.csv", text([SCORE, score("'20240101", "'85"), score('="20240102"', '="90"'), score("\t20240103", " 70 ")]),
         "score", 3, rows=[{"sid": 1, "result": 85}, {"sid": 2, "result": 90}, {"sid": 3, "result": 70}]),
    Case("full-width digits, wide and zero-width blanks", "成绩.xlsx",
         xlsx({"s": [["学　号", "姓\u00a0名", "学年学期", "课程代码", "课程名称", "学分", "考试性质", "成绩*"],
                     score("２０２４０１０１", "８５", name="宋　小　雨"), score("\u200b20240102\u3000", "９０．５")]}), "score", 2,
         rows=[{"sid": 1, "result": 85}, {"sid": 2, "result": 90.5}]),
    Case("every way to write a day", "考勤.csv", text([SESSION, *(session("20240101", day, period=f"{at}节") for at, day in enumerate(GOOD_DAYS))]),
         "attendance", len(GOOD_DAYS), rows=[{"day": date(2025, 12, 8)}] * len(GOOD_DAYS)),
    Case("days as Excel dates and serials", "考勤.xlsx",
         xlsx({"s": [SESSION, session("20240101", date(2025, 12, 8)), session("20240102", 45999), session("20240103", 20251208)]}),
         "attendance", 3, rows=[{"day": date(2025, 12, 8)}] * 3),
    Case("days that are none", "考勤.csv", text([SESSION, *(session("20240101", day) for day, _ in BAD_DAYS)]), "attendance", 0,
         [(code, at, "C") for at, (_, code) in enumerate(BAD_DAYS, 2)]),
    Case("every score word of the policies", "成绩.csv", text([SCORE, *(score("20240101", word, f"C{at}") for at, word in enumerate(MARKS))]),
         "score", len(MARKS), rows=[{"result": value, "result_mark": mark} for value, mark in MARKS.values()]),
    Case("the exam kind beside the score", "成绩.csv", text([SCORE, score("20240101", "78(补考)", kind=""), score("20240102", "72（重修）", kind=""),
         score("20240103", "60(补考)", kind="正常考试")]), "score", 3, rows=[{"exam_kind": 2}, {"exam_kind": 3}, {"exam_kind": 1}]),
    Case("scores that are none", "成绩.csv", text([SCORE, *(score("20240101", word, f"C{at}") for at, (word, _) in enumerate(BAD_SCORES))]), "score", 0,
         [(code, at, "H") for at, (_, code) in enumerate(BAD_SCORES, 2)]),
    Case("error cells in .xlsx", "成绩.xlsx", xlsx({"s": [SCORE, score("20240101", "#N/A"), score("#REF!", 90), score("20240103", 80)]}), "score", 1,
         [("error_cell", 2, "H"), ("error_cell", 3, "A")]),
    Case("error cells in .xls", "成绩.xls", xls([SCORE, score("20240101", 1), score("20240102", 90)] + [score("20240103", 80, f"C{at}") for at in range(80)],
         errors=[(1, 7)]), "score", 81, [("error_cell", 2, "H")]),
    Case("error cells in .ods", "成绩.ods", ods([SCORE, score("20240101", "#N/A"), score("20240102", 90)]), "score", 1, [("error_cell", 2, "H")]),
    Case("an .ods like any other", "成绩.ods", ods(GOOD_SCORES), "score", 3, rows=[{"result": 85}, {"result": 59.5}, {"result": 70}]),
    Case("a password", "成绩.xlsx", encrypted(), unreadable="password"),
    Case("cut off in the middle", "成绩.xlsx", _GOOD_XLSX[: len(_GOOD_XLSX) // 2], unreadable="broken"),
    Case("a part with flipped bytes", "成绩.xlsx", _GOOD_XLSX.replace(b"PK\x03\x04\x14", b"PK\x03\x04\x99", 1)[:200] + bytes(400), unreadable="broken"),
    Case("nothing at all", "成绩.xlsx", b"", unreadable="empty_file"),
    Case("a workbook without a cell", "成绩.xlsx", xlsx({"Sheet1": []}), unreadable="no_rows"),
    Case("only blank lines", "成绩.csv", b"\r\n\r\n \r\n", unreadable="no_rows"),
    Case("text under an .xlsx name", "成绩.xlsx", text(GOOD_SCORES, "gb18030"), "score", 3, notes=["扩展名是 .xlsx，内容其实是 .csv"]),
    Case("a workbook under a .csv name", "成绩.csv", _GOOD_XLSX, "score", 3, notes=["扩展名是 .csv，内容其实是 .xlsx"]),
    Case("a new workbook under an .xls name", "成绩.xls", _GOOD_XLSX, "score", 3, notes=["扩展名是 .xls，内容其实是 .xlsx"]),
    Case("a web page under an .xls name", "成绩.xls", "<html><table><tr><td>学号</td></tr></table></html>".encode(), unreadable="web_page"),
    Case("an XML spreadsheet of 2003", "成绩.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns='
         b'"urn:schemas-microsoft-com:office:spreadsheet"></Workbook>', unreadable="xml_sheet"),
    Case("a PDF under an .xlsx name", "成绩.xlsx", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", unreadable="not_a_table"),
    Case("a Word document", "成绩.xlsx", zipped({"word/document.xml": "<w:document/>", "[Content_Types].xml": "<Types/>"}), unreadable="not_a_table"),
    Case("a zip bomb", "成绩.xlsx", patched(_GOOD_XLSX, "xl/worksheets/sheet1.xml", b"</sheetData>", b"</sheetData>" + b" " * 40_000_000), unreadable="too_large"),
    Case("one cell in the last corner of the sheet", "成绩.xlsx",
         patched(_GOOD_XLSX, "xl/worksheets/sheet1.xml", b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
         unreadable="too_large"),
    Case("one far cell in a row without a number, every element prefixed", "成绩.xlsx",
         patched(_GOOD_XLSX, "xl/worksheets/sheet1.xml", b"</sheetData>", b'<x:row><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row></sheetData>'),
         unreadable="too_large"),
    Case("an .ods whose rows repeat a million times", "成绩.ods", ods(GOOD_SCORES, 'table:number-rows-repeated="1048576"'), unreadable="too_large"),
    Case("entities that unfold", "成绩.xlsx", patched(_GOOD_XLSX, "xl/workbook.xml", b"<workbook", ENTITY), unreadable="broken"),
    Case("two classes on two sheets, instructions, a hidden list", "成绩.xlsx",
         xlsx({"软件1班": [SCORE, score("20240101", 85)], "数控1班": [SCORE, score("20240104", "优秀"), score("20240104", "超", "C9")],
               "填写说明": [["列", "必填", "说明"], ["学号", "必填", "按文本填写"]], "选项": [["正常考试"], ["补考"]]}, hidden=["选项"]),
         "score", 2, [("not_score", 3, "H")], notes=["隐藏的工作表“选项”没有读取"], rows=[{"sid": 1, "sheet_no": 1, "row_no": 2}, {"sid": 4, "sheet_no": 2}]),
    Case("unknown numbers, a lost zero", "成绩.csv", text([SCORE, score("20249999", 85), score("7010105", 60), score("07010105", 70)]), "score", 1,
         [("unknown_student", 2, "A"), ("unknown_student", 3, "A")], extra={"reason": (3, "前面的 0 可能丢了")}),
    Case("a number that belongs to somebody else", "成绩.csv", text([SCORE, score("20240101", 85, name="刘班长"), score("20240102", 60, name="刘 班 长")]),
         "score", 1, [("name_mismatch", 2, "B")], extra={"reason": (2, "名册里这个学号是“宋小雨”")}),
    Case("the same row twice, and twice with different scores", "成绩.csv",
         text([SCORE, score("20240101", 85), score("20240102", 60), score("20240101", "85.0"), score("20240102", 70), score("20240103", 90)]), "score", 2,
         [("duplicate_key", 3, "A"), ("duplicate_row", 4, "A"), ("duplicate_key", 5, "A")], repeated=1, extra={"reason": (3, "第 3、5 行")}),
    Case("blank lines between the rows", "成绩.csv", text([SCORE, [], score("20240101", 85), [], [], score("20240102", "优良"), ["", " ", "", "", "", "", "", ""],
         score("20240103", 90)]), "score", 2, [("not_score", 6, "H")], rows=[{"row_no": 3}, {"row_no": 8}]),
    Case("headings repeated on every printed page, sub-totals between", "成绩.xlsx",
         xlsx({"s": [SCORE, score("20240101", 85), ["小计", None, None, None, None, None, None, 85], SCORE, score("20240102", 90), ["总计"]]}), "score", 2, ignored=2,
         rows=[{"row_no": 2}, {"row_no": 5}]),
    Case("a required column is not there", "成绩.csv", text([SCORE[:3] + SCORE[4:], ["20240101", "", "2025-2026-1", "高等数学", "4", "", "85"]]), "score", 0,
         [("missing_column", 1, "")]),
    Case("a poem", "诗.xlsx", xlsx({"诗": POEM}), ""),
    Case("rows of different length", "成绩.csv", "\r\n".join(["学号,学年学期,课程代码,成绩", "20240101,2025-2026-1,C101,85,,,", "20240102,2025-2026-1,C101",
         "20240103,2025-2026-1,C101,90"]).encode(), "score", 2, [("required_empty", 3, "D")]),
    Case("quotes left open", "成绩.csv", '学号,学年学期,课程代码,成绩\r\n20240101,2025-2026-1,"C"101,85\r\n20240102,2025-2026-1,C102,90\r\n'.encode(), "score", 2),
    Case("NUL bytes in the text", "成绩.csv", "学号,学年学期,课程代码,成绩\n20240101\x00,2025-2026-1,C101,85\n".encode(), "score", 1, rows=[{"sid": 1}]),
    Case("bytes of no encoding", "成绩.csv", "学号,成绩\n".encode() + b"\xff\xff\x80\x00\xfe" * 3, unreadable="unknown_encoding"),
    Case("headings in the twelfth row, in capitals of the old system", "成绩.xls", xls([[]] * 11 + [["XH", "XM", "XNXQ", "KCDM", "KCMC", "XF", "KSXZ", "CJ"],
         score("20240101", "85/合格")]), "score", 1, header_rows=(12,), rows=[{"result": 85}]),
    Case("columns under each other's headings", "考勤.csv", text([["日期", "学号", "节次", "考勤状态"], ["20240101", "2025-12-08", "1-2节", "旷课"]]), "attendance", 0,
         [("unknown_student", 2, "B")]),
    Case("words no code list knows", "考勤.csv", text([SESSION, session("20240101", "2025-12-08", "在图书馆"), session("20240102", "2025-12-08", "１")]), "attendance", 0,
         [("unknown_code", 2, "E"), ("unknown_code", 3, "E")], extra={"remedy": (2, "出勤、迟到、旷课、请假、早退")}),
    Case("formats down to the last line", "成绩.xlsx",
         patched(_GOOD_XLSX, "xl/worksheets/sheet1.xml", b"</sheetData>", b'<row r="1048576"><c r="A1048576" s="0"/></row></sheetData>'), "score", 3),
    Case("offices named like a signature line", "机构.xlsx", xlsx({"s": [["机构代码", "机构名称", "机构类型", "上级代码"], ["YL", "云岭职业技术学院", "学校", None],
         ["SH", "审核办公室", "处室", "YL"], ["教务处", "教务处", "处室", "YL"], ["合计", 3]]}), "unit", 3),
    Case("a register of staff that ends with the office of signatures", "教职工.xlsx", xlsx({"s": [["工号", "姓名", "所在单位", "手机"], ["T1", "李秘书", "教务处", None],
         ["T2", "王宿管", "教务处", None], ["合计", "2 人"], ["负责人：", "张三"]]}), "staff", 2),
    Case("terms in many spellings", "成绩.csv", text([SCORE] + [["20240101", "", term, f"C{at}", "", "", "", "85"] for at, term in enumerate(
         ("2025-2026-1", "2025-2026学年第一学期", "2025-2026学年上学期", "20251", "2025－2026－1", "2025-2027-1", "去年"))]), "score", 5,
         [("not_term", 7, "C"), ("not_term", 8, "C")], rows=[{"term": 20251}] * 5),
]  # fmt: skip
