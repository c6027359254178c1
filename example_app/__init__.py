"""A blog on class-based views: every pattern of cbv in one small app.

Django twin: a project with one app, ``blog``. Read :mod:`example_app.posts` first.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from cbv import CBV

from . import cli
from . import database
from . import errors
from . import hood
from . import mail
from . import markdown
from . import security
from . import sessions
from . import tasks
from . import throttle
from . import urls
from .models import User

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


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the blog.

    Settings in :data:`FROM_ENVIRONMENT` may come from the environment. Without any the
    key and a SQLite file are kept in Flask's instance folder, and no server is needed.
    Neither ``DEBUG`` nor ``TESTING`` means production: see
    :mod:`example_app.security`.

    :param config: settings that win over the environment.
    """
    settings = {**_from_environment(), **(config or {})}
    app = Flask(__name__, instance_path=settings.get("INSTANCE_FOLDER"))
    app.config.from_mapping(settings)
    security.init_app(app)
    database.init_app(app)
    mail.init_app(app)
    sessions.init_app(app)
    tasks.init_app(app)
    throttle.init_app(app)
    CBV(app, user_model=User)
    CSRFProtect(app)
    app.jinja_env.filters["markdown"] = markdown.render
    errors.init_app(app)
    cli.init_app(app)
    urls.init_app(app)
    hood.init_app(app)
    return app


def _from_environment() -> dict[str, Any]:
    defaults = {
        "CBV_LOGIN_URL": "login",
        "CBV_LOGIN_REDIRECT_URL": "home",
        "CBV_LOGOUT_REDIRECT_URL": "home",
        # A long text takes longer to write than the usual hour.
        "WTF_CSRF_TIME_LIMIT": 12 * 60 * 60,
    }
    given = {name: os.environ.get(name) for name in FROM_ENVIRONMENT}
    return {**defaults, **{name: value for name, value in given.items() if value}}
