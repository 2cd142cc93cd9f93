"""NEM12, NEM13 and EDI 867 files, written here, all the way into the store: what adds up, what replaces, what stays known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from meterkeep.gate.naming import Names
from meterkeep.readings.formats import open_file
from meterkeep.vault import FileKeys, Vault

JUNE = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture
def vault(tmp_path):
    return Vault.create(tmp_path / "vault", FileKeys.create(tmp_path / "keys"))


@pytest.fixture
def ingest(store, tmp_path, vault):
    """Takes a text in as the `number`th file; every identifier is usage point 5."""

    def take(text, number=1):
        path = tmp_path / f"{number}.txt"
        path.write_text(text)
        file = open_file(path)
        received = datetime(2026, 1, number, tzinfo=UTC)
        names = Names(vault)
        with store.intake(digest=file.sha256, received=received, policy="a" * 64) as intake:
            for block in file.blocks():
                points = np.full(len(file.series), 5, np.int32)
                intake.named(names.of(file))
                intake.add(block, series=file.series, usage_points=points, qualities=file.qualities)
            intake.named(names.of(file))
            return intake.commit()

    return take


@pytest.fixture
def values(store, kit):
    def read(channel="delivered", **how):
        table = store.read(kit.holdings((5, 0, 2**40)), **how).to_pylist()
        return [row["value"] for row in table if row["channel"] == channel]

    return read


def nem12(*days):
    """days: suffix, meter, quality and the value of each of its four intervals of six hours."""
    lines = ["100,NEM12,202407020000,SYNMDP,SYNRET"]
    for suffix, meter, quality, each in days:
        lines.append(f"200,SYN0000001,E1E2,1,{suffix},N1,{meter},Wh,360,")
        lines.append(f"300,20240601,{','.join(map(str, each))},{quality},,,20240602000000,")
    return "\n".join([*lines, "900", ""])


def test_streams_and_exchanged_meters_of_a_nmi_add_up(ingest, values):
    told = ingest(
        nem12(
            ("E1", "SYN-M1", "A", [1, 2, 0, 0]),
            ("E1", "SYN-M2", "A", [0, 0, 3, 4]),
            ("E2", "SYN-M1", "A", [5, 5, 5, 5]),
        )
    )
    assert values() == [6, 7, 8, 9] and told.stored == 12
    assert [each.sum for each in told.series] == ["3", "7", "20"]


def test_equal_streams_of_a_nmi_are_no_repetition(ingest, values):
    told = ingest(nem12(("E1", "SYN-M1", "A", [2, 2, 2, 2]), ("E2", "SYN-M1", "A", [2, 2, 2, 2])))
    assert values() == [4, 4, 4, 4] and told.duplicate == 0


E1, E2 = ("E1", "SYN-M1", "A", [1, 2, 3, 4]), ("E2", "SYN-M1", "A", [5, 2, 5, 5])


def test_streams_of_a_nmi_in_different_files_are_named_and_neither_pushes_the_other_out(ingest, values):
    ingest(nem12(E1))
    told = ingest(nem12(E2), 2)
    assert (told.stored, told.conflicts, told.notes) == (4, 0, {"part_of_total_elsewhere": 4})
    assert values() == [1, 2, 3, 4]
    both = ingest(nem12(E1, E2), 3)
    assert (values(), both.conflicts) == ([6, 4, 8, 9], 4)
    alone = ingest(nem12(("E2", "SYN-M1", "A", [9, 9, 9, 9])), 4)
    assert (values(), alone.notes) == ([6, 4, 8, 9], {"part_of_total_elsewhere": 4})


Q1, K1 = ("Q1", "SYN-M1", "A", [1, 2, 3, 4]), ("K1", "SYN-M1", "A", [5, 2, 5, 5])


def test_streams_that_are_no_parts_of_a_total_stand_beside_each_other_whichever_file_tells_them(
    ingest, values
):
    """Reactive energy out and in: never added up, so nothing is held back for it."""
    ingest(nem12(Q1))
    told = ingest(nem12(K1), 2)
    assert (told.stored, told.conflicts, told.notes) == (4, 0, {})
    assert sorted(values("other")) == sorted([1, 2, 3, 4, 5, 2, 5, 5])
    corrected = ingest(nem12(("K1", "SYN-M1", "A", [5, 2, 5, 6])), 3)
    assert (corrected.stored, corrected.already_stored, corrected.notes) == (1, 3, {"conflict": 1})
    assert sorted(values("other")) == sorted([1, 2, 3, 4, 5, 2, 5, 6])


def test_energy_out_energy_in_and_reactive_energy_of_three_files_are_three_streams(ingest, values):
    streams = {"E1": "delivered", "B1": "received", "Q1": "other"}
    for number, (suffix, channel) in enumerate(streams.items(), 1):
        told = ingest(nem12((suffix, "SYN-M1", "A", [number] * 4)), number)
        assert (told.stored, told.notes, values(channel)) == (4, {}, [number] * 4)


def test_the_same_stream_again_is_a_correction_as_ever(ingest, values):
    ingest(nem12(E1))
    told = ingest(nem12(("E1", "SYN-M2", "A", [1, 2, 3, 9])), 2)
    assert (values(), told.notes) == ([1, 2, 3, 9], {"conflict": 1})


def test_a_substitute_is_replaced_by_the_actual_and_never_replaces_it(ingest, values):
    first = ("E1", "SYN-M1", "S14", [9, 9, 9, 9])
    told = ingest(nem12(first, ("E1", "SYN-M1", "A", [1, 2, 3, 9])))
    assert values() == [1, 2, 3, 9] and told.conflicts == 3
    again = ingest(nem12(("E1", "SYN-M1", "F17", [1, 2, 3, 4])), 2)
    assert values() == [1, 2, 3, 9] and again.notes == {"not_better": 4}
    assert values(known=datetime(2026, 1, 1, tzinfo=UTC)) == [1, 2, 3, 9]


def test_a_null_leaves_a_gap(ingest, values):
    events = nem12(("E1", "SYN-M1", "V", [1, 0, 3, 4])).replace(
        "900\n", "400,1,1,A,,\n400,2,2,N,,\n400,3,4,A,,\n900\n"
    )
    assert ingest(events).stored == 3 and values() == [1, 3, 4]


def nem13(*reads):
    """reads: previous and current of consecutive quarters."""
    lines = ["100,NEM13,202407020000,SYNMDP,SYNRET"]
    stamps = ["20240101093000", "20240401093000", "20240701093000"]
    for at, (previous, current) in enumerate(reads):
        lines.append(
            f"250,SYN0000001,11,1,11,11,SYN-M1,E,{previous},{stamps[at]},A,,,{current},{stamps[at + 1]},A,,,"
            f"{current - previous},kWh,,20240702000000,"
        )
    return "\n".join([*lines, "900", ""])


def test_reads_that_two_records_share_are_told_once(ingest, values):
    told = ingest(nem13((100, 250), (250, 300)))
    assert (told.stored, told.duplicate) == (5, 1)
    assert values("register") == [100, 250, 300] and values() == [150, 50]


def edi(*transactions):
    """transactions: purpose, reference, original, meter and the hourly values."""
    isa = ["ISA", "00", " " * 10, "00", " " * 10, "01", "SYN".ljust(15), "01", "SYN".ljust(15)]
    body = [
        "*".join([*isa, "240801", "0900", "U", "00401", "000000001", "0", "T", ">"]),
        "GS*PT*A*B*20240801*0900*1*X*004010",
    ]
    for number, (purpose, reference, original, meter, told) in enumerate(transactions, 1):
        segments = [
            f"BPT*{purpose}*{reference}*20240801*C1*****{original}",
            "REF*12*SYN-1",
            "PTD*PM",
            f"REF*MG*{meter}",
            "REF*MT*KH060",
        ]
        for hour, value in [each for each in enumerate(told, 1) if each[1] is not None]:
            segments += [f"QTY*QD*{value}*KH", f"DTM*582*{JUNE + timedelta(hours=hour):%Y%m%d*%H%M}*UT"]
        body += [f"ST*867*{number}", *segments, f"SE*{len(segments) + 2}*{number}"]
    return "~".join([*body, f"GE*{len(transactions)}*1", "IEA*1*000000001", ""])


ORIGINAL = ("00", "SYN-A", "", "SYN-M1", [1, 2, 3])
CANCEL = ("01", "SYN-B", "SYN-A", "SYN-M1", [1, 2, 3])
REBILL = ("00", "SYN-C", "", "SYN-M1", [1, 5, 6])


def test_cancel_and_rebill_in_one_file_leave_the_rebilled_energy_once(ingest, values):
    told = ingest(edi(ORIGINAL, CANCEL, REBILL))
    assert values() == [1, 5, 6]
    assert (told.stored, told.duplicate, told.conflicts) == (5, 1, 2)


def test_cancel_and_rebill_in_a_later_file_leave_the_rebilled_energy_once(ingest, values):
    ingest(edi(ORIGINAL))
    ingest(edi(CANCEL, REBILL), 2)
    assert values() == [1, 5, 6]
    assert values(known=datetime(2026, 1, 1, tzinfo=UTC)) == [1, 2, 3]


def test_a_rebill_on_the_right_meter_replaces_the_wrong_one(ingest, values):
    other = ("00", "SYN-C", "", "SYN-M2", [7, 8, 9])
    ingest(edi(ORIGINAL, CANCEL, other))
    assert values() == [7, 8, 9]
    ingest(edi(("01", "SYN-D", "SYN-C", "SYN-M2", [7, 8, 9]), ("00", "SYN-E", "", "SYN-M3", [1, 1, 1])), 2)
    assert values() == [1, 1, 1]


def test_a_cancelled_period_that_is_not_billed_again_is_empty(ingest, values):
    ingest(edi(ORIGINAL, ("00", "SYN-N", "", "SYN-M1", [None, None, None, 4])))
    told = ingest(edi(CANCEL), 2)
    assert values() == [4]
    assert (told.stored, told.notes) == (0, {"readings_cancelled": 3})
    assert values(known=datetime(2026, 1, 1, tzinfo=UTC)) == [1, 2, 3, 4]


def test_a_rebill_that_tells_less_leaves_a_gap(ingest, values):
    ingest(edi(ORIGINAL))
    ingest(edi(CANCEL, ("00", "SYN-C", "", "SYN-M1", [1, 5])), 2)
    assert values() == [1, 5]


def test_a_reference_is_known_with_an_account_only(ingest, values):
    ingest(edi(ORIGINAL))
    told = ingest(edi(CANCEL).replace("REF*12*SYN-1", "REF*12*SYN-2"), 2)
    assert (values(), told.notes) == ([1, 2, 3], {"cancels_unknown": 1})


def test_what_a_reference_says_is_nowhere_in_the_store(ingest, store):
    ingest(edi(ORIGINAL))
    ingest(edi(CANCEL, REBILL), 2)
    for path in store.folder.rglob("*"):
        assert path.is_dir() or not any(word in path.read_bytes() for word in (b"SYN-A", b"SYN-C", b"SYN-M1"))


def test_two_meters_of_one_period_add_up(ingest, values):
    ingest(edi(("00", "SYN-A", "", "SYN-M1", [1, 1, 0]), ("00", "SYN-B", "", "SYN-M2", [0, 1, 1])))
    assert values() == [1, 2, 1]
