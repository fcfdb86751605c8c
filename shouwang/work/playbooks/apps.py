from django.apps import AppConfig


class PlaybooksConfig(AppConfig):
    name = "shouwang.work.playbooks"
    label = "playbooks"
