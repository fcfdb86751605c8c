from django.apps import AppConfig


class DutyConfig(AppConfig):
    name = "shouwang.work.duty"
    label = "duty"
