from django.apps import AppConfig


class TrainingsConfig(AppConfig):
    name = "shouwang.work.trainings"
    label = "trainings"
