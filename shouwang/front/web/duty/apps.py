from django.apps import AppConfig


class DutyWebConfig(AppConfig):
    name = "shouwang.front.web.duty"
    label = "web_duty"
