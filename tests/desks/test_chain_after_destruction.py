"""After a customer was destroyed: their old file still holds, the next epoch counts them, and their chain id leads to nobody."""

import json

import pytest
from desks.test_retention import LEFT, STAYS, TODAY, carry_out, town

from meterkeep.errors import BadInput
from meterkeep.ledger.chains.audit import problems
from meterkeep.ledger.chains.proving import customer_proof
from meterkeep.ledger.verify import verify_file

__all__ = ["town"]


def test_old_proofs_hold_and_the_chain_is_nobody_s(town, gate, home):
    for who in (LEFT, STAYS):
        gate.identify("customer_ref", who, purpose="customer_service", reason="asks", by="analyst", on=TODAY)
    gate.chains.close_epoch(by="officer", on=TODAY)
    before = gate.chains.file_for(town[LEFT], on=TODAY).text
    chain = json.loads(before)["chain"]
    carry_out(gate, home)
    gate.chains.close_epoch(by="officer", on=TODAY)
    keys = (gate.journal.folder / "public-key").read_text()
    assert verify_file(before, keys, chain=chain)
    after = customer_proof(gate.journal, chain, on=TODAY.isoformat()).text
    assert verify_file(after, keys, earlier=before) and "destruction.delivered" in after
    with pytest.raises(BadInput, match="no such customer"):
        gate.chains.file_for(town[LEFT], on=TODAY)
    assert verify_file(gate.chains.file_for(town[STAYS], on=TODAY).text, keys)
    assert list(problems(gate.journal.folder, gate.log_size)) == []
    for name in ("heads", "sets"):
        for path in (gate.journal.folder / "chains").rglob(name):
            assert not path.is_file() or town[LEFT].encode() not in path.read_bytes()
