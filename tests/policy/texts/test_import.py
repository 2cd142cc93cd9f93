"""What importing a scanned policy promises, quirk by quirk, on a synthetic twin of the real packets."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from meterkeep.errors import BadInput
from meterkeep.policy import load_pack
from meterkeep.policy.texts import import_text
from meterkeep.policy.texts.kept import as_toml, read_texts

TWIN = Path(__file__).with_name("scanned.txt")


@pytest.fixture(scope="module")
def packet():
    return import_text(TWIN)


def document(packet, number):
    (found,) = [one for one in packet.documents if one.number == number]
    return found


def clause(packet, name, number):
    (found,) = [one for one in document(packet, name).passages if one.number == number]
    return found


def test_a_packet_is_parted_into_its_documents(packet):
    assert [one.number for one in packet.documents] == ["report", "resolution", "LKE-01", "LKE-05"]


def test_a_letter_read_for_a_digit_is_put_right_and_kept_as_an_alias(packet):
    assert document(packet, "LKE-05").aliases == ("LKE-OS",)
    assert document(packet, "LKE-01").aliases == ("LKE -001",)


def test_the_header_block_is_read_over_broken_lines(packet):
    header = document(packet, "LKE-01").header
    assert header.subject == "Synthetic Privacy and Long Title Policy"
    assert (header.effective, header.supersedes, header.contact, header.pages) == (
        date(2021, 3, 3),
        "",
        "",
        2,
    )
    assert document(packet, "LKE-01").notes == ("The staff contact is blank.",)


def test_what_a_policy_supersedes_and_whom_to_ask_is_read(packet):
    header = document(packet, "LKE-05").header
    assert (header.supersedes, header.contact, header.pages) == ("LKE-02", "G. Hazel", 2)


def test_votes_set_apart_from_their_names_are_counted(packet):
    assert packet.resolution == "2021-007"
    assert packet.votes.detached
    assert dict(packet.votes.votes) == {
        "ayes": ("Ash", "Birch"),
        "noes": ("Cedar",),
        "absent": (),
        "abstain": (),
    }


@pytest.mark.parametrize("line", ["AYES: Ash, Birch", "AYES: Ash and Birch", "Yeas: Ash; Birch."])
def test_votes_beside_their_labels_are_counted(tmp_path, line):
    file = tmp_path / "votes.txt"
    file.write_text(f"RESOLUTION NO. 2021-008\nSection 1. Done.\n{line}\nNOES: None\nABSENT: Cedar\n")
    votes = import_text(file).votes
    assert dict(votes.votes) == {"ayes": ("Ash", "Birch"), "noes": (), "absent": ("Cedar",)}
    assert not votes.detached


def test_signatures_that_nobody_can_read_are_said_to_be_illegible(packet):
    told = [(one.legible, one.role, one.state) for one in document(packet, "resolution").signatures]
    assert told == [("", "approved", "illegible"), ("Dogwood", "Board Secretary", "illegible")]
    told = [(one.legible, one.state) for one in document(packet, "LKE-01").signatures]
    assert told == [("Elm Fir", "illegible")]


def test_a_line_for_a_signature_without_one_is_missing_it(packet):
    assert [one.state for one in document(packet, "LKE-05").signatures] == ["missing"]


def test_pages_are_told_by_their_furniture(packet):
    assert [one.pages for one in packet.documents] == [(1, 2), (3, 4), (5, 8), (9, 9)]
    assert packet.pages == 9


def test_no_page_furniture_stays_in_a_clause(packet):
    words = " ".join(passage.words for one in packet.documents for passage in one.passages)
    for furniture in (
        "Page 1 of",
        "Policy#",
        "Administrative Policy",
        "AYES",
        "~~4",
        "____",
        "Interim Chief",
    ):
        assert furniture not in words


def test_headings_find_the_numbers_that_stood_apart(packet):
    first = document(packet, "LKE-01")
    sections = [(one.number, one.heading) for one in first.passages if one.number.endswith(".0")]
    assert sections == [
        ("1.0", "Purpose"),
        ("2.0", "Organizations affected"),
        ("3.0", "Definitions"),
        ("4.0", "Policy"),
        ("5.0", "Procedure"),
    ]
    assert clause(packet, "LKE-01", "1.0").notes == ("Its number stands apart, in line 42.",)


def test_an_announced_text_goes_to_its_announcement(packet):
    assert clause(packet, "LKE-01", "3.3").text == "Announced Term means that its text comes later."
    assert clause(packet, "LKE-01", "4.1").text.startswith("Lakeside Energy keeps usage to itself")


def test_a_figure_at_the_start_of_a_line_is_no_clause(packet):
    assert "12.5 of it is asked for" in clause(packet, "LKE-01", "4.1").text
    assert "4.1 Of the first part" in clause(packet, "LKE-01", "5.1").text


def test_a_title_is_parted_from_its_text_but_not_at_its_own_hyphen(packet):
    assert clause(packet, "LKE-01", "3.1").heading == "Usage"
    assert clause(packet, "LKE-01", "3.2").heading == "Ready-made Term"


def test_items_keep_their_letters_and_a_lost_letter_is_found(packet):
    numbers = [one.number for one in document(packet, "LKE-01").passages if one.number.startswith("4.1-")]
    assert numbers == ["4.1-a", "4.1-b", "4.1-c"]
    lost = clause(packet, "LKE-01", "4.1-c")
    assert (lost.text, lost.notes) == (
        "Help in a synthetic emergency.",
        ("It is printed without its letter.",),
    )


def test_a_groups_title_belongs_to_no_clause(packet):
    assert all("Group title" not in one.words for one in document(packet, "LKE-01").passages)


def test_bullets_and_the_form_to_sign_are_numbered(packet):
    assert clause(packet, "LKE-01", "5.1-2").text == "second bullet."
    assert clause(packet, "LKE-01", "ACK-2").text == "I accept it."


def test_every_passage_stands_where_its_anchor_says(packet):
    lines = TWIN.read_text().splitlines()
    for one in document(packet, "LKE-05").passages:
        first, last = one.lines
        assert one.words.split()[-1] in " ".join(lines[first - 1 : last])


def test_nothing_of_the_text_is_lost(packet):
    """Every written word of the numbered clauses is in some passage, or is furniture, heading or signature."""
    words = " ".join(f"{one.heading} {one.text}" for one in document(packet, "LKE-05").passages)
    for said in (
        "To collect synthetic debts.",
        "A letter goes out after 90 days.",
        "Another one at 120 days.",
    ):
        assert said in words


def test_a_text_that_numbers_nothing_is_cut_into_sentences_and_items(tmp_path):
    file = tmp_path / "notice.txt"
    file.write_text(
        "# A synthetic notice\n\nWe keep data. It may be used if necessary to (a) obey a law; (b) send bills; or (c) help "
        "at No. 5 Elm St. in need. Never is it sold.\n"
    )
    (notice,) = import_text(file).documents
    assert [one.text for one in notice.passages] == [
        "We keep data.",
        "It may be used if necessary to",
        "obey a law",
        "send bills; or",
        "help at No. 5 Elm St. in need.",
        "Never is it sold.",
    ]
    assert {one.heading for one in notice.passages} == {
        "A synthetic notice",
        "It may be used if necessary to",
    }


def test_a_changed_copy_of_a_known_policy_is_mapped_by_number_title_and_wording(tmp_path):
    """A provider that took over CEA-04 under a number of its own, with a clause that is foreign to the pack."""
    pack = load_pack("cea")
    told = {one.id: one for one in pack.clauses}
    file = tmp_path / "own.txt"
    file.write_text(
        "SUBJECT: EFFECTIVE DATE:\nAMI Data Security and Privacy Policy March 3, 2021\n"
        "POLICY#: SUPERSEDES STAFF CONTACT # OF PAGES:\nLKE-04 N/A G. Hazel 1\n"
        f"6.0 Procedure\n6.8 {told['CEA-04/6.8'].text}\n6.9 {told['CEA-04/6.9'].text}\n"
        "6.10 Zebras graze beside quiet waterfalls whenever trombones sleep.\n6.12 Violins rust.\n"
    )
    found = {one.passage.number: one for one in import_text(file, pack=pack).mapped}
    assert (found["6.8"].status, found["6.8"].clauses) == ("mapped", ("CEA-04/6.8",))
    assert found["6.9"].clauses == ("CEA-04/6.9",)
    assert found["6.10"].status == "check"
    assert found["6.12"].status == "new"
    assert found["6.0"].status == "heading"


def test_only_what_is_mapped_is_kept_as_the_words_of_a_clause(tmp_path):
    pack = load_pack("cea")
    text = next(one.text for one in pack.clauses if one.id == "CEA-04/6.9")
    file = tmp_path / "own.txt"
    file.write_text(
        "SUBJECT: EFFECTIVE DATE:\nAMI Data Security and Privacy March 3, 2021\n"
        "POLICY#: SUPERSEDES STAFF CONTACT # OF PAGES:\nCEA-04 N/A 1\n"
        f"6.0 Procedure\n6.9 {text}\n6.10 Zebras graze.\n6.11 Violins rust.\n"
    )
    imported = import_text(file, pack=pack)
    (tmp_path / "texts.toml").write_text(as_toml(imported))
    assert tomllib.loads((tmp_path / "texts.toml").read_text())["sha256"] == imported.sha256
    kept = read_texts(tmp_path)
    assert set(kept) == {"CEA-04/6.9"}
    assert kept["CEA-04/6.9"].text == text
    assert kept["CEA-04/6.9"].source == "own.txt L6, page 1"


def pdf(pages):
    """A PDF of plain text, page by page."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for lines in pages:
        stream = "BT /F1 11 Tf 72 720 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
        kids.append(f"{len(objects) + 1} 0 R")
        font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources {font} /Contents {len(objects) + 2} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    body, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return (body + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}").encode()


