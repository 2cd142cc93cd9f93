"""Synthetic twins of the public quarterly ZIP files: their headers, marks and forms of numbers, no real figure."""

from collections.abc import Sequence
from pathlib import Path

from meterkeep.aggregates.published import ClassRules, Columns, Finding, Report, audit_tables

SDGE = "ZipCode,Month,Year,CustomerClass,Combined,TotalCustomers,TotalkWh,AveragekWh"
SDGE_GAS = "ZipCode,Month,Year,CustomerClass,Combined,TotalCustomers,TotalTherms,AverageTherms"
PGE = "ZIPCODE,MONTH,YEAR,CUSTOMERCLASS,COMBINED,TOTALCUSTOMERS,TOTALKWH,AVERAGEKWH"
PGE_GAS = "ZIPCODE,MONTH,YEAR,CUSTOMERCLASS,COMBINED,TOTALCUSTOMERS,TOTALTHM,AVERAGETHM"
PGE_EARLY = "Zip Code,Month,Year,Customer Class,Combined,Total Customers,Total kWh,Average kWh"
SCE = '"Zip\nCode",Month,Year,"Customer\nClass",Combined,"Total\nAccounts","Total\nkWh","Average\nkWh"'
HEADERS = {
    "sdge": SDGE,
    "sdge gas": SDGE_GAS,
    "pge": PGE,
    "pge gas": PGE_GAS,
    "pge early": PGE_EARLY,
    "sce": SCE,
}


class Desk:
    """Writes tables into a folder and audits all of them together."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[Path] = []

    def file(
        self, rows: Sequence[str], *, header: str = SDGE, name: str = "", encoding: str = "utf-8"
    ) -> Path:
        path = self.folder / (name or f"table-{len(self.files) + 1}.csv")
        path.write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
        self.files.append(path)
        return path

    def audit(self, *rules: str, **columns: object) -> Report:
        asked = ClassRules.parse(rules or ("15/15",))
        return audit_tables(self.files, rules=asked, columns=Columns(**columns))  # type: ignore[arg-type]

    def of(
        self, *rows: str, header: str = SDGE, rules: Sequence[str] = ("15/15",), **columns: object
    ) -> Report:
        """A table of one file."""
        self.files = []
        self.file(rows, header=header)
        return self.audit(*rules, **columns)


def kinds(report: Report) -> list[str]:
    return [each.kind for each in report.findings]


def only(report: Report, kind: str) -> Finding:
    found = [each for each in report.findings if each.kind == kind]
    assert len(found) == 1, report.findings
    return found[0]


def lines(finding: Finding) -> list[object]:
    return [place["line"] for place in finding.lines]
