from django.apps import AppConfig


class MeetingsPagesConfig(AppConfig):
    name = "shouwang.front.web.meetings"
    label = "web_meetings"