def test_a_pdf_is_read_page_by_page(tmp_path):
    file = tmp_path / "policy.pdf"
    file.write_bytes(
        pdf(
            [
                ["1.0 Purpose", "1.1 The first clause."],
                ["2.0 Policy", "2.1 The second clause.", "2.2 The third."],
            ]
        )
    )
    (policy,) = import_text(file).documents
    assert [(one.number, one.page) for one in policy.passages] == [
        ("1.0", 1),
        ("1.1", 1),
        ("2.0", 2),
        ("2.1", 2),
        ("2.2", 2),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no text"),
        (b"   \n\n", "no text"),
        (b"\x89PNG\0\0\0", "neither text nor PDF"),
        (b"%PDF-1.7 and no more", "cannot be read"),
        (pdf([[""]]), "no text"),
    ],
)
def test_what_is_no_policy_is_refused_with_the_reason(tmp_path, content, said):
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=said):
        import_text(file)


def test_windows_line_ends_and_characters_do_no_harm(tmp_path):
    file = tmp_path / "old.txt"
    file.write_bytes(
        TWIN.read_bytes().replace(b"\n", b"\r\n").replace(b"wants tests", b"\x93wants\x94 tests")
    )
    again = import_text(file)
    assert [one.number for one in again.documents] == ["report", "resolution", "LKE-01", "LKE-05"]
    assert "“wants” tests" in clause(again, "resolution", "recital-1").text


