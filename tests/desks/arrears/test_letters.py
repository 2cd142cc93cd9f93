"""CEA-05 5.1: letters that state what is overdue and how to pay, in plain words, in both languages. All names are invented."""

import dataclasses
import io
import re
from datetime import date

import pyphen
import pytest
from pypdf import PdfReader

from meterkeep.desks.arrears.letters import printing, texts
from meterkeep.desks.arrears.letters.letter import (
    LANGUAGES,
    Addressee,
    Itemised,
    Kind,
    Letter,
    Letterhead,
    Office,
)
from meterkeep.desks.arrears.letters.writing import tail_of, written
from meterkeep.desks.saying import said_day, said_money
from meterkeep.errors import BadInput

ON = date(2026, 4, 6)
HEAD = Letterhead(
    Office(
        "Coastal Example Energy", ("100 Harbor Way", "Carlsbad, CA 92008"), "1-800-555-0100", "example.org"
    ),
    "Example Gas & Electric",
    {"en": ("Online at example.org/pay",), "es": ("En línea: example.org/pagar",)},
    {"tern": Office("Fair Example Collections", ("1 Agency Plaza", "San Diego, CA 92101"), "1-800-555-0199")},
)
ANA = Addressee("Ana Example", ("12 Main Street, Apt 4", "Carlsbad, CA 92008"), "4400123456")


def letter(kind, **said):
    facts = {
        "to": ANA,
        "balance": 31245,
        "agency": "tern",
        "next_on": date(2026, 5, 5),
        "dispute_by": date(2026, 5, 11),
        "report_from": date(2026, 10, 2),
        "credit_days": 180,
        "disputed_on": date(2026, 4, 2),
        "planned_on": date(2026, 4, 2),
        "instalments": ((date(2026, 5, 1), 20000), (date(2026, 6, 1), 11245)),
        "itemised": Itemised(date(2026, 3, 1), owed=35000, paid=3755),
    }
    return Letter(kind=kind, reference="C-1", due_date=date(2026, 1, 5), on=ON, **{**facts, **said})


def said(page):
    return " ".join(
        [
            page.title,
            *(" ".join((one.text, *one.items, *(" ".join(row) for row in one.rows))) for one in page.blocks),
        ]
    )


def pdf(*letters, languages=LANGUAGES):
    pages = [written(one, HEAD, languages=languages) for one in letters]
    return printing.as_pdf(pages, title="Letters", author=HEAD.office.name, on=ON)


@pytest.mark.parametrize("kind", [Kind.FIRST, Kind.SECOND, Kind.RETURNED])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_states_the_overdue_status_and_the_ways_to_pay(kind, language):
    (page,) = written(letter(kind), HEAD, languages=[language])
    text = said(page)
    for needed in (
        "$312.45",
        said_day(date(2026, 1, 5), language),
        "91",
        "$0.00",
        HEAD.ways[language][0],
        "1-800-555-0100",
    ):
        assert needed in text
    assert "4400123456" not in text and "3456" in text


def test_wording_without_them_is_refused(tmp_path):
    whole = (texts.SHIPPED / "en.toml").read_text()
    for part, kind in (
        ("@ways", "first_letter"),
        ("@status", "first_letter"),
        ("@itemised", "validation_notice"),
        ("!old", "first_letter"),
    ):
        (tmp_path / "en.toml").write_text(whole.replace(f"{part}\n", "\n"))
        with pytest.raises(BadInput, match=kind):
            texts.read_wording(tmp_path / "en.toml", "en")


def test_a_validation_notice_is_itemised_and_says_what_the_rule_asks():
    (page,) = written(letter(Kind.VALIDATION), HEAD, languages=["en"])
    text = said(page)
    for needed in (
        "debt collector", "Fair Example Collections", "Coastal Example Energy", "March\u00a01, 2026", "$350.00",
        "Interest added since then $0.00", "Fees added since then $0.00", "-$37.55", "$312.45", "May\u00a011, 2026",
        "cfpb.gov/debt-collection", "not my debt", "the amount is wrong", "en español", "Rosenthal",
    ):  # fmt: skip
        assert needed in text
    assert page.sender[0] == "Fair Example Collections"


