"""A table of customers is decided exactly as its rows one by one, in memory and as SQL, unknown facts included."""

import sqlite3
from collections import Counter
from datetime import date
from functools import cache

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.policy import bulk, decide, load_pack, pack_ids
from meterkeep.policy.assurance.cases import read_cases
from meterkeep.policy.language.vocabulary import vocabulary

ON = date(2026, 1, 5)
FACTS = vocabulary().facts
PACKS = pack_ids()
ARROW = {"bool": pa.bool_(), "int": pa.int64(), "enum": pa.string()}
SQL = {"bool": "BOOLEAN", "int": "BIGINT", "enum": "TEXT"}
DISCLOSE = {
    "data.kind": "covered", "purpose.class": "secondary", "purpose.name": "energy_products", "channel": "secure",
    "recipient.kind": "authorised_third_party", "use.sale": False, "use.third_party_solicitation": False,
    "order.explicit": False, "authorization.separate": True, "authorization.written": True,
    "authorization.incentive": False, "authorization.names_recipient": True, "authorization.names_purpose": True,
    "authorization.covers_elements": True,
}  # fmt: skip


@cache
def cases_of(provider):
    return read_cases(provider)


def values(fact):
    if fact.type == "int":
        return st.sampled_from((0, 2, 3, 14, 15, 99, 100, 149_999, 150_000, 150_001))
    return st.sampled_from((True, False) if fact.type == "bool" else fact.values)


def read_by(pack, action):
    used = {
        atom.fact
        for clause in pack.clauses
        if action in clause.actions
        for atom in clause.when + clause.unless
    }
    return sorted(name for name in used if not name.startswith("provider."))


@st.composite
def tables(draw):
    """A request near one of the pack's own cases, and a table of a few columns of facts that are read, with nulls."""
    pack = load_pack(draw(st.sampled_from(PACKS)))
    cases = [case for case in cases_of(pack.id) if read_by(pack, case.action)]
    case = draw(st.sampled_from(cases)) if cases else None
    action = case.action if case else "disclose"
    names = draw(st.lists(st.sampled_from(read_by(pack, action)), min_size=1, max_size=4, unique=True))
    extra = draw(st.sampled_from(sorted(FACTS)).filter(lambda name: not name.startswith("provider.")))
    columns = list(dict.fromkeys([*names, extra]))
    common = {name: value for name, value in (case.facts if case else {}).items() if name not in columns}
    row = st.fixed_dictionaries({}, optional={name: values(FACTS[name]) for name in columns})
    on = draw(st.sampled_from((ON, date(2020, 3, 1), date(2019, 1, 1))))
    return pack, action, common, columns, draw(st.lists(row, min_size=1, max_size=25)), on


def as_table(columns, rows):
    return pa.table(
        {name: pa.array([row.get(name) for row in rows], ARROW[FACTS[name].type]) for name in columns}
    )


def one_by_one(pack, action, common, rows, on):
    return [decide(pack, action=action, facts={**common, **row}, on=on) for row in rows]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_a_table_is_decided_as_its_rows_are(drawn):
    pack, action, common, columns, rows, on = drawn
    decisions = one_by_one(pack, action, common, rows, on)
    many = bulk.decide_many(pack, action=action, common=common, each=as_table(columns, rows), on=on)
    assert [bulk.OUTCOMES[code] for code in many.codes] == [one.outcome for one in decisions]
    wanted = Counter((one.outcome, one.why, one.clauses, one.missing) for one in decisions)
    found = {(one.outcome, one.why, one.clauses, one.missing): one.customers for one in many.shares}
    assert found == wanted


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_the_expression_in_sql_says_what_each_decision_says(drawn):
    pack, action, common, columns, rows, on = drawn
    wanted = [one.outcome for one in one_by_one(pack, action, common, rows, on)]
    short = {name: f"c{place}" for place, name in enumerate(columns)}
    expression = bulk.residual(pack, action=action, common=common, each=columns, on=on).sql(short)
    assert in_sqlite(expression, columns, rows) == wanted
    assert in_duckdb(expression, columns, rows) == wanted


def in_sqlite(expression, columns, rows):
    with sqlite3.connect(":memory:") as base:
        return asked(base, expression, columns, rows)


def in_duckdb(expression, columns, rows):
    with duckdb.connect() as base:
        return asked(base, expression, columns, rows)


