"""Why a file was refused is told in the reader's language where the sentence is known, and every known one is still said."""

from pathlib import Path

import pytest
from django.utils import translation

from meterkeep.faces.refusals import SENTENCES, place_told, told

SOURCE = Path(__file__).resolve().parents[2] / "src" / "meterkeep"


@pytest.fixture(scope="module")
def said():
    rooms = [*(SOURCE / "readings").rglob("*.py"), *(SOURCE / "jobs").rglob("*.py")]
    return "".join(path.read_text() for path in [*rooms, SOURCE / "gate" / "intake.py"])


def test_every_sentence_is_still_said_by_a_reader(said):
    gone = [each for each in SENTENCES if each.removesuffix(".") not in said]
    assert gone == ["The file has no header record (100)."]
    assert "{what} has no header record (100)." in said


def test_a_sentence_and_a_place_in_spanish():
    with translation.override("es"):
        assert told("The file is empty.") == ("El archivo está vacío.", "es")
        assert place_told("after record 12, line 3") == "después de registro 12, línea 3"
    assert told("The file is empty.") == ("The file is empty.", "en")


def test_what_is_not_known_stays_english_and_says_so():
    with translation.override("es"):
        assert told("A sentence that nobody says.") == ("A sentence that nobody says.", "en")
