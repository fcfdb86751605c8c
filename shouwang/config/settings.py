"""The switchboard. Everything is set by SHOUWANG_* environment variables; the defaults are safe and need no service (docs/reference/settings.md)."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from shouwang.config.channels import *  # noqa: F403  how people are told, in a file of their own
from shouwang.config.sign_in import *  # noqa: F403  the settings of sign-in, in a file of their own
from shouwang.config.sign_in import PROXIES, SIGN_IN_ORIGINS
from shouwang.front import logs

PACKAGE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SHOUWANG_DATA", "data")).resolve()
DEMO = os.environ.get("SHOUWANG_DEMO", "") == "1"
DEBUG = False


def _secret_key() -> str:
    """From the environment, or a file made once beside the data and readable by its owner only."""
    if key := os.environ.get("SHOUWANG_SECRET_KEY"):
        return key
    path = DATA / "secret_key"
    if not path.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"secret_key.{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # another process made the key a moment ago; its key counts
            os.link(temporary, path)
        temporary.unlink()
    return path.read_text()


def _database() -> dict[str, object]:
    url = os.environ.get("SHOUWANG_DATABASE_URL", "")
    if not url:
        pragmas = (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA temp_store=MEMORY;PRAGMA mmap_size=268435456;"
            "PRAGMA cache_size=-16384;PRAGMA journal_size_limit=67108864;"
        )
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA / "db.sqlite3", "OPTIONS": options}
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SystemExit(f"SHOUWANG_DATABASE_URL 只支持 postgresql://，读到的是 {parts.scheme}://。不设置时使用数据文件夹中的 SQLite。")
    options = dict(parse_qsl(parts.query))
    if "Q_CLUSTER_NAME" not in os.environ:  # a queue's processes are forked: with a pool they would all talk on one inherited line
        options["pool"] = {"min_size": 1, "max_size": 8}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": options,
    }


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("SHOUWANG_SECRET_KEY_OLD", "").split(",") if key]
# The vault: what encrypts sensitive text. The master key wraps all others; it never lies in the database (docs/how-to/backup.md).
MASTER_KEY = os.environ.get("SHOUWANG_MASTER_KEY", "")
MASTER_KEY_FILE = os.environ.get("SHOUWANG_MASTER_KEY_FILE", "")
MASTER_KEY_COMMAND = os.environ.get("SHOUWANG_MASTER_KEY_COMMAND", "")
BACKUP_TO = os.environ.get("SHOUWANG_BACKUP_TO", "")
BACKUP_KEYS_TO = os.environ.get("SHOUWANG_BACKUP_KEYS_TO", "")
BACKUP_KEEP = os.environ.get("SHOUWANG_BACKUP_KEEP", "7,4,12")
BACKUP_KEY = os.environ.get("SHOUWANG_BACKUP_KEY", "")
BACKUP_KEY_FILE = os.environ.get("SHOUWANG_BACKUP_KEY_FILE", "")
BACKUP_PASSPHRASE = os.environ.get("SHOUWANG_BACKUP_PASSPHRASE", "")
CIPHER = os.environ.get("SHOUWANG_CIPHER", "aes-256-gcm")
if CIPHER not in {"aes-256-gcm", "sm4-gcm"}:
    raise SystemExit(f"SHOUWANG_CIPHER 只支持 aes-256-gcm 和 sm4-gcm，读到的是 {CIPHER}。")
(DATA / "temp").mkdir(parents=True, exist_ok=True)  # uploads and half-written files, on the same disk as what they become
tempfile.tempdir = str(DATA / "temp")  # libraries too put nothing elsewhere; the vault's sweep finds what a kill leaves
ALLOWED_HOSTS = os.environ.get("SHOUWANG_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("SHOUWANG_ORIGINS", "").split(",") if origin]
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOMS = [
    "shouwang.trust.ledger",
    "shouwang.trust.vault",
    "shouwang.trust.people",
    "shouwang.trust.access",
    "shouwang.trust.backup",
    "shouwang.work.notifications",
    "shouwang.work.duty",
    "shouwang.work.deadlines",
    "shouwang.work.imports",
    "shouwang.work.playbooks",
    "shouwang.work.alerts",
    "shouwang.work.cases",
    "shouwang.work.incidents",
    "shouwang.work.letters",
    "shouwang.work.trainings",
    "shouwang.work.meetings",
    "shouwang.work.profile",
    "shouwang.work.desk",
    "shouwang.work.disclosures",
]
FACES = [
    "shouwang.front.web.kit",
    "shouwang.front.web.account",
    "shouwang.front.web.accounts",
    "shouwang.front.web.desk",
    "shouwang.front.web.students",
    "shouwang.front.web.alerts",
    "shouwang.front.web.cases",
    "shouwang.front.web.playbooks",
    "shouwang.front.web.incidents",
    "shouwang.front.web.letters",
    "shouwang.front.web.meetings",
    "shouwang.front.web.trainings",
    "shouwang.front.web.imports",
    "shouwang.front.web.freshness",
    "shouwang.front.web.rules",
    "shouwang.front.web.coverage",
    "shouwang.front.web.units",
    "shouwang.front.web.ledger",
    "shouwang.front.web.backups",
    "shouwang.front.web.access",
    "shouwang.front.web.disclosures",
    "shouwang.front.web.deadlines",
    "shouwang.front.web.duty",
    "shouwang.front.web.notices",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "django_q",
    "template_partials",
    *ROOMS,
    *FACES,
    "shouwang.front",
]
MIDDLEWARE = [
    "shouwang.front.web.account.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "shouwang.front.web.account.limits.Limits",
]
ROOT_URLCONF = "shouwang.config.urls"
WSGI_APPLICATION = "shouwang.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "shouwang.front.web.kit.context.frame",
            ],
        },
    }
]

AUTH_USER_MODEL = "access.Account"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 60 * 60
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "shouwang.front.web.kit.views.stale"
SECURE_COOKIES = os.environ.get("SHOUWANG_HTTPS", "") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
if SECURE_COOKIES:  # the prefix makes browsers refuse these cookies from any other host or without HTTPS
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE_COOKIES else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES and PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "object-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'", *SIGN_IN_ORIGINS],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
}

# The ledger: where its key lies (empty: keys/ledger in the data folder), and an authority that stamps its heads.
LEDGER_KEY_FILE = os.environ.get("SHOUWANG_LEDGER_KEY_FILE", "")
TIMESTAMP_URL = os.environ.get("SHOUWANG_TIMESTAMP_URL", "")
TIMESTAMP_CA = os.environ.get("SHOUWANG_TIMESTAMP_CA", "")

# Lockout counts must be shared by all workers, so the cache lies in the database.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shouwang_cache"}}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "front" / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("SHOUWANG_TIME_ZONE", "Asia/Shanghai")
# From which level on an alert opens or joins a case by itself, by its rule's procedure: 1 blue … 4 red; 0: never.
CASES_FROM = int(os.environ.get("SHOUWANG_CASES_FROM", "3"))
# When the school is in service: deadlines count in these hours on school days (common/schooltime.py).
SERVICE_HOURS = os.environ.get("SHOUWANG_SERVICE_HOURS", "08:00-12:00,13:30-17:30")

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [PACKAGE / "front" / "web" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_HANDLERS = ["shouwang.front.web.kit.uploads.NamelessUpload"]
FILE_UPLOAD_TEMP_DIR = str(DATA / "temp")
UPLOAD_LIMIT = int(os.environ.get("SHOUWANG_UPLOAD_LIMIT", str(200 * 1024 * 1024)))

# At least once: every task is idempotent. `retry` must exceed `timeout`, so work of different length has queues of its own.
Q_CLUSTER = {
    "name": "ordinary",
    "orm": "default",
    "timeout": 300,
    "retry": 360,
    "max_attempts": 5,
    "ack_failures": True,
    "poll": 0.5,
    "workers": 1,
    "catch_up": False,
    "ALT_CLUSTERS": {
        "long": {"timeout": 3600, "retry": 3660, "workers": 1, "max_attempts": 5, "ack_failures": True, "poll": 0.5},
    },
}
# What evaluates everybody: duckdb in the process on every core, or a Spark master (local[*], spark://host:7077).
# Pages always read through DuckDB, one connection and one thread a web process: as many processes as cores already use them all.
ENGINE = os.environ.get("SHOUWANG_ENGINE", "duckdb").strip() or "duckdb"
ENGINE_THREADS = int(os.environ.get("SHOUWANG_ENGINE_THREADS", "1"))
ENGINE_MEMORY = os.environ.get("SHOUWANG_ENGINE_MEMORY", "1GB")
# Facts once more in an object store (S3 API); empty: only in DATA/facts.
FACTS_BUCKET = os.environ.get("SHOUWANG_FACTS_BUCKET", "").strip()
SPARK_MEMORY = os.environ.get("SHOUWANG_SPARK_MEMORY", "2g")

# One line of JSON an event, scrubbed of names; SHOUWANG_LOG_STYLE=plain for a person at a terminal (front.logs).
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"events": {"()": "shouwang.front.logs.formatter", "json": os.environ.get("SHOUWANG_LOG_STYLE", "json") != "plain"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "events"}},
    "root": {"handlers": ["console"], "level": os.environ.get("SHOUWANG_LOG", "WARNING")},
}
logs.configure()
