"""A provider's own pack: a copy that is the provider's from its ids on, and a folder that is text and nothing else."""

import re
import subprocess
import sys

import pytest

from meterkeep.errors import BadInput, Refused
from meterkeep.policy import load_pack, pack_ids
from meterkeep.policy.assurance.cases import run_cases
from meterkeep.policy.assurance.lint import lint
from meterkeep.policy.language import loading
from meterkeep.policy.language.folder import MOST_BYTES, MOST_FILES
from meterkeep.policy.language.newpack import NOBODY, Origin, new_pack, origin_of, prefix_of, slug_of, unruled

MODELS = [name for name in pack_ids() if name != "us-ca-cca"]


@pytest.fixture
def lakeside(tmp_path):
    new_pack("cpa", name="Lakeside Energy", folder=tmp_path / "lakeside-energy")
    return tmp_path / "lakeside-energy"


@pytest.fixture
def shelf(tmp_path):
    loading.look_in(tmp_path)
    yield tmp_path
    loading.look_in()


def faults(pack):
    return [finding for finding in lint(pack) if not finding.note]


@pytest.mark.parametrize("model", MODELS)
def test_a_copy_lints_and_passes_its_tests_right_away(model, tmp_path):
    made = new_pack(model, name="Lakeside Energy", folder=tmp_path / "lakeside-energy")
    assert faults(made.folder) == []
    results = run_cases(made.folder)
    assert results and [result for result in results if not result.passed] == []


@pytest.mark.parametrize("model", MODELS)
def test_a_copy_speaks_of_no_document_of_its_model(model, tmp_path):
    made = new_pack(model, name="Lakeside Energy", folder=tmp_path / "lakeside-energy")
    texts = "".join(path.read_text() for path in made.folder.rglob("*") if path.is_file())
    for old in made.renamed:
        assert not re.search(rf"(?<![\w-]){re.escape(old)}/", texts), old
    pack = load_pack(made.folder)
    assert {clause.document for document in pack.documents for clause in document.clauses} <= set(
        made.renamed.values()
    )
    assert all(not document.source and not document.adopted for document in pack.documents)
    assert all(not clause.anchor for document in pack.documents for clause in document.clauses)


def test_a_copy_is_the_provider_s_and_its_rulings_are_nobody_s_yet(lakeside):
    pack = load_pack(lakeside)
    assert (pack.id, pack.name) == ("lakeside-energy", "Lakeside Energy")
    own = set(unruled(pack))
    assert own == set(pack.interpretations) and own
    law = load_pack("us-ca-cca").interpretations
    assert all(r.by.startswith(NOBODY) for name, r in pack.interpretations.items() if name not in law)


def test_the_papers_of_the_model_s_act_are_not_the_copy_s(tmp_path):
    """The staff report and the resolution tell of another provider's board."""
    made = new_pack("cea", name="Lakeside Energy", folder=tmp_path / "lakeside")
    assert sorted(path.name for path in made.folder.glob("LE*.md")) == [f"LE-0{n}.md" for n in range(1, 6)]
    assert [document.id for document in load_pack(made.folder).documents] == [f"LE-0{n}" for n in range(1, 6)]
    texts = "".join(path.read_text() for path in made.folder.rglob("*") if path.is_file())
    assert "policy prove lakeside" in texts
    for told in ("Carlsbad", "2020-002", "Schumacher", "Boswell", "001_fb19", "policy prove cea"):
        assert told not in texts, told


def test_the_model_s_vote_is_not_the_copy_s(tmp_path):
    from meterkeep.policy.language.adoption import adoption_of

    made = new_pack("cpa", name="Lakeside Energy", folder=tmp_path / "lakeside")
    record = adoption_of(made.folder)
    assert (record.number, record.adopted, record.votes.taken, record.signature) == ("", None, False, ())


def test_a_copy_notes_what_it_was_begun_from(tmp_path, shelf):
    made = new_pack("cpa", name="Lakeside Energy", folder=tmp_path / "lakeside")
    assert origin_of(made.folder) == Origin("cpa", load_pack("cpa").digest, made.renamed)
    assert origin_of("cpa") is None
    again = new_pack("lakeside", name="Riverside Power", folder=tmp_path / "riverside")
    assert origin_of(again.folder) == Origin("lakeside", load_pack(made.folder).digest, {"LE": "RP"})


def test_the_next_commands_name_a_folder_outside_the_home_by_its_path(tmp_path):
    there = tmp_path / "packs" / "base"
    command = ["policy", "new", "--from", "cpa", "--name", "Base Power", "--to", str(there)]
    told = subprocess.run(
        [sys.executable, "-m", "meterkeep", *command], capture_output=True, text=True, check=True
    )
    assert f"meterkeep policy lint {there}" in told.stdout


