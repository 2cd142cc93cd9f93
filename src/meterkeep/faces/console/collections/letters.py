"""Letters that are due: looked at first, with what each says, then printed into one file and entered as sent. Nobody is named on the page."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from meterkeep.desks.arrears import mailing
from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.letters.head import NAME, read_letterhead
from meterkeep.desks.arrears.letters.letter import Letterhead
from meterkeep.errors import BadInput, Refused
from meterkeep.faces.console.collections.letter_pages import left_out, letters_page
from meterkeep.faces.console.collections.views import check_reader
from meterkeep.faces.doors import door
from meterkeep.faces.downloads import attachment
from meterkeep.faces.overdue import language

_TOLD = 10
"""Of how many letters that were left out the reason is told at once."""


@door("staff")
def collections_letters(request: HttpRequest) -> HttpResponse:
    check_reader(request)
    on = request.custodian.today()
    if request.method == "POST":
        return _print(request, on) if request.POST.get("do") == "print" else _again(request, on)
    page = letters_page(
        mailing.due(on=on),
        mailing.batches(on=on),
        _head(request),
        language=language(),
        on=on,
    )
    return render(request, "console/collections_letters.html", {"page": page})


def _head(request: HttpRequest) -> Letterhead | None:
    """None where the home has none yet; one that is wrong is told."""
    path = request.custodian.home.folder / NAME
    return read_letterhead(path) if path.exists() else None


def _print(request: HttpRequest, on: date) -> HttpResponse:
    """Only where as many are due as the page showed."""
    kinds = [ActKind(one) for one in request.POST.getlist("kind") if one in ActKind.values]
    shown = sum(int(request.POST.get(f"seen-{kind}", "")[:9] or 0) for kind in kinds)
    if not kinds:
        raise BadInput(gettext("Choose at least one kind of letter."), next=gettext("Go back and choose."))
    if len(mailing.due(on=on, kinds=kinds).found) != shown:
        raise Refused(
            gettext("Other letters are due than when you looked. Nothing was printed."),
            next=gettext("Look at the page again, then print."),
        )
    head, custodian = read_letterhead(request.custodian.home.folder / NAME), request.custodian
    done = mailing.send(out=None, head=head, gate=custodian.gate, by=request.user.person, on=on, kinds=kinds)
    _tell(request, done)
    return redirect("collections_letters")


def _tell(request: HttpRequest, done: mailing.Mailed) -> None:
    number = len(done.sent)
    says = ngettext(
        "%(count)s letter is entered as sent. Download it below, print and post it.",
        "%(count)s letters are entered as sent. Download them below, print and post them.",
        number,
    )
    if number:
        messages.success(request, says % {"count": number})
    for one in left_out(done.left_out[:_TOLD]):
        words = {"letter": one.label, "account": one.account, "why": one.why}
        messages.error(request, gettext("Left out: %(letter)s, %(account)s. %(why)s") % words)


def _again(request: HttpRequest, on: date) -> HttpResponse:
    """The file of letters that were entered today, the same bytes. It never lies on the disk here."""
    digest = request.POST.get("sha256", "")
    if digest not in mailing.batches(on=on):
        raise BadInput(
            gettext("No letters of this file were entered today."), next=gettext("Look at the page again.")
        )
    head, custodian = read_letterhead(request.custodian.home.folder / NAME), request.custodian
    content, _ = mailing.reprinted(sha256=digest, head=head, gate=custodian.gate, by=request.user.person)
    return attachment(content, f"letters-{on}.pdf", "application/pdf")
