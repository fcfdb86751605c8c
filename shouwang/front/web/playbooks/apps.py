from django.apps import AppConfig


class PlaybooksPagesConfig(AppConfig):
    name = "shouwang.front.web.playbooks"
    label = "web_playbooks"
