from django.apps import AppConfig


class LettersPagesConfig(AppConfig):
    name = "shouwang.front.web.letters"
    label = "web_letters"
