"""A blog on class-based views: every pattern of cbv in one small app.

Django twin: a project with one app, ``blog``. Read :mod:`example_app.blog.posts` first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from cbv import CBV

from . import cli
from . import tasks
from .blog import urls
from .blog.models import User
from .content import markdown
from .hood import panel
from .site import database
from .site import errors
from .site import mail
from .site import security
from .site import sessions
from .site import throttle
from .site.settings import from_environment


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the blog.

    Settings in :data:`.site.settings.FROM_ENVIRONMENT` may come from the environment.
    Without any the key and a SQLite file are kept in Flask's instance folder, and no
    server is needed.
    Neither ``DEBUG`` nor ``TESTING`` means production: see
    :mod:`example_app.site.security`.

    :param config: settings that win over the environment.
    """
    settings = {**from_environment(), **(config or {})}
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
    panel.init_app(app)
    return app
