"""The pages of meter files and of the defect list, for staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO

import pyarrow.csv
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from meterkeep.desks.intake import defects as defect_list
from meterkeep.desks.intake import queries
from meterkeep.desks.intake.models import InboundFile, Status
from meterkeep.faces.console.intake.pages import (
    COLUMNS,
    chosen_of,
    defects_page,
    file_page,
    files_page,
    rejected,
)
from meterkeep.faces.doors import door
from meterkeep.faces.downloads import CSV, attachment, csv_text

PER_PAGE = 100
HEAD = ("reference", "received", "format", "source", "status", "records", "stored", "duplicate", "already_stored",
        "rejected", "sha256", "error")  # fmt: skip


@door("staff")
def files(request: HttpRequest) -> HttpResponse:
    chosen = _chosen(request.GET)
    paginator = Paginator(_files(chosen), PER_PAGE)
    shown = paginator.get_page(request.GET.get("page"))
    page = files_page(
        list(shown),
        count=paginator.count,
        number=shown.number,
        pages=paginator.num_pages,
        formats=sorted(set(queries.files().order_by().exclude(format="").values_list("format", flat=True))),
        chosen=chosen,
    )
    return render(request, "console/files.html", {"page": page})


@door("staff")
def files_csv(request: HttpRequest) -> HttpResponse:
    rows = [_cells(file) for file in _files(_chosen(request.GET))]
    return attachment(csv_text([HEAD, *rows]), "meter-files.csv", CSV)


@door("staff")
def file(request: HttpRequest, reference: str) -> HttpResponse:
    found = queries.by_reference(reference)
    if found is None:
        raise Http404
    gate = request.custodian.gate
    original = defect_list.files(defect_list.Chosen(file=found.sha256)).first() if found.sha256 else None
    page = file_page(
        found,
        defects=original.defects.all() if original else (),
        series=gate.series_of(found.sha256) if original else [],
        original=original,
    )
    return render(request, "console/file.html", {"page": page})


@door("staff")
def defects(request: HttpRequest) -> HttpResponse:
    chosen = chosen_of(request.GET)
    after = defect_list.Cursor.of(request.GET.get("after", ""))
    found = defect_list.page(chosen, gate=request.custodian.gate, after=after, size=PER_PAGE)
    page = defects_page(
        found,
        counted=defect_list.kinds(chosen),
        known=defect_list.kinds(),
        chosen=chosen,
        after=after,
    )
    return render(request, "console/defects.html", {"page": page})


@door("staff")
def defects_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The whole of what is chosen, as it is read: a list of millions takes no more memory than one of ten."""
    return StreamingHttpResponse(
        as_csv(defect_list.listed(chosen_of(request.GET), gate=request.custodian.gate)),
        content_type=CSV,
        headers={"Content-Disposition": 'attachment; filename="defects.csv"'},
    )


def as_csv(tables: Iterator[tuple[defect_list.Cursor, pyarrow.Table]]) -> Iterator[bytes]:
    """Numbers, codes of ours and instants only: nothing in it can be taken for a formula."""
    yield (",".join(defect_list.COLUMNS) + "\n").encode()
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    for _, table in tables:
        out = BytesIO()
        pyarrow.csv.write_csv(table, out, options)
        yield out.getvalue()


def _chosen(asked: Mapping[str, str]) -> dict[str, str]:
    status = asked.get("status", "")
    sort = asked.get("sort", "")
    return {
        "status": status if status in Status.values else "",
        "format": asked.get("format", ""),
        "sort": sort if sort.removeprefix("-") in COLUMNS else "",
    }


def _files(chosen: Mapping[str, str]) -> QuerySet[InboundFile]:
    wanted = {name: value for name, value in chosen.items() if value and name != "sort"}
    return queries.files(sort=chosen["sort"]).filter(**wanted).select_related("source")


def _cells(file: InboundFile) -> tuple[object, ...]:
    counts = file.counts
    fates = (
        counts["records"],
        counts["stored"],
        counts["duplicate"],
        counts["already_stored"],
        rejected(file),
    )
    source = file.source.pk if file.source else ""
    return (file.reference, file.on, file.format, source, file.status, *fates, file.sha256, file.error)
