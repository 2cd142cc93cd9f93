"""`meterkeep release` from the first plan to the file on disk, and what happens when a closed period is published again."""

import json
from datetime import date
from types import SimpleNamespace

import pytest

from meterkeep.desks.customers import actions as customers
from meterkeep.desks.releases.models import Release
from meterkeep.faces.cli import run
from meterkeep.site.composition import Custodian

ON = date(2026, 3, 2)
AS_OF = ("--as-of", str(ON))
SPEC = """
title = "Energy by area"
by = ["zip", "month"]
from = "2026-02"
until = "2026-03"
purpose = "reporting"
contact = "data@example.org"
"""
pytestmark = pytest.mark.django_db


@pytest.fixture
def town(adopted, gate, home, tmp_path):
    """Forty invented customers in one ZIP code, and the people who publish."""
    from desks.conftest import people, take_in

    people.__wrapped__(adopted)
    taken = take_in.__wrapped__(gate, tmp_path, ON)(*((f"C-{n}", f"SYN-{n}", "91910") for n in range(40)))
    return SimpleNamespace(custodian=Custodian(home, gate), taken=taken, folder=tmp_path)


@pytest.fixture
def release(town, capsys):
    """Runs it: exit code and the JSON that it printed."""

    def do(*arguments, spec=SPEC):
        path = town.folder / "spec.toml"
        path.write_text(spec)
        arguments = [str(path) if each == "SPEC" else each for each in arguments]
        code = run(["release", *arguments, *AS_OF, "--json"], SimpleNamespace(open=lambda: town.custodian))
        return code, json.loads(capsys.readouterr().out or "{}")

    return do


@pytest.fixture
def said(town, capsys):
    """Runs it for a reader: exit code, what it printed, and what it complained of."""

    def do(*arguments):
        code = run(["release", *arguments], SimpleNamespace(open=lambda: town.custodian))
        return (code, *capsys.readouterr())

    return do


def leave(town, who):
    """They turn out to have gone before February."""
    lines = ["customer_id,meter_number,zip,customer_class,start,end,name"]
    lines += [f"C-{n},SYN-{n},91910,residential,2025-01-01,2026-02-01,Synthia C-{n}" for n in who]
    (town.folder / "left.csv").write_text("\n".join(lines))
    found = customers.import_customers(town.folder / "left.csv", gate=town.custodian.gate, by="clerk", on=ON)
    assert found["rejected"] == []


def publish(release, *more, spec=SPEC):
    code, found = release("plan", "SPEC", "--by", "analyst", *more, spec=spec)
    assert code == 0, found
    for by in ("officer", "manager"):
        assert release("approve", found["reference"], "--why", "Large groups.", "--by", by)[0] == 0
    return release("publish", found["reference"], "--by", "officer")


def test_a_closed_period_again_with_other_members_is_refused(town, release):
    assert publish(release)[0] == 0
    leave(town, [0])
    _, again = release("plan", "SPEC", "--by", "analyst")
    (cell,) = again["cells"]
    assert (cell["status"], cell["code"], cell["customers"]) == ("withheld", "overlaps_past_release", 39)
    code, refused = publish(release)
    assert code == 1 and "nothing to publish" in refused["error"]["message"]


def test_a_correction_is_audited_against_what_it_corrects(town, release):
    """One customer fewer is given away by the difference of the two; twenty fewer are not."""
    first = publish(release)[1]["reference"]
    leave(town, [0])
    _, one_less = release("plan", "SPEC", "--by", "analyst", "--corrects", first)
    (cell,) = one_less["cells"]
    assert cell["status"] == "withheld" and "1 customer" in cell["why"]
    leave(town, range(20))
    code, corrected = publish(release, "--corrects", first)
    assert (code, corrected["corrects"], corrected["published"]) == (0, first, 1)
    old = Release.objects.get(reference=first)
    assert (old.state, old.withdrawn_why) == ("withdrawn", f"Corrected by {corrected['reference']}.")
    assert corrected["certificate"]["independent"]["figures"] == 2, "the withdrawn figure still counts"


def test_the_same_may_be_asked_for_in_the_specification(town, release):
    publish(release)
    leave(town, range(20))
    assert release("plan", "SPEC", "--by", "analyst")[1]["published"] == 0
    again = release("plan", "SPEC", "--by", "analyst", spec=SPEC + 'republish = "audit"')[1]
    assert again["published"] == 1
    leave(town, range(30))
    more = release("plan", "SPEC", "--by", "analyst", spec=SPEC + 'republish = "audit"')[1]
    assert more["published"] == 0, "ten are too few for the rule"


