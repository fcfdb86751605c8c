from django.apps import AppConfig


class FreshnessWebConfig(AppConfig):
    name = "shouwang.front.web.freshness"
    label = "web_freshness"
