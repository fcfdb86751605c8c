from django.urls import path

from shouwang.front.web.backups import views

app_name = "backups"
urlpatterns = [
    path("", views.board, name="board"),
    path("now/", views.back_up, name="now"),
    path("drill/", views.drill, name="drill"),
    path("progress/", views.progress, name="progress"),
]
