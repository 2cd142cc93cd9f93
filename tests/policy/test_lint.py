"""What lint finds, each by a pack broken just so; and what it leaves alone."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from policy.editing import copied, edit

from meterkeep.policy import load_pack, pack_ids
from meterkeep.policy.assurance.lint import examine, lint
from meterkeep.policy.language.loading import SHIPPED


@pytest.fixture
def own(tmp_path):
    return copied("cpa", tmp_path)


def add(folder, *, name="CPA/90", effect="forbid", actions='["disclose"]', when="[]", more=""):
    with (folder / "CPA.md").open("a") as file:
        file.write(
            f'\n```clause\nid = "{name}"\neffect = "{effect}"\nactions = {actions}\nwhen = {when}\n'
            f'summary = "synthetic"\nanchor = "L3"\n{more}\n```\n'
        )


def rules(folder, name="CPA/90"):
    return {finding.rule for finding in lint(folder) if finding.clause == name}


@pytest.mark.parametrize("pack", pack_ids())
def test_shipped_packs_have_notes_at_most(pack):
    assert [(one.where, one.what) for one in lint(pack)] == []


def test_every_slip_is_told_and_not_the_first_only(own):
    add(own, when='["use.sail", "channel is pigeon"]')
    add(own, name="CPA/91", when='["aggregate.customers below no.number"]', more='interpretations = ["R99"]')
    edit(own, "purposes.toml", 'elements = ["', 'elements = ["horoscope", "')
    told = [(one.where, one.what) for one in lint(own)]
    for slip in ("use.sail", "pigeon", "no.number", "R99", "horoscope"):
        assert [where for where, what in told if slip in what], slip
    lines = [where for where, what in told if "use.sail" in what or "pigeon" in what]
    assert len(lines) == 2
    assert all(where.startswith("CPA.md line ") for where in lines)


def test_a_slip_comes_with_what_to_do_about_it(own):
    add(own, when='["use.sail", "data.kind = covered"]', effect="deny")
    (one,) = [one for one in lint(own) if "'use.sail'" in one.what]
    assert "Did you mean use.sale" in one.what
    told = " ".join(one.what for one in lint(own))
    assert "FACT is VALUE" in told
    assert "instead of 'deny'" in told


def test_a_block_that_is_no_toml_and_a_missing_key_are_told_by_place(own):
    add(own, more="under =")
    edit(own, "interpretations.toml", "question =", "quest =")
    told = lint(own)
    assert any(one.where.startswith("CPA.md line") and "not TOML" in one.what for one in told)


@pytest.mark.parametrize(
    "when",
    [
        '["recipient.kind is customer", "recipient.kind is staff"]',
        '["aggregate.customers at least 15", "aggregate.customers below 10"]',
        '["aggregate.customers at least 15", "aggregate.customers below 15"]',
        '["order.explicit", "not order.explicit"]',
        '["provider.kind is municipal"]',
    ],
)
def test_conditions_that_exclude_each_other_are_found_numbers_included(own, when):
    add(own, when=when)
    expected = set() if "provider" in when else {"never-holds"}
    assert rules(own) == expected


def test_numbers_that_leave_one_value_are_no_finding(own):
    add(
        own,
        when='["aggregate.customers at least 15", "aggregate.customers below 16", "data.kind is aggregate"]',
    )
    assert rules(own) == set()


def test_rulings_that_exclude_each_other_are_found(own):
    add(own, when='["order.explicit"]', more='under = ["R1 is allowed", "R1 is not_allowed"]')
    assert rules(own) == {"never-holds"}


def test_a_clause_under_a_ruling_not_in_force_is_no_finding(own):
    add(own, when='["data.kind is aggregate", "order.explicit"]', more='under = ["R1 is not_allowed"]')
    assert rules(own) == set()


def test_a_permit_that_is_always_beaten_is_found_with_what_beats_it(own):
    add(own, effect="permit", when='["use.third_party_solicitation", "customer.consent"]')
    (finding,) = [one for one in lint(own) if one.clause == "CPA/90"]
    assert finding.rule == "always-beaten"
    assert "CPA/3" in finding.what


def test_a_permit_that_two_prohibitions_beat_together_is_found(own):
    add(own, effect="permit", when='["data.kind is site_visitor", "data.from_site"]')
    add(own, name="CPA/91", when='["data.kind is site_visitor", "order.explicit"]')
    assert rules(own) == set()
    add(own, name="CPA/92", when='["data.kind is site_visitor", "not order.explicit"]')
    assert rules(own) == {"always-beaten"}


def test_a_repetition_is_a_note_and_no_finding(own):
    add(own, when='["use.third_party_solicitation", "customer.consent"]')
    assert rules(own) == set()
    notes = [one for one in examine(own) if one.clause == "CPA/90"]
    assert [(one.rule, one.note) for one in notes] == [("redundant", True)]
    assert "CPA/3" in notes[0].what


def test_versions_that_overlap_or_leave_a_gap_are_found(own):
    add(own, when='["data.kind is site_visitor", "data.from_site"]')
    add(own, when='["data.kind is site_visitor"]', more="effective = 2027-01-01")
    assert rules(own) == {"versions-overlap"}
    text = (own / "CPA.md").read_text()
    ended = text.replace(
        '"data.from_site"]\nsummary = "synthetic"',
        '"data.from_site"]\nuntil = 2027-01-01\nsummary = "synthetic"',
    )
    (own / "CPA.md").write_text(ended)
    assert rules(own) == set()
    (own / "CPA.md").write_text(ended.replace("until = 2027-01-01", "until = 2026-12-01"))
    assert rules(own) == {"gap"}


def test_two_blocks_of_one_clause_from_the_same_day_are_an_or_and_no_overlap(own):
    add(own, when='["data.kind is site_visitor", "data.from_site"]')
    add(own, when='["data.kind is site_visitor", "order.explicit"]')
    assert rules(own) == set()


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ('function = "F99"', "no-function"),
        ('yields = [{ to = "CPUC/4-d" }]', "yields"),
        ("until = 2020-01-01", "outlived"),
    ],
)
def test_what_a_clause_says_beside_its_conditions_is_checked(own, more, rule):
    add(own, when='["data.kind is site_visitor"]', more=more)
    assert rule in rules(own)


@pytest.mark.parametrize(
    "duty", ['within = "a while"', 'within = "7 days", roll = "sideways"', 'clock = "sand"']
)
def test_a_duty_that_cannot_be_dated_is_found(own, duty):
    add(own, when='["data.kind is site_visitor"]', more=f'duties = [{{ do = "Tell.", {duty} }}]')
    (finding,) = lint(own)
    assert finding.rule == "slip"
    assert finding.where.startswith("CPA.md line ")


def test_a_condition_that_every_value_meets_asks_nothing(own):
    add(own, when='["data.kind is site_visitor", "message.kind is one of service, promotion"]')
    assert rules(own) == {"idle-condition"}


def test_a_deciding_clause_names_the_lines_it_was_read_from(own):
    add(own, when='["data.kind is site_visitor"]')
    edit(
        own,
        "CPA.md",
        "```document\n",
        "```document\n"
        if "source =" in (own / "CPA.md").read_text()
        else '```document\nsource = "text.txt"\n',
    )
    text = (own / "CPA.md").read_text()
    (own / "CPA.md").write_text(text.replace('summary = "synthetic"\nanchor = "L3"', 'summary = "synthetic"'))
    assert rules(own) == {"no-anchor"}


def test_a_number_that_begins_later_than_its_clause_or_twice_is_found(own):
    add(own, when='["data.kind is site_visitor", "aggregate.customers below own.number"]')
    with (own / "parameters.toml").open("a") as file:
        file.write(
            '\n["own.number"]\nsays = "s"\nfigures = [{ effective = 2030-01-01, value = 5, cite = "x" }, { effective = 2030-01-01, value = 6, cite = "x" }]\n'
        )
    assert rules(own) == {"no-figure"}
    assert rules(own, "own.number") == {"double-figure"}


def test_a_document_that_does_not_speak_to_its_own_provider_is_found(own):
    edit(own, "pack.toml", 'jurisdiction = "US-CA"', 'jurisdiction = "US-OK"')
    assert "out-of-scope" in {finding.rule for finding in lint(own)}


def test_what_is_meant_so_is_a_note_with_its_reason(own):
    add(own, effect="permit", when='["use.third_party_solicitation", "customer.consent"]')
    with (own / "invariants.toml").open("a") as file:
        file.write(
            '\n[[deliberate]]\nclause = "CPA/90"\nrule = "always-beaten"\nwhy = "Shown in training."\n'
        )
    assert rules(own) == set()
    assert any("Meant so: Shown in training." in one.what for one in examine(own) if one.note)


def test_a_word_for_a_finding_that_is_not_there_is_found(own):
    with (own / "invariants.toml").open("a") as file:
        file.write('\n[[deliberate]]\nclause = "CPA/3"\nrule = "always-beaten"\nwhy = "?"\n')
    assert rules(own, "CPA/3") == {"idle-word"}


def test_a_slip_in_a_claim_is_a_finding(own):
    with (own / "invariants.toml").open("a") as file:
        file.write(
            '\n[[invariant]]\nname = "x"\nsays = "s"\nactions = ["use"]\nwhen = ["use.sail"]\noutcome_never = "permit"\n'
        )
    (finding,) = lint(own)
    assert "use.sail" in finding.what
    assert "invariants.toml" in finding.where


def meterkeep(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "meterkeep", "policy", "lint", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_exits_1_with_findings_and_0_with_notes(own):
    assert meterkeep(str(own)).returncode == 0
    add(own, when='["order.explicit", "not order.explicit"]')
    done = meterkeep(str(own), "--json", "--notes")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert [one["clause"] for one in told if one["level"] == "finding"] == ["CPA/90"]


def test_a_number_and_the_next_above_it_are_changed_together(tmp_path):
    folder = tmp_path / "own"
    shutil.copytree(SHIPPED / "cea", folder)
    share = '{ effective = 2020-02-20, value = 150_000, cite = "CEA-03/4.1-b" }'
    later = share.replace("2020-02-20", "2026-12-01").replace("150_000", "120_000")
    edit(folder, "parameters.toml", share, f"{share}, {later}")
    assert [one.what for one in lint(folder) if one.rule == "one-more"] == [
        "aggregate.share_ppm_over is one more than aggregate.share_ppm on every day: 150001 from 2020-02-20, 120001 from 2026-12-01."
    ]
    over = share.replace("150_000", "150_001")
    edit(folder, "parameters.toml", over, f"{over}, {later.replace('120_000', '120_001')}")
    assert not [one for one in lint(folder) if one.rule == "one-more"]


REPEATED = re.compile(r"\$\d|\b\d+ (?:%|days|hours|months|years|customers)|five years")


@pytest.mark.parametrize("name", ["cea", "cpa", "lce", "ok-utility"])
def test_the_prose_of_a_clause_repeats_no_figure_that_parameters_decide(name):
    """Whoever changes a figure would leave the old one standing in words. Deadlines within `duties` are their own figures."""
    pack = load_pack(name)
    cited = {figure.cite for one in pack.parameters.values() for figure in one.figures}
    for clause in (one for document in pack.documents for one in document.clauses if one.id in cited):
        assert not REPEATED.search(f"{clause.text} {clause.summary}"), clause.id
