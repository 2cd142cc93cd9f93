from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "meterkeep.desks.customers"
