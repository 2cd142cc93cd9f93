"""The vocabulary of the log: every event it can hold, with the sentence that says it.

An intent (`….intent`) is written before anything opens; the outcome that answers it names the intent's id.
"""

from __future__ import annotations

from enum import StrEnum


class EventName(StrEnum):
    """The dotted name is the value; `says` is the sentence."""

    says: str

    def __new__(cls, value: str, says: str) -> EventName:
        member = str.__new__(cls, value)
        member._value_, member.says = value, says
        return member

    # A member of the workforce looks at information.
    ACCESS_INTENT = "access.intent", "Somebody was allowed to look at information and was about to."
    ACCESS_DELIVERED = "access.delivered", "The information was shown."
    ACCESS_NOT_DELIVERED = "access.not_delivered", "The permission was not used."
    ACCESS_FAILED = "access.failed", "Showing the information failed."
    ACCESS_REFUSED = "access.refused", "A clause refused the look at information."
    ACCESS_UNDETERMINED = "access.undetermined", "A fact was missing, so the information was not shown."

    # The provider works with information.
    USE_INTENT = "use.intent", "A use of information was allowed and about to start."
    USE_DELIVERED = "use.delivered", "The information was handed to whoever uses it."
    USE_NOT_DELIVERED = "use.not_delivered", "The permission to use was not used."
    USE_FAILED = "use.failed", "The use failed."
    USE_REFUSED = "use.refused", "A clause refused the use."
    USE_UNDETERMINED = "use.undetermined", "A fact was missing, so the use did not start."

    # Information goes to somebody outside.
    DISCLOSURE_INTENT = "disclosure.intent", "A disclosure was allowed and about to happen."
    DISCLOSURE_DELIVERED = "disclosure.delivered", "The information went to the recipient."
    DISCLOSURE_NOT_DELIVERED = "disclosure.not_delivered", "The disclosure was allowed but nothing was sent."
    DISCLOSURE_FAILED = "disclosure.failed", "The disclosure failed."
    DISCLOSURE_REFUSED = "disclosure.refused", "A clause refused the disclosure."
    DISCLOSURE_UNDETERMINED = "disclosure.undetermined", "A fact was missing, so nothing was disclosed."

    # Totals go to somebody outside or to the public.
    RELEASE_INTENT = "release.intent", "Totals were allowed to be computed for a release."
    RELEASE_DELIVERED = "release.delivered", "The totals were handed to whoever prepares the release."
    RELEASE_NOT_DELIVERED = "release.not_delivered", "The totals were not handed out."
    RELEASE_FAILED = "release.failed", "Computing the totals failed."
    RELEASE_REFUSED = "release.refused", "A clause refused the release."
    RELEASE_UNDETERMINED = "release.undetermined", "A fact was missing, so nothing was released."
    RELEASE_PLANNED = "release.planned", "A release was planned and its cells were audited."
    RELEASE_REVIEWED = "release.reviewed", "A reviewer accepted or returned a planned release."
    RELEASE_PUBLISHED = "release.published", "A release was published."
    RELEASE_WITHDRAWN = "release.withdrawn", "A published release was withdrawn."
    RELEASE_EXPLAINED = "release.explained", "Somebody read what was left out of a release, and why."
    RELEASE_SEALED = (
        "release.sealed",
        "The rows of a release from before digests were kept got one, as they stood.",
    )
    RELEASE_FORGOT = (
        "release.forgot",
        "The register of releases no longer knows what destroyed customers used.",
    )

    # The person behind a record is searched for or opened.
    IDENTITY_INTENT = "identity.intent", "A search for a customer, or an opening of identities, was allowed."
    IDENTITY_DELIVERED = "identity.delivered", "The identities were shown."
    IDENTITY_NOT_DELIVERED = "identity.not_delivered", "The identities were not shown, or nobody was found."
    IDENTITY_FAILED = "identity.failed", "The search or opening failed."
    IDENTITY_REFUSED = "identity.refused", "A clause refused the search or opening."
    IDENTITY_UNDETERMINED = "identity.undetermined", "A fact was missing, so no identity was shown."

    # Information comes in.
    INTAKE_INTENT = "intake.intent", "A file was about to be taken in."
    INTAKE_DELIVERED = "intake.delivered", "The file was taken in."
    INTAKE_NOT_DELIVERED = "intake.not_delivered", "The file held nothing new."
    INTAKE_FAILED = "intake.failed", "Taking the file in failed; nothing of it was kept."
    INTAKE_REFUSED = "intake.refused", "The file was refused, or a clause refused collecting it."
    INTAKE_UNDETERMINED = "intake.undetermined", "A fact was missing, so the file was not taken in."
    INTAKE_WITHDRAWN = "intake.withdrawn", "A file taken in earlier was withdrawn."
    INTAKE_SUMMED_UP = "intake.summed_up", "What came in on a day was summed up."
    SOURCE_RECORDED = "source.recorded", "Somebody who sends meter files was entered or changed."
    STORE_KEPT_UP = "store.kept_up", "Closed months of readings were compacted; nothing of them changed."
    READINGS_TAKEN_IN = "readings.taken_in", "Meter readings were taken in."
    CUSTOMERS_TAKEN_IN = "customers.taken_in", "Customer records were taken in."
    BILLS_TAKEN_IN = "bills.taken_in", "Billed amounts were taken in."

    # Overdue accounts.
    COLLECTIONS_TAKEN_IN = "collections.taken_in", "A file about overdue accounts or payments was taken in."
    COLLECTIONS_STEP_DUE = "collections.step_due", "Overdue accounts reached a step of collection."
    COLLECTIONS_DECIDED = (
        "collections.decided",
        "Somebody decided that an overdue account goes to an agency or is written off.",
    )
    COLLECTIONS_HELD = "collections.held", "Collection of an overdue account was held."
    COLLECTIONS_RESUMED = "collections.resumed", "A hold of collection ended."
    COLLECTIONS_ACTED = "collections.acted", "Something was done, or happened, on an overdue account."
    COLLECTIONS_AGENCY_CHECKED = "collections.agency_checked", "A collection agency's licence was looked up."

    # What is kept is changed or destroyed.
    CORRECTION_INTENT = "correction.intent", "A correction was about to be written."
    CORRECTION_DELIVERED = "correction.delivered", "The correction was written."
    CORRECTION_NOT_DELIVERED = "correction.not_delivered", "The correction was not written."
    CORRECTION_FAILED = "correction.failed", "Writing the correction failed."
    CORRECTION_REFUSED = "correction.refused", "A clause refused the correction."
    CORRECTION_UNDETERMINED = "correction.undetermined", "A fact was missing, so nothing was corrected."
    DESTRUCTION_INTENT = "destruction.intent", "A destruction was about to begin."
    DESTRUCTION_DELIVERED = "destruction.delivered", "The records were destroyed."
    DESTRUCTION_NOT_DELIVERED = "destruction.not_delivered", "The destruction was not carried out."
    DESTRUCTION_FAILED = "destruction.failed", "The destruction failed."
    DESTRUCTION_REFUSED = "destruction.refused", "A clause, or a legal hold, refused the destruction."
    DESTRUCTION_UNDETERMINED = "destruction.undetermined", "A fact was missing, so nothing was destroyed."
    BILLS_DESTROYED = "bills.destroyed", "Billed amounts were destroyed."

    DESTRUCTION_CERTIFIED = "destruction.certified", "A certificate of a destruction was written."
    RECORDS_FORGOTTEN = "records.forgotten", "A desk deleted what it kept beside destroyed records."
    PLACE_RECORDED = (
        "place.recorded",
        "A folder in which files about customers may lie was entered or taken out.",
    )

    # A message goes to a customer.
    CONTACT_INTENT = "contact.intent", "A message to customers was allowed and about to go."
    CONTACT_DELIVERED = "contact.delivered", "The message went out."
    CONTACT_NOT_DELIVERED = "contact.not_delivered", "The message was not sent."
    CONTACT_FAILED = "contact.failed", "Sending the message failed."
    CONTACT_REFUSED = "contact.refused", "A clause refused the message."
    CONTACT_UNDETERMINED = "contact.undetermined", "A fact was missing, so no message was sent."

    # The provider's own set-up.
    HOME_CREATED = "home.created", "The home and its log began."
    HOME_UPGRADED = "home.upgraded", "The home was brought to a newer format."
    HOME_BACKED_UP = "home.backed_up", "A backup of the home was begun."
    HOME_BACKUP_FAILED = "home.backup_failed", "A backup that was begun came to nothing."
    HOME_RESTORED = "home.restored", "The home was restored from a backup."
    POLICY_ADOPTED = "policy.adopted", "A document was adopted."
    POLICY_SUPERSEDED = "policy.superseded", "A document ended or was replaced."
    PURPOSE_REGISTERED = "purpose.registered", "A purpose was entered in the purpose register."
    PURPOSE_RETIRED = "purpose.retired", "A purpose was taken out of use."
    ELEMENT_REGISTERED = "element.registered", "A data element was entered in the data catalogue."
    INTERPRETATION_RECORDED = "interpretation.recorded", "A ruling on an ambiguous clause was recorded."
    APPROVAL_RECORDED = "approval.recorded", "An approval by a named role or body was recorded."

    # Parties and contracts.
    PARTY_RECORDED = "party.recorded", "A party was entered or changed."
    PARTY_CEASED = "party.ceased", "Disclosure to a party was ceased after a finding."
    PARTY_REINSTATED = "party.reinstated", "A ceased party was reinstated."
    CONTRACT_RECORDED = "contract.recorded", "A contract was entered or changed."
    CONTRACT_ENDED = "contract.ended", "A contract ended."
    ORDER_RECORDED = "order.recorded", "An order, subpoena or other legal authority was recorded."

    # What customers decide and ask.
    AUTHORIZATION_OFFERED = "authorization.offered", "An authorization was offered to a customer."
    AUTHORIZATION_GRANTED = "authorization.granted", "A customer gave an authorization."
    AUTHORIZATION_CANCELLED = "authorization.cancelled", "A customer cancelled an authorization."
    AUTHORIZATION_DECLINED = "authorization.declined", "A customer declined an authorization."
    AUTHORIZATION_EXPIRED = "authorization.expired", "An authorization ran out."
    AUTHORIZATION_ENDED = "authorization.ended", "The provider ended an authorization."
    CHOICE_RECORDED = "choice.recorded", "A customer limited or opened a use."
    REQUEST_RECEIVED = "request.received", "A customer's or the public's request arrived."
    REQUEST_DECIDED = "request.decided", "A request for data was decided."
    REQUEST_FULFILLED = "request.fulfilled", "A request for data was fulfilled."
    REQUEST_CLOSED = "request.closed", "A request for data was closed."
    REQUEST_ANSWERED = "request.answered", "A request was answered."
    DISPUTE_RECORDED = "dispute.recorded", "A customer disputed a record."
    NOTICE_PUBLISHED = "notice.published", "A privacy notice was published."
    NOTICE_DELIVERED = "notice.delivered", "A notice was delivered to customers."

    # The workforce.
    PERSON_ASSIGNED = "person.assigned", "A person was given a role or a need to know."
    PERSON_UNASSIGNED = "person.unassigned", "A role or a need to know ended."
    TRAINING_RECORDED = "training.recorded", "A training was recorded."
    ACKNOWLEDGEMENT_RECORDED = "acknowledgement.recorded", "A person acknowledged a document."
    INCIDENT_RECORDED = "incident.recorded", "An incident was recorded."
    INCIDENT_CLOSED = "incident.closed", "An incident was closed."
    FINDING_RECORDED = "finding.recorded", "A finding was recorded."
    HOLD_PLACED = "hold.placed", "A legal hold was placed."
    HOLD_LIFTED = "hold.lifted", "A legal hold was lifted."
    REPORT_FILED = "report.filed", "A report was filed."

    # Expense claims: what of them is told, never who is paid what.
    EXPENSE_DRAFTED = (
        "expense.drafted",
        "An expense claim was begun, changed, or a paper of it was added or removed.",
    )
    EXPENSE_SUBMITTED = "expense.submitted", "An expense claim was handed in."
    EXPENSE_RETURNED = "expense.returned", "An expense claim was given back to the claimant."
    EXPENSE_WITHDRAWN = "expense.withdrawn", "The claimant withdrew an expense claim."
    EXPENSE_VERIFIED = "expense.verified", "Somebody else than the claimant verified an expense claim."
    EXPENSE_DECIDED = "expense.decided", "An expense claim was decided by a named person."
    EXPENSE_OPENED = "expense.opened", "Somebody opened a sealed paper of an expense claim."
    EXPENSE_REDACTED = "expense.redacted", "A receipt got a copy for the public, without what is private."
    EXPENSE_EXPORTED = "expense.exported", "Approved expense claims were exported."

    # Accounts and keys.
    ACCOUNT_CREATED = "account.created", "An account was created."
    ACCOUNT_SIGNED_IN = "account.signed_in", "Somebody signed in."
    ACCOUNT_SIGN_IN_FAILED = "account.sign_in_failed", "A sign-in failed."
    ACCOUNT_SIGNED_OUT = "account.signed_out", "Somebody signed out."
    ACCOUNT_CHANGED = "account.changed", "An account's rights or factors changed."
    ACCOUNT_DISABLED = "account.disabled", "An account was disabled and its sessions ended."
    KEY_ROTATED = "key.rotated", "A key was replaced."
    KEY_DESTROYED = "key.destroyed", "A key was destroyed."
    KEY_COPIED = "key.copied", "The vault's key store was copied to a place of its own."

    # The log itself.
    EPOCH_CLOSED = "epoch.closed", "The heads of all customers' chains were signed by one root."
    WITHHOLDING_PLACED = (
        "withholding.placed",
        "Law keeps an entry from the customer until a day; it is counted, not shown.",
    )
    WITHHOLDING_EXTENDED = "withholding.extended", "The day until which an entry is withheld was put off."
    WITHHOLDING_LIFTED = "withholding.lifted", "An entry is withheld no longer."
    SECRECY_PADDED = (
        "secrecy.padded",
        "Nothing happened: it makes what was withheld look alike, whatever came of it.",
    )


INTENT = ".intent"


def is_intent(name: str) -> bool:
    return name.endswith(INTENT)


def matching(prefix: str) -> list[EventName]:
    """The events of a family: everything that starts with this prefix."""
    return [name for name in EventName if name.startswith(prefix)]
