"""The pages of expense claims: one's own, and those that wait for somebody to verify or decide. Drafts are kept here, not in the browser."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from meterkeep.desks.expenses import actions, checks, exports, queries
from meterkeep.desks.expenses.assessing import WHOLE
from meterkeep.desks.expenses.files import ENDINGS, LARGEST
from meterkeep.desks.expenses.given import Given
from meterkeep.desks.expenses.models import Claim, Receipt
from meterkeep.desks.expenses.private import private_of
from meterkeep.desks.expenses.states import WRITABLE, State
from meterkeep.errors import BadInput, MeterkeepError, Refused
from meterkeep.faces.console.expenses import form as written
from meterkeep.faces.console.expenses.fields import CLAIMANTS, KINDS, PAPERS
from meterkeep.faces.console.expenses.pages import ClaimPage, claim_page, row
from meterkeep.faces.doors import door
from meterkeep.faces.downloads import attachment

NEWEST = 100
EMPTY = {"lines": [], "findings": [], "claimed": "0.00", "allowed": "0.00", "missing": []}


@door("staff")
def expenses(request: HttpRequest) -> HttpResponse:
    """One's own claims, and those of others that wait for this reader."""
    by, on = request.user.person, request.custodian.today()
    mine = [row(one, due=_due(one)) for one in queries.claims_of(by)[:NEWEST]]
    others = [row(one, due=None) for one in queries.waiting() if _may(one, by, on)]
    page = {"mine": mine, "waiting": others, "kinds": CLAIMANTS.items()}
    return render(request, "console/expenses.html", {"page": page})


@require_POST
@door("staff")
def expense_new(request: HttpRequest) -> HttpResponse:
    by, on = request.user.person, request.custodian.today()
    claim = actions.begin(claimant=by, kind=request.POST.get("kind", ""), by=by, on=on)
    return redirect("expense", reference=claim.reference)


@door("staff")
def expense(request: HttpRequest, reference: str) -> HttpResponse:
    claim = _claim(request, reference)
    page = _page(request, claim)
    template = "console/expense.html" if "write" in page.may else "console/expense_review.html"
    return render(request, template, {"page": page, "papers": PAPERS.items()})


@require_POST
@door("staff")
def expense_head(request: HttpRequest, reference: str) -> HttpResponse:
    claim = _claim(request, reference)
    _save(request, claim, written.with_head(queries.document(claim), request.POST))
    return _saved(request, claim)


@require_POST
@door("staff")
def expense_add(request: HttpRequest, reference: str) -> HttpResponse:
    claim = _claim(request, reference)
    today = request.custodian.today().isoformat()
    document, id = written.with_new_line(queries.document(claim), request.POST.get("kind", ""), on=today)
    _save(request, claim, document)
    return redirect(f"/console/expenses/{claim.reference}#line-{id}")


@require_POST
@door("staff")
def expense_line(request: HttpRequest, reference: str, line: str) -> HttpResponse:
    """Saves a line and the receipts that come with it, or takes the line out. From a page that is being typed in, only the outcome goes
    back."""
    claim = _claim(request, reference)
    if request.POST.get("do") == "remove":
        for receipt in queries.receipts(claim).filter(line=line):
            _detach(request, receipt)
        _save(request, claim, written.without_line(queries.document(claim), line))
        return _saved(request, claim)
    _save(request, claim, written.with_line(queries.document(claim), line, request.POST))
    for kind in PAPERS:
        for file in request.FILES.getlist(f"file-{kind}"):
            if file.size > LARGEST:
                raise BadInput(
                    "The file is too large.", where="receipt", next="Take a smaller picture, up to 10 MB."
                )
            actions.attach(
                claim=claim,
                line=line,
                kind=kind,
                content=file.read(),
                gate=request.custodian.gate,
                by=request.user.person,
                on=request.custodian.today(),
            )
    return _saved(request, claim, line)


