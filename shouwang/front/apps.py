from django.apps import AppConfig


class FrontConfig(AppConfig):
    name = "shouwang.front"
    label = "front"
