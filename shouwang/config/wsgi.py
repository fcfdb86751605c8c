"""What the web server calls."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shouwang.config.settings")
application = get_wsgi_application()

from shouwang.front.pipeline.warming import warm  # noqa: E402  Django's registry must be ready

warm()
