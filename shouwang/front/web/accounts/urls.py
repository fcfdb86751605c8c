from django.urls import path

from shouwang.front.web.accounts import classes, views

app_name = "accounts"
urlpatterns = [
    path("accounts/", views.board, name="board"),
    path("accounts/open/", views.open_all, name="open"),
    path("accounts/<int:pk>/", views.one, name="one"),
    path("accounts/<int:pk>/<slug:move>/", views.move, name="move"),
    path("invitations/", classes.board, name="invitations"),
    path("invitations/slips/", classes.slips, name="slips"),
    path("invitations/guardians/<int:pk>/", classes.confirm, name="confirm"),
]
