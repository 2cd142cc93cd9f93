"""The plain words, and the tone, of what the machinery calls by codes: one place, so that every page says it alike."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as lazy

OUTCOMES = {
    "delivered": (lazy("Shared"), "good"),
    "refused": (lazy("Refused"), "bad"),
    "undetermined": (lazy("Not shared, a fact was missing"), "open"),
    "not_delivered": (lazy("Allowed, but not shared"), "plain"),
    "failed": (lazy("Failed"), "open"),
    "unresolved": (lazy("Being looked into"), "open"),
}
VERDICTS = {
    "permit": (lazy("Permitted"), "good"),
    "refuse": (lazy("Refused"), "bad"),
    "undetermined": (lazy("Cannot be decided yet"), "open"),
}
EFFECTS = {
    "permit": lazy("permits"),
    "refuse": lazy("forbids"),
    "forbid": lazy("forbids"),
    "undetermined": lazy("cannot be applied yet"),
}
ACTS = {
    "access": lazy("Look at"),
    "use": lazy("Work with"),
    "disclose": lazy("Disclose"),
    "release_aggregate": lazy("Publish totals of"),
}
REMEDIES = {
    "narrow": lazy("Ask for less."),
    "channel": lazy("Send it another way."),
    "contract": lazy("Change the contract."),
    "consent": lazy("Ask the customer."),
    "document": lazy("Record the missing paper."),
    "approval": lazy("Ask whoever approves this."),
    "regroup": lazy("Take wider groups or longer periods."),
    "wait": lazy("Wait until the period has run."),
}


def outcome(code: str) -> tuple[str, str]:
    """Words and tone."""
    words, tone = OUTCOMES.get(code, (code, "plain"))
    return str(words), tone


def verdict(code: str) -> tuple[str, str]:
    words, tone = VERDICTS.get(code, (code, "plain"))
    return str(words), tone
