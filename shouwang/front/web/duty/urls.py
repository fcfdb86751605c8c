from django.urls import path

from shouwang.front.web.duty import feed, pages, planning, shifts

app_name = "duty"
urlpatterns = [
    path("", pages.board, name="board"),
    path("new/", planning.new, name="new"),
    path("calendar/", feed.make, name="feed"),
    path("calendar/<str:token>.ics", feed.calendar, name="calendar"),
    path("<int:pk>/", pages.roster, name="roster"),
    path("<int:pk>/export/", pages.export, name="export"),
    path("<int:pk>/notes/", pages.notes, name="notes"),
    path("<int:pk>/plan/", planning.plan, name="plan"),
    path("<int:pk>/plan/<str:move>/", planning.act, name="plan_act"),
    path("shifts/<int:pk>/", shifts.one, name="shift"),
    path("shifts/<int:pk>/<str:move>/", shifts.act, name="shift_act"),
    path("swaps/<int:pk>/<str:move>/", shifts.answer, name="swap"),
    path("notes/<int:pk>/take/", shifts.take, name="take"),
]
