from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "shouwang.work.desk"
    label = "desk"
