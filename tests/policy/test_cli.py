"""`meterkeep decide` and `meterkeep policy` as a program meets them: output, exit codes, errors."""

import json
import subprocess
import sys

import pytest

SOLICITATION = {
    "provider": "cea",
    "action": "disclose",
    "on": "2026-01-05",
    "facts": {"use.third_party_solicitation": True},
}
OPEN = {**SOLICITATION, "facts": {}}
TOTALS = {
    "provider": "cpa",
    "action": "release_aggregate",
    "on": "2026-01-05",
    "facts": {"aggregate.traceable": False, "discretion.recorded": True},
}


def meterkeep(*arguments, given=None):
    text = given if isinstance(given, str) else json.dumps(given)
    return subprocess.run(
        [sys.executable, "-m", "meterkeep", *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("request_", "code", "outcome"),
    [(TOTALS, 0, "permit"), (SOLICITATION, 1, "refuse"), (OPEN, 3, "undetermined")],
)
def test_one_request_exits_by_its_outcome(request_, code, outcome):
    done = meterkeep("decide", "-", "--json", given=request_)
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (code, outcome)


def test_a_list_gives_a_list_and_exit_0(tmp_path):
    file = tmp_path / "batch.json"
    file.write_text(json.dumps([TOTALS, SOLICITATION, OPEN]))
    done = meterkeep("decide", str(file), "--json")
    assert done.returncode == 0
    assert [one["outcome"] for one in json.loads(done.stdout)] == ["permit", "refuse", "undetermined"]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([TOTALS, {**TOTALS, "facts": {"aggregate.customer": 3}}], "aggregate.customer"),
        ([TOTALS, {**TOTALS, "provider": "acme"}], "acme"),
        ([TOTALS, {**TOTALS, "action": "peek"}], "peek"),
        ([TOTALS, {**TOTALS, "on": "tomorrow"}], "tomorrow"),
        ([TOTALS, {**TOTALS, "extra": 1}], "extra"),
        ([TOTALS, "text"], "object"),
    ],
)
def test_a_bad_item_stops_the_batch_and_is_named(given, named):
    done = meterkeep("decide", "--json", given=given)
    error = json.loads(done.stdout)["error"]
    assert done.returncode == 2
    assert named in error["message"]
    assert "item 1" in error["where"]


def test_input_that_is_not_json_is_bad_input():
    assert meterkeep("decide", given="{").returncode == 2


def test_people_read_the_clause_and_what_would_change_it():
    facts = {"aggregate.traceable": False, "discretion.recorded": False}
    done = meterkeep("decide", given={**TOTALS, "facts": facts})
    assert done.returncode == 1
    assert "Refused" in done.stdout
    assert "CPA/4" in done.stdout
    assert "with a reason (approval)" in done.stdout


def test_the_packs_are_clean_covered_and_right():
    for command in ("lint", "coverage", "test"):
        done = meterkeep("policy", command, "--json")
        assert (command, done.returncode) == (command, 0)
        assert json.loads(done.stdout) is not None


def test_the_clause_map_tells_people_what_waits_for_which_desk():
    done = meterkeep("policy", "coverage")
    assert done.returncode == 0
    assert "0 missing a test" in done.stdout and "F13 notice: composing and checking: 36" in done.stdout


def test_deciding_loads_no_heavy_library():
    code = "import sys, meterkeep.faces.cli.policy; print(*{'django','pyarrow','duckdb','holidays','numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("[" * 100_000, "nested too deep"),
        (json.dumps(SOLICITATION)[:-1] + ', "action": "use"}', "'action' stands twice"),
        (
            '{"provider": "cea", "action": "use", "on": "2026-01-05", "facts": {"channel": "post", "channel": "bill"}}',
            "'channel' stands twice",
        ),
    ],
    ids=["deep", "two actions", "two values of one fact"],
)
def test_what_could_be_read_in_two_ways_or_in_none_is_not_decided(given, says):
    done = meterkeep("decide", "-", "--json", given=given)
    assert done.returncode == 2
    assert says in json.loads(done.stdout)["error"]["message"]


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "request.json"
    path.write_text(json.dumps(SOLICITATION), encoding="utf-8-sig")
    assert meterkeep("decide", str(path)).returncode == 1


@pytest.mark.parametrize(
    "given",
    [
        {**TOTALS, "provider": "p" * 1_000_000},
        {**TOTALS, "action": "a" * 1_000_000},
        {**TOTALS, "facts": {"f" * 1_000_000: True}},
        {**TOTALS, "k" * 1_000_000: 1},
        {**TOTALS, "on": "2" * 1_000_000},
        '{"facts": {%s: true, %s: true}}' % (('"' + "f" * 1_000_000 + '"',) * 2),
    ],
)
def test_what_is_sent_is_not_sent_back_whole(given):
    done = meterkeep("decide", "-", "--json", given=given)
    assert done.returncode == 2 and len(done.stdout) + len(done.stderr) < 2_000


def test_a_week_s_day_is_no_date():
    assert meterkeep("decide", "-", "--json", given={**TOTALS, "on": "2026-W01-1"}).returncode == 2
