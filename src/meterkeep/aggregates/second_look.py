"""The independent check of a release at its publication: the register's rows, cut into parts, given to the dense checker.

Nothing of the audit is used here. Rows that share no unknown (what a customer, or a part of one, used in a slot) tell nothing about
each other, so each part is checked by itself, and parts without a new figure were checked when they were published. The dense
checker takes parts up to a size; whatever it could not check is said, with its size, and never counted as checked.

Shares are bounded in each period and each time between two edges, over all premises (`dense_windows`). Where a customer's use
is not known exactly, the bound has to be wide enough for the most that it can be, and speaks against the release only where it is too
narrow for the least. Not looked at: shares of customers whose use in a time is forgotten, so that nothing says a most. Where customers of several premises, or of several measures over nested periods, make a small group
possible, the part is said to be open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final, TypedDict

import numpy as np
import numpy.typing as npt

from meterkeep.aggregates.dense_bounds import most, unwitnessed
from meterkeep.aggregates.dense_checker import lightest_group
from meterkeep.aggregates.dense_rows import TooLarge
from meterkeep.aggregates.dense_windows import Asked, Entries, asked
from meterkeep.aggregates.register import FORGOTTEN, PastRow, keyed, loads_of, parts_of, same, tells_about
from meterkeep.aggregates.rule import MILLION, Rule

Ints = npt.NDArray[np.int64]
WORK: Final = 6_000_000_000
"""Of each question about a part: numbers that the dense checker may touch, some two minutes."""
_SURELY: Final = 1e-6
"""By how much of it a bound of the linear program has to miss the least that is needed, to be no rounding."""


class Independent(TypedDict):
    """verdict: agrees, or partly where something could not be checked. figures: new and past ones of the parts with new figures.
    too_large: figures of each part that was not checked. open_groups: parts in which a small group could not be excluded.
    open_bounds: atoms whose bound could not be shown to be wide enough. not_bounded: customers whose share was not looked at
    in some time, since nothing says any more how much they can have used there."""

    checker: str
    verdict: str
    figures: int
    parts: int
    too_large: list[int]
    open_groups: int
    open_bounds: int
    not_bounded: int


@dataclass(frozen=True, slots=True)
class SecondLook:
    """found: what speaks against publication, one sentence each."""

    found: tuple[str, ...]
    said: Independent


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """rows: of the system. members: of each atom, its customers. alone: whether a customer stands in this atom only. most, total:
    the largest load and all of them; FORGOTTEN where one is not known."""

    rows: list[list[int]]
    values: list[int]
    all_users: list[int]
    own_users: list[int]
    most: list[int]
    total: list[int]
    shared: int


def second_look(new: Sequence[PastRow], past: Iterable[PastRow], rule: Rule) -> SecondLook:
    """new: what is to be published, of one measure. past: all that was ever public. rule: where classes have their own, the
    laxest is what every figure is held to here."""
    lax = laxest(rule)
    rows = _distinct([*new, *(row for row in past if _beside(row, new))])
    said = Independent(
        checker="dense 2: kernel and linear program",
        verdict="agrees",
        figures=0,
        parts=0,
        too_large=[],
        open_groups=0,
        open_bounds=0,
        not_bounded=0,
    )
    found: list[str] = []
    for numbers in _parts(rows, fresh=len(_distinct(new))):
        said["figures"] += len(numbers)
        said["parts"] += 1
        found += _look([rows[at] for at in numbers], lax, {row.measure for row in new}, said)
    if said["too_large"] or said["open_groups"] or said["open_bounds"] or said["not_bounded"]:
        said["verdict"] = "partly"
    return SecondLook(tuple(found), said)


def _beside(row: PastRow, new: Sequence[PastRow]) -> bool:
    about = {(each.family, each.measure) for each in new}
    return any(row.family == family and tells_about(measure, row.measure) for family, measure in about)


def laxest(rule: Rule) -> Rule:
    """The fewest customers and the largest share that any class is held to."""
    each = [one for _, one in rule.classes] or [rule]
    share, at_most = max((one.share_ppm, not one.strict) for one in each)
    return Rule(min(one.minimum_customers for one in each), share, strict=not at_most)


def _distinct(rows: Sequence[PastRow]) -> list[PastRow]:
    """Each sum once: the same again tells nothing."""
    found: dict[tuple[Any, ...], list[PastRow]] = {}
    for row in rows:
        alike = found.setdefault((row.period, row.measure, len(row.members), row.members.tobytes()), [])
        if not any(same(row, other) for other in alike):
            alike.append(row)
    return [row for alike in found.values() for row in alike]


def _parts(rows: Sequence[PastRow], *, fresh: int) -> list[list[int]]:
    """Numbers of rows that hang together by unknowns, where one of them is new; the new ones come first."""
    _, row, unknown = _entries(rows)
    label = np.arange(len(rows))
    while True:
        least = np.full(int(unknown.max(initial=-1)) + 1, len(rows))
        np.minimum.at(least, unknown, label[row])
        after = label.copy()
        np.minimum.at(after, row, least[unknown])
        if np.array_equal(after, label):
            break
        label = after
    return [np.flatnonzero(label == name).tolist() for name in np.unique(label[:fresh]).tolist()]


def _entries(rows: Sequence[PastRow]) -> tuple[Ints, Ints, Ints]:
    """Of each unknown in each row: its owner, the row, and the unknown's number."""
    edges = sorted({edge for row in rows for edge in row.period})
    owners = np.unique(np.concatenate([row.members for row in rows]), return_inverse=True)[1]
    parts = np.unique(np.concatenate([parts_of(row) for row in rows]), return_inverse=True)[1]
    ends = np.cumsum([0, *(len(row.members) for row in rows)]).tolist()
    pieces = []
    for at, (row, (start, end)) in enumerate(zip(rows, pairwise(ends), strict=True)):
        slots = np.arange(edges.index(row.period[0]), edges.index(row.period[1]))
        who = np.repeat(np.stack([owners[start:end], parts[start:end]]), len(slots), axis=1)
        pieces.append(np.vstack([who, np.tile(slots, end - start), np.full(who.shape[1], at)]))
    owner, part, slot, row_of = np.hstack(pieces)
    width, deep = int(part.max(initial=0)) + 1, len(edges)
    unknown = np.unique((owner * width + part) * deep + slot, return_inverse=True)[1]
    return owner, row_of, unknown


