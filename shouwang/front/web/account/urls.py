"""Sign-in, sign-out, settings. The names without namespace are those allauth looks for."""

from django.urls import path

from shouwang.front.web.account import entering, framed, security, views

urlpatterns = [
    path("login/", views.sign_in, name="account_login"),
    path("logout/", views.sign_out, name="account_logout"),
    path("login/second/", framed.second, name="mfa_authenticate"),
    path("login/passkey/", framed.passkey, name="mfa_login_webauthn"),
    path("login/again/", framed.again, name="account_reauthenticate"),
    path("login/again/code/", framed.again_code, name="mfa_reauthenticate"),
    path("login/again/key/", framed.again_key, name="mfa_reauthenticate_webauthn"),
    path("login/forgotten/", entering.forgotten, name="account_reset_password"),
    path("login/invitation/<str:token>/", entering.invitation, name="invitation"),
    path("login/campus/<slug:provider_id>/", entering.campus, name="campus"),
    path("login/campus/<slug:provider_id>/back/", entering.campus_back, name="campus_back"),
    path("login/campus/<slug:provider_id>/back/", entering.campus_back, name="openid_connect_callback"),  # allauth's name for it
    path("settings/", views.settings_page, name="account_settings"),
    path("settings/preferences/", views.preferences, name="account_preferences"),
    path("settings/password/", views.password, name="account_change_password"),
    path("settings/security/", security.overview, name="mfa_index"),
    path("settings/security/", security.overview, name="mfa_list_webauthn"),  # where allauth goes on to from a key
    path("settings/security/sessions/", security.end_sessions, name="usersessions_list"),
    path("settings/security/app/", framed.app_on, name="mfa_activate_totp"),
    path("settings/security/app/remove/", framed.app_off, name="mfa_deactivate_totp"),
    path("settings/security/keys/add/", framed.key_add, name="mfa_add_webauthn"),
    path("settings/security/keys/<int:pk>/", framed.key_edit, name="mfa_edit_webauthn"),
    path("settings/security/keys/<int:pk>/remove/", framed.key_remove, name="mfa_remove_webauthn"),
    path("settings/security/codes/", framed.codes, name="mfa_view_recovery_codes"),
    path("settings/security/codes/new/", framed.codes_new, name="mfa_generate_recovery_codes"),
    path("settings/security/codes/file/", framed.codes_file, name="mfa_download_recovery_codes"),
]
