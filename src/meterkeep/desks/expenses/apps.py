from django.apps import AppConfig


class ExpensesConfig(AppConfig):
    name = "meterkeep.desks.expenses"
