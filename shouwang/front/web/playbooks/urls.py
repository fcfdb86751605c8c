from django.urls import path

from shouwang.front.web.playbooks import views

app_name = "playbooks"
urlpatterns = [
    path("", views.board, name="list"),
    path("install/", views.install, name="install"),
    path("new/", views.new, name="new"),
    path("<slug:code>/", views.sheet, name="page"),
    path("<slug:code>/edit/", views.edit, name="edit"),
    path("<slug:code>/retire/", views.retire, name="retire"),
]
