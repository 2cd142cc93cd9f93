"""The digest in the log is of exactly what left, and anyone who holds it can compute it again."""

from __future__ import annotations

import hashlib

import pyarrow as pa

from meterkeep.gate.grant import digest_of

TABLE = pa.table({"customer": ["a", "b", None, "d"], "value": [1, None, 3, 4]})


def test_the_digest_of_a_table_is_that_of_its_stream_in_one_batch():
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, TABLE.schema) as writer:
        writer.write_table(TABLE)
    assert digest_of(TABLE) == hashlib.sha256(sink.getvalue()).hexdigest()


def test_neither_chunks_nor_metadata_change_the_digest_but_a_value_does():
    pieces = pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)]).replace_schema_metadata({"made": "now"})
    assert pieces["value"].num_chunks == 2
    assert digest_of(pieces) == digest_of(TABLE) != digest_of(TABLE.slice(0, 3))


def test_a_table_without_rows_and_plain_bytes_have_digests_too():
    assert digest_of(TABLE.slice(0, 0)) == digest_of(TABLE.slice(2, 0)) != digest_of(b"")
    assert digest_of(b"x") == hashlib.sha256(b"x").hexdigest()
