"""What tests of several rooms share: a home of its own for each test with the custodian's gate over it, and where other
people's real files and schemas are."""

import os
import shutil
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

TODAY = date(2026, 3, 2)
ZONE = "America/Los_Angeles"
_XML = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/XML/1998/namespace">
<xs:attribute name="lang" type="xs:language"/><xs:attribute name="space" type="xs:NCName"/>
<xs:attribute name="base" type="xs:anyURI"/></xs:schema>"""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The longest first, so that of two processes none waits for the other at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/whole"))


def pytest_make_parametrize_id(val, argname):
    """Bytes are named by their argument: a compressed case holds the second it was made in, and two processes must
    name the same tests alike."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture
def today():
    return TODAY


@pytest.fixture(scope="session")
def new_engines(tmp_path_factory):
    """A synthetic home with its engines, to be copied: making them takes a third of a second."""
    from meterkeep.site import composition
    from meterkeep.site.home import Home

    made = Home.create(
        tmp_path_factory.mktemp("engines") / "home",
        provider="cea",
        zone=ZONE,
        name="Test Energy",
        created=TODAY,
        synthetic=True,
    )
    composition.make_engines(made)
    return made.folder


@pytest.fixture
def home(new_engines, tmp_path):
    """A synthetic home with its engines, of a provider that has adopted nothing yet."""
    from meterkeep.site.home import Home

    return Home.open(shutil.copytree(new_engines, tmp_path / "home"))


@pytest.fixture
def gate(home, db):
    """The gate as `site` puts it together, with the desks' own sources."""
    from meterkeep.site import composition

    return composition.gate_of(home)


@pytest.fixture
def adopted(db, today):
    """The CEA documents, adopted well before today."""
    from meterkeep.desks.policies import actions

    return actions.adopt(pack_id="cea", by="board", on=date(2020, 2, 20))


@pytest.fixture(scope="session")
def samples() -> Path:
    given = os.environ.get("METERKEEP_SAMPLES")
    folder = Path(given) if given else Path(__file__).parents[2] / "shared/samples"
    if not given and not folder.is_dir():
        pytest.skip("the shared samples are not beside this checkout; METERKEEP_SAMPLES names their folder")
    assert folder.is_dir(), "METERKEEP_SAMPLES names no folder"
    return folder


@pytest.fixture(scope="session")
def espi_schema(samples, tmp_path_factory):
    """The schemas that lie beside the samples, with the import of xml.xsd pointed at a local one."""
    folder, source = tmp_path_factory.mktemp("espi"), samples.parent / "schemas/espi-4.0"
    (folder / "xml.xsd").write_text(_XML)
    for name in ("atom.xsd", "espi.xsd"):
        text = (source / name).read_text(encoding="utf-8-sig")
        (folder / name).write_text(text.replace("http://www.w3.org/2001/03/xml.xsd", "xml.xsd"))
    return etree.XMLSchema(etree.parse(folder / "espi.xsd"))
