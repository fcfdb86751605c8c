from django.urls import path

from shouwang.front.web.units import views

app_name = "units"
urlpatterns = [
    path("", views.board, name="board"),
    path("<int:pk>/", views.unit, name="page"),
    path("<int:pk>/export/", views.export, name="export"),
]
