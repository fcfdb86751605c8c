from django.urls import path

from shouwang.front.web.freshness import views

app_name = "freshness"
urlpatterns = [
    path("", views.board, name="board"),
]
