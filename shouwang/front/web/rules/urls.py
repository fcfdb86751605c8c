from django.urls import path

from shouwang.front.web.rules import views

app_name = "rules"
urlpatterns = [
    path("", views.board, name="list"),
    path("new/", views.new, name="new"),
    path("check/", views.check, name="check"),
    path("presets/", views.presets, name="presets"),
    path("presets/<str:preset>/install/", views.install, name="install"),
    path("<str:code>/", views.sheet, name="page"),
    path("<str:code>/edit/", views.edit, name="edit"),
    path("<str:code>/retire/", views.retire, name="retire"),
]