@door("staff")
def expense_receipt(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """The file itself, to whoever may see the claim; who opened it stands in the log. Posted: takes it out of a draft."""
    _claim(request, reference)
    receipt = queries.receipt(reference, number)
    if receipt is None:
        raise Http404
    if request.method == "POST":
        _detach(request, receipt)
        return redirect("expense", reference=reference)
    custodian = request.custodian
    content = actions.look_at(
        receipt=receipt, gate=custodian.gate, by=request.user.person, on=custodian.today()
    )
    return attachment(content, f"receipt-{number}.{ENDINGS[receipt.media]}", receipt.media)


@require_POST
@door("staff")
def expense_act(request: HttpRequest, reference: str) -> HttpResponse:
    claim, by, on = _claim(request, reference), request.user.person, request.custodian.today()
    do, why = request.POST.get("do", ""), request.POST.get("why", "")
    if do == "submit":
        actions.submit(claim=claim, by=by, on=on)
    elif do == "withdraw":
        actions.withdraw(claim=claim, by=by, on=on)
    elif do == "verify":
        actions.verify(claim=claim, by=by, on=on)
    elif do == "return":
        actions.give_back(claim=claim, why=why, by=by, on=on)
    elif do == "decide":
        actions.decide(claim=claim, rulings=_rulings(request, claim), why=why, by=by, on=on)
    else:
        raise BadInput("Nothing of the kind can be done with a claim.", where="do")
    return redirect("expense", reference=reference)


@door("staff")
def expense_pdf(request: HttpRequest, reference: str) -> HttpResponse:
    """The Report of Actual Travel Expense, as it was handed in."""
    claim, custodian = _claim(request, reference), request.custodian
    content = actions.print_form(
        claim=claim,
        provider=custodian.home.name,
        language=request.LANGUAGE_CODE,
        gate=custodian.gate,
        by=request.user.person,
        on=custodian.today(),
    )
    return attachment(content, f"{claim.reference}.pdf", "application/pdf")


def _claim(request: HttpRequest, reference: str) -> Claim:
    """Raises Refused where it is neither the reader's own nor waits for somebody like them."""
    claim = queries.by_reference(reference)
    if claim is None:
        raise Http404
    by, on = request.user.person, request.custodian.today()
    own = by in (claim.claimant, claim.began_by)
    if not own and (claim.state == State.DRAFT or not _may(claim, by, on)):
        raise Refused("This is somebody else's claim.", next="Look at your own.")
    return claim


def _may(claim: Claim, by: str, on: Any) -> bool:
    return any(checks.can_act(claim, by, role, on=on) for role in (checks.VERIFIER, checks.APPROVER))


def _page(request: HttpRequest, claim: Claim) -> ClaimPage:
    by, on = request.user.person, request.custodian.today()
    document, own = queries.document(claim), by in (claim.claimant, claim.began_by)
    report, problem = _report(claim, document, on)
    return claim_page(
        claim,
        document=document,
        report=report,
        problem=problem,
        papers=list(queries.receipts(claim)),
        rulings=exports.rulings_of(claim),
        private=private_of(claim, gate=request.custodian.gate) if own else {},
        approvals=queries.approvals(claim.claimant, on=on),
        due=_due(claim) if claim.state in WRITABLE else None,
        may=_acts(claim, by, on, own=own),
    )


def _acts(claim: Claim, by: str, on: Any, *, own: bool) -> frozenset[str]:
    found = {"write"} if own and claim.state in WRITABLE else set()
    if own and checks.can_move_to(claim, State.WITHDRAWN):
        found.add("withdraw")
    for act, role, state in (
        ("verify", checks.VERIFIER, State.VERIFIED),
        ("decide", checks.APPROVER, State.APPROVED),
        ("return", checks.VERIFIER, State.RETURNED),
    ):
        if checks.can_move_to(claim, state) and checks.can_act(claim, by, role, on=on):
            found.add(act)
    return frozenset(found)


def _report(claim: Claim, document: Mapping[str, Any], on: Any) -> tuple[Mapping[str, Any], str]:
    """What the policy says, of a draft only as far as it is written; and what stands in the way."""
    if claim.state not in WRITABLE:
        return claim.report or EMPTY, ""
    lines = [line for line in document.get("lines", []) if written.complete(line)]
    if not lines:
        return EMPTY, ""
    try:
        return queries.assessed(claim, on=on, given={**document, "lines": lines}), ""
    except MeterkeepError as problem:
        return EMPTY, f"{_titled(problem.where, lines)}{problem.message} {problem.next}".strip()


def _titled(where: str, lines: Sequence[Mapping[str, Any]]) -> str:
    """Which line of the page a problem is about, as the page calls it."""
    found = re.search(r"lines\[(\d+)\]", where)
    return f"{KINDS[lines[int(found[1])]['kind']]}: " if found else ""


def _save(request: HttpRequest, claim: Claim, document: Mapping[str, Any]) -> None:
    custodian = request.custodian
    actions.save_draft(
        claim=claim, document=document, gate=custodian.gate, by=request.user.person, on=custodian.today()
    )


def _saved(request: HttpRequest, claim: Claim, line: str = "") -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        page = _page(request, claim)
        found = next((one for one in page.lines if one.id == line), None)
        return render(request, "parts/expense_outcome.html", {"page": page, "line": found})
    return redirect(f"/console/expenses/{claim.reference}{f'#line-{line}' if line else ''}")


def _detach(request: HttpRequest, receipt: Receipt) -> None:
    custodian = request.custodian
    actions.detach(receipt=receipt, gate=custodian.gate, by=request.user.person, on=custodian.today())


def _rulings(request: HttpRequest, claim: Claim) -> dict[str, tuple[int | None, str]]:
    """What the form says of each line, "" for the claim as a whole. A line without a reason has no ruling."""
    found: dict[str, tuple[int | None, str]] = {}
    for line in [WHOLE, *(one["id"] for one in (claim.report or EMPTY)["lines"])]:
        why, amount = (
            request.POST.get(f"why-{line}", "").strip(),
            request.POST.get(f"amount-{line}", "").strip(),
        )
        if why or amount:
            found[line] = (Given("decision", {"amount": written.money(amount) or None}).cents("amount"), why)
    return found


def _due(claim: Claim) -> Any:
    return queries.due(claim)
