from django.apps import AppConfig


class DisclosuresPagesConfig(AppConfig):
    name = "shouwang.front.web.disclosures"
    label = "web_disclosures"
