from django.urls import path

from shouwang.front.web.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.today, name="today"),
]
