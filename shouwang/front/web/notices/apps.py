from django.apps import AppConfig


class NoticesPagesConfig(AppConfig):
    name = "shouwang.front.web.notices"
    label = "web_notices"