def _look(rows: Sequence[PastRow], rule: Rule, measures: set[str], said: Independent) -> list[str]:
    """One part: its counts over all measures, its bounds over the new figures' own. What was found before it got too large counts."""
    part = _part(rows)
    mine = [row for row in rows if row.measure in measures]
    found: list[str] = []
    try:
        look = _asked(mine)
        found += _counts(part, look if len(mine) == len(rows) else None, rule, said)
        found += _bounds(look, rule, said)
    except TooLarge as end:
        said["too_large"].append(len(rows))
        if end.group is not None:
            found.append(_group(end.group, rule))
    return found


def _counts(part: _Part, look: Asked | None, rule: Rule, said: Independent) -> list[str]:
    """Customers in several atoms are first counted in none, then, where that leaves a small group, in each of one time, and in each of
    all. look: of the same rows, where these are of one measure."""
    k = rule.minimum_customers
    if not part.shared:
        least = lightest_group(part.rows, part.own_users, below=k, work=WORK)
        return [] if least is None else [_group(least, rule)]
    if not _surely_enough(part, k):
        least = lightest_group(part.rows, part.all_users, below=k, work=WORK)
        if least is not None:
            return [_group(least, rule)]
        said["open_groups"] += not (look and _each_time(look, k))
    return []


def _each_time(look: Asked, k: int) -> bool:
    """Whether no time by itself tells about too few: then all together do not, either."""
    try:
        return bool(look.times) and all(
            lightest_group(rows, users, below=k, work=WORK) is None for rows, users in look.times
        )
    except TooLarge:
        return False


def _surely_enough(part: _Part, k: int) -> bool:
    """A search that was not ended excludes nothing."""
    try:
        return lightest_group(part.rows, part.own_users, below=k, work=WORK) is None
    except TooLarge:
        return False


def _group(customers: int, rule: Rule) -> str:
    return f"a group of {customers} customers can be derived; the rule asks for at least {rule.minimum_customers}"


def _bounds(part: Asked, rule: Rule, said: Independent) -> list[str]:
    said["not_bounded"] += part.unknown
    least, surely_least = (
        [_least_total(largest, rule) if largest > 0 else 0 for largest in each]
        for each in (part.most, part.sure)
    )
    have = [total if need else 0 for total, need in zip(part.total, least, strict=True)]
    failed = unwitnessed(part.rows, part.values, least, have, work=WORK)
    surely = [
        atom
        for atom in failed
        if surely_least[atom]
        and most(part.rows, part.values, atom, work=WORK) < surely_least[atom] * (1 - _SURELY)
    ]
    said["open_bounds"] += len(failed) - len(surely)
    return [f"{len(surely)} customers can be bounded more closely than the rule allows"] if surely else []


