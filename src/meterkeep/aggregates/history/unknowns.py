"""What an attacker looks for: what each customer used in each slot, and the released rows as sums of it.

An *unknown* is what one customer, or one part of a customer whose load lies in several cells, used in one slot. Unknowns of
the same rows are one atom. Everything here is numpy; a million customers in thousands of rows take seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from meterkeep.aggregates.audit.system import System, numbered, same_rows
from meterkeep.aggregates.history.crossing import FAR, Span, crossing, tightened
from meterkeep.aggregates.history.slots import covered, slots
from meterkeep.aggregates.loads import Bools, Int64s, Period
from meterkeep.aggregates.register import FORGOTTEN, PastRow, keyed, loads_of, parts_of

UNSAID = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Unknowns:
    """Of each unknown: its owner, its slot, the most that it can be (FORGOTTEN where nobody knows), whether it is exactly
    that, and its atom. entry_row, entry: which row has which unknown; member: which member it is of all; load: of that member in all
    of the row's period."""

    cut: list[Period]
    owner: Int64s
    slot: Int64s
    most: Int64s
    exact: Bools
    atom: Int64s
    entry_row: Int64s
    entry: Int64s
    member: Int64s
    load: Int64s

    @property
    def used(self) -> Bools:
        """Whether somebody may have used something: of nobody else is a figure."""
        found: Bools = self.most != 0
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Entries:
    """Of each member of each row in each slot of the row: the row, its measure, which member it is of all, who, what part, the slot,
    the load in all of the row's period, whether that is all of the slot's, and whether it is forgotten but for that it was nothing."""

    row: Int64s
    measure: Int64s
    member: Int64s
    owner: Int64s
    part: Int64s
    slot: Int64s
    load: Int64s
    whole: Bools
    absent: Bools


def unknowns(rows: Sequence[PastRow], aside: Sequence[PastRow] = ()) -> Unknowns:
    """aside: rows that are not public, of which only the loads count, where `rows` do not know them."""
    cut = slots(row.period for row in rows)
    entries = _entries([*rows, *aside], cut)
    parts, width = int(entries.part.max(initial=0)) + 1, max(len(cut), 1)
    code = (entries.owner * parts + entries.part) * width + entries.slot
    mine = entries.row < len(rows)
    found, entry = (each.astype(np.int64) for each in numbered(code[mine].astype(np.uint64)))
    most, exact = _loads(entries, code, mine, found)
    return Unknowns(
        cut=cut,
        owner=found // (parts * width),
        slot=found % width,
        most=most,
        exact=exact,
        atom=same_rows(entry, entries.row[mine], customers=len(found)) if len(found) else found,
        entry_row=entries.row[mine],
        entry=entry,
        member=entries.member[mine],
        load=entries.load[mine],
    )


def without_absent(found: Unknowns) -> Unknowns:
    """Less those who are known to have used nothing in a slot of a longer figure, unless a figure of that slot counts them: who moved in
    in March is in the figure of the quarter, and whoever knows that takes nothing of January for theirs. They would otherwise loosen the
    bounds of all others."""
    slots = np.bincount(found.member, minlength=int(found.member.max(initial=-1)) + 1)
    counted = np.zeros(len(found.owner), bool)
    counted[found.entry[slots[found.member] == 1]] = True
    kept = (found.most != 0) | counted
    if kept.all():
        return found
    number, inside = np.cumsum(kept) - 1, kept[found.entry]
    row, entry = found.entry_row[inside], number[found.entry[inside]]
    return Unknowns(
        cut=found.cut,
        owner=found.owner[kept],
        slot=found.slot[kept],
        most=found.most[kept],
        exact=found.exact[kept],
        atom=same_rows(entry, row, customers=int(kept.sum())) if kept.any() else found.atom[kept],
        entry_row=row,
        entry=entry,
        member=found.member[inside],
        load=found.load[inside],
    )


def _entries(rows: Sequence[PastRow], cut: Sequence[Period]) -> _Entries:
    spans = [covered(row.period, cut) for row in rows]
    row = np.repeat(np.arange(len(rows)), [len(each.members) for each in rows])
    owner = numbered(_joined([each.members for each in rows], np.uint64))[1]
    part = numbered(_joined([parts_of(each) for each in rows], np.uint64))[1]
    load = _joined([loads_of(each) for each in rows], np.int64)
    times = np.array([len(span) for span in spans], np.int64)[row]
    first = np.array([span.start for span in spans], np.int64)[row]
    whole = [
        len(span) == 1 and cut[span.start] == each.period for span, each in zip(spans, rows, strict=True)
    ]
    at = np.repeat(np.arange(len(row)), times)
    step = np.arange(len(at)) - np.repeat(np.cumsum(times) - times, times)
    named = sorted({each.measure for each in rows})
    measure = np.array([named.index(each.measure) for each in rows], np.int64)[row]
    return _Entries(
        row[at],
        measure[at],
        at,
        owner[at],
        part[at],
        first[at] + step,
        load[at],
        np.array(whole, bool)[row][at],
        _absent(rows, cut, at, first[at] + step),
    )


