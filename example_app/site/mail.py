"""How mail is sent: to the terminal, unless ``MAIL_SERVER`` names a server.

Django twin: ``EMAIL_BACKEND`` and its companions; Flask-Mailman has the same ones.
"""

from __future__ import annotations

from flask import Flask
from flask_mailman import Mail

from .settings import is_on


def init_app(app: Flask) -> None:
    """Read ``MAIL_SERVER``, ``MAIL_PORT``, ``MAIL_USERNAME``, ``MAIL_PASSWORD``,
    ``MAIL_USE_TLS`` and ``MAIL_DEFAULT_SENDER``.
    """
    config = app.config
    config["MAIL_PORT"] = int(config.get("MAIL_PORT") or 25)
    config["MAIL_USE_TLS"] = is_on(config.get("MAIL_USE_TLS"))
    config.setdefault("MAIL_DEFAULT_SENDER", "Plain Views <blog@localhost>")
    if not app.testing and not config.get("MAIL_SERVER"):
        config.setdefault("MAIL_BACKEND", "console")
    Mail().init_app(app)
