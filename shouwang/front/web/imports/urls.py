from django.urls import path

from shouwang.front.web.imports import formats, steps, views

app_name = "imports"
urlpatterns = [
    path("imports/", views.listing, name="list"),
    path("imports/new/", views.new, name="new"),
    path("imports/<int:pk>/", views.delivery, name="page"),
    path("imports/<int:pk>/progress/", views.progress, name="progress"),
    path("imports/<int:pk>/problems/", views.problems, name="problems"),
    path("imports/<int:pk>/marked.xlsx", views.marked, name="marked"),
    path("imports/<int:pk>/file/", views.original, name="file"),
    path("imports/<int:pk>/table/", steps.table, name="table"),
    path("imports/<int:pk>/columns/", steps.columns, name="columns"),
    path("imports/<int:pk>/again/", steps.again, name="again"),
    path("imports/<int:pk>/accept/", steps.accept, name="accept"),
    path("imports/<int:pk>/refuse/", steps.refuse, name="refuse"),
    path("imports/<int:pk>/retract/", steps.retract, name="retract"),
    path("format/", formats.page, name="format"),
    path("format/datapackage.json", formats.datapackage, name="datapackage"),
    path("format/<str:table>/template.xlsx", formats.template, name="template"),
]
