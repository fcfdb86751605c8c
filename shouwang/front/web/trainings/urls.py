"""The addresses of trainings."""

from django.urls import path

from shouwang.front.web.trainings import views

app_name = "trainings"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("coverage/", views.coverage, name="coverage"),
    path("<int:pk>/", views.one, name="one"),
    path("<int:pk>/materials/<int:material>/", views.material, name="material"),
    path("<int:pk>/<slug:move>/", views.act, name="act"),
]
