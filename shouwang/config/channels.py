"""How people are told: the channels, as settings. Read by settings.py; every value comes from SHOUWANG_* variables. Mail is in sign_in.py."""

import os

CHANNELS = frozenset(word.strip() for word in os.environ.get("SHOUWANG_CHANNELS", "").split(",") if word.strip())

# A gateway of any make: an address, and a body in which {phone}, {text} and {key} stand for the message.
SMS_URL = os.environ.get("SHOUWANG_SMS_URL", "")
SMS_BODY = os.environ.get("SHOUWANG_SMS_BODY", "")
SMS_HEADERS = os.environ.get("SHOUWANG_SMS_HEADERS", "")
SMS_OK = os.environ.get("SHOUWANG_SMS_OK", "")

# The application is the one of the campus's sign-in (SHOUWANG_WECOM_CORP and so on, sign_in.py).
WECOM_CORP = os.environ.get("SHOUWANG_WECOM_CORP", "")
WECOM_AGENT = os.environ.get("SHOUWANG_WECOM_AGENT", "")
WECOM_SECRET = os.environ.get("SHOUWANG_WECOM_SECRET", "")
WECOM_API = os.environ.get("SHOUWANG_WECOM_API", "https://qyapi.weixin.qq.com").rstrip("/")
WECOM_ROBOT = os.environ.get("SHOUWANG_WECOM_ROBOT", "")

DINGTALK_CLIENT = os.environ.get("SHOUWANG_DINGTALK_CLIENT", "")
DINGTALK_SECRET = os.environ.get("SHOUWANG_DINGTALK_SECRET", "")
DINGTALK_AGENT = os.environ.get("SHOUWANG_DINGTALK_AGENT", "")
DINGTALK_API = os.environ.get("SHOUWANG_DINGTALK_API", "https://oapi.dingtalk.com").rstrip("/")
DINGTALK_USER = os.environ.get("SHOUWANG_DINGTALK_USER", "number")
DINGTALK_ROBOT = os.environ.get("SHOUWANG_DINGTALK_ROBOT", "")
DINGTALK_ROBOT_SECRET = os.environ.get("SHOUWANG_DINGTALK_ROBOT_SECRET", "")
