from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "shouwang.trust.vault"
    label = "vault"
