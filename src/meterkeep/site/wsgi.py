"""What gunicorn serves. The home is opened before the first request, so that what is wrong with it is said at the start."""

import os

from django.core.wsgi import get_wsgi_application

from meterkeep.site.composition import open_custodian

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meterkeep.site.settings")
application = get_wsgi_application()
open_custodian()
