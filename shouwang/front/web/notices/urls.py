from django.urls import path

from shouwang.front.web.notices import channelling, paper, risk, views

app_name = "notices"
urlpatterns = [
    path("today/risk/", risk.listing, name="risk"),
    path("notices/", views.listing, name="list"),
    path("notices/bell/", views.bell, name="bell"),
    path("notices/menu/", views.menu, name="menu"),
    path("notices/read/", views.read_all, name="read"),
    path("notices/paper/", paper.listing, name="paper"),
    path("notices/paper/sheet/", paper.sheet, name="sheet"),
    path("notices/paper/<slug:move>/", paper.note, name="note"),
    path("notices/<int:pk>/", views.one, name="one"),
    path("notices/<int:pk>/go/", views.go, name="go"),
    path("notices/<int:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("settings/notices/", views.preferences, name="preferences"),
    path("channels/", channelling.listing, name="channels"),
    path("channels/<slug:code>/test/", channelling.test, name="test"),
]
