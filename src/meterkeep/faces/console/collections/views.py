"""The pages of overdue accounts, for staff whose work is billing. What is decided here is decided as of today, by whoever is signed in."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from meterkeep.desks.arrears import actions, checks, queries, telling
from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.positions import Position, positions, terms_at
from meterkeep.desks.arrears.standings import standing_of, standings
from meterkeep.desks.arrears.terms import Terms
from meterkeep.desks.parties import queries as parties
from meterkeep.desks.workforce import queries as workforce
from meterkeep.errors import BadInput, Refused, Undetermined
from meterkeep.faces.console.collections.pages import (
    MOST,
    account_page,
    account_rows,
    as_csv,
    chosen_of,
    portfolio,
)
from meterkeep.faces.dates import day
from meterkeep.faces.doors import door
from meterkeep.faces.downloads import CSV, attachment
from meterkeep.faces.overdue import dollars

WHAT = {"refer": ActKind.REFERRED, "write-off": ActKind.WRITTEN_OFF}


@door("staff")
def collections(request: HttpRequest) -> HttpResponse:
    on, today = _day(request), request.custodian.today()
    check_reader(request)
    terms = _terms(on)
    page = portfolio(standings(on=on, terms=terms), terms, on=on, today=today, chosen=request.GET)
    return render(request, "console/collections.html", {"page": page, "today": today.isoformat()})


@door("staff")
def collections_csv(request: HttpRequest) -> HttpResponse:
    """All that was chosen, on all pages."""
    on = _day(request)
    check_reader(request)
    terms = _terms(on)
    fit = chosen_of(standings(on=on, terms=terms), terms, on=on, chosen=request.GET)
    return attachment(as_csv(fit, on=on), f"overdue-{on}.csv", CSV)


@door("staff")
def collections_account(request: HttpRequest, reference: str) -> HttpResponse:
    on = _day(request)
    check_reader(request)
    account = queries.accounts().filter(reference=reference).first()
    if account is None:
        raise Http404
    (found,) = positions(on=on, accounts=[account])
    told = telling.account(reference, on=on)
    page = account_page(
        told,
        found.history.lines,
        {one.pk: one.name for one in parties.parties()},
        today=request.custodian.today(),
    )
    return render(
        request,
        "console/collections_account.html",
        {"page": page, "today": request.custodian.today().isoformat()},
    )


@door("staff")
def collections_decide(request: HttpRequest) -> HttpResponse:
    """Choose, look at what it comes to, decide. What has changed between the last two is not decided."""
    check_reader(request)
    asked = request.POST if request.method == "POST" else request.GET
    what, on = asked.get("what", "refer"), request.custodian.today()
    if what not in WHAT:
        raise BadInput(gettext("An account is referred or written off."), where="what")
    may = [one for one in positions(on=on) if not checks.undecidable(one, WHAT[what])]
    chosen = set(asked.getlist("account"))
    if request.method == "POST" and asked.get("do") == "decide":
        return _decided(request, what, [one for one in may if one.account.reference in chosen], on)
    previewed = request.method == "POST"
    if previewed:
        _check_said(request, WHAT[what], chosen, may, on)
    shown = [one for one in may if one.account.reference in chosen] if previewed else may[:MOST]
    page = {
        "what": what,
        "previewed": previewed,
        "rows": account_rows(standing_of(shown), on=on),
        "amount": dollars(sum(one.state.balance for one in shown)),
        "cents": sum(one.state.balance for one in shown),
        "why": asked.get("why", ""),
        "agency": asked.get("agency", ""),
        "agencies": _agencies(on) if what == "refer" else [],
        "more": len(may) - len(shown) if not previewed else 0,
    }
    return render(request, "console/collections_decide.html", {"page": page})


def _check_said(request: HttpRequest, kind: ActKind, chosen: set[str], may: list[Position], on: date) -> None:
    """All that would stop the decision is told with the preview already."""
    if not chosen or chosen - {one.account.reference for one in may}:
        raise BadInput(
            gettext("Choose one or more of the accounts that the page shows."),
            next=gettext("Go back and choose again."),
        )
    checks.check_decider(request.user.person, on=on)
    checks.check_why(request.POST.get("why", ""))
    if kind == ActKind.REFERRED:
        checks.check_agency(request.POST.get("agency", ""), on=on)


def _decided(request: HttpRequest, what: str, found: list[Position], on: date) -> HttpResponse:
    asked = request.POST
    seen = (len(set(asked.getlist("account"))), asked.get("cents", ""))
    if seen != (len(found), str(sum(one.state.balance for one in found))) or not found:
        raise Refused(
            gettext("An account has changed since you looked. Nothing was decided."),
            next=gettext("Look at it again, then decide."),
        )
    actions.decide(
        found=found,
        kind=WHAT[what],
        why=asked.get("why", ""),
        by=request.user.person,
        on=on,
        party=asked.get("agency", "") if what == "refer" else "",
    )
    messages.success(request, gettext("Decided, and entered in the log."))
    return redirect("collections")


def _agencies(on: date) -> list[tuple[str, str]]:
    """Those whom a referral would not be refused for."""
    found = []
    for party in parties.parties():
        try:
            checks.check_agency(party.pk, on=on)
        except (Refused, Undetermined):
            continue
        found.append((party.pk, party.name))
    return found


def check_reader(request: HttpRequest) -> None:
    """What somebody owes is covered information: only those see it whose work is billing."""
    on = request.custodian.today()
    person = workforce.person(request.user.person, on=on)
    if person is None or not workforce.needs_to_know(person, checks.PURPOSE, on=on):
        raise Refused(
            gettext("Overdue accounts are for those whose work is billing."),
            next=gettext("Ask the privacy officer, who assigns what each person needs to know."),
        )


def _terms(on: date) -> Terms:
    found = terms_at(on)
    if found is None:
        raise Undetermined(
            gettext("No document on collections is in force on %(day)s.") % {"day": day(on)},
            next=gettext("Choose another day."),
        )
    return found


def _day(request: HttpRequest) -> date:
    """Today, or the day of a what-if."""
    given = request.GET.get("on", "")
    try:
        return date.fromisoformat(given) if given else request.custodian.today()
    except ValueError:
        raise BadInput(
            gettext("This is no day."), where="on", next=gettext("Write it as 2026-04-30.")
        ) from None
