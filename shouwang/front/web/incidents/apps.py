from django.apps import AppConfig


class IncidentsPagesConfig(AppConfig):
    name = "shouwang.front.web.incidents"
    label = "web_incidents"
