"""Files as people really save them: read to the cent, or refused in words that say what to do. All data is invented."""

import random
from datetime import date, timedelta

import pytest

from meterkeep.desks.arrears.kinds import FileKind
from meterkeep.desks.arrears.reading.mappings import load_layout, plain_layout
from meterkeep.desks.arrears.reading.tables import read_table
from meterkeep.errors import BadInput

ON = date(2026, 3, 10)
HEAD = "account_number,amount,due_date"


@pytest.fixture
def read(tmp_path):
    def do(data, mapping="", kind="overdue"):
        path = tmp_path / "file.csv"
        path.write_bytes(data)
        layout = plain_layout(FileKind(kind))
        if mapping:
            saved = tmp_path / "odd.toml"
            columns = ["account_number", "amount", "due_date"]
            saved.write_text(
                f'kind = "overdue"\n{mapping}\n[columns]\n'
                + "\n".join(f'{name} = "{name}"' for name in columns)
            )
            layout = load_layout(saved)
        return read_table(path, layout, as_of=ON)

    return do


@pytest.mark.parametrize(
    ("data", "says", "next_"),
    [
        (b"", "The file is empty.", "Ask for it again."),
        (b"\n\n", "The file is empty.", "Ask"),
        (b"a,b,c\n1,2,3\n", "no column 'account_number'", "--mapping"),
        (b"account_number;amount;due_date\nA;1,00;2026-01-01\n", "parted by “;”, not by “,”", 'delimiter = ";"'),
        (b"account_number\tamount\tdue_date\nA\t1.00\t2026-01-01\n", "parted by “\\t”", 'delimiter = "\\t"'),
        (b"account_number,amount,due_date\nCAF\xc9,1.00,2026-01-01\n", "no text in UTF-8", 'encoding = "cp1252"'),
        (b"\xff\xfea", "no text in UTF-16", "UTF-8"),
        (b'account_number,amount,due_date\n"A,1.00,2026-01-01\n', "not CSV", "Correct"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_as_a_whole_says_what_to_do(read, data, says, next_):
    with pytest.raises(BadInput) as told:
        read(data)
    assert says in told.value.message and next_ in told.value.next
    assert not any(
        word in told.value.message + told.value.next for word in ("sig", "%Y", "codec", "strptime")
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_say_themselves_what_they_are_need_no_mapping(read, encoding):
    found = read(f"{HEAD}\nCAFÉ,1.00,2026-01-01\n".encode(encoding))
    assert [(row.number, row.cents) for row in found.rows] == [("CAFÉ", 100)]


def test_a_file_as_an_office_in_europe_saves_it(read):
    text = "account_number;amount;due_date\nCAFÉ;1.234,56;31.01.2026\nB;-12,5;31.01.2026\nC;1.234;31.01.2026\nD;12.50;31.01.2026\n"
    mapping = 'delimiter = ";"\nencoding = "cp1252"\ndates = "%d.%m.%Y"\ndecimal = ","'
    found = read(text.encode("cp1252"), mapping)
    assert [row.cents for row in found.rows] == [123456, -1250, 123400]
    assert [(one.line, one.why) for one in found.rejects] == [
        (5, "amount “12.50” is no amount in dollars and cents, such as 1234,56.")
    ]


AMOUNTS = {
    "1234.56": 123456, "1,234.56": 123456, "$1,234.56": 123456, "(12.30)": -1230, "($12.30)": -1230, "-12.3": -1230, "-$5": -500, "0": 0,
    "0.00": 0, "999999999999.99": 99999999999999, "1,23": None, "12,34": None, "1.234,56": None, "1.234": None, "--5": None, "(-5)": None,
    "1e3": None, "٣": None, "": None, "NaN": None, "$": None, "1 234.56": None, "5-": None, "1,2345": None, "€5": None,
}  # fmt: skip
DUES = {
    "2026-01-31": date(2026, 1, 31), "2024-02-29": date(2024, 2, 29), "2026-02-29": None, "01/31/2026": None, "20260131": None,
    "31 January 2026": None, "2026-1-1": date(2026, 1, 1), "0001-01-01": None, "2026-03-11": None, "": None,
}  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_random_files_against_a_plain_oracle_to_the_cent(read, seed):
    """What the oracle keeps is kept, all else is a named reject of its line, and the cents of both are the cents that could be read."""
    chance = random.Random(seed)
    lines = [
        (
            f"A-{chance.randrange(60)}",
            chance.choice([*AMOUNTS]),
            chance.choice([*DUES, "2025-12-01", "2025-11-30"]),
        )
        for _ in range(200)
    ]
    text = HEAD + "\n" + "".join(f'{number},"{amount}",{due}\n' for number, amount, due in lines)
    good = []
    for line, (number, amount, due) in enumerate(lines, 2):
        cents, day = AMOUNTS[amount], DUES.get(due) if due in DUES else date.fromisoformat(due)
        fits = cents is not None and (
            day is not None or (due == "" and cents <= 0) or (due == "2026-03-11" and cents <= 0)
        )
        if fits:
            good.append((line, number, cents, date(2026, 3, 11) if due == "2026-03-11" else day))
    keys = [(number, day) for _, number, _, day in good]
    kept = [(line, cents) for line, number, cents, day in good if keys.count((number, day)) == 1]
    found = read(text.encode())
    assert [(row.line, row.cents) for row in found.rows] == kept
    assert sorted([row.line for row in found.rows] + [one.line for one in found.rejects]) == [*range(2, 202)]
    assert found.cents == sum(AMOUNTS[amount] or 0 for _, amount, _ in lines)
    assert all(one.why and one.rule for one in found.rejects)
    assert ON + timedelta(days=1) == date(2026, 3, 11)


@pytest.mark.parametrize("column", ["late_fee_interest", "Interest (USD)", "interest"])
def test_whatever_a_column_of_interest_is_called_a_line_that_bears_any_is_rejected(read, column):
    found = read(
        f"{HEAD},{column}\nA,5.00,2026-01-01,0.00\nB,6.00,2026-01-01,0.01\nC,7.00,2026-01-01,\n".encode()
    )
    assert [row.number for row in found.rows] == ["A", "C"]
    assert [(one.line, one.rule, one.cents) for one in found.rejects] == [(3, "interest", 600)]
