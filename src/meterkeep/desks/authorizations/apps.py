from django.apps import AppConfig


class AuthorizationsConfig(AppConfig):
    name = "meterkeep.desks.authorizations"
