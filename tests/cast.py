"""The people tests speak of. Each is in the small school of worlds.py and can sign in with PASSWORD."""

from dataclasses import dataclass

PASSWORD = "青山常在-2025"


@dataclass(frozen=True, slots=True)
class Actor:
    """One of the cast: `place` is the code of the unit the role is for, or the number of the student."""

    name: str
    username: str
    role: str
    place: str


LIN = Actor("林老师", "T1001", "homeroom_teacher", "RJ2401")  # responsible for 小雨
CHEN = Actor("陈主任", "T1002", "student_affairs", "YL")
LI = Actor("李秘书", "T1003", "teaching_secretary", "XX")
ZHOU = Actor("周咨询师", "T1004", "counsellor", "YL")
WANG = Actor("王宿管", "T1005", "dorm_manager", "D1")
SUN = Actor("孙外人", "T1006", "college_lead", "JD")  # another college, must never see anything
GAO = Actor("高院长", "T1007", "college_lead", "XX")
QIAN = Actor("钱管理员", "T1008", "administrator", "YL")
HE = Actor("何数据", "T1009", "data_steward", "YL")
FANG = Actor("方审计", "T1010", "auditor", "YL")
ZHENG = Actor("郑校长", "T1011", "school_leader", "YL")
WU = Actor("吴教务", "T1012", "academic_affairs", "YL")
TANG = Actor("唐社工", "C2001", "community_worker", "2024010101")  # joins visits to 小雨, knows nobody else
ZHAO = Actor("赵妈妈", "zhaomama", "guardian", "2024010101")
XIAOYU = Actor("宋小雨", "2024010101", "student", "2024010101")
LIU = Actor("刘班长", "2024010102", "cadre_class", "RJ2401")

STAFF = (LIN, CHEN, LI, ZHOU, WANG, SUN, GAO, QIAN, HE, FANG, ZHENG, WU, TANG)
EVERYBODY = (*STAFF, ZHAO, XIAOYU, LIU)
BY_NAME = {actor.name: actor for actor in EVERYBODY} | {"小雨": XIAOYU}
