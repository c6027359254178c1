"""What every answer carries, and how the session's cookie travels.

Django twin: ``SecurityMiddleware`` and the ``SESSION_COOKIE_…`` settings of
``settings.py``; here twenty lines around the application and Flask's own settings.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from wsgiref.types import StartResponse
    from wsgiref.types import WSGIApplication
    from wsgiref.types import WSGIEnvironment

#: A post of 200,000 characters fits, however many bytes a character takes.
BODY_LIMIT = 2_621_440

#: The hosts of an app whose ``TRUSTED_HOSTS`` is not set.
LOCAL = ("localhost", "127.0.0.1")

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
#: For a year a browser asks by https only.
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


def in_production(app: Flask) -> bool:
    """Tell whether the app is neither debugged nor tested."""
    return not (app.debug or app.testing)


def init_app(app: Flask) -> None:
    """Set limits, cookies and headers; what the app's config says already stays.

    From the environment: ``SECRET_KEY``, ``TRUSTED_HOSTS`` (names with commas between;
    without any this machine alone), ``CBV_BASE_URL`` (where links in mail lead, else
    to the first of these), ``TRUSTED_PROXIES`` (how many proxies stand before the
    server, 0 by default: no forwarded header is believed).
    """
    _limit(app)
    _trust_hosts(app)
    app.secret_key = app.secret_key or _secret_key(app)
    if in_production(app):
        _guard_cookies(app)
    proxies = int(app.config.get("TRUSTED_PROXIES") or 0)
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    app.wsgi_app = Headers(  # type: ignore[method-assign]
        app.wsgi_app, HEADERS | (HSTS if in_production(app) else {})
    )


def _trust_hosts(app: Flask) -> None:
    """Answer for hosts that are named, and send people to one of these by mail.

    Whoever sends a request chooses what it calls its host: neither a cache nor a mail
    may take that for ours.
    """
    hosts = app.config.get("TRUSTED_HOSTS") or []
    if isinstance(hosts, str):
        hosts = [host.strip() for host in hosts.split(",") if host.strip()]
    home = f"https://{hosts[0].lstrip('.')}" if hosts else "http://127.0.0.1:5000"
    home = app.config.setdefault("CBV_BASE_URL", home)
    app.config["TRUSTED_HOSTS"] = hosts or [*LOCAL, urlsplit(home).hostname]


def _limit(app: Flask) -> None:
    for name in ("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE"):
        app.config[name] = app.config.get(name) or BODY_LIMIT


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


class Headers:
    """Adds headers to every answer that has not its own.

    Outside of the application, so that no fault inside, of an extension's
    ``after_request`` function say, leaves an answer without them.
    """

    def __init__(self, app: WSGIApplication, headers: Mapping[str, str]) -> None:
        self.app, self.headers = app, headers

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer as the application does, with the headers."""

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Any:
            own = {name.lower() for name, _ in headers}
            more = [(n, v) for n, v in self.headers.items() if n.lower() not in own]
            return start_response(status, [*headers, *more], exc_info)

        return self.app(environ, start)
