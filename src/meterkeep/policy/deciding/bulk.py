"""Which of my customers may be included? One request, decided for a whole table of customers.

A decision turns on few facts, each with few kinds of values: yes or no, a word, a number between two bounds, unknown. So the
rows are sorted into the combinations that occur, and each combination is decided once, by `decide` itself. That is as exact
as asking for every row, unknown facts included, and costs little more than reading the columns. A column that no clause
reads, once the common facts are known, is not looked at further.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.errors import BadInput
from meterkeep.policy.deciding.answers import CitedClause
from meterkeep.policy.deciding.engine import decide
from meterkeep.policy.deciding.masks import Masks, bits
from meterkeep.policy.deciding.residual import Folded, Residual, fold, residual
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Fact, Facts, FactValue, fact

__all__ = ["OUTCOMES", "Bulk", "Residual", "Share", "decide_many", "residual"]

OUTCOMES = ("permit", "refuse", "undetermined")  # the code of an outcome is its place here
DENSE = 1 << 20  # combinations that are numbered in full; beyond it only those that occur
Codes = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Share:
    """The customers whose outcome the same clauses carry, for the same lack of facts. why: as in a decision."""

    outcome: str
    why: str
    clauses: tuple[CitedClause, ...]
    missing: tuple[str, ...]
    customers: int

    def as_json(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "why": self.why,
            "customers": self.customers,
            "clauses": [{"id": one.id, "effect": one.effect, "summary": one.summary} for one in self.clauses],
            "missing": list(self.missing),
        }


@dataclass(frozen=True)
class Bulk:
    """codes: of each row the place of its outcome in OUTCOMES, uint8. shares: by outcome, the largest first."""

    codes: np.ndarray[Any, np.dtype[np.uint8]]
    shares: tuple[Share, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Customers by outcome."""
        return {
            outcome: sum(share.customers for share in self.shares if share.outcome == outcome)
            for outcome in OUTCOMES
        }

    def as_json(self) -> dict[str, Any]:
        return {**self.counts, "why": [share.as_json() for share in self.shares]}


@dataclass(frozen=True)
class Column:
    """A column as kinds of values that make no difference: codes by row, and for each code a value that stands for it."""

    name: str
    codes: Codes
    stand: Sequence[FactValue | None]


def decide_many(
    pack: Pack, *, action: str, common: Facts, each: pa.Table | Mapping[str, Any], on: date
) -> Bulk:
    """Decides the request for every row, exactly as `decide` does with the row's facts added to the common ones.

    each: an Arrow table, or arrays of one length (Arrow, NumPy, lists) by the name of their fact; null is unknown. Raises
    BadInput for a name or value outside the vocabulary, a fact that is common as well, and facts about the provider.
    """
    arrays = _arrays(each)
    folded = fold(pack, action=action, common=common, each=tuple(arrays), on=on)
    columns = [_column(fact(name), array, folded) for name, array in arrays.items()]
    columns = [column for column in columns if len(column.stand) > 1]
    rows = max((len(array) for array in arrays.values()), default=0)
    keys, size = _combinations(columns, rows)
    members = np.bincount(keys, minlength=size)
    anyone = np.zeros(size, np.int64)
    anyone[keys] = np.arange(rows)
    outcomes = np.zeros(size, np.uint8)
    found: Counter[tuple[str, str, tuple[CitedClause, ...], tuple[str, ...]]] = Counter()
    for key in np.flatnonzero(members):
        facts = {**common, **_own(columns, int(anyone[key]))}
        one = decide(pack, action=action, facts=facts, on=on)
        outcomes[key] = OUTCOMES.index(one.outcome)
        found[one.outcome, one.why, one.clauses, one.missing] += int(members[key])
    shares = (Share(*why, customers) for why, customers in found.items())
    return Bulk(outcomes[keys], tuple(sorted(shares, key=_by_outcome_and_size)))


def _by_outcome_and_size(share: Share) -> tuple[int, int]:
    return OUTCOMES.index(share.outcome), -share.customers


def _own(columns: Sequence[Column], row: int) -> dict[str, FactValue]:
    stands = ((column.name, column.stand[column.codes[row]]) for column in columns)
    return {name: value for name, value in stands if value is not None}


