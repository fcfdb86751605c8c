from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "shouwang.work.notifications"
    label = "notifications"
