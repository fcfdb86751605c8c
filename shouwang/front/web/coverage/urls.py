from django.urls import path

from shouwang.front.web.coverage import ending, network, views

app_name = "coverage"
urlpatterns = [
    path("", views.board, name="board"),
    path("fill/<slug:slot>/<int:pk>/", views.fill, name="fill"),
    path("students/<int:sid>/", views.fill_student, name="student"),
    path("end/<int:pk>/", ending.end, name="end"),
    path("network/", network.board, name="network"),
    path("network/export/", network.download, name="network_export"),
    path("export/", views.download, name="export"),
]
