"""What is asked and answered, as AuthZEN 1.0 names it. A member that is not named here is refused and not skipped: a fact
under a misspelt name would otherwise be decided as if nobody had told it."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

Properties = dict[str, Any]
SEMANTICS = ("execute_all", "deny_on_first_deny", "permit_on_first_permit")


class Asked(Schema):
    model_config = ConfigDict(extra="forbid", strict=True)


class Entity(Asked):
    """A subject or a resource. Neither type nor id is looked up or kept; what is known of it stands in properties."""

    type: str
    id: str
    properties: Properties = Field(default={}, description="Facts under their names in the vocabulary.")


class Action(Asked):
    name: str = Field(description="One of the vocabulary's actions.")
    properties: Properties = Field(default={}, description="Facts under their names in the vocabulary.")


class Evaluation(Asked):
    subject: Entity
    action: Action
    resource: Entity
    context: Properties | None = Field(
        default=None, description="Further facts, and `on`: the day that counts."
    )


class Item(Asked):
    """One of several evaluations; what it does not say is taken from the request around it."""

    subject: Entity | None = None
    action: Action | None = None
    resource: Entity | None = None
    context: Properties | None = None


class Options(Asked):
    evaluations_semantic: Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"] = (
        "execute_all"
    )


class Evaluations(Item):
    evaluations: list[Item] | None = None
    options: Options | None = None


class Answered(Schema):
    model_config = ConfigDict(extra="allow")


class Clause(Answered):
    id: str
    effect: str
    summary: str


class Duty(Answered):
    do: str
    due: str | None


class Reasons(Answered):
    """The decision as `meterkeep decide` gives it (docs/policy.md)."""

    outcome: Literal["permit", "refuse", "undetermined"]
    why: Literal["facts", "not_in_force", "not_applicable"]
    clauses: list[Clause]
    missing: list[str] = Field(description="The facts that can still change the outcome.")
    duties: list[Duty]
    advice: list[dict[str, Any]]
    interpretations: list[dict[str, Any]]
    provider: str
    pack_digest: str
    on: str


class Decision(Schema):
    decision: bool = Field(description="True for permit; false for refuse and for undetermined.")
    context: Reasons


class Decisions(Schema):
    """`evaluations` where several were asked, else `decision` and `context`."""

    evaluations: list[Decision] | None = None
    decision: bool | None = None
    context: Reasons | None = None


class Fact(Schema):
    type: Literal["bool", "int", "enum"]
    values: list[str] = Field(description="Of an enum, its values.")
    says: str
    source: str
    remedy: str


class Vocabulary(Schema):
    actions: dict[str, str]
    facts: dict[str, Fact]


class Configuration(Schema):
    """Where the policy decision point is."""

    policy_decision_point: str
    access_evaluation_endpoint: str
    access_evaluations_endpoint: str


class Problem(Schema):
    code: str
    message: str
    where: str
    next: str


class Error(Schema):
    error: Problem
