from django.apps import AppConfig


class AlertsWebConfig(AppConfig):
    name = "shouwang.front.web.alerts"
    label = "web_alerts"
