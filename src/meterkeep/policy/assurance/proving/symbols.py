"""A statement in z3: the same rules as formulas over symbolic facts and rulings, for complete facts and for three values.

z3 is loaded only here, and here only when something is proved; without it the commands say what to install.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.policy.assurance.proving.statement import Part, Statement
from meterkeep.policy.language.clauses import Literal
from meterkeep.policy.language.vocabulary import Fact, FactValue


def solver_library() -> Any:
    """The z3 module. Raises BadInput with the next step where it is not installed."""
    try:
        import z3
    except ImportError as error:
        raise BadInput(
            "Proving needs the z3 solver, which is not installed.",
            next="Install it with `pip install z3-solver`; lint, test and impact work without it.",
        ) from error
    return z3


class Symbols:
    """One statement as formulas. Enumerations are numbers of their values; `domain` keeps them in range."""

    def __init__(self, statement: Statement) -> None:
        self.z3 = solver_library()
        self.context = self.z3.Context()
        self.solver = self.z3.Solver(ctx=self.context)
        self.statement = statement
        self.facts = statement.facts
        self.variables: dict[str, Any] = {}
        self.domain: list[Any] = []
        own = [self.all_of(part.literals) for part in statement.parts]
        held = [self._held(part, own, place) for place, part in enumerate(statement.parts)]
        self.refuse = self._any(
            one for one, part in zip(held, statement.parts, strict=True) if not part.permits
        )
        allowed = self._any(one for one, part in zip(held, statement.parts, strict=True) if part.permits)
        self.permit = self._both(allowed, self._not(self.refuse))

    def outcome(self, name: str) -> Any:
        """The formula of an outcome: permit, refuse, or undetermined (no clause speaks)."""
        if name == "undetermined":
            return self._not(self._any((self.permit, self.refuse)))
        return self.permit if name == "permit" else self.refuse

    def all_of(self, literals: Iterable[Literal]) -> Any:
        return self._all(self.literal(literal) for literal in literals)

    def literal(self, literal: Literal) -> Any:
        known = self.facts[literal.fact]
        variable = self._variable(known)
        if known.type == "int":
            side, number = literal.bound
            return variable >= number if side == "at least" else variable <= number
        if known.type == "bool":
            met = [variable == value for value in (False, True) if value in literal.ok]
        else:
            met = [variable == place for place, value in enumerate(known.values) if value in literal.ok]
        return self._any(met)

    def moved(self, formula: Any, values: dict[str, FactValue]) -> Any:
        """The formula with these facts replaced by the values."""
        pairs = [
            (self._variable(self.facts[name]), self._constant(self.facts[name], value))
            for name, value in values.items()
        ]
        return self.z3.substitute(formula, *pairs)

    def can_be(self, *formulas: Any, facts: dict[str, FactValue] | None = None) -> bool:
        """Whether all the formulas can be true together. facts: facts or rulings taken as given."""
        solver = self.solver
        solver.push()
        solver.add(*self.domain, *formulas)
        for name, value in (facts or {}).items():
            if name in self.variables:
                solver.add(self.variables[name] == self._constant(self.facts[name], value))
        answer = solver.check()
        solver.pop()
        if answer == self.z3.unknown:
            raise BadInput(
                f"z3 gave no answer: {self.solver.reason_unknown()}.",
                next="Ask about fewer actions at a time.",
            )
        return bool(answer == self.z3.sat)

    def hasty(self) -> tuple[Any, Any]:
        """Vectors of which the engine's three values permit, or refuse, something that the complete facts do not.

        Each fact has a second symbol: whether it is known. A rule holds for certain if all its conditions are known and
        met; it is out if one is known and broken. The rulings are always known.
        """
        certain = [self._certain(part) for part in self.statement.parts]
        possible = [self._possible(part) for part in self.statement.parts]
        parts = self.statement.parts
        settled, open_ = [], []
        for place, part in enumerate(parts):
            rests = [(other, self.all_of(needed)) for other, needed in part.exceptions]
            met = self._any(self._both(certain[other], needed) for other, needed in rests)
            may_be_met = self._any(self._both(possible[other], needed) for other, needed in rests)
            settled.append(self._both(certain[place], self._not(may_be_met)))
            open_.append(self._both(possible[place], self._not(met)))
        refused = self._any(one for one, part in zip(settled, parts, strict=True) if not part.permits)
        may_refuse = self._any(one for one, part in zip(open_, parts, strict=True) if not part.permits)
        allowed = self._any(one for one, part in zip(settled, parts, strict=True) if part.permits)
        permitted = self._both(allowed, self._not(may_refuse))
        return (
            self._both(permitted, self._not(self.permit)),
            self._both(refused, self._not(self.refuse)),
        )

    def _certain(self, part: Part) -> Any:
        return self._all(self._both(self._known(one), self.literal(one)) for one in part.literals)

    def _possible(self, part: Part) -> Any:
        return self._all(self._any((self._not(self._known(one)), self.literal(one))) for one in part.literals)

    def _known(self, literal: Literal) -> Any:
        if literal.fact in self.statement.rulings:
            return self.z3.BoolVal(True, ctx=self.context)
        return self.z3.Bool(f"known {literal.fact}", ctx=self.context)

    def _held(self, part: Part, own: list[Any], place: int) -> Any:
        met = [self._both(own[other], self.all_of(rests)) for other, rests in part.exceptions]
        return self._both(own[place], self._not(self._any(met)))

    def _variable(self, known: Fact) -> Any:
        if known.name not in self.variables:
            make = self.z3.Bool if known.type == "bool" else self.z3.Int
            variable = self.variables[known.name] = make(known.name, ctx=self.context)
            if known.values:
                self.domain += [variable >= 0, variable < len(known.values)]
        return self.variables[known.name]

    def _constant(self, known: Fact, value: FactValue) -> Any:
        if known.type == "bool":
            return self.z3.BoolVal(value, ctx=self.context)
        number = known.values.index(str(value)) if known.values else value
        return self.z3.IntVal(number, ctx=self.context)

    def _any(self, formulas: Iterable[Any]) -> Any:
        return self.z3.Or([self.z3.BoolVal(False, ctx=self.context), *formulas])

    def _all(self, formulas: Iterable[Any]) -> Any:
        return self.z3.And([self.z3.BoolVal(True, ctx=self.context), *formulas])

    def _both(self, one: Any, other: Any) -> Any:
        return self.z3.And(one, other)

    def _not(self, formula: Any) -> Any:
        return self.z3.Not(formula)
