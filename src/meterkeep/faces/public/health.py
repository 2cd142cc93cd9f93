"""For the machines that watch: is the process up, and could it do its work?"""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from meterkeep.faces.doors import open_door
from meterkeep.faces.public.logfiles import is_there


@open_door
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@open_door
def readyz(request: HttpRequest) -> HttpResponse:
    checks = {"database": _database(), "log": is_there(request.custodian.home.ledger)}
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def _database() -> bool:
    """It answers, and has every migration."""
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False
