from django.urls import path

from shouwang.front.web.students import views

app_name = "students"
urlpatterns = [
    path("", views.listing, name="list"),
    path("export/", views.export, name="export"),
    path("search/", views.search, name="search"),
    path("<int:sid>/", views.page_of, name="page"),
    path("<int:sid>/indicators/", views.indicators, name="indicators"),
    path("<int:sid>/words/", views.written, name="words"),
    path("<int:sid>/timeline/", views.timeline, name="timeline"),
]
