from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "shouwang.work.imports"
    label = "imports"
