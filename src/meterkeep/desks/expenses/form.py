"""The provider's form, Report of Actual Travel Expense (CEA-01 6.1), as a tagged PDF: the same bytes for the same claim."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from meterkeep.desks.expenses import exports, queries
from meterkeep.desks.expenses.models import Claim
from meterkeep.desks.expenses.reasons import said as said_again
from meterkeep.desks.expenses.states import State
from meterkeep.desks.saying import told
from meterkeep.errors import Refused

_TEMPLATE = Path(__file__).with_name("form.typ")
_WORDS = {
    "en": {
        "title": "Report of Actual Travel Expense", "what": "Item", "said": "Answer", "claim": "The claim", "expenses": "Expenses",
        "day": "Day", "expense": "Expense and clause", "claimed": "Claimed", "allowed": "Allowed", "paid": "Paid", "total": "Total",
        "ruling": "Decided", "receipts": "Receipts", "whole": "The claim as a whole", "parts": "Parts of the report",
        "report": "Report to the Board", "steps": "Steps", "claimant": "Claimant", "kind": "Kind of claimant", "address": "Home address",
        "phone": "Phone", "purpose": "Purpose", "activity": "Activity", "position": "Adopted position", "from": "From", "to": "To",
        "start": "Start", "end": "End", "agency": "Another agency pays some of it", "filed": "Handed in", "verified": "Verified",
        "decided": "Decided", "state": "State", "yes": "yes", "no": "no", "digest": "Digest of the claim:",
        "in_state": "In state", "out_of_state": "Out of state", "miscellaneous": "Miscellaneous meals and mileage",
        "unknown": "In or out of state: not said",
        "notice": "The Political Reform Act and other laws may ask you to report some of this too. What the agency pays is a public record.",
    },
    "es": {
        "title": "Informe de gastos reales de viaje", "what": "Dato", "said": "Respuesta", "claim": "La solicitud", "expenses": "Gastos",
        "day": "Día", "expense": "Gasto y cláusula", "claimed": "Pedido", "allowed": "Admitido", "paid": "Pagado", "total": "Total",
        "ruling": "Decidido", "receipts": "Recibos", "whole": "La solicitud en conjunto", "parts": "Partes del informe",
        "report": "Informe a la Junta", "steps": "Pasos", "claimant": "Solicitante", "kind": "Clase de solicitante",
        "address": "Domicilio", "phone": "Teléfono", "purpose": "Motivo", "activity": "Actividad", "position": "Postura adoptada",
        "from": "Desde", "to": "Hasta", "start": "Inicio", "end": "Fin", "agency": "Otra agencia paga una parte", "filed": "Entregado",
        "verified": "Verificado", "decided": "Decidido", "state": "Estado", "yes": "sí", "no": "no", "digest": "Huella de la solicitud:",
        "in_state": "Dentro del estado", "out_of_state": "Fuera del estado", "miscellaneous": "Comidas y millas varias",
        "unknown": "Dentro o fuera del estado: no se dijo",
        "notice": "La Ley de Reforma Política y otras leyes pueden pedirle que declare parte de esto. Lo que paga la agencia es un registro público.",
    },
}  # fmt: skip

_SPANISH = {
    "meal": "comida", "mileage": "millas en auto propio", "taxi": "taxi", "lodging": "hotel", "airfare": "vuelo",
    "car_rental": "auto alquilado", "baggage": "equipaje", "parking": "estacionamiento", "toll": "peaje", "phone": "teléfono",
    "registration": "inscripción", "other": "otro", "official": "funcionario", "committee": "miembro de un comité",
    "employee": "empleado", "contractor": "contratista", "volunteer": "voluntario", "submitted": "entregada", "returned": "devuelta",
    "verified": "verificada", "approved": "aprobada", "refused": "rechazada", "withdrawn": "retirada", "itemised": "detallado",
    "card": "tarjeta", "fuel": "combustible", "receipt": "recibo", "evidence": "prueba",
}  # fmt: skip
"""The codes of kinds, papers and states; in English they are words themselves."""


def _word(code: str, language: str) -> str:
    return _SPANISH[code] if language == "es" else code.replace("_", " ")


def as_pdf(claim: Claim, *, provider: str, private: Mapping[str, str], language: str = "en") -> bytes:
    """PDF/UA-1. private: the claimant's own, since the form goes to whoever pays. Raises Refused where nothing was handed in yet."""
    import typst

    data = json.dumps(as_data(claim, provider=provider, private=private, language=language), sort_keys=True)
    content: bytes = typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"data": data},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=0,
    )
    return content


