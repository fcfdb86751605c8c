from django.apps import AppConfig


class AccountWebConfig(AppConfig):
    name = "shouwang.front.web.account"
    label = "web_account"
