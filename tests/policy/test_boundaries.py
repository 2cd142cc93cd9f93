"""What a provider's own pack may not do, however it is written."""

from __future__ import annotations

import pytest
from policy.editing import add, copied, edit

from meterkeep.errors import BadInput
from meterkeep.policy import load_pack


@pytest.fixture
def own(tmp_path):
    return copied("cea", tmp_path)


def refused(folder, said):
    with pytest.raises(BadInput, match=said) as raised:
        load_pack(folder)
    assert raised.value.next


LAW_PERMIT = '\n```clause\nid = "CPUC/4-d"\neffect = "permit"\nactions = ["disclose"]\nsummary = "Anything goes."\n```\n'
RULING = '\n[L1]\nquestion = "Mine?"\nchoices = { yes = "Yes" }\nruling = "yes"\non = 2026-01-05\nby = "me"\n'
FIGURE = '\n["legal.subpoena_notice_days"]\nsays = "mine"\nfigures = [{ effective = 2020-02-20, value = 0, cite = "CEA-04/6.4" }]\n'


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("pack.toml", 'inherits = ["us-ca-cca"]', "inherits = []", "stands on us-ca-cca"),
        (
            "pack.toml",
            'inherits = ["us-ca-cca"]',
            'inherits = ["us-ca-cca", "cpa"]',
            "is a provider's pack, no law",
        ),
        ("pack.toml", 'kind = "cca"', "kind = 5", "provider.kind is a text"),
        ("pack.toml", 'kind = "cca"', 'kind = "club"', "provider.kind"),
        ("pack.toml", 'jurisdiction = "US-CA"', 'jurisdiction = "Mars"', "provider.jurisdiction"),
        ("pack.toml", 'name = "Clean Energy Alliance"', "name = 5", "name is a text"),
        ("pack.toml", '"data.kind" = "aggregate"', '"data.kind" = 5', "data.kind"),
        ("pack.toml", '"data.kind" = "aggregate"', '"authorization.given" = true', "for granted"),
        ("pack.toml", "[implied.release_aggregate]", "[implied.fly]", "fly"),
        ("CEA-04.md", 'title = "AMI', 'law = true\ntitle = "AMI', "says that it is law"),
        (
            "CEA-04.md",
            'scope = ["provider.kind is cca"',
            'scope = ["data.kind is covered"',
            "reads data.kind",
        ),
        ("CEA-04.md", 'id = "CEA-04/4.2"', 'id = "CEA-03/4.2"', "begins with CEA-04/"),
        ("CEA-04.md", "Usage obtained", "Usage\x1b[2J obtained", "no text in UTF-8"),
        ("CEA-04.md", 'summary = "', 'summary = "\\u001b[2J', "nobody sees"),
        ("CEA-04.md", 'summary = "', 'summary = "\\u202e', "nobody sees"),
        ("interpretations.toml", 'question = "', 'question = "\\u0007', "nobody sees"),
    ],
)
def test_an_edit_that_goes_beyond_is_refused(own, name, old, new, said):
    edit(own, name, old, new)
    refused(own, said)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("CEA-04.md", LAW_PERMIT, "begins with CEA-04/"),
        ("interpretations.toml", RULING, "question of the law"),
        ("parameters.toml", FIGURE, "is the law's"),
        ("parameters.toml", f"\nx = {'[' * 20000}{']' * 20000}\n", "too deep|not TOML"),
        ("parameters.toml", f"\nx = {'9' * 5000}\n", "not TOML"),
    ],
)
def test_an_addition_that_goes_beyond_is_refused(own, name, text, said):
    add(own, name, text)
    refused(own, said)


def test_a_question_of_the_law_may_be_ruled_otherwise(own):
    law = load_pack("us-ca-cca").interpretations["L1"]
    choices = ", ".join(f'{name} = "{words}"' for name, words in law.choices.items())
    other = next(name for name in law.choices if name != law.ruling)
    add(
        own,
        "interpretations.toml",
        f'\n[L1]\nquestion = "{law.question}"\nchoices = {{ {choices} }}\nruling = "{other}"\non = 2026-01-05\nby = "us"\n',
    )
    assert load_pack(own).interpretations["L1"].ruling == other


@pytest.mark.parametrize("number", ["٣", "9" * 40, "1_000"])
def test_a_number_in_a_condition_is_written_in_plain_digits(own, number):
    edit(
        own,
        "CEA-03.md",
        "aggregate.customers below aggregate.minimum_customers",
        f"aggregate.customers below {number}",
    )
    refused(own, "names the parameter")
