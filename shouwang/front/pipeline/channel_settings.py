"""The settings of the channels by which people are told, as rows of the reference page."""

CHANNEL_SETTINGS: tuple[tuple[str, str, str, str], ...] = (
    (
        "SHOUWANG_CHANNELS",
        "（空）",
        "只用这些通知渠道：wecom、dingtalk、mail、sms、wecom_robot、dingtalk_robot，逗号分隔；空则用全部已配置的",
        "use these channels only; empty uses all that are set up",
    ),
    ("SHOUWANG_SMS_URL", "（空）", "短信网关的网址，可含 {phone}、{text}、{key}", "address of the SMS gateway"),
    (
        "SHOUWANG_SMS_BODY",
        "（空）",
        "请求内容的模板：以 { 开头是 JSON，否则是表单；空则用 GET。{phone} 号码、{text} 内容、{key} 防重编号",
        "template of the request: JSON or a form; empty sends a GET",
    ),
    (
        "SHOUWANG_SMS_HEADERS",
        "（空）",
        "附加的请求头，如 Authorization: Bearer …，多个用竖线分隔",
        "further headers, divided by a vertical bar",
    ),
    (
        "SHOUWANG_SMS_OK",
        "（空）",
        "网关接受时回答中必有的文字；空则只看状态码",
        "what a good answer contains; empty looks at the status only",
    ),
    (
        "SHOUWANG_WECOM_API",
        "https://qyapi.weixin.qq.com",
        "企业微信接口的网址；私有部署时改为内网网址，并在 SHOUWANG_INTERNAL_HOSTS 中列出",
        "WeCom's address; another one where it is installed on campus",
    ),
    ("SHOUWANG_WECOM_ROBOT", "（空）", "企业微信群机器人的 webhook 网址；紧急通知会发到群里", "webhook of a WeCom group robot, for crises"),
    ("SHOUWANG_DINGTALK_AGENT", "（空）", "钉钉应用的 AgentId；填写后用工作通知发消息", "DingTalk agent id, for work notices"),
    (
        "SHOUWANG_DINGTALK_USER",
        "number",
        "钉钉通讯录的 userid：number 就是工号或学号，phone 用名册中的手机号查询",
        "DingTalk's user ids are staff numbers, or are looked up by telephone",
    ),
    ("SHOUWANG_DINGTALK_API", "https://oapi.dingtalk.com", "钉钉接口的网址", "DingTalk's address"),
    (
        "SHOUWANG_DINGTALK_ROBOT",
        "（空）",
        "钉钉群机器人的 webhook 网址；紧急通知会发到群里",
        "webhook of a DingTalk group robot, for crises",
    ),
    ("SHOUWANG_DINGTALK_ROBOT_SECRET", "（空）", "群机器人的加签密钥（SEC 开头）", "the robot's signing secret"),
)
