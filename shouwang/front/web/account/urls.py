"""Sign-in, sign-out, settings. The names without namespace are those allauth looks for."""

from django.urls import path

from shouwang.front.web.account import views

urlpatterns = [
    path("login/", views.sign_in, name="account_login"),
    path("logout/", views.sign_out, name="account_logout"),
    path("settings/", views.settings_page, name="account_settings"),
    path("settings/preferences/", views.preferences, name="account_preferences"),
    path("settings/password/", views.password, name="account_change_password"),
]
