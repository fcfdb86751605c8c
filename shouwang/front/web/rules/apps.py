from django.apps import AppConfig


class RulesWebConfig(AppConfig):
    name = "shouwang.front.web.rules"
    label = "web_rules"