def _asked(rows: Sequence[PastRow]) -> Asked:
    edges = sorted({edge for row in rows for edge in row.period})
    spans = [(edges.index(row.period[0]), edges.index(row.period[1])) for row in rows]
    sizes = [(end - start) * len(row.members) for row, (start, end) in zip(rows, spans, strict=True)]
    owners = np.unique(np.concatenate([row.members for row in rows]), return_inverse=True)[1]
    mixed = np.unique(
        np.stack(
            [owners, np.unique(np.concatenate([parts_of(row) for row in rows]), return_inverse=True)[1]]
        ),
        axis=1,
        return_inverse=True,
    )[1].ravel()
    times = np.repeat([end - start for start, end in spans], [len(row.members) for row in rows])
    at = np.repeat(np.arange(len(owners)), times)
    first = np.repeat([start for start, _ in spans], [len(row.members) for row in rows])
    slot = first[at] + np.arange(len(at)) - np.repeat(np.cumsum(times) - times, times)
    load = np.concatenate([loads_of(row) for row in rows])[at]
    row_of = np.repeat(np.arange(len(rows)), sizes)
    absent = _absent(rows, edges, at, slot)
    return asked(
        Entries(owners[at], mixed[at], row_of, slot, load, absent), spans, [row.value for row in rows]
    )


def _absent(
    rows: Sequence[PastRow], edges: Sequence[date], member: Ints, slot: Ints
) -> npt.NDArray[np.bool_]:
    """Where it was kept of a member whose load is forgotten that they used nothing."""
    found, start = np.zeros(len(member), bool), 0
    for row in rows:
        for period, keys in row.absent:
            whom = start + np.flatnonzero(np.isin(keyed(row), np.array(keys, np.uint64)))
            inside = [at for at, edge in enumerate(edges[:-1]) if period[0] <= edge < period[1]]
            found |= np.isin(member, whom) & np.isin(slot, inside)
        start += len(row.members)
    return found


def _least_total(most: int, rule: Rule) -> int:
    """The smallest total of which `most` is small enough a part."""
    if rule.strict:
        return MILLION * most // rule.share_ppm + 1
    return -(-MILLION * most // rule.share_ppm)


def _part(rows: Sequence[PastRow]) -> _Part:
    owner, row_of, unknown = _entries(rows)
    ends = np.bincount(row_of, minlength=len(rows)).tolist()
    load = np.concatenate(
        [np.repeat(loads_of(row), size // max(len(row.members), 1)) for row, size in zip(rows, ends, strict=True)]
    )  # fmt: skip
    atom = _atoms(row_of, unknown, len(rows))
    pairs = np.unique(np.stack([row_of, atom[unknown]]), axis=1)
    made: list[list[int]] = [[] for _ in rows]
    for at, each in pairs.T.tolist():
        made[at].append(each)
    held = np.unique(np.stack([atom[unknown], owner])[:, load != 0], axis=1)
    several = np.bincount(held[1], minlength=int(owner.max(initial=0)) + 1) > 1
    width = int(atom.max(initial=-1)) + 1
    most, total = _loads(atom, unknown, owner, load, several, width)
    return _Part(
        rows=made,
        values=[row.value for row in rows],
        all_users=np.bincount(held[0], minlength=width).tolist(),
        own_users=np.bincount(held[0], ~several[held[1]], minlength=width).astype(np.int64).tolist(),
        most=most,
        total=total,
        shared=int(several.sum()),
    )


def _atoms(row_of: Ints, unknown: Ints, rows: int) -> Ints:
    """The atom of each unknown: those that stand in the same rows, by the sum of two random numbers for each row."""
    marks = np.random.default_rng(20260101).integers(1, 2**62, (2, rows), dtype=np.int64)
    signature = np.zeros((2, int(unknown.max(initial=-1)) + 1), np.int64)
    for number in range(2):
        np.add.at(signature[number], unknown, marks[number, row_of])
    found: Ints = np.unique(signature, axis=1, return_inverse=True)[1].ravel()
    return found


def _loads(
    atom: Ints, unknown: Ints, owner: Ints, load: Ints, several: npt.NDArray[np.bool_], width: int
) -> tuple[list[int], list[int]]:
    """Of each atom the largest load of a customer who stands in no other, and all of them; 0 and 0 where one is not known."""
    first = np.unique(unknown, return_index=True)[1]
    at, loads, who = atom[unknown[first]], load[first], owner[first]
    most, total = np.zeros(width, np.int64), np.zeros(width, np.int64)
    np.maximum.at(most, at, np.where(several[who], 0, loads))
    np.add.at(total, at, loads)
    dark = np.zeros(width, bool)
    dark[at[loads == FORGOTTEN]] = True
    most[dark], total[dark] = 0, 0
    return most.tolist(), total.tolist()