@pytest.mark.parametrize(
    "wrong",
    [
        {"itemised": None},
        {"itemised": Itemised(date(2026, 3, 1), owed=35000)},
        {"agency": ""},
        {"dispute_by": None},
    ],
    ids=["not itemised", "items that do not come to it", "no agency", "no last day"],
)
def test_a_validation_notice_that_would_not_be_right_is_not_written(wrong):
    with pytest.raises(BadInput):
        written(letter(Kind.VALIDATION, **wrong), HEAD, languages=["en"])


def test_an_old_debt_is_told_in_the_words_of_the_law_and_only_then():
    def laws(**facts):
        (page,) = written(letter(Kind.SECOND, **facts), HEAD, languages=["en"])
        return [one.text for one in page.blocks if one.kind == "law"]

    assert laws() == []
    (one,) = laws(too_old_to_sue=True)
    assert "we will not sue you for it. If you do not pay" in one
    (one,) = laws(too_old_to_sue=True, too_old_to_report=True)
    assert "we will not report it to any credit reporting agency" in one


def test_what_is_taken_back_is_said_where_it_was_done():
    (plain,) = written(letter(Kind.PAID), HEAD, languages=["en"])
    (recalled,) = written(letter(Kind.PAID, recalled=True), HEAD, languages=["en"])
    assert "to close your file" in said(recalled) and "to close your file" not in said(plain)


def test_no_letter_threatens_or_asks_for_more_than_is_owed():
    """CEA-05 5.4 and 5.6: no interest, and what an agency may do is no announcement."""
    for language, words in (
        ("en", r"lawsuit|court|sue you(?! for it)|arrest|wages|shut ?off|disconnect|immediately|final notice|penalt|late fee"),
        ("es", r"demandaremos(?! por ella)|tribunal|arrest|sueldo|cort(e|ar)|inmediat|último aviso|multa|recargo"),
    ):  # fmt: skip
        for kind in Kind:
            (page,) = written(letter(kind, **HOLDING), HEAD, languages=[language])
            own = " ".join(one.text for one in page.blocks if one.kind != "law")
            assert not re.findall(words, own, re.I), (kind, language)
            amounts = {*re.findall(r"(?<!\$ )\$[\d,.]*\d", said(page))}
            assert amounts <= {"$312.45", "$0.00", "$350.00", "$37.55", "$200.00", "$112.45"}


def test_a_letter_says_who_asks_for_the_money_now_and_nothing_else():
    def text(**facts):
        (page,) = written(letter(Kind.FIRST, **facts), HEAD, languages=["en"])
        return said(page)

    assert "on your bill from Example Gas & Electric" in text(billed=True)
    assert "stops asking" not in text(returned=True) and "We may send the debt" in text(returned=True)
    assert "We may send" not in text(referred=True) and "Fair Example Collections now collects it" in text(
        referred=True
    )


