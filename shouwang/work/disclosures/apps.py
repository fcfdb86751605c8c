from django.apps import AppConfig


class DisclosuresConfig(AppConfig):
    name = "shouwang.work.disclosures"
    label = "disclosures"
