"""What each kind of entry says to people. The ledger keeps kinds and opaque ids; the sentence is made when it is read."""

SENTENCES: dict[str, tuple[str, str]] = {
    "access.account_opened": ("开通了账号", "opened an account"),
    "access.account_closed": ("停用了账号", "closed an account"),
    "access.signed_in": ("登录", "signed in"),
    "access.password_changed": ("更换了密码", "changed the password"),
    "access.preferences_set": ("改了界面设置", "changed the interface settings"),
    "access.exported": ("导出了名单", "exported a list"),
    "people.unit_projected": ("更新了组织机构", "updated the units"),
    "people.term_projected": ("更新了学期", "updated the terms"),
    "people.student_projected": ("更新了学生名册", "updated the register of students"),
    "people.guardian_projected": ("更新了监护人名册", "updated the register of guardians"),
    "people.staff_projected": ("更新了教职工名册", "updated the register of staff"),
    "people.responsibility_projected": ("更新了责任人", "updated the responsibilities"),
    "people.sids_allocated": ("为新学生登记了内部编号", "gave new students their opaque ids"),
    "people.rebuilt": ("按仍有效的报送重建了名册", "rebuilt a register from what is still live"),
    "people.responsible_assigned": ("指定了责任人", "named a responsible person"),
    "people.responsible_ended": ("结束了一项职责", "ended a responsibility"),
    "delivery.receive": ("上传了文件", "uploaded a file"),
    "delivery.recognise": ("识别了文件", "recognised a file"),
    "delivery.check": ("检查了文件", "checked a file"),
    "delivery.preview": ("预览了文件", "previewed a file"),
    "delivery.begin": ("确认接收一份报送", "confirmed a delivery"),
    "delivery.accept": ("接收了一份报送", "accepted a delivery"),
    "delivery.give_back": ("把一份报送退回到待确认", "gave a delivery back to its person"),
    "delivery.refuse": ("退回了一份报送", "refused a delivery"),
    "delivery.retract": ("撤回了一份报送", "retracted a delivery"),
    "delivery.fail": ("一份文件无法读取", "could not read a file"),
    "delivery.recover": ("中断之后恢复了报送", "put deliveries right after an interruption"),
    "delivery.report_fetched": ("查看了检查报告", "read a check report"),
    "delivery.marked_fetched": ("下载了标注错误的文件", "fetched a marked file"),
    "delivery.raw_fetched": ("下载了原始文件", "fetched a raw file"),
    "alerts.evaluated": ("按规则评估了全部学生", "evaluated all students"),
    "alerts.evaluated_past": ("评估了过去的一天", "evaluated a day of the past"),
    "alerts.followed": ("预警随学生调整了范围", "moved alerts with their students"),
    "alerts.acknowledged": ("确认收到预警", "acknowledged alerts"),
    "alerts.dismissed": ("排除了预警", "dismissed an alert"),
    "alerts.snoozed": ("暂缓了预警", "snoozed an alert"),
    "alerts.returned": ("把预警放回待处理", "returned an alert"),
    "alerts.exported": ("导出了预警", "exported alerts"),
    "alerts.rule_published": ("发布了规则", "published a rule"),
    "alerts.rule_retired": ("停用了规则", "retired a rule"),
    "alerts.preset_installed": ("启用了一组规则", "put a set of rules in force"),
}
AREAS: dict[str, tuple[str, str]] = {
    "access": ("账号", "Accounts"),
    "people": ("人员", "People"),
    "delivery": ("报送", "Deliveries"),
    "alerts": ("预警", "Alerts"),
}


def sentence(kind: str, lang: str = "zh") -> str:
    """What happened, in words; an unknown kind says itself rather than nothing."""
    return SENTENCES.get(kind, (kind, kind))[0 if lang == "zh" else 1]
