from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "shouwang.trust.people"
    label = "people"
