"""The addresses of official letters."""

from django.urls import path

from shouwang.front.web.letters import batches, sheets, templates_, views

app_name = "letters"
urlpatterns = [
    path("", views.listing, name="list"),
    path("export/", views.export, name="export"),
    path("new/", batches.new, name="new"),
    path("batches/<int:pk>/", batches.one, name="batch"),
    path("batches/<int:pk>/progress/", batches.progress, name="progress"),
    path("batches/<int:pk>/file/", batches.file, name="bundle"),
    path("batches/<int:pk>/<slug:move>/", batches.act, name="batch_act"),
    path("receipts/", views.receipts, name="receipts"),
    path("templates/", templates_.listing, name="templates"),
    path("templates/<int:pk>/example.docx", templates_.example, name="example"),
    path("templates/<int:pk>/<slug:move>/", templates_.act, name="template_act"),
    path("<int:pk>/", sheets.one, name="one"),
    path("<int:pk>/file/", sheets.file, name="file"),
    path("<int:pk>/<slug:move>/", sheets.act, name="act"),
]
