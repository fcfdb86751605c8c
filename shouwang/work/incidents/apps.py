from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "shouwang.work.incidents"
    label = "incidents"
