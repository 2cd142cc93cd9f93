"""The operations. Decisions are about facts alone: nothing is opened, nothing is looked up about anybody."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.security import HttpBearer

from meterkeep.desks.accounts import queries as accounts
from meterkeep.desks.policies.queries import pack_in_force
from meterkeep.errors import Refused
from meterkeep.faces.api import asking, schemas
from meterkeep.faces.api.answers import answer_errors
from meterkeep.faces.api.strict import StrictParser
from meterkeep.policy.language.vocabulary import vocabulary as words

SCOPE = "decide"
_ERRORS = dict.fromkeys((400, 401, 403, 413), schemas.Error)


class Token(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        """The program that the token was issued to. Raises Refused for a token that is not for deciding."""
        found = accounts.token_in_force(token, at=request.custodian.gate.clock())
        if found and not found.allow_scopes([SCOPE]):
            raise Refused(
                "This token is not for asking decisions.", next="Have one issued with scope decide."
            )
        return found.application.name if found else None


api = NinjaAPI(
    title="Meterkeep",
    version="1.0",
    description="May this be done? Decided by the documents that the provider has adopted (AuthZEN Authorization API 1.0).",
    openapi_url=None,
    docs_url=None,
    urls_namespace="programs",
    parser=StrictParser(),
)
answer_errors(api)


@api.post(
    "/access/v1/evaluation",
    auth=Token(),
    response={200: schemas.Decision, **_ERRORS},
    operation_id="evaluation",
    url_name="evaluation",
    summary="May this be done?",
)
def evaluation(request: HttpRequest, asked: schemas.Evaluation) -> Any:
    """One decision, with the clauses that carry it, what is missing, and what would lawfully change it."""
    return asking.evaluated(asked, pack_on=pack_in_force, today=request.custodian.today())


@api.post(
    "/access/v1/evaluations",
    auth=Token(),
    response={200: schemas.Decisions, **_ERRORS},
    exclude_unset=True,
    operation_id="evaluations",
    url_name="evaluations",
    summary="May these be done?",
)
def evaluations(request: HttpRequest, asked: schemas.Evaluations) -> Any:
    """Several decisions in the order asked; `options.evaluations_semantic` may end them at the first denial or permit."""
    return asking.all_evaluated(asked, pack_on=cache(pack_in_force), today=request.custodian.today())


@api.get(
    "/api/vocabulary",
    response=schemas.Vocabulary,
    operation_id="vocabulary",
    url_name="vocabulary",
    summary="The actions and facts that decisions are made of",
)
def vocabulary(request: HttpRequest) -> Any:
    """What an action or a fact is called, what values it has, and the sentence that says it."""
    known = words()
    return {"actions": dict(known.actions), "facts": {name: _fact(name) for name in known.facts}}


@api.get(
    "/.well-known/authzen-configuration",
    response=schemas.Configuration,
    operation_id="authzen_configuration",
    url_name="authzen_configuration",
    summary="Where the policy decision point is",
)
def authzen_configuration(request: HttpRequest) -> Any:
    """The metadata document of AuthZEN 1.0, section 9."""
    origin = request.build_absolute_uri("/").rstrip("/")
    return {
        "policy_decision_point": origin,
        "access_evaluation_endpoint": f"{origin}/access/v1/evaluation",
        "access_evaluations_endpoint": f"{origin}/access/v1/evaluations",
    }


def _fact(name: str) -> dict[str, Any]:
    known = words().facts[name]
    return {
        "type": known.type,
        "values": list(known.values),
        "says": known.says,
        "source": known.source,
        "remedy": known.remedy,
    }
