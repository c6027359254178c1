"""How mail is sent: to the terminal, unless ``MAIL_SERVER`` names a server.

Django twin: ``EMAIL_BACKEND`` and its companions; Flask-Mailman has the same ones.
"""

from __future__ import annotations

from flask import Flask
from flask_mailman import Mail


def init_app(app: Flask) -> None:
    """Read ``MAIL_SERVER``, ``MAIL_PORT``, ``MAIL_USERNAME``, ``MAIL_PASSWORD``,
    ``MAIL_USE_TLS`` and ``MAIL_DEFAULT_SENDER``.

    Links in mail lead to ``CBV_BASE_URL``, else to the first of ``TRUSTED_HOSTS``, else
    to this machine: never to what a request calls its host.
    """
    config = app.config
    config["MAIL_PORT"] = int(config.get("MAIL_PORT") or 25)
    config["MAIL_USE_TLS"] = str(config.get("MAIL_USE_TLS", "")).lower() in _TRUE
    config.setdefault("MAIL_DEFAULT_SENDER", "Plain Views <blog@localhost>")
    if not app.testing and not config.get("MAIL_SERVER"):
        config.setdefault("MAIL_BACKEND", "console")
    hosts = config.get("TRUSTED_HOSTS")
    home = f"https://{hosts[0].lstrip('.')}" if hosts else "http://127.0.0.1:5000"
    config.setdefault("CBV_BASE_URL", home)
    Mail().init_app(app)


_TRUE = ("1", "true", "yes", "on")
