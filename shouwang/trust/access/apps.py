from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "shouwang.trust.access"
    label = "access"
