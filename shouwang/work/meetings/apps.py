from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "shouwang.work.meetings"
    label = "meetings"
