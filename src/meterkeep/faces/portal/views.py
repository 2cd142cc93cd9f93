from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format

from meterkeep.desks.arrears import queries as arrears
from meterkeep.desks.customers import queries as customers
from meterkeep.desks.disclosures import actions as disclosures
from meterkeep.desks.disclosures import queries
from meterkeep.desks.disclosures.delivery import Delivered, FileKind
from meterkeep.faces.doors import door
from meterkeep.faces.downloads import CSV, XLSX, attachment
from meterkeep.faces.names import Names
from meterkeep.faces.portal import downloads, presenters
from meterkeep.faces.portal.hours import Flow, flows, others
from meterkeep.faces.portal.months import Month, last_months
from meterkeep.faces.portal.overdue import help_of, overdue_of
from meterkeep.faces.portal.seen import SeenPage, as_csv, seen_page
from meterkeep.gate.chains import CustomerFile

MONTHS_ON_OFFER = 37


@door("customer")
def home(request: HttpRequest) -> HttpResponse:
    known = customers.taken_in([request.user.customer_id])
    late = arrears.accounts_of(request.user.customer_id).exists()
    return render(
        request, "portal/home.html", {"taken_in": known.get(request.user.customer_id), "late": late}
    )


@door("customer")
def overdue(request: HttpRequest) -> HttpResponse:
    """What was done on their overdue accounts."""
    custodian, on = request.custodian, request.custodian.today()
    names = Names.of(custodian.home.name, on=on)
    accounts = overdue_of(request.user.customer_id, names=names, on=on)
    return render(
        request, "portal/overdue.html", {"accounts": accounts, "help": help_of(custodian.home.folder)}
    )


@door("customer")
def usage(request: HttpRequest) -> HttpResponse:
    table = _readings(request)
    page = presenters.usage_page(
        _flows(request, table),
        month=_month(request),
        months=last_months(Month.of(request.custodian.today()), MONTHS_ON_OFFER),
        channel=request.GET.get("channel", ""),
        others=others(table),
    )
    return render(request, "portal/usage.html", {"page": page})


@door("customer")
def usage_csv(request: HttpRequest) -> HttpResponse:
    text = downloads.as_csv(_flows(request, _readings(request)))
    return attachment(text, f"energy-use-{_month(request)}.csv", CSV)


@door("customer")
def usage_xml(request: HttpRequest) -> HttpResponse:
    document = downloads.as_green_button(
        _flows(request, _readings(request)),
        customer=request.user.customer_id,
        secret=settings.SECRET_KEY,
        made=request.custodian.gate.clock(),
        zone=request.custodian.home.zone,
    )
    return attachment(document, f"energy-use-{_month(request)}.xml", "application/atom+xml")


@door("customer")
def usage_xlsx(request: HttpRequest) -> HttpResponse:
    custodian = request.custodian
    kind = FileKind("xlsx", custodian.home.zone, custodian.gate.clock(), settings.SECRET_KEY)
    return attachment(_shown(request, kind).file, f"energy-use-{_month(request)}.xlsx", XLSX)


@door("customer")
def seen(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/seen.html", {"page": _seen(request)})


@door("customer")
def seen_csv(request: HttpRequest) -> HttpResponse:
    return attachment(as_csv(_seen(request)), "who-has-seen-my-data.csv", CSV)


@door("customer")
def proof(request: HttpRequest) -> HttpResponse:
    file = _proof(request)
    zone = ZoneInfo(request.custodian.home.zone)
    closed = datetime.fromisoformat(file.epoch.at).astimezone(zone) if file.epoch else None
    told = {
        "file": file,
        "closed": date_format(closed, "j M Y, H:i") if closed else "",
        "epoch_url": reverse("log_epoch"),
    }
    return render(request, "portal/proof.html", told)


@door("customer")
def proof_file(request: HttpRequest) -> HttpResponse:
    return attachment(_proof(request).text, "my-list.json", "application/json")


def _proof(request: HttpRequest) -> CustomerFile:
    custodian = request.custodian
    return custodian.gate.chains.file_for(request.user.customer_id, on=custodian.today())


def _seen(request: HttpRequest) -> SeenPage:
    custodian = request.custodian
    sightings = queries.seen(request.user.customer_id, custodian.gate)
    names = Names.of(custodian.home.name, on=custodian.today())
    return seen_page(sightings, names=names, zone=ZoneInfo(custodian.home.zone), chosen=request.GET)


def _readings(request: HttpRequest) -> pa.Table:
    return _shown(request).table


def _shown(request: HttpRequest, kind: FileKind | None = None) -> Delivered:
    """What the gate shows this customer of this month: hours of the usage points that were theirs at the time."""
    month = _month(request)
    return disclosures.show_usage(
        customer=request.user.customer_id,
        period=(month.start, month.end),
        interval="PT1H",
        gate=request.custodian.gate,
        by=request.user.customer_id,
        on=request.custodian.today(),
        kind=kind,
    )


def _flows(request: HttpRequest, table: pa.Table) -> list[Flow]:
    custodian = request.custodian
    return flows(table, _month(request), ZoneInfo(custodian.home.zone), until=custodian.gate.clock())


def _month(request: HttpRequest) -> Month:
    """The month asked for, or the last whole one."""
    asked = request.GET.get("month")
    return Month.parse(asked) if asked else Month.of(request.custodian.today()).previous()
