from django.apps import AppConfig


class StudentsWebConfig(AppConfig):
    name = "shouwang.front.web.students"
    label = "web_students"
