"""Every table of the database, and whom its rows are about. A table or a column that is not here fails a test and stops a backup: nobody has
said then whether it is about somebody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from meterkeep.errors import Refused


@dataclass(frozen=True)
class Rule:
    """whose: the way from a row to the customer's id, as Django's lookups say it; such rows are sealed under that customer's key, and those without
    a customer (staff's sign-ins) under the key for backups, as all rows are where it is "". split: what names customers is taken out of the
    row and sealed under their keys (`shares`). aged: the field with the month with which a bill is destroyed. columns: those
    of which somebody has seen that this holds; later ones that their desk calls business or public need no word here."""

    whose: str = ""
    split: bool = False
    aged: str = ""
    columns: str = ""


RULES: Final[Mapping[str, Rule]] = {
    # About one customer each.
    "account_emailaddress": Rule("user__customer_id", columns="id user_id email verified primary"),
    "accounts_application": Rule(
        "user__customer_id",
        columns=(
            "id client_id user_id redirect_uris post_logout_redirect_uris client_type "
            "authorization_grant_type client_secret hash_client_secret name skip_authorization "
            "created updated algorithm allowed_origins registration_source cimd_expires_at"
        ),
    ),
    "accounts_user": Rule(
        "customer_id", columns="id password last_login username kind customer_id person is_active"
    ),
    "arrears_account": Rule("customer", columns="id reference customer digest since"),
    "arrears_act": Rule(
        "account__customer",
        columns=(
            "id reference account_id kind on by at why party answers_id cents sha256 file_id "
            "detail clause policy"
        ),
    ),
    "arrears_duestep": Rule(
        "account__customer", columns="id account_id name clause due reason by on at policy"
    ),
    "arrears_posting": Rule(
        "account__customer", columns="id account_id kind on due cents file_id line act_id by at"
    ),
    "authorizations_authorization": Rule(
        "customer",
        columns=(
            "id reference customer party purposes elements data_start data_end start end mechanism "
            "written separate incentive notice_version policy state offered_by offered_on "
            "answered_by answered_on ended_by ended_on ended_why"
        ),
    ),
    "customers_billedamount": Rule(
        "customer_id", aged="month", columns="id customer_id usage_point month cents taken_in policy"
    ),
    "customers_customer": Rule("id", columns="id chain taken_in policy"),
    "customers_serviceagreement": Rule(
        "customer_id",
        columns=(
            "id customer_id usage_point start end zip city census_tract customer_class rate_class "
            "solar policy"
        ),
    ),
    "mfa_authenticator": Rule("user__customer_id", columns="id user_id type data created_at last_used_at"),
    "retention_heldcustomer": Rule("customer", columns="id hold_id customer"),
    # About several: taken apart.
    "disclosures_datarequest": Rule(
        split=True,
        columns=(
            "id reference request state due_on asked_by asked_on policy decision facts sources "
            "permitted left_out decided_by decided_on fulfilled_by fulfilled_on closed_by "
            "closed_on closed_why"
        ),
    ),
    "releases_releaserow": Rule(split=True, columns="id release_id data"),
    "retention_lot": Rule(
        split=True,
        columns=(
            "id reference record customers number start end facts why by on state found "
            "certificate sha256 stopped"
        ),
    ),
    # About no customer. The outbox names chains of the log, which lead to nobody once the customer's own row is gone.
    "arrears_agencycheck": Rule(columns="id party licence until source by on at"),
    "arrears_import": Rule(
        columns=(
            "id reference kind sha256 format mapping as_of by on at lines kept rejected cents_in "
            "cents_kept cents_rejected rejects policy"
        )
    ),
    "arrears_keptentry": Rule(columns="id reference on cents by clause policy"),
    "auth_group": Rule(columns="id name"),
    "auth_group_permissions": Rule(columns="id group_id permission_id"),
    "auth_permission": Rule(columns="id name content_type_id codename"),
    "disclosures_secrecyorder": Rule(
        columns="id reference until clause basis salt digest entry ordered_by ordered_on"
    ),
    "django_content_type": Rule(columns="id app_label model"),
    "expenses_agencypayment": Rule(columns="id agency person on cents recorded_by recorded_on"),
    "expenses_boardapproval": Rule(
        columns="id reference about what on minutes claimants recorded_by recorded_on"
    ),
    "expenses_boardreport": Rule(columns="id meeting document sha256 by on"),
    "expenses_claim": Rule(
        columns=(
            "id reference claimant kind state subject payee draft version filed report began_by "
            "began_on verified_by verified_on decided_by decided_on approved why"
        )
    ),
    "expenses_line": Rule(columns="id version_id line kind on claimed allowed"),
    "expenses_receipt": Rule(
        columns=(
            "id claim_id line kind media size sha256 paper first last by on public public_sha256 "
            "public_by public_on"
        )
    ),
    "expenses_reported": Rule(columns="id report_id claim_id"),
    "expenses_ruling": Rule(columns="id claim_id version line allowed why by on"),
    "expenses_version": Rule(columns="id claim_id number document report sha256 policy by on"),
    "policies_useapproval": Rule(columns="id purpose elements why on signed_by until"),
    "intake_daysummary": Rule(columns="id day final figures"),
    "intake_defect": Rule(columns="id file_id kind rejected count places"),
    "intake_inboundfile": Rule(
        columns=(
            "id reference sha256 format received by on status counts error reason policy source_id "
            "arrival estimated withdrawn_by withdrawn_on"
        )
    ),
    "intake_source": Rule(columns="id name every_days since"),
    "intake_upkeep": Rule(columns="id job on detail"),
    "outbox_outboxevent": Rule(columns="id name at on actor subjects detail index"),
    "parties_contract": Rule(
        columns=(
            "id party_id number start end purposes on_behalf program_use_only no_less_protective "
            "breach_term flow_down"
        )
    ),
    "parties_finding": Rule(columns="id party_id what found_on ceased_on reinstated_on reinstated_why"),
    "parties_party": Rule(columns="id name kind identity_verified training_attested"),
    "policies_adoption": Rule(
        columns=(
            "id act_id pack document digest resolution adopted_on effective_on until title subject "
            "number supersedes staff_contact pages_said pages_run aliases anchor by"
        )
    ),
    "policies_adoptionact": Rule(
        columns=(
            "id kind number title body adopted_on effective_on until meeting_on item pages "
            "from_whom to_whom legal_basis recitals sections ayes noes absent abstain members "
            "result detached operational_on source_file source_lines authoritative note pack "
            "pack_digest copy_id record_digest by on"
        )
    ),
    "policies_attachment": Rule(columns="id act_id title sha256"),
    "policies_ballot": Rule(columns="id act_id name vote"),
    "policies_dataelement": Rule(columns="name title kind contact credit_or_usage demographic government_id"),
    "policies_interpretation": Rule(columns="id number ruling reason on signed_by"),
    "policies_packcopy": Rule(columns="digest pack files"),
    "policies_registeredpurpose": Rule(columns="id code name title cls elements states start end"),
    "policies_signature": Rule(columns="id act_id document role name on state"),
    "releases_noisespent": Rule(columns="id release_id year micro_rho"),
    "releases_release": Rule(
        split=True,
        columns=(
            "id reference title spec state unit power_of_ten cells facts certificate notes "
            "corrects_id audited planned_by planned_on salt counted policy published_by published_on "
            "withdrawn_by withdrawn_on withdrawn_why"
        ),
    ),
    "releases_releasefile": Rule(columns="id release_id name kind sha256 content"),
    "releases_review": Rule(columns="id release_id by on accepted why discretion"),
    "retention_hold": Rule(
        columns=(
            "id reference kind record everyone why placed_by placed_on until lifted_by lifted_on lifted_why"
        )
    ),
    "retention_place": Rule(columns="id path since by"),
    "workforce_acknowledgement": Rule(
        columns="id person_id document edition on head head_on filed_by filed_on"
    ),
    "workforce_assignment": Rule(columns="id person_id purposes start end"),
    "workforce_person": Rule(columns="id display role start end"),
    "workforce_training": Rule(columns="id person_id module on valid_until"),
}

LEFT_OUT: Final = {
    # Sessions, and tokens that open something: whoever restores a home does not let anybody in. People sign in anew, programs get new tokens.
    "account_emailconfirmation",
    "django_session",
    "oauth2_provider_accesstoken",
    "oauth2_provider_devicegrant",
    "oauth2_provider_grant",
    "oauth2_provider_idtoken",
    "oauth2_provider_refreshtoken",
    "usersessions_usersession",
    # Made again by the program itself.
    "django_migrations",
}

_OF_NOBODY: Final = frozenset({"business", "public"})
"""What a desk's own table of its fields says of those that name nobody."""


def models_by_table() -> dict[str, type[models.Model]]:
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


def unclassified(every: Mapping[str, type[models.Model]]) -> list[str]:
    """Tables without a rule, and columns, as TABLE.COLUMN, that neither their rule lists nor their desk calls business or public."""
    strange = set(every) - set(RULES) - LEFT_OUT
    for table in set(every) & set(RULES):
        known, said = set(RULES[table].columns.split()), getattr(every[table], "CLASSIFICATION", {})
        for field in every[table]._meta.concrete_fields:
            if field.attname not in known and said.get(field.name) not in _OF_NOBODY:
                strange.add(f"{table}.{field.attname}")
    return sorted(strange)


def check_classified(connection: BaseDatabaseWrapper) -> None:
    """Raises Refused where the database has anything that has no rule."""
    strange = unclassified(models_by_table())
    there = set(connection.introspection.table_names())
    strange += sorted(there - set(RULES) - LEFT_OUT)
    if strange:
        raise Refused(
            f"Nobody has said whom these are about, so they cannot be backed up: {', '.join(strange[:10])}.",
            where="database",
            next="A table that is not Meterkeep's own belongs into a database of its own; for one of Meterkeep's, report it.",
        )
