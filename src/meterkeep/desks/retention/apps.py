from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "meterkeep.desks.retention"
