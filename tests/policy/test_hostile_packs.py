"""A provider's own pack is written by hand, or by somebody who means harm: it is refused in words, and breaks no command."""

import re

import pytest

from meterkeep.policy.assurance.lint import lint
from meterkeep.policy.language.newpack import new_pack

CLAUSE = '\n## 99 x\n\ntext\n\n```clause\nid = "LE-05/99"\neffect = "forbid"\nactions = ["use"]\nsummary = "x"\nfunction = "F01"\n{}\n```\n'


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own") / "lakeside"
    new_pack("cea", name="Lakeside Energy", folder=folder)
    return {path.relative_to(folder): path.read_text() for path in folder.rglob("*.*")}


@pytest.fixture
def own(model, tmp_path):
    folder = tmp_path / "lakeside"
    for path, text in model.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("file", "pattern", "instead"),
    [
        ("pack.toml", r'"LE-05"\]', r'"LE-05", "../../etc/passwd"]'),
        ("pack.toml", r'kind = "cca"', 'kind = ["cca"]'),
        ("pack.toml", r'"US-CA"', '"Mars"'),
        ("pack.toml", r'inherits = \["us-ca-cca"\]', 'inherits = ["cea"]'),
        ("pack.toml", r'inherits = \["us-ca-cca"\]', "inherits = []"),
        ("pack.toml", r'"Lakeside Energy"', '"\\u001b]0;x\\u0007"'),
        ("pack.toml", r"\Z", '\n[implied.disclose]\n"authorization.given" = true\n'),
        ("pack.toml", r"\Z", '\n[implied.disclose]\n"data.kind" = 5\n'),
        ("pack.toml", r"\A", "a = " + "[" * 20_000 + "\n"),
        ("pack.toml", r"\A", "a = " + "9" * 5_000 + "\n"),
        ("parameters.toml", r"value *= *\d+", "value = 0.5"),
        ("parameters.toml", r"value *= *\d+", "value = true"),
        ("parameters.toml", r"effective *= *[\d-]+", "effective = 2020-01-01T00:00:00Z"),
        ("interpretations.toml", r"\Z", '\n[L1]\nquestion="x"\nchoices={any="x"}\nruling="any"\non=2026-01-01\nby="me"\n'),
        ("LE-04.md", r"effective = 2020-02-20", 'effective = "2020-02-20"'),
        ("LE-04.md", r"scope = \[", 'scope = ["data.kind is covered", '),
        ("LE-04.md", r"scope = \[", "law = true\nscope = ["),
        ("LE-05.md", r"\Z", CLAUSE.replace("LE-05/99", "CPUC/4-d").format("").replace("forbid", "permit")),
        ("LE-05.md", r"\Z", CLAUSE.format('when = ["aggregate.customers at least ' + "9" * 5_000 + '"]')),
        ("LE-05.md", r"\Z", CLAUSE.format('when = ["aggregate.customers at least \u0663"]')),
        ("LE-05.md", r"\Z", CLAUSE.format('closing = "false"')),
        ("LE-05.md", r"\Z", CLAUSE.format('under = [["R1"]]')),
        ("LE-05.md", r"\Z", CLAUSE.format("a = " + "[" * 20_000)),
        ("LE-05.md", r"\Z", CLAUSE.format('when = ["' + "a" * 500_000 + '!"]')),
    ],
)  # fmt: skip
def test_it_is_found_and_nothing_breaks(own, file, pattern, instead):
    text = (own / file).read_text()
    changed = re.sub(pattern, lambda _: instead, text, count=1)
    assert changed != text
    (own / file).write_text(changed)
    found = [one for one in lint(own) if not one.note]
    assert found
    assert not any("\x1b" in f"{one.where}{one.what}" for one in found)


@pytest.mark.parametrize("name", ["LE-05.md", "pack.toml", "tests/LE-04.toml"])
def test_a_link_is_no_part_of_a_pack(own, name):
    (own / name).unlink()
    (own / name).symlink_to("/etc/passwd")
    told = lint(own)
    assert any("link" in one.what for one in told)
    assert not any("root:" in one.what for one in told)
