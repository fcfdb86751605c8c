from django.apps import AppConfig


class DeadlinesWebConfig(AppConfig):
    name = "shouwang.front.web.deadlines"
    label = "web_deadlines"
