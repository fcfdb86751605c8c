from django.apps import AppConfig


class AccountsWebConfig(AppConfig):
    name = "shouwang.front.web.accounts"
    label = "web_accounts"
