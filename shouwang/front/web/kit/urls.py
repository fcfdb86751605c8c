from django.urls import path

from shouwang.front.web.kit import views

app_name = "kit"
urlpatterns = [
    path("appearance/", views.appearance, name="appearance"),
]
