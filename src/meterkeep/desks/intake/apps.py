from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "meterkeep.desks.intake"
