from django.apps import AppConfig


class CoverageWebConfig(AppConfig):
    name = "shouwang.front.web.coverage"
    label = "web_coverage"
