"""Every page of the house. Each view names its door (`faces/doors.py`); the sign-in pages are the library's own."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import path
from django.views.i18n import set_language

from meterkeep.faces.api.urls import routes as api
from meterkeep.faces.console import views as console
from meterkeep.faces.console.collections import letters as collection_letters
from meterkeep.faces.console.collections import views as collections
from meterkeep.faces.console.expenses import views as expenses
from meterkeep.faces.console.intake import readings, sources
from meterkeep.faces.console.intake import views as intake
from meterkeep.faces.console.policies import ask as console_ask
from meterkeep.faces.console.policies import views as policies
from meterkeep.faces.console.releases import views as releases
from meterkeep.faces.console.retention import views as retention
from meterkeep.faces.portal import views as portal
from meterkeep.faces.public import ask as public_ask
from meterkeep.faces.public import health, log_views
from meterkeep.faces.public import views as public

urlpatterns = [
    path("", public.home, name="home"),
    path("notice", public.notice, name="notice"),
    path("releases", public.releases, name="releases"),
    path("releases/<slug:reference>", public.release, name="release"),
    path("releases/<slug:reference>/files/<str:name>", public.release_file, name="release_file"),
    path("ask", public_ask.ask, name="ask"),
    path("log", public.log, name="log"),
    path("log/checkpoint", public.log_checkpoint, name="log_checkpoint"),
    path("log/epoch", public.log_epoch, name="log_epoch"),
    path("log/tile/entries/<path:name>", log_views.log_entries, name="log_entries"),
    path("log/set-leaves/<str:root>", log_views.log_set, name="log_set"),
    path("log/tile/<path:name>", public.log_tile, name="log_tile"),
    path("log/<path:name>", log_views.log_file, name="log_file"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("language", set_language, name="set_language"),
    path("sign-in", account.login, name="account_login"),
    path("sign-out", account.logout, name="account_logout"),
    path("portal/", portal.home, name="portal"),
    path("portal/usage", portal.usage, name="usage"),
    path("portal/usage.csv", portal.usage_csv, name="usage_csv"),
    path("portal/usage.xml", portal.usage_xml, name="usage_xml"),
    path("portal/usage.xlsx", portal.usage_xlsx, name="usage_xlsx"),
    path("portal/overdue", portal.overdue, name="overdue"),
    path("portal/seen", portal.seen, name="seen"),
    path("portal/seen.csv", portal.seen_csv, name="seen_csv"),
    path("portal/proof", portal.proof, name="proof"),
    path("portal/proof.json", portal.proof_file, name="proof_file"),
    path("console/", console.worklist, name="worklist"),
    path("console/worklist.csv", console.worklist_csv, name="worklist_csv"),
    path("console/requests/<slug:reference>", console.decision, name="decision"),
    path("console/requests/<slug:reference>/decide", console.decide, name="decide"),
    path("console/releases", releases.releases, name="console_releases"),
    path("console/releases/<slug:reference>", releases.release, name="console_release"),
    path("console/releases/<slug:reference>/reasons.csv", releases.release_reasons, name="release_reasons"),
    path("console/releases/<slug:reference>/<int:number>", releases.withheld, name="console_withheld"),
    path("console/releases/<slug:reference>/review", console.review, name="review"),
    path("console/releases/<slug:reference>/publish", console.publish, name="publish"),
    path("console/policies", policies.policies, name="policies"),
    path("console/policies.csv", policies.policies_csv, name="policies_csv"),
    path("console/policies/<int:number>", policies.act, name="policy_act"),
    path("console/policies/<int:number>/<slug:document>", policies.document, name="policy_document"),
    path("console/policies/rulings", policies.rulings, name="rulings"),
    path("console/policies/rulings/<str:number>", policies.rule, name="rule"),
    path("console/policies/figures", policies.figures, name="figures"),
    path("console/policies/figures.csv", policies.figures_csv, name="figures_csv"),
    path("console/files", intake.files, name="files"),
    path("console/files.csv", intake.files_csv, name="files_csv"),
    path("console/files/<slug:reference>", intake.file, name="file"),
    path("console/sources", sources.sources, name="sources"),
    path("console/sources.csv", sources.sources_csv, name="sources_csv"),
    path("console/defects", intake.defects, name="defects"),
    path("console/defects.csv", intake.defects_csv, name="defects_csv"),
    path("console/readings", readings.readings, name="console_readings"),
    path("console/readings.csv", readings.readings_csv, name="console_readings_csv"),
    path("console/retention", retention.retention, name="retention"),
    path("console/retention.csv", retention.retention_csv, name="retention_csv"),
    path("console/collections", collections.collections, name="collections"),
    path("console/collections.csv", collections.collections_csv, name="collections_csv"),
    path("console/collections/decide", collections.collections_decide, name="collections_decide"),
    path("console/collections/letters", collection_letters.collections_letters, name="collections_letters"),
    path(
        "console/collections/accounts/<slug:reference>",
        collections.collections_account,
        name="collections_account",
    ),
    path("console/expenses", expenses.expenses, name="expenses"),
    path("console/expenses/new", expenses.expense_new, name="expense_new"),
    path("console/expenses/<slug:reference>", expenses.expense, name="expense"),
    path("console/expenses/<slug:reference>/trip", expenses.expense_head, name="expense_head"),
    path("console/expenses/<slug:reference>/add", expenses.expense_add, name="expense_add"),
    path("console/expenses/<slug:reference>/line/<slug:line>", expenses.expense_line, name="expense_line"),
    path(
        "console/expenses/<slug:reference>/receipt/<int:number>",
        expenses.expense_receipt,
        name="expense_receipt",
    ),
    path("console/expenses/<slug:reference>/act", expenses.expense_act, name="expense_act"),
    path("console/expenses/<slug:reference>/form.pdf", expenses.expense_pdf, name="expense_pdf"),
    path("console/ask", console_ask.ask, name="console_ask"),
    path("console/log", console.log, name="console_log"),
    *api(),
]
