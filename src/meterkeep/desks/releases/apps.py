from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "meterkeep.desks.releases"
