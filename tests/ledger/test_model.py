"""Whatever order things happen in: every old checkpoint is continued, every acknowledged entry can be proven."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from meterkeep.ledger import Entry, FileSigner, Journal, check_proof, prove
from meterkeep.ledger.frames import frame
from meterkeep.ledger.verification import verify

NAMES = st.sampled_from(["policy.adopted", "access.intent", "disclosure.delivered"])
WHO = st.lists(st.integers(0, 5).map(lambda number: f"{number:032x}"), max_size=3, unique=True)


class Log(RuleBasedStateMachine):
    """The model is a list of entries; crashes take away or cut what is derived or unacknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.folder = self.home / "ledger"
        self.signer = FileSigner.create(self.home / "keys")
        self.journal = Journal.open(self.folder, signer=self.signer)
        self.model: list[Entry] = []
        self.checkpoints: list[str] = []

    def teardown(self) -> None:
        self.journal.close()
        shutil.rmtree(self.home)

    @rule(
        names=st.lists(NAMES, min_size=1, max_size=4), who=WHO, copies=st.integers(1, 90), again=st.booleans()
    )
    def append(self, names: list[str], who: list[str], copies: int, again: bool) -> None:
        new = [
            Entry(name=name, at="2026-03-01T09:30:00Z", on="2026-03-01", subjects=who)
            for name in names * copies
        ]
        repeated = self.model[:1] if again else []
        start = len(self.model)
        self.model += new
        assert self.journal.append([*repeated, *new]) == [
            *range(len(repeated)),
            *range(start, len(self.model)),
        ]

    @rule(copies=st.integers(1, 90))
    def another_process_appends_twice_in_a_row(self, copies: int) -> None:
        """The second batch comes while the first may not be indexed yet, and repeats one of it."""
        other = Journal.open(self.folder, signer=self.signer)
        for _ in range(2):
            new = [
                Entry(name="policy.adopted", at="2026-03-01T09:30:00Z", on="2026-03-01")
                for _ in range(copies)
            ]
            self.model += new
            assert (
                other.append([self.model[-copies - 1], *new] if self.model[copies:] else new)[-1]
                == len(self.model) - 1
            )
        other.close()

    @rule()
    def keep_checkpoint(self) -> None:
        self.checkpoints.append(self.journal.checkpoint())

    @rule(
        torn=st.binary(min_size=1, max_size=40).map(lambda data: b"".join(frame([data]))),
        cut=st.integers(1, 50),
    )
    def crash_in_the_middle_of_a_write(self, torn: bytes, cut: int) -> None:
        self.journal.close()
        with (self.folder / "journal").open("ab") as file:
            file.write(torn[: min(cut, len(torn) - 1)])
        self.reopen()

    @rule(name=st.sampled_from(["index.sqlite3", "tile"]))
    def lose_what_is_derived(self, name: str) -> None:
        self.journal.close()
        path = self.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        self.reopen()

    @precondition(lambda self: self.checkpoints)
    @rule()
    def crash_before_the_checkpoint(self) -> None:
        self.journal.close()
        (self.folder / "checkpoint").write_text(self.checkpoints[-1])
        self.reopen()

    @rule()
    def die_without_closing(self) -> None:
        """What waits for the index is lost with the process; the journal has it."""
        os.close(self.journal._file)
        self.reopen()

    def reopen(self) -> None:
        self.journal = Journal.open(self.folder, signer=self.signer)

    @invariant()
    def everything_acknowledged_is_there(self) -> None:
        assert self.journal.size == len(self.model)
        if self.model:
            assert self.journal.entry(len(self.model) - 1).id == self.model[-1].id
        someone = f"{1:032x}"
        expected = [(i, entry.id) for i, entry in enumerate(self.model) if someone in entry.subjects]
        assert [(i, entry.id) for i, entry in self.journal.for_subject(someone)] == expected

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def prove_any(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.model) - 1))
        entry = self.journal.entry_bytes(index)
        assert (
            check_proof(prove(self.folder, index), entry, (self.folder / "public-key").read_text()) == index
        )

    @rule()
    def verify_against_every_older_checkpoint(self) -> None:
        for older in [None, *self.checkpoints]:
            found = verify(self.folder, older=older)
            assert (found.problems, found.notes, found.size) == ([], [], len(self.model))


SETTINGS = settings(max_examples=5, stateful_step_count=15, deadline=None)


@pytest.mark.parametrize("large", [1, 20, 10_000])
def test_the_log_is_its_model_however_late_the_index_is(monkeypatch: pytest.MonkeyPatch, large: int) -> None:
    """large: from how many entries on a batch is indexed later."""
    monkeypatch.setattr("meterkeep.ledger.journal._LARGE", large)
    monkeypatch.setattr("meterkeep.ledger.journal._MOST_AHEAD", 150)
    run_state_machine_as_test(Log, settings=SETTINGS)
