from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "shouwang.work.alerts"
    label = "alerts"
