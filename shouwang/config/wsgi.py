"""What the web server calls."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shouwang.config.settings")
application = get_wsgi_application()

from shouwang.front.pipeline.warming import warm  # noqa: E402  Django's registry must be ready

warm()
gc.freeze()  # what is loaded by now stays: the collector need not walk it again during a request
