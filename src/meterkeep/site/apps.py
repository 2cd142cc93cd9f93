"""The site as a Django app, and what keeps customers' identifiers out of its log files."""

from __future__ import annotations

import logging
import re

from django.apps import AppConfig

_QUERY = re.compile(r"\?[^\s\"']*")


class SiteConfig(AppConfig):
    name = "meterkeep.site"
    label = "meterkeep_site"
    verbose_name = "Meterkeep"


class WithoutQueryStrings(logging.Filter):
    """A search for an account number stands in the query string of its page, so no line of a log keeps one."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _QUERY.sub("?…", record.getMessage()), ()
        return True
