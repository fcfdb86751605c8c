"""A real OpenID Connect provider (allauth.idp.oidc) as a process of its own: the campus's sign-in for the browser tests.

`python -m tests.idp PORT FOLDER CALLBACK` serves it on loopback until it is ended.
"""

import sys
from pathlib import Path

CLIENT, SECRET, PASSWORD = "shouwang", "client-secret-of-the-tests", "campus-password"


def _configure(folder: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    processors = ["django.template.context_processors.request", "django.contrib.messages.context_processors.messages"]
    settings.configure(
        SECRET_KEY="campus",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.idp_urls",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "idp.sqlite3"}},
        INSTALLED_APPS=[
            *(f"django.contrib.{name}" for name in ("auth", "contenttypes", "sessions", "messages")),
            "allauth",
            "allauth.account",
            "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {"context_processors": processors}}
        ],
        # Cookies know no ports: without names of its own the campus would sign the product's users out.
        SESSION_COOKIE_NAME="campus_session",
        CSRF_COOKIE_NAME="campus_csrf",
        IDP_OIDC_PRIVATE_KEY=pem,
        LOGIN_URL="/login/",
        ACCOUNT_EMAIL_VERIFICATION="none",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )


def _people(callback: str) -> None:
    from allauth.idp.oidc.models import Client
    from django.contrib.auth import get_user_model

    for number in ("T1001", "T1010", "X9999"):
        get_user_model().objects.create_user(number, password=PASSWORD)
    client = Client(id=CLIENT, name="守望", scopes="openid\nprofile\nemail", redirect_uris=callback, skip_consent=True)
    client.set_secret(SECRET)
    client.save()


def _serve(port: int) -> None:
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args: object) -> None:
            """Quiet."""

    class Threads(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    make_server("127.0.0.1", port, get_wsgi_application(), server_class=Threads, handler_class=Quiet).serve_forever()


if __name__ == "__main__":
    _configure(Path(sys.argv[2]))
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _people(sys.argv[3])
    _serve(int(sys.argv[1]))
