"""What the blog is set to: by default, and by the environment.

Django twin: ``settings.py``, as far as it reads ``os.environ``.
"""

from __future__ import annotations

import os
from typing import Any

#: Settings that are taken from the environment where it has them.
FROM_ENVIRONMENT = (
    "CBV_BASE_URL",
    "CBV_TASKS_BACKEND",
    "DATABASE_URL",
    "EXAMPLE_UNDER_THE_HOOD",
    "INSTANCE_FOLDER",
    "MAIL_DEFAULT_SENDER",
    "MAIL_PASSWORD",
    "MAIL_PORT",
    "MAIL_SERVER",
    "MAIL_USERNAME",
    "MAIL_USE_TLS",
    "REDIS_URL",
    "SECRET_KEY",
    "SESSION_TYPE",
    "TRUSTED_HOSTS",
    "TRUSTED_PROXIES",
)

_DEFAULTS = {
    "CBV_LOGIN_URL": "login",
    "CBV_LOGIN_REDIRECT_URL": "home",
    "CBV_LOGOUT_REDIRECT_URL": "home",
    # A long text takes longer to write than the usual hour.
    "WTF_CSRF_TIME_LIMIT": 12 * 60 * 60,
}
_OFF = ("", "0", "false", "no", "off", "none")


def from_environment() -> dict[str, Any]:
    """Return the defaults, and over them what the environment has."""
    given = {name: os.environ.get(name) for name in FROM_ENVIRONMENT}
    return {**_DEFAULTS, **{name: value for name, value in given.items() if value}}


def is_on(value: object) -> bool:
    """Tell whether a setting is on; ``"0"``, ``"false"``, ``"off"`` say no.

    So does an empty one.
    """
    return str(value or "").strip().lower() not in _OFF
