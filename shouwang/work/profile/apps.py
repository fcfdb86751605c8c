from django.apps import AppConfig


class ProfileConfig(AppConfig):
    name = "shouwang.work.profile"
    label = "profile"
