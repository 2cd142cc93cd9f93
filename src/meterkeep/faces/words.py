"""The plain words, and the tone, of what the machinery calls by codes: one place, so that every page says it alike."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

OUTCOMES = {
    "delivered": (_("Shared"), "good"),
    "refused": (_("Refused"), "bad"),
    "undetermined": (_("Not shared, a fact was missing"), "open"),
    "not_delivered": (_("Allowed, but not shared"), "plain"),
    "failed": (_("Failed"), "open"),
    "unresolved": (_("Being looked into"), "open"),
    "withheld": (_("Withheld"), "plain"),
}
EFFECTS = {
    "permit": _("permits"),
    "refuse": _("forbids"),
    "forbid": _("forbids"),
    "undetermined": _("cannot be applied yet"),
}
ACTS = {
    "access": _("Look at"),
    "use": _("Work with"),
    "disclose": _("Disclose"),
    "release_aggregate": _("Publish totals of"),
}
REMEDIES = {
    "narrow": _("Ask for less."),
    "channel": _("Send it another way."),
    "contract": _("Change the contract."),
    "consent": _("Ask the customer."),
    "document": _("Record the missing paper."),
    "approval": _("Ask whoever approves this."),
    "regroup": _("Take wider groups or longer periods."),
    "wait": _("Wait until the period has run."),
}


OUR_OWN = ("access", "use", "identity")
"""Families of the log whose information stays with our own people."""


def outcome(code: str, *, family: str = "disclosure") -> tuple[str, str]:
    """Words and tone. family: of the log's event."""
    if code == "delivered" and family in OUR_OWN:
        return gettext("Seen"), "good"
    words, tone = OUTCOMES.get(code, (code, "plain"))
    return str(words), tone


PURPOSES = {
    "power_or_billing": _("To supply your power and bill it"),
    "grid_operations": _("To run the power grid"),
    "law_or_order": _("Because a law or a court asks for it"),
    "efficiency_program": _("For a program that saves energy"),
    "legal_compliance": _("To do what the law asks of us"),
    "customer_service": _("To help you when you ask"),
    "bill_collection": _("To collect bills that are not paid"),
    "credit_reporting": _("To report debts that are not paid"),
    "dispute_or_inquiry": _("To answer a question or a dispute"),
    "program_communication": _("To tell you about a program"),
    "service_interruption": _("To tell you when power is cut"),
    "infrastructure": _("To build and mend power lines"),
    "energy_products": _("To offer energy products"),
    "public_policy": _("To shape public policy"),
    "energy_assistance": _("To help people pay for energy"),
    "conservation": _("To use less energy"),
    "advocacy": _("To speak up for customers"),
    "research": _("For research"),
    "performance": _("To see how well a program works"),
    "analysis": _("To study how energy is used"),
    "reporting": _("To write reports"),
    "program_management": _("To run a program"),
    "eligibility_check": _("To check who may join a program"),
    "site_operation": _("To run our website"),
    "internet_security": _("To keep our website safe"),
    "forward_communication": _("To pass on a message"),
    "public_records": _("To answer a request for public records"),
    "joint_service": _("To serve you together with a partner"),
    "other": _("For another purpose"),
}
ELEMENTS = {
    "interval_usage": _("Hourly energy use"),
    "monthly_usage": _("Monthly energy use"),
    "billing": _("Bills"),
    "account_number": _("Account number"),
    "name": _("Name"),
    "service_address": _("Address of the meter"),
    "billing_address": _("Address for bills"),
    "phone": _("Phone number"),
    "email": _("E-mail address"),
    "ssn": _("Social security number"),
    "meter_number": _("Meter number"),
    "customer_class": _("Kind of customer"),
    "rate_class": _("Rate"),
    "zip": _("ZIP code"),
    "program_participation": _("Programs you take part in"),
}
RECIPIENTS = {
    "contractor": _("works for us under a contract"),
    "onward_recipient": _("works for one of our contractors"),
    "commission": _("the state's energy commission"),
    "commission_contractor": _("works for the state's energy commission"),
    "governmental": _("a public body"),
    "utility": _("the company that runs the power lines"),
    "affiliate": _("a company that belongs to us"),
    "member_agency": _("one of our member cities or counties"),
    "customer_agent": _("acts for you"),
    "responsible_agency": _("an agency in charge"),
    "advertiser": _("an advertiser"),
    "court_or_police": _("a court or the police"),
    "emergency_services": _("an emergency service"),
    "credit_agency": _("a credit agency"),
    "collection_agency": _("collects debts"),
    "authorised_third_party": _("a company that you chose"),
    "unaffiliated_service_provider": _("another company"),
    "business_partner": _("a business partner"),
    "acquirer": _("takes over our business"),
}


def purpose(code: str) -> str:
    return str(PURPOSES.get(code, code.replace("_", " ")))


def element(name: str) -> str:
    return str(ELEMENTS.get(name, name.replace("_", " ")))


def elements(names: Sequence[str]) -> str:
    """As one phrase, with a capital at its start."""
    first, *rest = [element(name) for name in names] or [""]
    return ", ".join([first, *map(within, rest)])


def within(phrase: str) -> str:
    """As it stands inside a sentence: abbreviations keep their capitals."""
    return phrase if phrase[:2].isupper() else phrase[:1].lower() + phrase[1:]


def recipient(kind: str) -> str:
    """The vocabulary's `recipient.kind`."""
    return str(RECIPIENTS.get(kind, kind.replace("_", " ")))


def you() -> str:
    return gettext("You")


def everyone() -> str:
    return gettext("The public")
