"""Every page of the house. Each view names its door (`faces/doors.py`); the sign-in pages are the library's own."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import path
from django.views.i18n import set_language

from meterkeep.faces.portal import views as portal
from meterkeep.faces.public import health
from meterkeep.faces.public import views as public

urlpatterns = [
    path("", public.home, name="home"),
    path("notice", public.notice, name="notice"),
    path("log", public.log, name="log"),
    path("log/checkpoint", public.log_checkpoint, name="log_checkpoint"),
    path("log/tile/<path:name>", public.log_tile, name="log_tile"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("language", set_language, name="set_language"),
    path("sign-in", account.login, name="account_login"),
    path("sign-out", account.logout, name="account_logout"),
    path("portal", portal.home, name="portal"),
    path("portal/usage", portal.usage, name="usage"),
    path("portal/usage.csv", portal.usage_csv, name="usage_csv"),
    path("portal/usage.xml", portal.usage_xml, name="usage_xml"),
]