def _arrays(each: pa.Table | Mapping[str, Any]) -> dict[str, pa.Array]:
    names = each.column_names if isinstance(each, pa.Table) else list(each)
    arrays = {name: _array(name, each[name]) for name in names}
    if len({len(array) for array in arrays.values()}) > 1:
        raise BadInput(
            "The columns are not of one length.", next="Give each fact one value for each customer."
        )
    return arrays


def _array(name: str, given: Any) -> pa.Array:
    try:
        array = given if isinstance(given, pa.Array | pa.ChunkedArray) else pa.array(given)
        return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise BadInput(
            f"The column cannot be read: {error}.",
            where=name,
            next="Give values of one type, and null for unknown.",
        ) from error


def _column(known: Fact, array: pa.Array, folded: Folded) -> Column:
    """Values that the clauses in play treat alike get one code. Raises BadInput where one is not of the fact."""
    stand, codes = _values(known, array, folded.masks)
    masks, live = folded.masks, folded.live
    own = masks.fact_bits.get(known.name, 0)
    if not any(masks.reads[bit] & own for bit in bits(live)):
        return Column(known.name, codes, (None,))
    kinds: dict[int, int] = {}
    merged = [kinds.setdefault(masks.dead(masks.effect(known.name, one)) & live, len(kinds)) for one in stand]
    first = [stand[merged.index(kind)] for kind in range(len(kinds))]
    return Column(known.name, np.array([*merged, len(kinds)], np.int64)[codes], (*first, None))


def _values(known: Fact, array: pa.Array, masks: Masks) -> tuple[list[FactValue], Codes]:
    """Values, and for each row the place of its own among them; the place after the last for null."""
    if pa.types.is_null(array.type):
        return [], np.zeros(len(array), np.int64)
    if known.type == "bool" and pa.types.is_boolean(array.type):
        return [False, True], _filled(pc.cast(array, pa.int64()), 2)
    if known.type == "int" and pa.types.is_integer(array.type):
        stand = masks.sample(known.name)
        places = np.searchsorted(masks.edges(known.name), _filled(_int64(known, array), 0), side="right")
        return stand, np.where(_nulls(array), len(stand), places)
    if known.type == "enum" and _is_text(array.type):
        encoded = pc.dictionary_encode(pc.cast(array, pa.string()))
        words = encoded.dictionary.to_pylist()
        _check_words(known, words, encoded)
        return words, _filled(pc.cast(encoded.indices, pa.int64()), len(words))
    raise BadInput(
        f"The column is of {array.type}, and the fact is {known.wants}.",
        where=f"column {known.name}",
        next="Null is unknown.",
    )


def _int64(known: Fact, array: pa.Array) -> pa.Array:
    try:
        return pc.cast(array, pa.int64())
    except pa.ArrowInvalid as error:
        raise BadInput(
            f"A number is too large: {error}.", where=f"column {known.name}", next="Give 64-bit numbers."
        ) from error


def _check_words(known: Fact, words: Sequence[str], encoded: pa.DictionaryArray) -> None:
    for place, word in enumerate(words):
        if not known.accepts(word):
            row = pc.index(encoded.indices, place).as_py()
            raise BadInput(
                f"The fact {known.name} is {known.wants}, not {word[:60]!r}.",
                where=f"column {known.name}, row {row} (from 0)",
                next="Null is unknown.",
            )


def _is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain))


def _filled(array: pa.Array, null: int) -> Codes:
    filled: Codes = pc.fill_null(array, null).to_numpy(zero_copy_only=False)
    return filled


def _nulls(array: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    nulls: np.ndarray[Any, np.dtype[np.bool_]] = pc.is_null(array).to_numpy(zero_copy_only=False)
    return nulls


def _combinations(columns: Sequence[Column], rows: int) -> tuple[Codes, int]:
    """For each row the number of its combination of codes, and how many numbers there are."""
    keys, size = np.zeros(rows, np.int64), 1
    for column in columns:
        keys, size = keys * len(column.stand) + column.codes, size * len(column.stand)
        if size > DENSE:
            occurring, keys = np.unique(keys, return_inverse=True)
            size = len(occurring)
    return keys, size
