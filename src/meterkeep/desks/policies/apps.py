from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "meterkeep.desks.policies"
