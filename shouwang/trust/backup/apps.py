from django.apps import AppConfig


class BackupConfig(AppConfig):
    name = "shouwang.trust.backup"
    label = "backup"
