from django.apps import AppConfig


class CasesPagesConfig(AppConfig):
    name = "shouwang.front.web.cases"
    label = "web_cases"
