"""Why a cell, a row or a file is not taken: one code each, with the sentence and the remedy people read."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Reason:
    """`{…}` in the texts is filled with what the check found. A notice is told but refuses nothing."""

    text: str
    remedy: str
    level: Literal["error", "notice"] = "error"


REASONS: dict[str, Reason] = {
    "missing_column": Reason("文件里没有“{title}”这一列，它是必填的", "补上这一列；若列名不同，请在“列的对应”里指定"),
    "required_empty": Reason("必填的“{title}”为空", "补填后重新上传；若整列没有，请确认列的对应关系"),
    "error_cell": Reason("单元格是 Excel 错误值 {detail}", "改正公式，或把正确的值直接填进单元格"),
    "number_scientific": Reason(
        "学号或编号成了科学记数法，末几位已经丢失", "把该列设为“文本”格式，从原系统重新导出或重新录入；系统不猜测丢失的数字"
    ),
    "number_too_long": Reason(
        "超过 15 位的数字被 Excel 截断，末几位变成了 0", "把该列设为“文本”格式，从原系统重新导出或重新录入；系统不猜测丢失的数字"
    ),
    "number_shape": Reason("“{title}”里有不该出现的字符", "只填数字和字母，不加空格、括号或说明"),
    "unknown_student": Reason("名册里没有这个学号{detail}", "核对学号；若是新生，请先报送学生信息表"),
    "erased_student": Reason("这名学生的资料已依法删除，不能再导入", "从原系统的导出中去掉这一行；若是学号重新启用，请联系数据管理员"),
    "name_mismatch": Reason("学号与姓名不符：名册里这个学号是“{detail}”", "核对学号是否填错；若学生改名，请先在学生信息表中更新"),
    "unknown_staff": Reason("教职工名册里没有这个工号", "核对工号；若是新教职工，请先报送教职工表"),
    "unknown_unit": Reason("组织机构里没有这个单位", "核对代码或名称；若是新单位，请先报送组织机构表"),
    "unknown_code": Reason("“{title}”不认识这个写法", "改为下列之一：{detail}"),
    "not_number": Reason("不是数字", "只填数字，不加单位和说明"),
    "not_integer": Reason("应为整数", "填整数，例如 3"),
    "too_precise": Reason("小数超过两位", "在 Excel 里用 ROUND 保留两位后重新上传；系统不代为取舍"),
    "below_minimum": Reason("小于允许的最小值 {detail}", "核对数值"),
    "above_maximum": Reason("大于允许的最大值 {detail}", "核对数值"),
    "not_date": Reason("不是日期", "写成 2025-09-01、2025/9/1、2025年9月1日 或 20250901"),
    "date_impossible": Reason("日历上没有这一天", "核对年月日"),
    "date_ambiguous": Reason("看不出哪个是年、月、日", "写成 2025-09-01，年份写四位"),
    "date_no_year": Reason("日期没有写年份", "写成 2025-09-01，年份写四位"),
    "date_out_of_range": Reason("日期不在 1950 年至 2100 年之间", "核对年份"),
    "not_datetime": Reason("不是日期和时间", "写成 2025-09-01 21:30"),
    "not_boolean": Reason("应为“是”或“否”", "填 是 或 否"),
    "not_term": Reason("不是学年学期", "写成 2025-2026-1"),
    "not_score": Reason("不是成绩", "填分数，或 优 良 中 及格 不及格 合格 不合格 缺考 旷考 缓考 免修 作弊"),
    "bad_pattern": Reason("“{title}”的写法不符合要求", "例如：{detail}"),
    "too_long": Reason("文字超过 {detail} 个字", "缩短后重新上传"),
    "duplicate_key": Reason("同一条记录在文件里出现多次，内容却不同（{detail}）", "只保留正确的一行；系统不替您选择"),
    "duplicate_row": Reason("与第 {detail} 行完全相同，只取一次", "不必处理", "notice"),
}


def sentence(code: str, title: str = "", detail: str = "") -> tuple[str, str]:
    """(reason, remedy) in Chinese. KeyError for an unknown code."""
    reason = REASONS[code]
    words = {"title": title, "detail": detail}
    return reason.text.format(**words), reason.remedy.format(**words)


class Unreadable(Exception):
    """A file that cannot be read at all; the message says why and what to do."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.reason, self.remedy = FILE_REASONS[code]
        super().__init__(f"{self.reason}。{self.remedy}。")


FILE_REASONS: dict[str, tuple[str, str]] = {
    "empty_file": ("文件是空的", "请确认导出成功后重新上传"),
    "no_rows": ("文件里没有任何内容", "请确认数据在这个文件里，再重新上传"),
    "password": ("文件设了打开密码", "在 Excel 或 WPS 里取消密码（文件→信息→保护）后重新上传"),
    "broken": ("文件已损坏，读不出来", "在 Excel 或 WPS 里打开并另存一份，再上传；若打不开，请重新导出"),
    "not_a_table": ("这不是电子表格", "请上传 .xlsx、.xls、.ods、.csv 或 .tsv 文件"),
    "web_page": ("这其实是一个网页（HTML），只是改了扩展名", "用 Excel 或 WPS 打开，另存为 .xlsx 后上传"),
    "xml_sheet": ("这是 XML 格式的电子表格 2003", "用 Excel 或 WPS 打开，另存为 .xlsx 后上传"),
    "too_large": ("表格展开后过大，可能是压缩炸弹，也可能是格式刷到了最后一行", "删去空白行列，或分成几个文件后上传"),
    "unknown_encoding": ("看不出文字编码", "用记事本打开，另存为 UTF-8 编码后上传"),
}
