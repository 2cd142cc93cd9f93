"""The settings of tests: a home of their own, and passwords hashed quickly."""

import atexit
import os
import shutil
import tempfile

os.environ["METERKEEP_HOME"] = tempfile.mkdtemp(prefix="meterkeep-tests-")
atexit.register(shutil.rmtree, os.environ["METERKEEP_HOME"], ignore_errors=True)

from meterkeep.site.settings import *  # noqa: E402, F403

SECRET_KEY = "for tests only, and in no home"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
