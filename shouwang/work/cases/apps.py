from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "shouwang.work.cases"
    label = "cases"
