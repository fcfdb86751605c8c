from django.urls import path

from shouwang.front.web.access import family, views

app_name = "access"
urlpatterns = [
    path("access/", views.matrix_page, name="matrix"),
    path("access/view-as/", views.view_as, name="view_as"),
    path("access/view-as/end/", views.view_as_end, name="view_as_end"),
    path("my/readings/", family.readings, name="readings"),
    path("my/readings/<int:sid>/", family.readings_of, name="readings_of"),
    path("my/sharing/", family.sharing, name="sharing"),
]