def _absent(rows: Sequence[PastRow], cut: Sequence[Period], member: Int64s, slot: Int64s) -> Bools:
    found = np.zeros(len(member), bool)
    ends = np.cumsum([0, *(len(row.members) for row in rows)])
    for row, start in zip(rows, ends.tolist(), strict=False):
        for period, keys in row.absent:
            span = covered(period, cut)
            whom = start + np.flatnonzero(np.isin(keyed(row), np.array(keys, np.uint64)))
            found |= np.isin(member, whom) & (slot >= span.start) & (slot < span.stop)
    return found


def _joined(arrays: Sequence[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate(arrays) if arrays else np.empty(0, kind)


def _loads(entries: _Entries, code: Int64s, mine: Bools, found: Int64s) -> tuple[Int64s, Bools]:
    """The least that is known to be the most of each unknown, and whether it is exactly that. Energy from the grid is not taken off
    energy to it: each measure is told by itself, and of several the least counts."""
    place = np.clip(np.searchsorted(found, code), 0, max(len(found) - 1, 0))
    said = (entries.load != FORGOTTEN) & (found[place] == code) if len(found) else np.zeros(0, bool)
    most, exact = np.full(len(found), UNSAID, np.int64), np.zeros(len(found), bool)
    for measure in np.unique(entries.measure[mine]).tolist():
        of = entries.measure == measure
        asked = np.zeros(len(found), bool)
        asked[place[mine & of]] = True
        its, sure = _of_one(entries, place, mine, said & of & asked[place], len(found))
        its[place[mine & of & entries.absent]] = 0
        exact = np.where(its == most, exact | sure, np.where(its < most, sure, exact))
        most = np.minimum(most, its)
    return np.where(most == UNSAID, FORGOTTEN, most), exact


def _of_one(
    entries: _Entries, place: Int64s, mine: Bools, said: Bools, unknowns: int
) -> tuple[Int64s, Bools]:
    """The same of one measure, from what `said` says of it; where the rows say nothing themselves, what others do."""
    most, exact = np.full(unknowns, UNSAID, np.int64), np.zeros(unknowns, bool)
    for where in (mine & said, ~mine & said):
        fresh = where & (most[place] == UNSAID)
        np.minimum.at(most, place[fresh], entries.load[fresh])
        exact[place[fresh & entries.whole]] = True
    _take_off(entries, place, said & ~entries.whole, most, exact)
    _take_off_longer(entries, place, said & ~entries.whole, most, exact)
    _take_off_crossing(entries, place, said & ~entries.whole, most, exact)
    return most, exact


def _take_off(entries: _Entries, place: Int64s, where: Bools, most: Int64s, exact: Bools) -> None:
    """What a longer period leaves for a slot once its other slots are taken off; exactly that where nothing else is in it."""
    members, at = np.unique(entries.member[where], return_inverse=True)
    unknown, left = place[where], np.zeros(len(members), np.int64)
    told = exact[unknown]
    left[at] = entries.load[where]
    np.subtract.at(left, at[told], most[unknown[told]])
    np.minimum.at(most, unknown[~told], np.maximum(left, 0)[at[~told]])
    elsewhere = np.bincount(entries.member)[members] - np.bincount(at, minlength=len(members))
    alone = ~told & (np.bincount(at[~told], minlength=len(members)) + elsewhere == 1)[at]
    exact[unknown[alone]] = True


def _take_off_longer(entries: _Entries, place: Int64s, where: Bools, most: Int64s, exact: Bools) -> None:
    """The same once shorter periods of several slots are taken off, too: what somebody used in a quarter may be known, and of none of its
    months. From the longest inside on, none over another."""
    loads = _spans(entries, place, where)
    for outer, (who, load, unknown) in loads.items():
        inside = [each for each in loads if each[1] < outer[1] and _within(each, outer)]
        if not inside:
            continue
        left, covered = load.copy(), np.zeros(unknown.shape, bool)
        for each in inside:
            its, told, _ = loads[each]
            at = np.clip(np.searchsorted(its, who), 0, len(its) - 1)
            span = slice(each[0] - outer[0], each[0] - outer[0] + each[1])
            free = (its[at] == who) & ~covered[:, span].any(axis=1)
            left[free] -= told[at[free]]
            covered[free, span] = True
        sure = ~covered & exact[unknown]
        left -= np.where(sure, most[unknown], 0).sum(axis=1)
        rest = ~covered & ~sure
        np.minimum.at(most, unknown[rest], np.repeat(np.maximum(left, 0), rest.sum(axis=1)))


def _take_off_crossing(entries: _Entries, place: Int64s, where: Bools, most: Int64s, exact: Bools) -> None:
    """What periods leave for a slot that share a part without one lying in the other."""
    spans = _spans(entries, place, where)
    pairs = list(crossing([*spans]))
    who = [np.intersect1d(spans[one][0], spans[other][0]) for one, other in pairs]
    them = np.unique(np.concatenate(who)) if who else np.empty(0, np.int64)
    if not len(them):
        return
    unknown = np.full((len(them), max(first + many for first, many in spans)), -1, np.int64)
    loads = {}
    for span, (its, load, own) in spans.items():
        at = np.flatnonzero(np.isin(its, them))
        mine = np.searchsorted(them, its[at])
        loads[span] = np.full(len(them), FORGOTTEN, np.int64)
        loads[span][mine] = load[at]
        unknown[mine[:, None], np.arange(span[0], sum(span))] = own[at]
    there = unknown >= 0
    left = tightened(
        np.where(there, np.minimum(most[unknown], FAR), FAR),
        there & exact[unknown] & (most[unknown] < FAR),
        loads,
    )
    np.minimum.at(most, unknown[there & (left < FAR)], left[there & (left < FAR)])


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[0] + inner[1] <= outer[0] + outer[1]


def _spans(entries: _Entries, place: Int64s, where: Bools) -> dict[Span, tuple[Int64s, Int64s, Int64s]]:
    """Of each period of several slots, the longest first: the customers or parts that `where` has in it, in order, what each used there,
    and their unknowns, a column for each slot."""
    at = np.flatnonzero(where)
    at = at[np.lexsort((entries.slot[at], entries.member[at]))]
    first, times = np.unique(entries.member[at], return_index=True, return_counts=True)[1:]
    all_there = times == np.bincount(entries.member)[entries.member[at[first]]]
    first, times = first[all_there], times[all_there]
    start, parts = entries.slot[at[first]], int(entries.part.max(initial=0)) + 1
    found = {}
    for span in sorted(
        {*zip(start.tolist(), times.tolist(), strict=True)}, key=lambda each: (-each[1], each[0])
    ):
        heads = first[(start == span[0]) & (times == span[1])]
        who = entries.owner[at[heads]] * parts + entries.part[at[heads]]
        who, once = np.unique(who, return_index=True)
        heads = heads[once]
        if span[1] > 1:
            found[span] = (who, entries.load[at[heads]], place[at[heads[:, None] + np.arange(span[1])]])
    return found


def system_of(known: Unknowns, *, rows: int) -> System:
    """The system of the rows, in which a customer counts once wherever they stand, and who used nothing not at all."""
    atoms = int(known.atom.max(initial=-1)) + 1
    width = max(atoms, 1)
    pairs = np.unique(known.entry_row * width + known.atom[known.entry])
    ends = np.searchsorted(pairs, np.arange(rows + 1) * width)
    made = tuple(pairs[start:end] % width for start, end in pairwise(ends.tolist()))
    held = np.unique((known.owner * width + known.atom)[known.used])
    owner, atom = held // width, held % width
    weight = np.bincount(atom, minlength=atoms)
    if len(np.unique(owner)) == len(owner):
        return System(made, weight)
    return System(made, weight, *_kinds(owner, atom, atoms))


def _kinds(owner: Int64s, atom: Int64s, atoms: int) -> tuple[tuple[frozenset[int], ...], tuple[int, ...]]:
    """Customers who stand in the same atoms are of one kind: the kinds of each atom, and the customers of each kind."""
    owners = np.unique(owner, return_inverse=True)[1]
    kind = same_rows(owners, atom, customers=int(owners.max()) + 1)
    crowd = np.bincount(kind)
    pairs = np.unique(atom * len(crowd) + kind[owners])
    of: list[set[int]] = [set() for _ in range(atoms)]
    for pair in pairs.tolist():
        of[pair // len(crowd)].add(pair % len(crowd))
    return tuple(frozenset(each) for each in of), tuple(crowd.tolist())
