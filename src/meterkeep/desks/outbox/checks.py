from __future__ import annotations

from collections.abc import Callable

from meterkeep.desks.outbox import queries
from meterkeep.errors import Refused


def check_continued(find: Callable[[str], int | None]) -> None:
    """The log holds the last act that the database has seen there. find: an event's id → its index in the log.

    A log that was set back, or begun anew, is otherwise as sound as any: only those who knew more of it can tell.
    """
    last = queries.last_in_log()
    if last and find(last.id) != last.index:
        raise Refused(
            f"The log lacks what it held: the database knows it up to entry {last.index}.",
            where="ledger",
            next="Restore the log as it was last; keep this one, and run `meterkeep ledger verify` on both.",
        )
