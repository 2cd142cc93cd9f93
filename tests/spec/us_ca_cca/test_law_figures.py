"""The law's numbers: held, dated, cited, marked where they are recalled; and none of them limits a release."""

from datetime import date

import pytest

from meterkeep.policy import decide, load_pack

LAW = load_pack("us-ca-cca")
ON = date(2026, 1, 5)

VERIFIED = {
    "legal.subpoena_notice_days": 7,
    "notice.months_between": 12,
    "records.answer_days": 10,
    "records.extension_days": 14,
    "retention.city_minimum_years": 2,
    "ethics.years_between": 2,
    "ethics.hours": 2,
    "ethics.record_years": 5,
    "breach.resident_days": 30,
    "breach.attorney_general_days": 15,
    "breach.attorney_general_residents": 500,
    "target.acknowledge_business_days": 10,
    "target.answer_days": 45,
    "target.extended_days": 90,
    "target.opt_out_business_days": 15,
    "email.opt_out_business_days": 10,
    "email.opt_out_works_days": 30,
    "collections.validation_days": 5,
    "collections.dispute_days": 30,
    "collections.calls": 7,
    "collections.call_period_days": 7,
    "collections.wait_before_reporting_days": 14,
    "collections.direct_dispute_days": 30,
    "collections.limitation_years": 4,
    "credit.notice_days": 30,
    "building.accounts_covered": 5,
    "building.accounts_without_consent": 3,
    "building.months": 12,
    "building.delivery_weeks": 4,
    "public.residential_customers": 100,
    "public.other_customers": 15,
    "public.other_share_ppm": 150_000,
    "public.share_included": 1,
    "public.remedy_combine": 1,
    "program.accounts": 100,
    "program.remedy_mark": 1,
    "utility.customers": 15,
    "utility.share_ppm": 150_000,
    "utility.remedy_combine": 1,
    "utility.remedy_exclude": 2,
    "utility.not_public": 1,
    "whole_building.accounts": 3,
    "whole_building.residential_accounts": 5,
    "whole_building.share_ppm": 1_000_000,
    "whole_building.share_included": 1,
    "whole_building.together": 1,
    "whole_building.not_public": 1,
    "children.age": 13,
}
RECALLED = {
    "legal.third_party_customers": 11,
    "breach.commission_customers": 1000,
    "breach.commission_days": 14,
    "breach.commission_days_after_notice": 7,
    "breach.third_party_days": 7,
    "report.days_after_year_end": 120,
    "audit.years_between": 3,
    "requests.acknowledge_business_days": 1,
    "requests.complete_business_days": 7,
    "requests.answer_business_days": 15,
    "requests.researcher_weeks": 4,
    "local_government.customers": 15,
    "local_government.share_ppm": 200_000,
    "local_government.industrial_customers": 5,
    "local_government.industrial_share_ppm": 250_000,
    "local_government.not_public": 1,
    "fine_public.customers": 100,
    "fine_public.share_ppm": 100_000,
    "usage_law.damages_dollars": 500,
}
FIGURES = [(name, value, True) for name, value in VERIFIED.items()]
FIGURES += [(name, value, False) for name, value in RECALLED.items()]
PERIODS = {
    "CPUC/2-b": ("notice.months_between", "months"),
    "CPUC/4-c-2": ("legal.subpoena_notice_days", "days"),
    "CPUC/6-e-yearly": ("authorization.reminder_months", "months"),
    "CPUC/8-c": ("report.days_after_year_end", "days"),
    "CPUC/9-d": ("audit.years_between", "years"),
    "GOV/7922.535": ("records.answer_days", "days"),
    "CIV/1798.82": ("breach.resident_days", "days"),
    "CIV/1798.82-attorney-general": ("breach.attorney_general_days", "days"),
    "CIV/1785.26": ("credit.notice_days", "days"),
    "PRC/25402.10-delivery": ("building.delivery_weeks", "weeks"),
    "FED/CAN-SPAM": ("email.opt_out_business_days", "business days"),
    "FED/REG-F-credit": ("collections.wait_before_reporting_days", "days"),
}


@pytest.mark.parametrize(("name", "value", "verified"), FIGURES)
def test_the_figure_is_held_dated_and_marked(name, value, verified):
    figure = LAW.figure(name, ON)
    assert (figure.value, figure.verified) == (value, verified)
    assert figure.cite in {clause.id for clause in LAW.clauses}


@pytest.mark.parametrize("clause", PERIODS)
def test_a_duty_runs_for_as_long_as_its_figure_says(clause):
    name, unit = PERIODS[clause]
    periods = {duty.within for one in LAW.clauses if one.id == clause for duty in one.duties}
    assert f"{LAW.figure(name, ON).value} {unit}" in periods


def test_a_recalled_figure_is_cited_by_a_recalled_clause_alone():
    recalled = {clause.id for clause in LAW.clauses if not clause.verified}
    cites = {figure.cite for one in LAW.parameters.values() for figure in one.figures if not figure.verified}
    assert cites <= recalled


def test_no_number_of_the_law_layer_limits_a_release():
    atoms = [
        (clause.id, atom) for clause in LAW.clauses if clause.deciding for atom in clause.when + clause.unless
    ]
    assert {atom.parameter for _, atom in atoms} - {None} == {"legal.subpoena_notice_days"}
    counted = {"aggregate.customers", "aggregate.largest_share_ppm", "aggregate.largest_share_ppm_up"}
    assert [name for name, atom in atoms if atom.fact in counted] == []


def test_a_verdict_of_the_law_says_that_it_is_the_laws():
    facts = {"data.kind": "customer", "use.sale": True}
    (clause,) = decide(LAW, action="disclose", facts=facts, on=ON).clauses
    assert clause.id == "PUC/8380-sale"
    assert "not from the provider's own documents" in clause.summary


@pytest.mark.parametrize("document", LAW.documents, ids=lambda document: document.id)
def test_each_part_of_the_law_names_its_instrument(document):
    assert document.law and document.adopted and not document.source


def test_another_ruling_takes_the_citys_minimum_away():
    facts = {"record.floor_reached": False, "record.hold": False, "record.law_requires_keeping": False}
    own = LAW.ruled({"L1": "own_schedule"}, by="Privacy officer", on=ON)
    as_shipped = decide(LAW, action="destroy", facts=facts, on=ON)
    as_ruled = decide(own, action="destroy", facts=facts, on=ON)
    assert (as_shipped.outcome, as_ruled.outcome, as_ruled.why) == (
        "refuse",
        "undetermined",
        "not_applicable",
    )
