"""Asking on a page: posted and not in the address, answered by what is adopted, with each clause's words; or told why not."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from meterkeep.desks.policies.models import Adoption
from meterkeep.faces.questions import ask_page
from meterkeep.policy.questions.asking import LONGEST


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def public(client, house):
    return lambda question: client.post(reverse("ask"), {"question": question})


@pytest.fixture
def console(client, house):
    client.force_login(house.users["staff"])
    return lambda question: client.post(reverse("console_ask"), {"question": question})


def test_the_form_comes_first(client, house):
    page = text(client.get(reverse("ask")))
    assert "Your question" in page and 'method="post"' in page and "mk-cited" not in page


@pytest.mark.parametrize("asking", ["public", "console"])
def test_a_refusal_says_so_with_the_words_of_its_clause(asking, request):
    page = text(request.getfixturevalue(asking)("May you sell my usage data?"))
    assert "Not allowed" in page and "PUC/8380-sale" in page
    assert "Customer data is never sold or rented" in page


def test_what_depends_is_a_list_of_conditions(console):
    page = text(console("May we share usage data with a vendor for billing?"))
    assert "It depends" in page and "What it depends on" in page
    assert "mk-clause--permit" in page and "mk-clause--refuse" in page
    assert "Not known, and it matters" in page and "How the question was understood" in page


def test_the_clauses_answer_for_themselves(public):
    page = text(public("How many customers must an aggregate have?"))
    assert "The documents say" in page and "CEA-03/4.1-a" in page and ": 15" in page


def test_only_what_is_adopted_is_asked(public):
    page = text(public("May we use usage data for marketing in Oklahoma?"))
    assert "The documents do not answer this" in page and "OK/710" not in page


@pytest.mark.parametrize(
    ("question", "told"),
    [("   ", "Please write a question."), ("share " * LONGEST, "Please ask in one short question")],
)
def test_what_is_no_question_is_told_beside_the_field(public, question, told):
    response = public(question)
    assert response.status_code == 400
    assert told in text(response) and 'aria-describedby="question-hint question-error"' in text(response)


def test_a_question_is_shown_as_text_and_never_as_markup(public):
    page = public("<script>alert(1)</script> May you sell my usage data?").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_a_question_from_another_site_is_not_answered(house):
    foreign = Client(enforce_csrf_checks=True)
    assert foreign.post(reverse("ask"), {"question": "May you sell my usage data?"}).status_code == 403


def test_where_nothing_is_adopted_there_is_nothing_to_ask(client, house):
    page = ask_page("May we?", pack=None, on=house.custodian.today(), posted=True)
    assert (page.answer, page.adopted) == (None, False)
    assert Adoption.objects.exists()


def test_the_page_is_spanish_around_the_clauses_own_words(client, house):
    client.post(reverse("set_language"), {"language": "es"})
    page = text(client.post(reverse("ask"), {"question": "May you sell my usage data?"}))
    assert "No está permitido" in page and 'lang="en"' in page
