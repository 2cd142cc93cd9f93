from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "meterkeep.desks.accounts"