def test_nothing_is_overwritten(lakeside):
    before = {path: path.read_bytes() for path in lakeside.rglob("*") if path.is_file()}
    with pytest.raises(Refused, match="nothing is overwritten"):
        new_pack("cpa", name="Lakeside Energy", folder=lakeside)
    assert before == {path: path.read_bytes() for path in lakeside.rglob("*") if path.is_file()}
    assert [path.name for path in lakeside.parent.iterdir()] == [lakeside.name]


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"name": 'Evil" \nkind = "x'}, "name"),
        ({"name": " "}, "name"),
        ({"prefix": "PUC"}, "prefix"),
        ({"prefix": "le/../x"}, "prefix"),
        ({"folder": "Capital Letters"}, "folder"),
    ],
)
def test_what_cannot_name_a_pack_is_refused(said, place, tmp_path):
    folder = tmp_path / said.pop("folder", "lakeside")
    with pytest.raises(BadInput) as refused:
        new_pack("cpa", folder=folder, **{"name": "Lakeside", **said})
    assert refused.value.where == place
    assert not folder.exists()


def test_nobody_begins_a_pack_of_the_law(tmp_path):
    with pytest.raises(BadInput, match="is the law"):
        new_pack("us-ca-cca", name="Lakeside", folder=tmp_path / "lakeside")


def test_a_shipped_id_is_taken(tmp_path):
    with pytest.raises(Refused, match="cea"):
        new_pack("cpa", name="Lakeside", folder=tmp_path / "cea")


def test_names_make_ids():
    assert (slug_of("Lakeside Energy, Inc."), prefix_of("Lakeside Energy")) == ("lakeside-energy-inc", "LE")
    assert prefix_of("Lakeside") == "LAK"


def test_packs_on_the_shelf_go_by_their_ids(lakeside, shelf):
    assert loading.own_pack_ids() == ["lakeside-energy"]
    assert load_pack("lakeside-energy").digest == load_pack(lakeside).digest
    assert faults("lakeside-energy") == []


def test_a_pack_on_the_shelf_never_stands_in_for_a_shipped_one(lakeside, shelf):
    lakeside.rename(shelf / "us-ca-cca")
    assert loading.own_pack_ids() == []
    assert load_pack("us-ca-cca").name != "Lakeside Energy"


def test_an_edit_is_read_at_once(lakeside):
    before = load_pack(lakeside).digest
    path = lakeside / "interpretations.toml"
    path.write_text(path.read_text() + "# a remark\n")
    assert load_pack(lakeside).digest != before


def test_the_record_of_the_adoption_changes_no_decision_and_no_digest(lakeside):
    before = load_pack(lakeside).digest
    (lakeside / "adoption.toml").write_text('kind = "administrative"\n')
    assert load_pack(lakeside).digest == before


def outside(lakeside):
    (lakeside.parent / "secret.md").write_text("secret")
    path = lakeside / "pack.toml"
    path.write_text(re.sub(r"documents = \[.*\]", 'documents = ["../secret"]', path.read_text()))


def linked(lakeside):
    (lakeside.parent / "secret.md").write_text("secret")
    (lakeside / "EXTRA.md").symlink_to(lakeside.parent / "secret.md")


def linked_tests(lakeside):
    (lakeside.parent / "elsewhere").mkdir()
    (lakeside / "tests").rename(lakeside.parent / "elsewhere" / "tests")
    (lakeside / "tests").symlink_to(lakeside.parent / "elsewhere" / "tests")


def binary(lakeside):
    (lakeside / "EXTRA.md").write_bytes(b"\x00\x01\x02")


def latin(lakeside):
    (lakeside / "EXTRA.md").write_bytes("Se\xf1or".encode("latin-1"))


def huge(lakeside):
    (lakeside / "EXTRA.md").write_bytes(b"a" * (MOST_BYTES + 1))


def many(lakeside):
    for number in range(MOST_FILES + 1):
        (lakeside / f"N{number}.md").write_text("x")


def nameless(lakeside):
    path = lakeside / "pack.toml"
    path.write_text(path.read_text().replace("name = ", "naem = "))


def unlike(lakeside):
    (lakeside / "parameters.toml").write_text("[x]\nsays = 'x'\nfigures = [{ worth = 3 }]\n")


@pytest.mark.parametrize(
    "spoil", [outside, linked, linked_tests, binary, latin, huge, many, nameless, unlike]
)
def test_a_folder_that_is_no_plain_text_is_refused_by_name(spoil, lakeside):
    load_pack(lakeside)
    spoil(lakeside)
    with pytest.raises(BadInput) as refused:
        load_pack(lakeside)
    assert refused.value.where and refused.value.next
    assert "secret" not in refused.value.message.replace("../secret", "")
    assert faults(lakeside)


def test_what_else_lies_in_the_folder_is_never_read(lakeside):
    before = load_pack(lakeside).digest
    (lakeside / "minutes.pdf").write_bytes(b"\x00")
    (lakeside / ".hidden.md").write_bytes(b"\x00")
    (lakeside / "__init__.py").write_text("raise SystemExit")
    assert load_pack(lakeside).digest == before
    assert not any(
        name.endswith(("pdf", ".py")) or "hidden" in name for name in loading.files_to_keep(lakeside)
    )


def test_a_kept_copy_holds_the_law_beneath_and_decides_alike(lakeside):
    kept = loading.files_to_keep(lakeside)
    assert {name.partition("/")[0] for name in kept} == {"lakeside-energy", "us-ca-cca"}
    assert loading.load_stored(kept, "lakeside-energy").digest == load_pack(lakeside).digest
