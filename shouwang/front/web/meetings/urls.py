"""The addresses of meetings."""

from django.urls import path

from shouwang.front.web.meetings import calendar, holding, series, views

app_name = "meetings"
urlpatterns = [
    path("", views.listing, name="list"),
    path("calendar/", calendar.own, name="calendar"),
    path("feed/<str:token>.ics", calendar.feed, name="feed"),
    path("series/new/", series.new, name="series_new"),
    path("series/<int:pk>/", series.one, name="series"),
    path("series/<int:pk>/edit/", series.edit, name="series_edit"),
    path("series/<int:pk>/seat/", series.seat, name="seat"),
    path("series/<int:pk>/plan/", series.plan, name="plan"),
    path("decisions/<int:pk>/<slug:move>/", views.decision, name="decision"),
    path("<int:pk>/", views.one, name="one"),
    path("<int:pk>/hold/", holding.hold, name="hold"),
    path("<int:pk>/presence/", holding.presence, name="presence"),
    path("<int:pk>/minutes.pdf", views.minutes_pdf, name="minutes_pdf"),
    path("<int:pk>/minutes.docx", views.minutes_docx, name="minutes_docx"),
    path("<int:pk>/meeting.ics", calendar.single, name="single"),
    path("<int:pk>/items/<int:item>/<slug:move>/", holding.item, name="item"),
    path("<int:pk>/<slug:move>/", views.act, name="act"),
]
