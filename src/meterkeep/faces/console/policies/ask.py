"""Staff and auditors ask the adopted documents. The question is posted, so that it stands in no address and no log file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from meterkeep.desks.policies import queries as policies
from meterkeep.faces.doors import door
from meterkeep.faces.questions import ask_page


@door("staff", "auditor")
def ask(request: HttpRequest) -> HttpResponse:
    today = request.custodian.today()
    page = ask_page(
        request.POST.get("question", ""),
        pack=policies.pack_in_force(today),
        on=today,
        posted=request.method == "POST",
    )
    return render(request, "console/ask.html", {"page": page}, status=400 if page.problem else 200)
