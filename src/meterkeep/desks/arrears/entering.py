"""From rows of a file to rows of the ledger: no cent is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from meterkeep.desks.arrears.kinds import FileKind, PostingKind
from meterkeep.desks.arrears.models import Account
from meterkeep.desks.arrears.reading.rows import Read, Reject, Row
from meterkeep.desks.customers.queries import batches

WHY: Mapping[str, str] = {
    "unknown_account": "No customer, or more than one, has this account number: import the customer first.",
    "other_customer": "The account stands here under another customer than the register's: a person has to look.",
    "twice": "The account's same due day also stands on another line: which holds is not known.",
    "amount": "The amount is none in dollars and cents, such as 1234.56.",
    "day": "A day is missing, or is none.",
    "due_date": "It has no due date, from which its days are counted.",
    "future": "It tells of a day after the file's own.",
    "account_number": "It has no account number, or one with signs that cannot be printed.",
    "cells": "It has more cells than the header has names.",
    "interest": "It carries interest; no account bears any (CEA-05/5.4).",
}
"""Rule → why in general: what is told where a file comes again, whose own words were not kept."""
Whose = Mapping[str, tuple[str, str]]
"""Account number → customer id, and the digest by which the account is known."""


def sorted_out(
    rows: Iterable[Row], whose: Whose, known: Callable[[Iterable[str]], dict[str, Account]]
) -> tuple[list[Row], list[Reject]]:
    """Rows of accounts that one known customer has, and the others as rejects."""
    rows = list(rows)
    here: dict[str, Account] = {}
    for some in batches({digest for _, digest in whose.values()}):
        here |= known(some)
    kept, rejects = [], []
    for row in rows:
        customer, digest = whose.get(row.number, ("", ""))
        if not customer:
            rejects.append(Reject(row.line, "unknown_account", WHY["unknown_account"], row.cents))
        elif digest in here and here[digest].customer != customer:
            rejects.append(Reject(row.line, "other_customer", WHY["other_customer"], row.cents))
        else:
            kept.append(row)
    return kept, rejects


def figures(read: Read, kept: Sequence[Row], rejects: Sequence[Reject]) -> dict[str, Any]:
    """Of `models.Import`; what a reject says stays with whoever asked."""
    cents_kept, cents_rejected = sum(row.cents for row in kept), sum(one.cents or 0 for one in rejects)
    return {
        "kind": read.kind,
        "format": read.format,
        "mapping": read.mapping,
        "lines": len(read.rows) + len(read.rejects),
        "kept": len(kept),
        "rejected": len(rejects),
        "cents_in": read.cents,
        "cents_kept": cents_kept,
        "cents_rejected": cents_rejected,
        "rejects": [[one.line, one.rule, one.cents] for one in rejects],
    }


def posting(kind: FileKind, row: Row) -> dict[str, Any]:
    """What a row posts. A payment below zero is one that was taken back: it is owed again, from its own day."""
    if kind in {FileKind.OVERDUE, FileKind.RETURNED}:
        return {"kind": PostingKind.STATED, "on": row.on, "due": row.due, "cents": row.cents}
    if kind == FileKind.BILLS:
        billed = PostingKind.BILLED if row.cents > 0 else PostingKind.ADJUSTED
        return {"kind": billed, "on": row.on, "due": row.due, "cents": row.cents}
    paid = PostingKind.PAID if row.cents >= 0 else PostingKind.ADJUSTED
    return {"kind": paid, "on": row.on, "due": None, "cents": -row.cents}
