from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "meterkeep.desks.outbox"
