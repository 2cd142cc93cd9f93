"""What people write by hand in a pack is held to its shape, and told in their words where it is wrong."""

from __future__ import annotations

import pytest
from policy.editing import copied, edit

from meterkeep.errors import BadInput
from meterkeep.policy import load_pack
from meterkeep.policy.assurance.lint import lint


@pytest.fixture
def own(tmp_path):
    return copied("cea", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value = 15,", 'value = "15",', "whole number without quotes, not a text"),
        ("value = 15,", "value = 15.5,", "whole number without quotes, not a number with a decimal point"),
        ("value = 15,", "value = true,", "whole number"),
        ("value = 15,", "value = -15,", "cannot be -15"),
        ("value = 15,", "valeu = 15,", "valeu"),
        ("value = 15,", "", "'value' is missing"),
        ("value = 150_000,", "value = 1_500_000,", "cannot be 1500000"),
        (
            "effective = 2020-02-20, value = 15",
            'effective = "February 20, 2020", value = 15',
            "a date such as",
        ),
        (
            "effective = 2020-02-20, value = 15",
            "effective = 2020-02-20T10:00:00, value = 15",
            "a date such as",
        ),
    ],
)
def test_a_figure_is_a_number_with_its_date(own, old, new, said):
    edit(own, "parameters.toml", old, new)
    with pytest.raises(BadInput, match=said) as raised:
        load_pack(own)
    assert raised.value.where.startswith("own/parameters.toml")
    assert raised.value.next
    assert any(said in finding.what for finding in lint(own))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("never = true", 'never = "yes"', "never is true or false, not a text"),
        ('actions = ["disclose"]', 'actions = "disclose"', "actions is a list"),
        ("effective = 2020-02-20", 'effective = "2020-02-20"', "effective is a date"),
        ("```clause", "```clausse", "not with"),
        ("```clause", "``` toml", "not with"),
        ("```clause", "```clause extra", "not with"),
        ("\n```\n```clause", "\n```clause", "not closed"),
    ],
)
def test_a_block_is_held_to_its_keys_and_its_fences(own, old, new, said):
    """A fence that is lost or misspelled must not take its clause with it without a word."""
    edit(own, "CEA-03.md", old, new)
    with pytest.raises(BadInput, match=said) as raised:
        load_pack(own)
    assert "CEA-03.md line" in raised.value.where


def test_a_heading_inside_a_block_shows_that_its_end_is_lost(own):
    text = (own / "CEA-03.md").read_text()
    (own / "CEA-03.md").write_text(text.replace("\n```\n\n#", "\n\n#", 1))
    with pytest.raises(BadInput, match="not closed before line"):
        load_pack(own)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("interpretations.toml", "on = 2020-02-20", 'on = "soon"', "on is a date"),
        ("purposes.toml", 'class = "primary"', "class = 1", "class is a text"),
        ("elements.toml", "contact = true", 'contact = "true"', "contact is true or false"),
    ],
)
def test_the_other_files_too(own, name, old, new, said):
    edit(own, name, old, new)
    with pytest.raises(BadInput, match=said):
        load_pack(own)
