from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "meterkeep.desks.parties"
