"""What every answer carries, and how the session's cookie travels.

Django twin: ``SecurityMiddleware`` and the ``SESSION_COOKIE_…`` settings of
``settings.py``; here twenty lines of ``after_request`` and Flask's own settings.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from flask import current_app
from flask import Flask
from flask import Response
from werkzeug.middleware.proxy_fix import ProxyFix

#: A post of 200,000 characters fits, however many bytes a character takes.
BODY_LIMIT = 2_621_440

YEAR = 31_536_000

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none';"
        " frame-ancestors 'none'; form-action 'self'; img-src 'self' data:"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def in_production(app: Flask) -> bool:
    """Tell whether the app is neither debugged nor tested."""
    return not (app.debug or app.testing)


def init_app(app: Flask) -> None:
    """Set limits, cookies and headers; what the app's config says already stays.

    From the environment: ``SECRET_KEY``, ``TRUSTED_HOSTS`` (names with commas
    between), ``TRUSTED_PROXIES`` (how many proxies stand before the server, 0 by
    default: no forwarded header is believed).
    """
    _limit(app)
    app.secret_key = app.secret_key or _secret_key(app)
    if in_production(app):
        _guard_cookies(app)
    proxies = int(app.config.get("TRUSTED_PROXIES") or 0)
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    app.after_request(_add_headers)


def _limit(app: Flask) -> None:
    for name in ("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE"):
        app.config[name] = app.config.get(name) or BODY_LIMIT
    hosts = app.config.get("TRUSTED_HOSTS") or None
    if isinstance(hosts, str):
        hosts = [host.strip() for host in hosts.split(",") if host.strip()]
    app.config["TRUSTED_HOSTS"] = hosts


def _guard_cookies(app: Flask) -> None:
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_DOMAIN=None,
        REMEMBER_COOKIE_SECURE=True,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        PREFERRED_URL_SCHEME="https",
    )


def _secret_key(app: Flask) -> str:
    """Return the key that is kept in the instance folder, making it the first time.

    Only the user who runs the server may read it. Several servers behind one address
    need one key: set ``SECRET_KEY``.
    """
    path = Path(app.instance_path, "secret_key")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_once(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii")


def _write_once(path: Path, text: str) -> None:
    """Write a private file that is whole when it appears; a second writer loses."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(text)
    try:
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if in_production(current_app):
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
    return response
