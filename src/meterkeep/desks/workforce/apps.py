from django.apps import AppConfig


class WorkforceConfig(AppConfig):
    name = "meterkeep.desks.workforce"
