"""A table of customers' loads, and the groups that its columns make of them.

Everything per row is numpy; Python only ever walks over groups.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.errors import BadInput

Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
Period = tuple[date, date]
"""First day and the day after the last."""

LARGEST_CODE = 2**62
KEY_BYTES = range(16, 65)
LASTING = np.uint64(1)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Some customers' load in one period, as one sum.

    members: sorted anonymous atoms, one per customer, or one per part of a customer whose load is split; parts: which part, 0
    for the whole; loads: of each. customers: legal customers; contributors: those whose load is not zero; largest: of one
    customer; negatives: rows below zero.
    """

    keys: tuple[str, ...]
    period: Period
    members: UInt64s
    parts: UInt64s
    loads: Int64s
    customers: int
    contributors: int
    value: int
    largest: int
    negatives: int


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A dimension: one code per row, one name per code."""

    codes: Int64s
    names: list[str]


@dataclass(frozen=True, slots=True, eq=False)
class Loads:
    """The table as equally long columns. customer is a code; atoms holds the atom of each code, ascending. part: of the
    customer, 0 for the whole; known: atoms of customers whose loads the recipient knows, in the table or not."""

    dimensions: dict[str, Column]
    customer: Int64s
    atoms: UInt64s
    part: UInt64s
    value: Int64s
    known: UInt64s

    def __len__(self) -> int:
        return len(self.value)


def read_loads(
    table: pa.Table,
    *,
    by: Sequence[str],
    within: Sequence[str],
    measure: str,
    key: bytes | None,
    part: str | None,
    known_to: Sequence[object] = (),
) -> Loads:
    """within: the column of the periods, if one of `by` is. part: the column that tells a customer's premises apart.

    Raises BadInput for a missing column, a missing value, a measure that is not whole numbers or too large to sum.
    """
    table = _plain(table, [*by, "customer", measure, *([part] if part else [])])
    named = _encode(table["customer"])
    codes, atoms = _atoms(table, customer=named, key=key)
    dimensions = {name: _encode(table[name]) for name in by}
    return Loads(
        dimensions=dimensions,
        customer=codes,
        atoms=atoms,
        part=_parts(codes, dimensions, within=within, premise=_encode(table[part]) if part else None),
        value=_whole_numbers(table[measure], name=measure),
        known=np.unique(_atoms_of([str(one) for one in known_to], numbers=_are_numbers(table), key=key)),
    )


def _plain(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """The named columns, complete and without dictionaries."""
    missing = [name for name in names if name not in table.column_names]
    if missing:
        raise BadInput(
            f"The table has no column {missing[0]!r}.",
            next=f"Its columns are {', '.join(table.column_names)}.",
        )
    return pa.table({name: _complete(table[name], name=name) for name in names})


def _complete(column: pa.ChunkedArray, *, name: str) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if column.null_count:
        raise BadInput(
            f"{column.null_count} rows have no {name}: unknown is not a group, and not zero.",
            where=f"column {name}",
            next="Give them a category of their own, or leave those customers out and say so.",
        )
    return column


def _encode(column: pa.ChunkedArray) -> Column:
    """Codes in the order of the names, so that the order of the rows changes nothing."""
    encoded = pc.dictionary_encode(column.combine_chunks())
    names = [str(name) for name in encoded.dictionary.to_pylist()]
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    return Column(rank[codes], [names[i] for i in order])


def _whole_numbers(column: pa.ChunkedArray, *, name: str) -> Int64s:
    if not pa.types.is_integer(column.type):
        raise BadInput(
            f"The measure must be whole numbers, and {name} is {column.type}.",
            where=f"column {name}",
            next="Give it in a smaller unit, for example Wh or cents.",
        )
    try:
        values: Int64s = column.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        raise _too_large(name) from None
    if len(values) and max(int(values.max()), -int(values.min())) * len(values) >= LARGEST_CODE:
        raise _too_large(name)
    return values


def _too_large(name: str) -> BadInput:
    return BadInput(
        "The values are too large to add up exactly.", where=f"column {name}", next="Use a larger unit."
    )


def _atoms(table: pa.Table, *, customer: Column, key: bytes | None) -> tuple[Int64s, UInt64s]:
    """A code per row and the atom of each code, in ascending order of the atoms."""
    return _ascending(customer.codes, _atoms_of(customer.names, numbers=_are_numbers(table), key=key))


def _are_numbers(table: pa.Table) -> bool:
    return bool(pa.types.is_integer(table["customer"].type))


def _atoms_of(names: Sequence[str], *, numbers: bool, key: bytes | None) -> UInt64s:
    if numbers:
        return np.array([int(name) % 2**64 for name in names], dtype=np.uint64)
    if key is None or len(key) not in KEY_BYTES:
        raise BadInput(
            f"Customers are kept as anonymous numbers, which takes a secret key of {KEY_BYTES[0]} to {KEY_BYTES[-1]} bytes.",
            next="Pass `key`, the same for every release of this provider.",
        )
    return _hashed(names, key)


def _hashed(names: Sequence[str], key: bytes = b"") -> UInt64s:
    digests = b"".join(hashlib.blake2b(name.encode(), key=key, digest_size=8).digest() for name in names)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def as_atoms(table: pa.Table, *, key: bytes | None, also: Sequence[object] = ()) -> tuple[pa.Table, UInt64s]:
    """The table with anonymous numbers for its customers, and the numbers of some more. Raises BadInput as `read_loads` does."""
    table = table.set_column(
        table.column_names.index("customer"), "customer", _complete(table["customer"], name="customer")
    )
    named, numbers = _encode(table["customer"]), _are_numbers(table)
    atoms = pa.array(_atoms_of(named.names, numbers=numbers, key=key)[named.codes])
    own = np.unique(_atoms_of([str(one) for one in also], numbers=numbers, key=key))
    return table.set_column(table.column_names.index("customer"), "customer", atoms), own


def _ascending(codes: Int64s, atoms: UInt64s) -> tuple[Int64s, UInt64s]:
    ascending, rank = np.unique(atoms, return_inverse=True)
    return rank.astype(np.int64)[codes], ascending


def _parts(
    customer: Int64s, dimensions: dict[str, Column], *, within: Sequence[str], premise: Column | None
) -> UInt64s:
    """0 where all that a customer used in a period lies in one cell (and at one premise), else the number of the part.

    A part is a premise, whose number has the bit LASTING, since it is the same in every release; or what lies in one cell, where
    no premises are told apart or one lies in several. Parts are unknowns of their own.
    """
    whose = _numbered([customer, *(dimensions[name].codes for name in within)])
    cell = _numbered([column.codes for column in dimensions.values()])
    place = cell if premise is None else premise.codes
    split = _several(whose, cell) | _several(whose, place)
    torn = np.ones_like(split) if premise is None else _several(_numbered([whose, place]), cell)
    parts = np.zeros(len(customer), dtype=np.uint64)
    named = [
        "\0".join(
            [
                *([premise.names[premise.codes[row]]] if premise else []),
                *(column.names[column.codes[row]] for column in dimensions.values() if torn[row]),
            ]
        )
        for row in np.flatnonzero(split).tolist()
    ]
    parts[split] = (_hashed(named) & ~LASTING) | np.where(torn[split], np.uint64(0), LASTING)
    return parts


def _numbered(columns: Sequence[Int64s]) -> Int64s:
    """One number for each combination of codes."""
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes = np.unique(codes * (int(column.max(initial=0)) + 1) + column, return_inverse=True)[1]
    return codes


def _several(whose: Int64s, place: Int64s) -> Bools:
    """Of each row, whether whoever it belongs to has more than one place."""
    places = int(place.max(initial=0)) + 1
    owner = np.unique(whose * places + place) // places
    several: Bools = np.bincount(owner, minlength=int(whose.max(initial=-1)) + 1)[whose] > 1
    return several


def group(
    loads: Loads, *, by: Sequence[str], of: Callable[[tuple[str, ...]], Period], where: Bools
) -> tuple[list[Group], Int64s]:
    """The groups that `by` makes of the rows in `where`, in order of first names, and each row's group or -1.

    of: the period of a group, from its keys.
    """
    found, number = np.unique(_codes(loads, by)[where], return_inverse=True)
    groups = _groups(
        loads, number=number, where=where, keys=[_names(loads, by, int(c)) for c in found], of=of
    )
    index = np.full(len(loads), -1, dtype=np.int64)
    index[where] = number
    return groups, index


def _codes(loads: Loads, by: Sequence[str]) -> Int64s:
    """One number per combination of the columns' codes, the first column most significant."""
    sizes = [len(loads.dimensions[name].names) for name in by]
    if math.prod(sizes) * max(len(loads.atoms), 1) >= LARGEST_CODE:
        raise BadInput("So many combinations cannot be cells of one table.", next="Leave out a dimension.")
    codes = np.zeros(len(loads), dtype=np.int64)
    for name, size in zip(by, sizes, strict=True):
        codes = codes * size + loads.dimensions[name].codes
    return codes