def test_importing_twice_gives_the_same(packet):
    assert import_text(TWIN) == packet


def test_ligatures_become_letters(tmp_path):
    file = tmp_path / "ligatures.txt"
    file.write_text(
        "1.0 Purpose\n1.1 De\ufb01ne what is a\ufb00ected.\n1.2 Con\ufb01rm it.\n1.3 \ufb02ow on.\n"
    )
    assert "Define what is affected." in [one.text for one in import_text(file).documents[0].passages]


def test_an_item_is_mapped_by_its_letter_where_its_words_alone_do_not_tell(tmp_path):
    """CPA/2-b and its like: a few plain words, one letter."""
    file = tmp_path / "notice.txt"
    file.write_text(
        "It is shared only to (a) obey a law or court order; (b) provide service to a customer; or (c) collect bills."
    )
    found = [one.clauses for one in import_text(file, pack=load_pack("cpa")).mapped]
    assert [one[0] for one in found[1:]] == ["CPA/2-a", "CPA/2-b", "CPA/2-c"]


def test_a_clause_without_support_among_the_items_is_given_to_none(tmp_path):
    pack = load_pack("cea")
    file = tmp_path / "own.txt"
    file.write_text(
        "SUBJECT: EFFECTIVE DATE:\nAMI Data Security and Privacy March 3, 2021\n"
        "POLICY#: SUPERSEDES STAFF CONTACT # OF PAGES:\nCEA-04 N/A 1\n"
        "6.0 Procedure\n6.2 Zebras graze here.\n• violins rust;\n• trombones sleep.\n6.3 Done.\n6.4 Done.\n"
    )
    imported = import_text(file, pack=pack)
    assert "CEA-04/6.2-e" in imported.unmatched
    assert all(one.partition("/")[0] == "CEA-04" for one in imported.unmatched)
