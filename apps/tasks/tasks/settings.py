"""Settings, from the environment alone: the same release runs on every server.

SECRET_KEY (required, the same on all servers), ALLOWED_HOSTS (list), CSRF_TRUSTED_ORIGINS (list), DATABASE_HOST, _PORT,
_NAME, _USER, _PASSWORD (PostgreSQL), SERVER_NAME (the server's name as people say it), RELEASE, HTTPS (1 where users
come by HTTPS: cookies travel nowhere else), TIME_ZONE, STATIC_ROOT, DEBUG (1 on a developer's machine only),
DATABASE_SQLITE (a file, instead of PostgreSQL: for tests).
"""

import os
import socket
from pathlib import Path

from .environment import Environment

_env = Environment(os.environ)
_home = Path(__file__).resolve().parent.parent

SECRET_KEY = _env.text("SECRET_KEY")
DEBUG = _env.flag("DEBUG")
ALLOWED_HOSTS = _env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = _env.words("CSRF_TRUSTED_ORIGINS")
SERVER_NAME = _env.text("SERVER_NAME", socket.gethostname())
RELEASE = _env.text("RELEASE", "")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "tasks",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "tasks.urls"
WSGI_APPLICATION = "tasks.wsgi.application"
TEMPLATES: list[dict[str, object]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tasks.views.server",
            ]
        },
    }
]

_sqlite = _env.text("DATABASE_SQLITE", "")
_postgresql: dict[str, object] = {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": _env.text("DATABASE_HOST", ""),
    "PORT": _env.port("DATABASE_PORT", 5432),
    "NAME": _env.text("DATABASE_NAME", "tasks"),
    "USER": _env.text("DATABASE_USER", "tasks"),
    "PASSWORD": _env.text("DATABASE_PASSWORD", ""),
    # A database that moved or restarted leaves dead connections behind: each request looks before it uses one.
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {"connect_timeout": 3, "application_name": f"tasks on {SERVER_NAME}"},
}
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": _sqlite} if _sqlite else _postgresql}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LANGUAGE_CODE = "en-gb"
TIME_ZONE = _env.text("TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = _env.text("STATIC_ROOT", str(_home / "collected"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _env.flag("HTTPS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _env.flag("HTTPS") else None
SECURE_HSTS_SECONDS = 3600 if _env.flag("HTTPS") else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING: dict[str, object] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"journal": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["journal"], "level": "WARNING"},
}
