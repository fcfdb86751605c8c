from django.apps import AppConfig


class KitWebConfig(AppConfig):
    name = "shouwang.front.web.kit"
    label = "web_kit"