def as_data(claim: Claim, *, provider: str, private: Mapping[str, str], language: str) -> dict[str, Any]:
    """What the template shows, all of it text."""
    version = claim.versions.filter(number=claim.version).first()
    if version is None:
        raise Refused("Nothing was handed in yet.", where=claim.reference, next="Hand the claim in first.")
    words = _WORDS.get(language, _WORDS["en"])
    document, report = version.document, claim.report or version.report
    total = "" if claim.approved is None else f"{claim.approved // 100}.{claim.approved % 100:02}"
    return {
        "words": words,
        "language": language if language in _WORDS else "en",
        "provider": provider,
        "reference": claim.reference,
        "facts": _facts(claim, document, private, words, language),
        "lines": [
            _line(claim, line, said, language)
            for line, said in zip(document["lines"], report["lines"], strict=True)
        ],
        "findings": _findings(report["findings"], language),
        "claimed": report["claimed"],
        "allowed": report["allowed"],
        "paid": total,
        "parts": [[words[part], amount] for part, amount in sorted(report["parts"].items())],
        "report": str(document.get("report") or ""),
        "steps": _steps(claim, words, language),
        "sha256": version.sha256,
    }


def _facts(
    claim: Claim,
    document: Mapping[str, Any],
    private: Mapping[str, str],
    words: Mapping[str, str],
    language: str,
) -> list[list[str]]:
    trip = document.get("trip") or {}
    agency = {True: words["yes"], False: words["no"]}.get(document.get("other_agency"), "")  # type: ignore[call-overload]
    rows = [
        ("claimant", (document.get("claimant") or {}).get("name") or claim.claimant),
        ("kind", _word(claim.kind, language)),
        ("address", private.get("home_address")),
        ("phone", private.get("phone")),
        *((name, document.get(name)) for name in ("purpose", "activity", "position")),
        *((name, trip.get(name)) for name in ("from", "to")),
        *((name, str(trip.get(name) or "").replace("T", " ")) for name in ("start", "end")),
        ("agency", agency),
    ]
    return [[words[name], str(value)] for name, value in rows if value]


def _line(claim: Claim, line: Mapping[str, Any], said: Mapping[str, Any], language: str) -> dict[str, Any]:
    ruling = exports.rulings_of(claim).get(said["id"])
    papers = queries.receipts(claim, version=claim.version).filter(line=said["id"])
    decided = claim.state in (State.APPROVED, State.REFUSED)
    return {
        "on": line["on"],
        "kind": _word(line["kind"], language),
        "claimed": said["claimed"],
        "allowed": said["allowed"],
        "paid": exports.paid(said, ruling) if decided else "",
        "findings": _findings(said["findings"], language),
        "ruling": ruling.why if ruling else "",
        "receipts": ", ".join(f"{_word(paper.kind, language)} {paper.sha256[:8]}" for paper in papers),
    }


def _findings(findings: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, str]]:
    return [{"clause": one["clause"], "reason": told(said_again(one), language)} for one in findings]


def _steps(claim: Claim, words: Mapping[str, str], language: str) -> list[list[str]]:
    steps = [
        ("filed", "", claim.filed),
        ("verified", claim.verified_by, claim.verified_on),
        ("decided", claim.decided_by, claim.decided_on),
    ]
    told = [[words[name], " ".join(filter(None, (by, str(on))))] for name, by, on in steps if on]
    return [*told, [words["state"], _word(claim.state, language)]]