def asked(base, expression, columns, rows):
    kinds = ", ".join(f"c{place} {SQL[FACTS[name].type]}" for place, name in enumerate(columns))
    base.execute(f"CREATE TABLE customers (number INTEGER, {kinds})")
    marks = ", ".join("?" * (len(columns) + 1))
    base.executemany(
        f"INSERT INTO customers VALUES ({marks})",
        [(number, *(row.get(name) for name in columns)) for number, row in enumerate(rows)],
    )
    return [one for (one,) in base.execute(f"SELECT {expression} FROM customers ORDER BY number").fetchall()]


def test_numpy_lists_and_arrow_columns_are_read_alike():
    each = {
        "authorization.given": np.array([True, True, False, True]),
        "authorization.in_period": [True, None, True, True],
        "authorization.cancelled": pa.chunked_array([[False, False], [False, True]]),
    }
    many = bulk.decide_many(load_pack("cea"), action="disclose", common=DISCLOSE, each=each, on=ON)
    assert [bulk.OUTCOMES[code] for code in many.codes] == ["permit", "undetermined", "refuse", "refuse"]
    assert many.counts == {"permit": 1, "refuse": 2, "undetermined": 1}
    assert many.shares[-1].missing == ("authorization.in_period",)


def test_the_expression_is_short_where_little_is_left():
    each = ("authorization.given", "authorization.in_period", "authorization.cancelled")
    left = bulk.residual(load_pack("cea"), action="disclose", common=DISCLOSE, each=each, on=ON).sql()
    (permits,) = (line for line in left.splitlines() if line.endswith("THEN 'permit'"))
    conditions = permits.removeprefix("WHEN ").removesuffix(" THEN 'permit'").split(" AND ")
    assert sorted(conditions) == [
        '"authorization.given"',
        '"authorization.in_period"',
        'NOT "authorization.cancelled"',
    ]


def test_a_column_of_numbers_is_cut_at_the_adopted_number():
    pack, each = load_pack("cea"), np.array([14, 15, 2**62])
    common = {"aggregate.traceable": False, "purpose.name": "analysis", "aggregate.largest_share_ppm": 1}
    many = bulk.decide_many(
        pack, action="release_aggregate", common=common, each={"aggregate.customers": each}, on=ON
    )
    assert bulk.OUTCOMES[many.codes[0]] == "refuse" != bulk.OUTCOMES[many.codes[1]]
    assert many.codes[1] == many.codes[2]


def test_a_word_that_nobody_knows_satisfies_nothing_in_sql():
    pack = load_pack("cea")
    expression = bulk.residual(
        pack, action="disclose", common={k: v for k, v in DISCLOSE.items() if k != "recipient.kind"}
        | {"authorization.given": True, "authorization.in_period": True, "authorization.cancelled": False},
        each=("recipient.kind",), on=ON,
    ).sql({"recipient.kind": "c0"})  # fmt: skip
    assert in_sqlite(expression, ["recipient.kind"], [{"recipient.kind": "aliens"}]) == ["undetermined"]


@pytest.mark.parametrize(
    ("each", "named"),
    [
        ({"authorization.givn": [True]}, "authorization.givn"),
        ({"authorization.given": [1]}, "authorization.given"),
        ({"authorization.given": ["yes"]}, "authorization.given"),
        ({"legal.notice_days": [1.0]}, "legal.notice_days"),
        ({"records.exception": ["none", "because"]}, "row 1"),
        ({"use.sale": [True]}, "use.sale"),
        ({"provider.kind": ["cca"]}, "provider.kind"),
        ({"authorization.given": [True], "authorization.in_period": []}, "one length"),
        ({"authorization.given": [True, "perhaps"]}, "authorization.given"),
    ],
)
def test_a_column_that_is_not_a_fact_is_named(each, named):
    with pytest.raises(BadInput) as caught:
        bulk.decide_many(load_pack("cea"), action="disclose", common=DISCLOSE, each=each, on=ON)
    assert named in str(caught.value)


def test_more_combinations_than_fit_are_numbered_afresh(monkeypatch):
    monkeypatch.setattr(bulk, "DENSE", 4)
    test_numpy_lists_and_arrow_columns_are_read_alike()


def test_an_empty_table_has_no_customers():
    each = {"authorization.given": pa.array([], pa.bool_())}
    many = bulk.decide_many(load_pack("cea"), action="disclose", common=DISCLOSE, each=each, on=ON)
    assert many.as_json() == {"permit": 0, "refuse": 0, "undetermined": 0, "why": []}