def test_only_what_was_published_is_corrected(town, release):
    planned = release("plan", "SPEC", "--by", "analyst")[1]["reference"]
    code, refused = release("plan", "SPEC", "--by", "analyst", "--corrects", planned)
    assert code == 1 and "Only what was published" in refused["error"]["message"]


def test_what_was_corrected_or_withdrawn_is_not_corrected_again(town, release):
    first = publish(release)[1]["reference"]
    second = publish(release, "--corrects", first)[1]["reference"]
    code, refused = release("plan", "SPEC", "--by", "analyst", "--corrects", first)
    assert code == 1 and f"was corrected by {second} already" in refused["error"]["message"]
    assert release("withdraw", second, "--why", "Wrong title.", "--by", "officer")[0] == 0
    code, refused = release("plan", "SPEC", "--by", "analyst", "--corrects", second)
    assert code == 1 and "was withdrawn on 2026-03-02" in refused["error"]["message"]


def test_a_clerk_who_may_not_plan_may_do_nothing_else_with_a_release(town, release):
    planned = release("plan", "SPEC", "--by", "analyst")[1]["reference"]
    why = ("--why", "Looks fine.", "--by", "clerk")
    for arguments in (
        ("approve", planned, *why),
        ("refuse", planned, *why),
        ("publish", planned, "--by", "clerk"),
        ("withdraw", planned, *why),
    ):
        code, refused = release(*arguments)
        assert code == 1 and "CEA-02/6.1" in refused["error"]["message"], arguments
    kept = Release.objects.get()
    assert kept.state == "planned" and not kept.reviews.exists()


def test_publishing_too_early_says_how_many_reviewers_are_missing(town, release):
    planned = release("plan", "SPEC", "--by", "analyst")[1]["reference"]
    for missing, by in (("2 of 2 reviewers have", "officer"), ("1 of 2 reviewers has", "manager")):
        code, refused = release("publish", planned, "--by", "officer")
        assert code == 1 and missing in refused["error"]["message"]
        assert f"release approve {planned}" in refused["error"]["next"]
        assert release("approve", planned, "--why", "Large groups.", "--by", by)[0] == 0
    assert release("publish", planned, "--by", "officer")[0] == 0


def test_each_step_says_what_comes_next(town, said, tmp_path):
    (tmp_path / "spec.toml").write_text(SPEC)
    code, printed, _ = said("plan", str(tmp_path / "spec.toml"), "--by", "analyst", *AS_OF)
    reference = printed.split()[0]
    assert (
        code == 0
        and f"release approve {reference} --why REASON" in printed
        and "analyst, who planned it, may not" in printed
    )
    _, printed, _ = said("approve", reference, "--why", "Large.", "--by", "officer", *AS_OF)
    assert "1 of 2 reviewers have decided" in printed and "Large." not in printed
    _, printed, _ = said("refuse", reference, "--why", "Wrong title.", "--by", "manager", *AS_OF)
    assert "is disputed" in printed and "manager refuses it: Wrong title." in printed
    assert "a privacy officer who has not reviewed it decides" in printed
    code, _, complaint = said("publish", reference, "--by", "officer", *AS_OF)
    assert code == 1 and "disputed" in complaint
    _, printed, _ = said("withdraw", reference, "--why", "Planned anew.", "--by", "analyst", *AS_OF)
    assert "is withdrawn" in printed and "Why: Planned anew." in printed


def test_a_published_release_names_its_files_and_what_was_checked_twice(town, release, said):
    reference = publish(release)[1]["reference"]
    _, printed, _ = said("list")
    assert reference in printed and "published" in printed
    files = Release.objects.get(reference=reference).files.all()
    assert {file.name.removeprefix(f"totals-{reference}") for file in files} == {
        ".csv", ".parquet", ".xlsx", "-by-zip-2026-Q1.csv", "-data-sheet-en.md", "-data-sheet-es.md", "-certificate.json",
    }  # fmt: skip


def test_trying_out_keeps_nothing(town, release):
    code, found = release("check", "SPEC", "--by", "analyst")
    assert (code, found["published"], Release.objects.count()) == (0, 1, 0)


def test_a_home_that_is_not_synthetic_publishes_nothing(town, release, home):
    from dataclasses import replace

    town.custodian = Custodian(replace(home, synthetic=False), town.custodian.gate)
    code, refused = publish(release)
    assert code == 1 and "publishes nothing" in refused["error"]["message"]
    assert {one.state for one in Release.objects.all()} == {"approved"}
