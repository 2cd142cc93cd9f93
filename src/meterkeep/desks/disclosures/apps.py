from django.apps import AppConfig


class DisclosuresConfig(AppConfig):
    name = "meterkeep.desks.disclosures"
