"""The addresses of alerts."""

from django.urls import path

from shouwang.front.web.alerts import views

app_name = "alerts"
urlpatterns = [
    path("", views.listing, name="list"),
    path("export/", views.export, name="export"),
    path("acknowledge/", views.bulk_acknowledge, name="bulk"),
    path("<int:pk>/", views.sheet, name="page"),
    path("<int:pk>/<str:move>/", views.act, name="act"),
]
