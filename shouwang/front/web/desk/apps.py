from django.apps import AppConfig


class DeskWebConfig(AppConfig):
    name = "shouwang.front.web.desk"
    label = "web_desk"
