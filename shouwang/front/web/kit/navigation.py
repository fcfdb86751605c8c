"""What stands in the navigation: by what one does, and only what the reader's roles can use."""

from dataclasses import dataclass

from shouwang.common.reader import Reader
from shouwang.front.web.kit.words import pick
from shouwang.trust.access.policies import why_not

FAMILY = frozenset({"guardian", "student"})


@dataclass(frozen=True, slots=True)
class Entry:
    title: str
    icon: str
    path: str
    ability: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    entries: tuple[Entry, ...]


def _table(by: Reader) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    students = pick("学生", "Students")
    if by.roles and by.roles <= FAMILY:
        students = pick("孩子", "My child") if "guardian" in by.roles else pick("我的档案", "My record")
    return [
        (
            "",
            [
                (pick("今日", "Today"), "home", "/", "desk"),
                (students, "users", "/students/", "students"),
                (pick("预警", "Alerts"), "bell", "/alerts/", "alerts"),
                (pick("个案", "Cases"), "briefcase", "/cases/", "cases"),
                (pick("通知书", "Letters"), "mail", "/letters/", "letters"),
                (pick("反馈", "Reports"), "message-circle", "/incidents/", "incidents"),
                (pick("上报", "Report"), "plus", "/report/", "report"),
                (pick("应急", "Emergencies"), "alert-triangle", "/emergencies/", "emergencies"),
                (pick("值班", "Duty"), "calendar-event", "/duty/", "duty"),
                (pick("会议", "Meetings"), "users-group", "/meetings/", "meetings"),
                (pick("培训", "Trainings"), "certificate", "/trainings/", "trainings"),
                (pick("看板", "Dashboards"), "chart-bar", "/units/", "dashboards"),
                (pick("紧急查看", "Break-glass"), "lock", "/break-glass/", "break_glass_follow"),
                (pick("披露", "Disclosures"), "external-link", "/disclosures/", "disclosures_follow"),
                (pick("收到的信息", "Given to me"), "file-text", "/disclosed/", "disclosed"),
                (pick("谁看过档案", "Who looked"), "eye", "/my/readings/", "readings"),
                (pick("监护人可以看", "Guardians may see"), "lock", "/my/sharing/", "sharing"),
            ],
        ),
        (
            pick("数据", "Data"),
            [
                (pick("导入", "Imports"), "table-import", "/imports/", "import"),
                (pick("报送情况", "Freshness"), "clipboard-check", "/freshness/", "freshness"),
                (pick("数据格式", "Data format"), "file-spreadsheet", "/format/", "import"),
            ],
        ),
        (
            pick("制度", "Policy"),
            [
                (pick("规则", "Rules"), "adjustments", "/rules/", "rules"),
                (pick("流程", "Procedures"), "list-check", "/playbooks/", "playbooks"),
                (pick("责任覆盖", "Coverage"), "shield-check", "/coverage/", "coverage"),
                (pick("问责", "Accountability"), "report-analytics", "/accountability/", "accountability"),
                (pick("权限表", "Who may see what"), "table", "/access/", "access"),
                (pick("邀请", "Invitations"), "user-plus", "/invitations/", "invite"),
                (pick("账号", "Accounts"), "user-check", "/accounts/", "accounts"),
                (pick("通知渠道", "Channels"), "message-circle", "/channels/", "channels"),
                (pick("纸质通知", "Paper notices"), "printer", "/notices/paper/", "notices_print"),
                (pick("备份", "Backups"), "database", "/backups/", "backups"),
                (pick("操作记录", "Ledger"), "file-text", "/ledger/", "ledger"),
            ],
        ),
    ]


def navigation(by: Reader, path: str) -> list[Group]:
    groups = []
    for title, rows in _table(by):
        entries = tuple(
            Entry(name, icon, target, ability, path == "/" if target == "/" else path.startswith(target))
            for name, icon, target, ability in rows
            if why_not(by, ability) is None
        )
        if entries:
            groups.append(Group(title, entries))
    return groups
