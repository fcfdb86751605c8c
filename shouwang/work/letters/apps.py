from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "shouwang.work.letters"
    label = "letters"
