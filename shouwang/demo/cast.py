"""The named cast and the accounts of the demo: one for every role. All share the demo password and exist in demo mode only."""

import base64
import hashlib
from dataclasses import dataclass

PASSWORD = "shouwang-demo"  # noqa: S105  printed on the sign-in page, in demo mode only


@dataclass(frozen=True, slots=True)
class Account:
    """`username` is the staff or student number; a guardian's is an own one and points to the child and the relation."""

    username: str
    role: str
    title: str
    title_en: str
    name: str
    look: str
    look_en: str
    office: str = ""
    gender: str = ""
    student_no: str = ""
    relation: str = ""


XIAOYU = "2024011101"
STAFF: tuple[Account, ...] = (
    Account(
        "T1001",
        "homeroom_teacher",
        "班主任",
        "Homeroom teacher",
        "林静",
        "看今日：赵小雨已连续四个教学日没有到课",
        "Today: 赵小雨 has been absent for four school days running",
        "XX",
    ),
    Account(
        "T1002",
        "student_affairs",
        "学工处处长",
        "Head of student affairs",
        "陈建国",
        "看看板与覆盖：四个学院谁在红色，谁没有责任人",
        "Dashboards and coverage: who is on red, who has nobody",
        "XSC",
    ),
    Account(
        "T1003",
        "teaching_secretary",
        "教学秘书",
        "Teaching secretary",
        "李文慧",
        "看数据：导入一份带错误的成绩表，再看预警会怎么变",
        "Data: import a faulty score sheet and see what alerts would change",
        "XX",
    ),
    Account(
        "T1004",
        "counsellor",
        "心理咨询师",
        "Counsellor",
        "周敏",
        "看谢雨欣：丧假之后的沉默",
        "谢雨欣: silence after bereavement leave",
        "XLZX",
    ),
    Account(
        "T1005",
        "dorm_manager",
        "宿舍管理员",
        "Dorm manager",
        "王桂芳",
        "看一号楼：谁最近常常晚归",
        "Building 1: who comes back late",
        "SGZX",
    ),
    Account(
        "T1006",
        "homeroom_teacher",
        "另一学院的班主任",
        "Homeroom teacher of another college",
        "孙志远",
        "搜索赵小雨：什么也看不到，这是对的",
        "Search for 赵小雨: nothing, and rightly so",
        "YH",
    ),
    Account(
        "T1007",
        "school_leader",
        "分管副校长",
        "Vice president",
        "高秀英",
        "看看板：全校各级预警与上周相比",
        "Dashboards: levels against last week",
        "YL",
    ),
    Account(
        "T1008",
        "academic_affairs",
        "教务处",
        "Academic affairs office",
        "何立新",
        "看数据新鲜度与规则：本学期谁还没有报送",
        "Freshness and rules: who has not delivered",
        "JWC",
    ),
    Account(
        "T1009",
        "college_lead",
        "信息工程学院书记",
        "Lead of the IT college",
        "郭海涛",
        "看本学院的班级对比与未处理预警",
        "Classes compared, alerts unhandled",
        "XX",
    ),
    Account(
        "T1010",
        "adviser",
        "辅导员",
        "Adviser",
        "宋佳",
        "看今日：五个班里需要先联系的同学",
        "Today: whom to contact first in five classes",
        "XX",
    ),
    Account(
        "T1011",
        "responsible",
        "包保责任人",
        "Responsible person",
        "程立民",
        "看名单：由我负责的几位同学今天怎样",
        "The few students in my charge",
        "HQC",
    ),
    Account(
        "T1012",
        "course_teacher",
        "任课教师",
        "Course teacher",
        "沈国栋",
        "看所教班级的出勤与成绩",
        "Attendance and scores of the classes I teach",
        "XX",
    ),
    Account("T1013", "crisis_team", "危机干预小组", "Crisis team", "曾晓燕", "看红色预警", "Red alerts", "XLZX"),
    Account(
        "T1014", "security", "保卫处", "Security", "彭卫东", "看权限：只知道事件需要的那一点", "What security may know, and no more", "BWC"
    ),
    Account("T1015", "logistics", "后勤处", "Logistics", "苏大勇", "看今日：没有学生信息", "Today without any student's data", "HQC"),
    Account(
        "T1016",
        "aid_office",
        "学生资助中心",
        "Aid office",
        "吕惠芳",
        "看困难与欠费：白小梅成绩很好却没有交费",
        "Hardship and arrears: 白小梅",
        "ZZZX",
    ),
    Account(
        "T1017",
        "career_guidance",
        "实训与就业处",
        "Career guidance",
        "丁志强",
        "看实习签到：牛志鹏十二月起没有记录",
        "Internship check-ins: 牛志鹏 since December",
        "SXJY",
    ),
    Account(
        "T1018",
        "youth_league",
        "团委",
        "Youth league committee",
        "任晓彤",
        "看数据：第二课堂积分的报送",
        "Delivery of second-classroom points",
        "TW",
    ),
    Account("T1019", "library", "图书馆", "Library", "姜文", "看数据：十一月的借阅还没有报送", "November's loans are late", "TSG"),
    Account("T1020", "finance", "财务处", "Finance office", "崔丽华", "看数据：缴费表的报送与退回", "Delivery of the fee table", "CWC"),
    Account(
        "T1021", "bureau_officer", "市教育局干部", "Bureau officer", "石明", "看看板：只有汇总，没有姓名", "Totals without names", "YLJ"
    ),
    Account(
        "T1022",
        "moral_education",
        "德育处",
        "Moral education office",
        "谭雪梅",
        "看覆盖：有一个班缺班主任",
        "Coverage: one class has no teacher",
        "XSC",
    ),
    Account(
        "T1023",
        "community_worker",
        "社区工作者",
        "Community worker",
        "贾春生",
        "看与我有关的一位同学",
        "The one student I help with",
        "WBXZ",
    ),
    Account("T1024", "company_mentor", "企业导师", "Company mentor", "夏建军", "看我带的实习生", "The intern I mentor", "WBXZ"),
    Account(
        "T1025",
        "data_steward",
        "数据管理员",
        "Data steward",
        "郑文斌",
        "看数据：全部部门的报送与退回的行",
        "All deliveries and refused rows",
        "XXZX",
    ),
    Account("T1026", "auditor", "审计员", "Auditor", "方正平", "看操作记录：谁在什么时候做了什么", "The ledger", "YL"),
    Account(
        "T1027",
        "administrator",
        "系统管理员",
        "Administrator",
        "侯立伟",
        "看账号：管理员看不到任何学生",
        "Accounts; no student is visible",
        "XXZX",
    ),
)
PUPILS: tuple[Account, ...] = (
    Account(
        "2024011102",
        "cadre_class",
        "班长",
        "Class cadre",
        "沈嘉怡",
        "看反馈入口：只看得到本班姓名",
        "Own class's names only",
        gender="女",
        student_no="2024011102",
    ),
    Account(
        "2024011103",
        "cadre_safety",
        "安全员",
        "Safety officer",
        "丁浩宇",
        "看本班：只有姓名",
        "Names only",
        gender="男",
        student_no="2024011103",
    ),
    Account(
        "2024011104",
        "cadre_dorm",
        "楼层长",
        "Dorm cadre",
        "许诺",
        "看本楼层：只有姓名",
        "The floor's names only",
        gender="女",
        student_no="2024011104",
    ),
    Account("2024011101", "student", "学生", "Student", "赵小雨", "看自己的记录", "Her own record", gender="女", student_no="2024011101"),
)
MOTHER = Account(
    "P2024011101",
    "guardian",
    "监护人（赵小雨的妈妈）",
    "Guardian (赵小雨's mother)",
    "杨秀兰",
    "看孩子：出勤、成绩与该联系谁",
    "The child's attendance, results and whom to call",
    student_no=XIAOYU,
    relation="母亲",
)
ACCOUNTS: tuple[Account, ...] = (*STAFF, *PUPILS, MOTHER)
OF_ROLE = {account.role: account.username for account in reversed(ACCOUNTS)}


def totp_secret(username: str) -> str:
    """The demo's secret of one account: known, because the sign-in page of the demo shows its codes."""
    return base64.b32encode(hashlib.sha256(f"shouwang-demo:{username}".encode()).digest()[:20]).decode()
