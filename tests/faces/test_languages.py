"""English and Spanish say the same: the Spanish catalogue has every sentence, compiled, with its placeholders."""

import gettext
import re
import shutil
from pathlib import Path

import pytest
from django.core.management import call_command

FACES = Path(__file__).resolve().parents[2] / "src" / "meterkeep" / "faces"
MESSAGES = FACES / "locale" / "es" / "LC_MESSAGES"


@pytest.fixture(scope="module")
def catalogue():
    with (MESSAGES / "django.mo").open("rb") as file:
        return {key: text for key, text in gettext.GNUTranslations(file)._catalog.items() if key}


def sentences(path):
    return set(re.findall(r'^msgid "(.+)"$', path.read_text(), flags=re.M))


def english(key):
    return key[0] if isinstance(key, tuple) else key


def test_every_sentence_has_its_translation_and_its_placeholders(catalogue):
    assert len(catalogue) > 200
    wrong = [
        key
        for key, text in catalogue.items()
        if not text or set(re.findall(r"%\(\w+\)s", english(key))) != set(re.findall(r"%\(\w+\)s", text))
    ]
    assert wrong == []


@pytest.mark.skipif(
    not shutil.which("xgettext"), reason="gettext is not installed, so sentences cannot be collected"
)
def test_the_catalogue_has_every_sentence_of_the_pages_and_no_other(tmp_path, monkeypatch):
    pages = tmp_path / "faces"
    shutil.copytree(FACES, pages, ignore=shutil.ignore_patterns("vendor", "locale", "__pycache__"))
    (pages / "locale").mkdir()
    monkeypatch.chdir(pages)
    call_command("makemessages", locale=["es"], no_wrap=True, verbosity=0)
    assert sentences(pages / "locale/es/LC_MESSAGES/django.po") == sentences(MESSAGES / "django.po")


def test_the_compiled_catalogue_is_that_of_the_text(catalogue):
    assert len(sentences(MESSAGES / "django.po")) == len({english(key) for key in catalogue})
