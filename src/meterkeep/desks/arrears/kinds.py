"""The words of the ledger: what is posted, and what was done on an account."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices


class PostingKind(TextChoices):
    """There is none for interest: no account bears any (CEA-05/5.4)."""

    STATED = "stated", "Overdue, as the utility reported it"
    BILLED = "billed", "Billed"
    PAID = "paid", "Paid"
    ADJUSTED = "adjusted", "Adjusted"
    WRITTEN_OFF = "written_off", "Written off"


class ActKind(TextChoices):
    FIRST_LETTER = "first_letter", "First letter sent"
    SECOND_LETTER = "second_letter", "Second letter sent"
    PAID_LETTER = "paid_letter", "Letter sent that all is paid"
    WRITE_OFF_LETTER = "write_off_letter", "Letter sent about the write-off"
    RETURNED_LETTER = "returned_letter", "Letter sent that the utility no longer bills it"
    DISPUTE_LETTER = "dispute_letter", "Letter sent that the dispute came in"
    PLAN_LETTER = "plan_letter", "Letter sent about the payment plan"
    RETURNED = "returned", "Returned by the utility"
    REFERRED = "referred", "Referred to an agency"
    RECALLED = "recalled", "Recalled from the agency"
    WRITTEN_OFF = "written_off", "Written off as bad debt"
    CREDIT_NOTICE = "credit_notice", "Told in writing of credit reporting"
    REPORTED = "reported", "Reported to a credit bureau"
    CORRECTED = "corrected", "Corrected at a credit bureau"
    VALIDATION_NOTICE = "validation_notice", "Validation notice sent by the agency"
    CALL = "call", "Telephone call placed"
    CONVERSATION = "conversation", "Telephone call with a conversation"
    SUED = "sued", "Legal action taken by the agency"
    DISPUTE_OPENED = "dispute_opened", "Dispute received"
    DISPUTE_CLOSED = "dispute_closed", "Dispute settled"
    BANKRUPTCY_OPENED = "bankruptcy_opened", "Held for bankruptcy"
    BANKRUPTCY_CLOSED = "bankruptcy_closed", "Bankruptcy hold ended"
    DECEASED_OPENED = "deceased_opened", "Held because the customer died"
    DECEASED_CLOSED = "deceased_closed", "Hold after death ended"
    PLAN_AGREED = "plan_agreed", "Payment plan agreed"
    PLAN_KEPT = "plan_kept", "Payment plan kept to its end"
    PLAN_BROKEN = "plan_broken", "Payment plan broken"


A = ActKind
CLOSES: Mapping[str, str] = {
    A.DISPUTE_CLOSED: A.DISPUTE_OPENED,
    A.BANKRUPTCY_CLOSED: A.BANKRUPTCY_OPENED,
    A.DECEASED_CLOSED: A.DECEASED_OPENED,
    A.PLAN_KEPT: A.PLAN_AGREED,
    A.PLAN_BROKEN: A.PLAN_AGREED,
    A.RECALLED: A.REFERRED,
    A.CORRECTED: A.REPORTED,
}
"""An act that ends what an earlier one began, and which kind that is: it names it, once."""
HOLDS: Mapping[str, str] = {
    A.DISPUTE_OPENED: "disputed",
    A.BANKRUPTCY_OPENED: "bankrupt",
    A.DECEASED_OPENED: "deceased",
    A.PLAN_AGREED: "payment_plan",
}
"""An act that holds everything until it is closed, and the hold's name in the accounts file."""
LETTERS = frozenset(
    {
        A.FIRST_LETTER, A.SECOND_LETTER, A.RETURNED_LETTER, A.VALIDATION_NOTICE, A.CREDIT_NOTICE, A.DISPUTE_LETTER, A.PLAN_LETTER,
        A.PAID_LETTER, A.WRITE_OFF_LETTER,
    }
)  # fmt: skip
"""What is written to the customer, each entered as sent."""
DECIDED = frozenset({A.REFERRED, A.WRITTEN_OFF})
"""What a document says may be done: a named person decides, for a reason."""
WITH_PARTY = frozenset({A.REFERRED, A.RECALLED, A.REPORTED, A.CORRECTED, A.SUED})
"""Acts that concern somebody else: an agency, or a credit bureau."""


class FileKind(TextChoices):
    OVERDUE = "overdue", "Report of overdue accounts"
    RETURNED = "returned", "Accounts that the utility returned"
    PAYMENTS = "payments", "Payments"
    BILLS = "bills", "Bills"
