from django.apps import AppConfig


class ImportsWebConfig(AppConfig):
    name = "shouwang.front.web.imports"
    label = "web_imports"
