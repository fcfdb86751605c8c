from django.apps import AppConfig


class LedgerWebConfig(AppConfig):
    name = "shouwang.front.web.ledger"
    label = "web_ledger"
