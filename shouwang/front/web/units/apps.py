from django.apps import AppConfig


class UnitsWebConfig(AppConfig):
    name = "shouwang.front.web.units"
    label = "web_units"