def _names(loads: Loads, by: Sequence[str], code: int) -> tuple[str, ...]:
    names = []
    for name in reversed(by):
        column = loads.dimensions[name]
        code, one = divmod(code, len(column.names))
        names.append(column.names[one])
    return tuple(reversed(names))


def _groups(
    loads: Loads,
    *,
    number: Int64s,
    where: Bools,
    keys: list[tuple[str, ...]],
    of: Callable[[tuple[str, ...]], Period],
) -> list[Group]:
    if not keys:
        return []
    owner, load = _per_customer(number, loads.customer[where], loads.value[where], customers=len(loads.atoms))
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    columns = (
        *_members(number, loads, where),
        np.diff(first, append=len(owner)).tolist(),
        np.add.reduceat(load != 0, first, dtype=np.int64).tolist(),
        np.add.reduceat(load, first).tolist(),
        np.maximum.reduceat(load, first).tolist(),
        np.bincount(number[loads.value[where] < 0], minlength=len(keys)).tolist(),
    )
    return [Group(names, of(names), *rest) for names, *rest in zip(keys, *columns, strict=True)]


def _per_customer(
    number: Int64s, customer: Int64s, value: Int64s, *, customers: int
) -> tuple[Int64s, Int64s]:
    """The rows of one customer in one group merged: the group of each, ascending, and the load of each."""
    pair = number * customers + customer
    order = np.argsort(pair, kind="stable")
    pair = pair[order]
    first = np.flatnonzero(np.diff(pair, prepend=-1))
    return pair[first] // customers, np.add.reduceat(value[order], first)


def _members(number: Int64s, loads: Loads, where: Bools) -> tuple[list[UInt64s], list[UInt64s], list[Int64s]]:
    """Of each group the atoms, ascending, their parts and their loads."""
    customer, part, value = loads.customer[where], loads.part[where], loads.value[where]
    order = np.lexsort((part, customer, number))
    number, customer, part = number[order], customer[order], part[order]
    new = np.ones(len(number), dtype=bool)
    new[1:] = (np.diff(number) != 0) | (np.diff(customer) != 0) | (part[1:] != part[:-1])
    first = np.flatnonzero(new)
    ends = np.flatnonzero(np.diff(number[first], prepend=-1, append=-1))
    columns = (loads.atoms[customer[first]], part[first], np.add.reduceat(value[order], first))
    return tuple([column[start:end] for start, end in pairwise(ends.tolist())] for column in columns)  # type: ignore[return-value]
