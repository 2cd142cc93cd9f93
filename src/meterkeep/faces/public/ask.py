"""Anyone asks the documents that the provider has adopted, and no others."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from meterkeep.desks.policies import queries as policies
from meterkeep.faces.doors import open_door
from meterkeep.faces.questions import ask_page


@never_cache
@open_door
def ask(request: HttpRequest) -> HttpResponse:
    today = request.custodian.today()
    page = ask_page(
        request.POST.get("question", ""),
        pack=policies.pack_in_force(today),
        on=today,
        posted=request.method == "POST",
    )
    return render(request, "public/ask.html", {"page": page}, status=400 if page.problem else 200)
