from django.apps import AppConfig


class TrainingsPagesConfig(AppConfig):
    name = "shouwang.front.web.trainings"
    label = "web_trainings"