def test_several_bills_are_listed_each_with_its_day_and_come_to_the_amount():
    bills = tuple((date(2024 + n // 12, n % 12 + 1, 5), 1245 if n == 0 else 1000) for n in range(31))
    (page,) = written(letter(Kind.FIRST, bills=bills), HEAD, languages=["en"])
    text = said(page)
    assert "more than one bill" in text and "Bill due on July\u00a05, 2026 $10.00" in text
    assert "All bills together $312.45" in text and "It was due on" not in text
    assert len(PdfReader(io.BytesIO(pdf(letter(Kind.FIRST, bills=bills), languages=["en"]))).pages) == 2
    (page,) = written(letter(Kind.FIRST, bills=bills[:1]), HEAD, languages=["en"])
    assert "It was due on" in said(page) and "Bill due on" not in said(page)
    with pytest.raises(BadInput, match="bills do not come"):
        written(letter(Kind.FIRST, bills=bills[:2]), HEAD, languages=["en"])


def test_a_plan_that_does_not_come_to_its_amount_is_not_written():
    with pytest.raises(BadInput, match="parts of the payment plan"):
        written(letter(Kind.PLAN, balance=31244), HEAD, languages=["en"])


def test_both_languages_say_the_same_parts():
    en, es = (texts.wording(language) for language in LANGUAGES)
    assert set(en.words) == set(es.words) and set(en.fixed) == set(es.fixed)
    for kind in Kind:
        shapes = [
            [(one.sign, one.name) for one in each.bodies[kind] if one.sign in "#@!?" and one.sign]
            for each in (en, es)
        ]
        assert shapes[0] == shapes[1]
        fields = [set().union(*(texts.fields_of(one.text) for one in each.bodies[kind])) for each in (en, es)]
        assert fields[0] == fields[1]


def sentences(page):
    """Our own prose: no head, no table, no address, no law, and a name for each that is filled in."""
    return [
        one.text
        for one in page.blocks
        if one.kind == "text" and "Plaza" not in one.text and "Ana" not in one.text
    ]


EASY = dataclasses.replace(
    HEAD,
    office=dataclasses.replace(HEAD.office, name="Coast Power"),
    utility="Bay Light",
    agencies={"tern": dataclasses.replace(HEAD.agencies["tern"], name="Fair Desk")},
)


HOLDING = dict.fromkeys(
    ("billed", "returned", "referred", "never_referred", "never_reported", "recalled", "reported"), True
)
"""Every sentence that stands only where a fact holds."""
TWO = ((date(2026, 1, 5), 20000), (date(2026, 2, 5), 11245))


@pytest.mark.parametrize("kind", list(Kind))
def test_english_letters_read_at_grade_eight_or_below(kind):
    (page,) = written(letter(kind, **HOLDING, bills=TWO), EASY, languages=["en"])
    text = " ".join(sentences(page))
    words = re.findall(r"[A-Za-z']+", text)
    syllables = sum(len(pyphen.Pyphen(lang="en_US").positions(word)) + 1 for word in words)
    ends = len(re.findall(r"[.!?:](?=\s|$)", text))
    assert 0.39 * len(words) / ends + 11.8 * syllables / len(words) - 15.59 <= 8


@pytest.mark.parametrize("kind", list(Kind))
def test_spanish_letters_are_rather_easy_to_read(kind):
    """Szigriszt's perspicuity, INFLESZ scale: 65 and more is rather easy, 55 and more normal."""
    (page,) = written(letter(kind, **HOLDING, bills=TWO), EASY, languages=["es"])
    text = " ".join(sentences(page)).lower()
    words = re.findall(r"[a-záéíóúüñ]+", text)
    syllables = sum(
        max(1, len(re.findall(r"[aeoáéó]|[iuüíú](?![aeoáéó])(?<![aeoáéó][iu])", word))) for word in words
    )
    ends = len(re.findall(r"[.!?:](?=\s|$)", text))
    assert 206.835 - 62.3 * syllables / len(words) - len(words) / ends >= 65


def test_amounts_and_days_are_written_as_people_write_them():
    assert said_money(123456) == "$1,234.56" and said_money(-5) == "-$0.05"
    assert said_day(date(2026, 3, 1), "en") == "March\u00a01, 2026"
    assert said_day(date(2026, 3, 1), "es") == "1\u00a0de\u00a0marzo de 2026"
    assert [tail_of(one) for one in ("4400123456", "1234", "1", "")] == ["3456", "34", "", ""]


@pytest.mark.parametrize(
    "name",
    ["#panic(1) *b* $x$ `y`", "@ways !old {balance} {0}", "محمد علي", "שלום", "N" * 400, "</text>\\\"'"],
    ids=["markup", "our own signs", "Arabic", "Hebrew", "endless", "quotes"],
)
def test_what_a_customer_is_called_is_text_and_nothing_else(name):
    one = letter(Kind.FIRST, to=dataclasses.replace(ANA, name=name))
    (page,) = written(one, HEAD, languages=["en"])
    assert page.to[0] == name and any(block.text == f"Dear {name}:" for block in page.blocks)
    assert len(PdfReader(io.BytesIO(pdf(one, languages=["en"]))).pages) <= 2


def test_signs_that_cannot_be_printed_are_known_beforehand():
    assert printing.unprintable(["Zoë Ñandú", "محمد", "Ελένη", "😀 Bob", "李", "a\u202eb", "x\x00"]) == {
        "😀",
        "李",
        "\u202e",
        "\x00",
    }


def test_the_same_letters_are_the_same_bytes_and_accessible():
    letters = [letter(kind) for kind in Kind]
    made = pdf(*letters)
    assert made == pdf(*letters)
    assert made != pdf(*letters[1:])
    reader = PdfReader(io.BytesIO(made))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF's own kind of boolean
    assert "/StructTreeRoot" in reader.trailer["/Root"]
    assert b"pdfuaid" in reader.trailer["/Root"]["/Metadata"].get_object().get_data()


def test_each_language_of_a_first_letter_fits_on_one_page():
    assert len(PdfReader(io.BytesIO(pdf(letter(Kind.FIRST)))).pages) == 2


def tagged(node):
    """(kind, language) of each element of the structure, in reading order."""
    node = node.get_object()
    if not isinstance(node, dict):
        return
    if "/S" in node:
        yield node["/S"], node.get("/Lang")
    beneath = node.get("/K", [])
    for one in beneath if isinstance(beneath, list) else [beneath]:
        if hasattr(one, "get_object"):
            yield from tagged(one)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_screen_reader_is_told_titles_headings_tables_lists_and_the_language(kind):
    reader = PdfReader(io.BytesIO(pdf(letter(kind))))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en" and root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Letters" and reader.metadata.author == HEAD.office.name
    assert all(page["/Tabs"] == "/S" for page in reader.pages)
    elements = list(tagged(root["/StructTreeRoot"]))
    kinds = [name for name, _ in elements]
    assert kinds.count("/H1") == 2 and not {"/H3", "/H4", "/Figure"} & set(kinds)
    assert kinds.index("/H1") < (kinds.index("/H2") if "/H2" in kinds else len(kinds))
    assert kinds.count("/TH") == 2 * kinds.count("/Table") and kinds.count("/L") >= 2
    spanish = [at for at, (name, language) in enumerate(elements) if name == "/H1" and language == "es"]
    assert spanish == [at for at, name in enumerate(kinds) if name == "/H1"][1:]


def test_only_the_address_stands_where_the_envelope_has_its_window():
    """No. 10: 7/8 to 5 3/8 inches from the left, 1/2 to 1 5/8 from the bottom of 4 1/8, wherever the folded sheet lies in it."""
    to = dataclasses.replace(
        ANA,
        name="ANA MARIA EXAMPLE-EXAMPLE",
        address=("C/O EXAMPLE HOMES", "12 MAIN STREET APT 4", "CARLSBAD CA 92008"),
    )
    reader = PdfReader(io.BytesIO(pdf(letter(Kind.FIRST, to=to), languages=["en"])))
    found = []
    reader.pages[0].extract_text(
        visitor_text=lambda text, cm, tm, *_: found.append((text.strip(), (tm[4] * cm[0] + cm[4]) / 72, 11 - (tm[5] * cm[3] + cm[5]) / 72))
    )  # fmt: skip
    folded, envelope = 11 / 3, 4.125
    top, bottom = envelope - 1.625, envelope - 0.5
    seen = [(text, x, y) for text, x, y in found if text and top - (envelope - folded) < y < bottom]
    assert " ".join(text for text, _, _ in seen).split() == " ".join((to.name, *to.address)).split()
    assert all(0.875 <= x < 4.375 and top - 0.05 < y < bottom - 0.4 for _, x, y in seen)
