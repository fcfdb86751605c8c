from django.apps import AppConfig


class AccessPagesConfig(AppConfig):
    name = "shouwang.front.web.access"
    label = "web_access"
