"""What should be meant before an application meets the world: ``check --deploy``.

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

#: Keys that stand in tutorials; whoever reads those can sign our cookies.
KNOWN_KEYS = {"dev", "secret", "secret key", "changeme", "change me", "test", "key"}
SHORTEST_KEY = 16

#: By name of a setting: the values that will do, and what the setting is for.
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
    """Return what is missing for an application that anybody can reach.

    Since 0.1. Django: ``manage.py check --deploy``.
    """
    texts = [*_mode(app), *_key(app), *_settings(app), *_parts(app)]
    found = [Fault(APPLICATION, text) for text in texts]
    return found + notes(app)


def _mode(app: Flask) -> Iterator[str]:
    if app.debug:
        yield "debug is on: errors show the source, and run code. Cure: unset it."
    if app.testing:
        yield "TESTING is on. Cure: unset it."


def _key(app: Flask) -> Iterator[str]:
    key = app.secret_key
    if not key:
        yield "SECRET_KEY is not set. Cure: set it to 32 random bytes."
    elif len(key) < SHORTEST_KEY or str(key).lower() in KNOWN_KEYS:
        yield "SECRET_KEY can be guessed. Cure: set it to 32 random bytes."


def _settings(app: Flask) -> Iterator[str]:
    for name, values, danger in SETTINGS:
        if app.config.get(name) not in values:
            yield f"{name}: {danger}. Cure: set it to {values[0]!r}."


def _parts(app: Flask) -> Iterator[str]:
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
    """Return what may be meant, and is dangerous where it is not.

    A view that changes or deletes any row for anybody, and no limit for bodies.

    Since 0.1.
    """
    found = []
    if app.config.get("MAX_CONTENT_LENGTH") is None:
        text = "MAX_CONTENT_LENGTH is not set: a body may have any size."
        found.append(Fault(APPLICATION, text))
    for subject in subjects(app):
        if subject.is_ours and _changes_any_row(app, subject):
            model = getattr(subject.view_class.model, "__name__", "row")
            text = (
                f"{subject.name} lets everybody change or delete any {model}. Cure:"
                " add a guard such as LoginRequiredMixin, or a scope."
            )
            found.append(Fault(str(subject.endpoint), text))
    return found


def _changes_any_row(app: Flask, subject: Subject) -> bool:
    view = subject.instance()
    if not isinstance(view, (UpdateView, DeleteView)) or view.scope is not None:
        return False
    hooks = ("get_queryset", "get_object", "setup", "dispatch_request")
    if any(is_overridden(view, hook) for hook in hooks):
        return False
    if app.config.get("CBV_LOGIN_REQUIRED") and view.login_required is not False:
        return False
    return not any(guarding(subject.view_class))
