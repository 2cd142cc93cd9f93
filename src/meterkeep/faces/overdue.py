"""What happens on overdue accounts, in words that staff and customers read alike, and amounts as they are written."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from meterkeep.desks.saying import LANGUAGES, told
from meterkeep.faces.dates import day

ACTS = {
    "first_letter": _("First letter sent"),
    "second_letter": _("Second letter sent"),
    "paid_letter": _("Letter sent: all is paid"),
    "write_off_letter": _("Letter sent: no longer asked for"),
    "returned_letter": _("Letter sent: the utility no longer bills it"),
    "dispute_letter": _("Letter sent: we have your dispute"),
    "plan_letter": _("Letter sent: payment plan"),
    "returned": _("Sent back by the utility"),
    "referred": _("Given to a collection agency"),
    "recalled": _("Taken back from the agency"),
    "written_off": _("Written off: no longer asked for"),
    "credit_notice": _("Letter sent before credit reporting"),
    "reported": _("Told to a credit bureau"),
    "corrected": _("Set right at the credit bureau"),
    "validation_notice": _("The agency sent its first notice"),
    "call": _("Phone call made"),
    "conversation": _("Talk on the phone"),
    "sued": _("The agency went to court"),
    "dispute_opened": _("Dispute came in: all else stops"),
    "dispute_closed": _("Dispute settled"),
    "bankruptcy_opened": _("On hold because of a bankruptcy"),
    "bankruptcy_closed": _("Bankruptcy hold ended"),
    "deceased_opened": _("On hold because of a death"),
    "deceased_closed": _("Hold after a death ended"),
    "plan_agreed": _("Payment plan agreed: all else stops"),
    "plan_kept": _("Payment plan kept to its end"),
    "plan_broken": _("Payment plan broken"),
}
POSTINGS = {
    "stated": _("Overdue, as the utility reported it"),
    "billed": _("New bill"),
    "paid": _("Payment"),
    "adjusted": _("Amount set right"),
    "written_off": _("Amount taken off"),
}
LETTERS = {
    "dispute_letter": _("We have your dispute"),
    "plan_letter": _("Payment plan"),
    "paid_letter": _("All is paid"),
    "write_off_letter": _("No longer asked for"),
    "credit_notice": _("Notice before credit reporting"),
    "first_letter": _("First letter"),
    "second_letter": _("Second letter"),
    "returned_letter": _("The utility no longer bills it"),
    "validation_notice": _("The agency’s first notice"),
}
STEPS = {
    "none": _("Nothing to do now"),
    "first_letter": _("First letter"),
    "second_letter": _("Second letter"),
    "write_off_candidate": _("May be written off"),
    "referral_candidate": _("May go to an agency"),
    "credit_report": _("May be told to credit bureaus"),
    "credit_report_blocked": _("Not yet to credit bureaus"),
    "legal_authority": _("The agency may go to court"),
    "stop": _("Paid: take back what was begun"),
    "held": _("On hold"),
}


def dollars(cents: int) -> str:
    return f"{'−' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02}"


def reason(sentence: str) -> str:
    """Why, in the reader's language; what staff wrote stays as they wrote it."""
    return told(sentence, language(), day=day)


def language() -> str:
    """The reader's, of those that letters and reasons are written in."""
    found = (get_language() or "")[:2]
    return found if found in LANGUAGES else LANGUAGES[0]
