"""Find settings that are unsafe on a public server: ``flask cbv check --deploy``.

Django: ``manage.py check --deploy``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask

from ..auth.password_views import PasswordResetView
from ..views.edit import DeleteView
from ..views.edit import UpdateView
from ..views.plan import guarding
from ..views.plan import is_overridden
from .checks import APPLICATION
from .checks import Fault
from .subjects import Subject
from .subjects import subjects

#: Long secret keys from documentation and tutorials, in lower case. With a known key,
#: anybody can sign our cookies.
KNOWN_KEYS = {
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",  # Flask's docs
    "this is a secret key",
    "this-is-a-secret-key",
    "super-secret-key",
    "your-secret-key-here",
    "you-will-never-guess",
    "hard to guess string",
}
#: The least length of a secret key, in characters; names such as "dev" are shorter.
SHORTEST_KEY = 16

#: For each setting: its name, the safe values (the first one is recommended), and the
#: danger of any other value.
SETTINGS: tuple[tuple[str, tuple[Any, ...], str], ...] = (
    ("SESSION_COOKIE_SECURE", (True,), "the session's cookie travels unencrypted"),
    ("SESSION_COOKIE_HTTPONLY", (True,), "scripts can read the session's cookie"),
    (
        "SESSION_COOKIE_SAMESITE",
        ("Lax", "Strict"),
        "other sites' forms are sent with the session's cookie",
    ),
    ("REMEMBER_COOKIE_SECURE", (True,), "the remember cookie travels unencrypted"),
    ("REMEMBER_COOKIE_HTTPONLY", (True, None), "scripts can read the remember cookie"),
    (
        "REMEMBER_COOKIE_SAMESITE",
        ("Lax", "Strict"),
        "other sites' forms are sent with the remember cookie",
    ),
    ("WTF_CSRF_ENABLED", (True, None), "other sites can send forms in a user's name"),
)


def check_deploy(app: Flask) -> list[Fault]:
    """Return the faults that make an application unsafe on a public server.

    They concern debug mode, the secret key, cookies, hosts, CSRF and the links in
    mails; the faults of :func:`notes` are added.

    Since 0.1. Django: ``manage.py check --deploy``.
    """
    texts = [*_mode(app), *_key(app), *_settings(app), *_hosts_and_protection(app)]
    faults = [Fault(APPLICATION, text) for text in texts]
    return faults + notes(app)


def _mode(app: Flask) -> Iterator[str]:
    """Yield what is wrong with the debug and testing modes."""
    if app.debug:
        yield "debug is on: errors show the source, and run code. Cure: unset it."
    if app.testing:
        yield "TESTING is on. Cure: unset it."


def _key(app: Flask) -> Iterator[str]:
    """Yield what is wrong with the secret key."""
    key = app.secret_key
    if not key:
        yield "SECRET_KEY is not set. Cure: set it to 32 random bytes."
    elif len(key) < SHORTEST_KEY or _text(key).lower() in KNOWN_KEYS:
        yield "SECRET_KEY can be guessed. Cure: set it to 32 random bytes."


def _text(key: str | bytes) -> str:
    return key if isinstance(key, str) else key.decode(errors="replace")


def _settings(app: Flask) -> Iterator[str]:
    """Yield each setting of :data:`SETTINGS` that has an unsafe value."""
    for name, values, danger in SETTINGS:
        if app.config.get(name) not in values:
            yield f"{name}: {danger}. Cure: set it to {values[0]!r}."


def _hosts_and_protection(app: Flask) -> Iterator[str]:
    """Yield what is wrong with trusted hosts, CSRF protection and links in mails."""
    if not app.config.get("TRUSTED_HOSTS"):
        yield "TRUSTED_HOSTS is not set: any Host header is believed. Cure: set it."
    if "csrf" not in app.extensions:
        yield "CSRFProtect(app) is missing: only cbv's form views check their token."
    sends_mail = any(
        subject.is_ours and issubclass(subject.view_class, PasswordResetView)
        for subject in subjects(app)
    )
    names = ("CBV_BASE_URL", "SERVER_NAME")
    if sends_mail and not any(app.config.get(name) for name in names):
        yield "Mail has links, but CBV_BASE_URL is not set. Cure: set it."


def notes(app: Flask) -> list[Fault]:
    """Return what may be intended, but is dangerous if it is not.

    That is a view in which everybody may change or delete any row, and the lack of a
    limit for the size of a request body.

    Since 0.1.
    """
    faults = []
    if app.config.get("MAX_CONTENT_LENGTH") is None:
        text = "MAX_CONTENT_LENGTH is not set: a body may have any size."
        faults.append(Fault(APPLICATION, text))
    for subject in subjects(app):
        if subject.is_ours and _changes_any_row(app, subject):
            model = getattr(subject.view_class.model, "__name__", "row")
            text = (
                f"{subject.name} lets everybody change or delete any {model}. Cure:"
                " add a guard such as LoginRequiredMixin, or a scope."
            )
            faults.append(Fault(str(subject.endpoint), text))
    return faults


def _changes_any_row(app: Flask, subject: Subject) -> bool:
    """Tell whether a view changes or deletes rows with neither a guard nor a scope."""
    view = subject.instance()
    if not isinstance(view, (UpdateView, DeleteView)) or view.scope is not None:
        return False
    hooks = ("get_queryset", "get_object", "setup", "dispatch_request")
    if any(is_overridden(view, hook) for hook in hooks):
        return False
    if app.config.get("CBV_LOGIN_REQUIRED") and view.login_required is not False:
        return False
    return not any(guarding(subject.view_class))
