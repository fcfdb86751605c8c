from django.apps import AppConfig


class BackupsWebConfig(AppConfig):
    name = "shouwang.front.web.backups"
    label = "web_backups"
