"""The settings as a process of its own sees them, for each way of serving."""

import json
import logging
import os
import subprocess
import sys

import pytest
from django.conf import settings

from meterkeep.site.apps import WithoutQueryStrings

ASK = """
import json
from django.conf import settings as s
database = {key: str(value) for key, value in s.DATABASES["default"].items() if key != "OPTIONS"}
print(json.dumps({
    "database": database, "hosts": s.ALLOWED_HOSTS, "secure": s.SESSION_COOKIE_SECURE, "hsts": s.SECURE_HSTS_SECONDS,
    "redirect": s.SECURE_SSL_REDIRECT, "trusted": s.CSRF_TRUSTED_ORIGINS, "debug": s.DEBUG,
}))
"""


def seen(tmp_path, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("METERKEEP_")}
    told = {
        **kept,
        "METERKEEP_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "meterkeep.site.settings",
        **environment,
    }
    return subprocess.run([sys.executable, "-c", ASK], env=told, capture_output=True, text=True, timeout=60)


def test_without_an_origin_only_this_machine_is_served(tmp_path):
    found = json.loads(seen(tmp_path).stdout)
    assert found["hosts"] == ["127.0.0.1", "localhost", "[::1]"]
    assert found["database"]["NAME"] == str(tmp_path / "database.sqlite3")
    assert found["debug"] is False


def test_with_an_origin_everything_is_https(tmp_path):
    found = json.loads(seen(tmp_path, METERKEEP_ORIGIN="https://portal.example.org").stdout)
    assert found["hosts"] == ["portal.example.org"]
    assert found["trusted"] == ["https://portal.example.org"]
    assert found["secure"] and found["redirect"] and found["hsts"]


def test_a_database_elsewhere_is_named_by_its_address(tmp_path):
    found = json.loads(
        seen(tmp_path, METERKEEP_DATABASE_URL="postgresql://meter:p%40ss@db.example:5433/keep").stdout
    )
    named = {name: found["database"][name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    assert named == {
        "NAME": "keep",
        "USER": "meter",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
    }
    assert found["database"]["ENGINE"] == "django.db.backends.postgresql"


@pytest.mark.parametrize("url", ["mysql://localhost/keep", "postgresql://localhost", "nonsense"])
def test_an_address_of_something_else_is_refused(tmp_path, url):
    found = seen(tmp_path, METERKEEP_DATABASE_URL=url)
    assert found.returncode != 0 and "METERKEEP_DATABASE_URL" in found.stderr
    assert url not in found.stderr


def test_the_policy_of_contents_lets_nothing_in_from_elsewhere():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["default-src"] == ["'self'"]
    assert not any("unsafe" in source for sources in directives.values() for source in sources)


def test_sign_up_is_closed_and_passwords_are_argon2(tmp_path):
    from django.test import RequestFactory

    from meterkeep.desks.accounts.adapters import AccountAdapter
    from meterkeep.site import settings as real

    assert AccountAdapter().is_open_for_signup(RequestFactory().get("/")) is False
    assert real.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('"GET /search?account=ACC-77001 HTTP/1.1" 200', '"GET /search?… HTTP/1.1" 200'),
        ("Not Found: /search?a=1&b=2", "Not Found: /search?…"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_no_line_of_a_log_keeps_a_query_string(line, told):
    record = logging.LogRecord("django.server", logging.INFO, __file__, 1, "%s", (line,), None)
    assert WithoutQueryStrings().filter(record)
    assert record.getMessage() == told


def test_every_handler_has_the_filter():
    assert all(
        "without_query_strings" in handler["filters"] for handler in settings.LOGGING["handlers"].values()
    )
