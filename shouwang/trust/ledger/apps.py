from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "shouwang.trust.ledger"
    label = "ledger"
