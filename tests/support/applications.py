"""A bare application with cbv, as most tests want it."""

from __future__ import annotations

from flask import Flask

from cbv import CBV
from cbv.testing import Client
from support.library_models import User


def make_app(session=None, **config):
    """Return an application with cbv; CSRF is off unless ``config`` says otherwise."""
    app = Flask("test_app", template_folder=None)
    app.config.update(
        TESTING=True, SECRET_KEY="test", WTF_CSRF_ENABLED=False, **config
    ) if "WTF_CSRF_ENABLED" not in config else app.config.update(
        TESTING=True, SECRET_KEY="test", **config
    )
    app.test_client_class = Client
    CBV(app, session=session, user_model=User if session is not None else None)
    return app
