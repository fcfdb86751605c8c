from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "shouwang.work.deadlines"
    label = "deadlines"
